/* Test accuracy against the noise scale, on a logarithmic axis, with what is 95 % sure. */
#include <math.h>
#include <stdlib.h>

#include "report/chart_builder.h"
#include "report/groups.h"
#include "report/palette.h"
#include "report/titles.h"

/* Left of the smallest scale on the axis, in units of a decade: where no noise is drawn. */
#define CLEAN_GAP 0.45

static bool applies(const struct cln_figure *figure, const struct cln_figure_data *data) {
    (void)figure;
    return data->groups->scale_count > 1;
}

static double place(const struct cln_cell_groups *groups, double scale) {
    size_t first = groups->scales[0] <= 0;
    return scale > 0 ? log10(scale) : log10(groups->scales[first]) - CLEAN_GAP;
}

/* A line through the scales with noise; the point without stands by itself. */
static void add_line(struct cln_chart_builder *builder, const struct cln_cell_groups *groups,
                     size_t kind) {
    size_t room = groups->scale_count + 1;
    double *values = cln_chart_values(builder, 4 * room);
    struct cln_text label = {0};
    cln_title_add_kind(&label, groups->kinds[kind]);
    size_t key =
        cln_chart_add_key(builder, label.failed ? "" : label.chars, cln_palette_kind(kind));
    cln_text_free(&label);
    if (!values)
        return;
    double *x = values, *mean = x + room, *low = mean + room, *high = low + room;
    int count = 0;
    for (size_t s = 0; s < groups->scale_count; s++) {
        const struct cln_cell_group *group = cln_cell_groups_find(groups, kind, groups->scales[s]);
        x[count] = place(groups, groups->scales[s]);
        mean[count] = group ? group->mean : NAN;
        low[count] = group ? group->low : NAN;
        high[count++] = group ? group->high : NAN;
        if (groups->scales[s] == 0) { /* a gap: zero has no place on this axis */
            x[count] = x[count - 1] + CLEAN_GAP / 2;
            mean[count] = low[count] = high[count] = NAN;
            count++;
        }
    }
    cln_chart_add_series(builder, &(struct cln_series){.key = key,
                                                       .x = x,
                                                       .mean = mean,
                                                       .low = low,
                                                       .high = high,
                                                       .count = count,
                                                       .bars = true});
}

static bool add_ticks(struct cln_chart_builder *builder, const struct cln_cell_groups *groups) {
    struct cln_chart_tick *ticks =
        cln_yaml_alloc(&builder->pool, groups->scale_count * sizeof *ticks);
    for (size_t s = 0; ticks && s < groups->scale_count; s++) {
        struct cln_text label = {0};
        cln_title_add_scale(&label, groups->scales[s]);
        ticks[s].at = place(groups, groups->scales[s]);
        ticks[s].label = label.failed ? NULL : cln_chart_copy(builder, label.chars);
        cln_text_free(&label);
        if (!ticks[s].label)
            return false;
    }
    builder->chart.ticks = ticks;
    builder->chart.tick_count = groups->scale_count;
    return ticks != NULL;
}

static size_t most_runs(const struct cln_cell_groups *groups) {
    size_t most = 0;
    for (size_t g = 0; g < groups->count; g++)
        most = groups->rows[g].count > most ? groups->rows[g].count : most;
    return most;
}

static enum cln_status make(const struct cln_figure *figure, const struct cln_figure_data *data,
                            const struct cln_figure_form *form, struct cln_picture *out) {
    (void)figure;
    const struct cln_cell_groups *groups = data->groups;
    struct cln_chart_builder builder = {.x_name = "noise_scale"};
    size_t runs = most_runs(groups);
    cln_text_add(&builder.title, "Test accuracy by noise scale, ");
    cln_title_add_data(&builder.title, data->about);
    if (runs > 1)
        cln_text_add(&builder.note,
                     "After the last epoch, mean of up to %zu seeds; bars: 95 %% interval of the "
                     "mean over seeds (Student's t)",
                     runs);
    else
        cln_text_add(&builder.note, "After the last epoch, one run a point; bars: 95 %% interval "
                                    "for the choice of test images (Wilson)");
    builder.chart.x_label = "Noise scale";
    builder.chart.y_label = "Test accuracy";
    builder.failed |= !add_ticks(&builder, groups);
    cln_chart_add_panel(&builder, NULL);
    for (size_t k = 0; k < groups->kind_count; k++)
        add_line(&builder, groups, k);
    return cln_chart_finish(&builder, form, out);
}

const struct cln_figure cln_figure_accuracy_by_sigma = {
    "accuracy-by-sigma", CLN_SECTION_ANSWER, 0, 0, applies, make};
