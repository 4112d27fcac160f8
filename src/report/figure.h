/*
 * The figures of a run. A figure is a descriptor row: whether there is something to show, and how
 * it is made; plots/ and report.html go through the rows. The next figure is a file figure_*.c and
 * a line in figure_list.c.
 */
#ifndef CLN_REPORT_FIGURE_H
#define CLN_REPORT_FIGURE_H

#include "report/canvas.h"
#include "report/curves.h"
#include "report/groups.h"
#include "report/hits.h"
#include "report/images.h"
#include "report/plots.h"
#include "report/results.h"

/* What figures are made of. */
struct cln_figure_data {
    const struct cln_curves *curves;   /* with at least one model and one scale */
    const struct cln_plot_data *about; /* the data set, for titles */
    const struct cln_results *results;
    const struct cln_cell_groups *groups;
    const struct cln_result_images *images;   /* of the first cell that has some; or NULL */
    const struct cln_result_cell *image_cell; /* that cell */
};

struct cln_figure_form {
    double width; /* CLN_CHART_WIDTH, or less for small screens */
    bool bare;    /* without its title and note, which then stand beside it as text */
};

/* A figure made. */
struct cln_picture {
    struct cln_text title, note; /* note: a sentence below the title */
    struct cln_text alt; /* what it shows, with the numbers' gist, for who does not see it */
    struct cln_text csv; /* its numbers; empty: it has none */
    struct cln_drawing drawing;
    struct cln_hits hits;
    void *state; /* what the drawing needs, given to `done` */
    void (*done)(void *state);
};

void cln_picture_done(struct cln_picture *picture);

/* CLN_MEMORY if anything of the picture is incomplete. */
enum cln_status cln_picture_check(const struct cln_picture *picture);

enum cln_figure_section {
    CLN_SECTION_ANSWER,
    CLN_SECTION_CURVES,
    CLN_SECTION_ERRORS,
    CLN_SECTION_IMAGES,
    CLN_SECTIONS
};

struct cln_figure {
    const char *name; /* of its files in plots/ */
    enum cln_figure_section section;
    int kind, metric; /* for figures that share a file */
    bool (*applies)(const struct cln_figure *figure, const struct cln_figure_data *data);
    enum cln_status (*make)(const struct cln_figure *figure, const struct cln_figure_data *data,
                            const struct cln_figure_form *form, struct cln_picture *out);
};

/* Every figure there is, in the order of the report; ends with NULL. */
extern const struct cln_figure *const cln_figures[];

#endif
