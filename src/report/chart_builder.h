/* A line chart put together piece by piece, and the picture it becomes. */
#ifndef CLN_REPORT_CHART_BUILDER_H
#define CLN_REPORT_CHART_BUILDER_H

#include "experiment/yaml.h"
#include "report/chart.h"
#include "report/figure.h"

struct cln_chart_builder {
    struct cln_chart chart; /* labels, ticks and signs may be set; the lists are added to */
    struct cln_text title, note;
    const char *x_name; /* the column of x in the CSV: "epoch" */
    struct cln_yaml_pool pool;
    struct cln_chart_key *keys;
    struct cln_series *series;
    struct cln_panel *panels;
    size_t key_capacity, series_count, series_capacity, panel_capacity;
    bool failed; /* out of memory */
};

/* Copies of the text and room for values, as long as the picture lives; NULL, and `failed`, when
 * out of memory. */
const char *cln_chart_copy(struct cln_chart_builder *builder, const char *text);
double *cln_chart_values(struct cln_chart_builder *builder, size_t count);

/* The key's number. The label is copied. */
size_t cln_chart_add_key(struct cln_chart_builder *builder, const char *label,
                         struct cln_color color);

/* Series added from now on belong to it. The title, NULL for none, is copied. */
void cln_chart_add_panel(struct cln_chart_builder *builder, const char *title);
void cln_chart_add_series(struct cln_chart_builder *builder, const struct cln_series *series);

/* Makes the picture, with alternative text, CSV and the places that tell values. The builder is
 * used up, also by a failure. What series point to must live as long as the picture. */
enum cln_status cln_chart_finish(struct cln_chart_builder *builder,
                                 const struct cln_figure_form *form, struct cln_picture *out);

void cln_chart_builder_done(struct cln_chart_builder *builder);

#endif
