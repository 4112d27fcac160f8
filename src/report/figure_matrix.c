/* Trained at one noise scale, tested at every other: a heat map a model. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/csv.h"
#include "report/groups.h"
#include "report/heat.h"
#include "report/titles.h"

#define MAX_SCALES 16
#define MAX_PANELS 6

static int ascending(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The scales at which nets were tested. */
static size_t test_scales(const struct cln_results *results, double scales[MAX_SCALES]) {
    size_t count = 0;
    for (size_t c = 0; c < results->cell_count; c++)
        for (size_t e = 0; e < results->cells[c].evaluation_count; e++) {
            double scale = results->cells[c].evaluations[e].noise_scale;
            size_t s = 0;
            while (s < count && scales[s] != scale)
                s++;
            if (s == count && count < MAX_SCALES)
                scales[count++] = scale;
        }
    qsort(scales, count, sizeof *scales, ascending);
    return count;
}

static bool applies(const struct cln_figure *figure, const struct cln_figure_data *data) {
    (void)figure;
    for (size_t c = 0; c < data->results->cell_count; c++)
        if (data->results->cells[c].evaluation_count > 1)
            return true;
    return false;
}

/* Mean over the group's cells of the accuracy at that scale; `*count` of them have one. */
static double mean_at(const struct cln_cell_group *group, double scale, int *count) {
    double sum = 0;
    *count = 0;
    for (size_t c = 0; group && c < group->cell_count; c++)
        for (size_t e = 0; e < group->cells[c]->evaluation_count; e++) {
            const struct cln_result_evaluation *evaluation = &group->cells[c]->evaluations[e];
            if (evaluation->noise_scale == scale && isfinite(evaluation->accuracy)) {
                sum += evaluation->accuracy;
                ++*count;
                break;
            }
        }
    return *count ? sum / *count : NAN;
}

static const char *copy(struct cln_heat *heat, struct cln_text *text) {
    const char *made = text->failed ? NULL : cln_yaml_copy(&heat->pool, text->chars, text->length);
    cln_text_free(text);
    return made;
}

static const char *scale_name(struct cln_heat *heat, double scale) {
    struct cln_text text = {0};
    cln_title_add_scale(&text, scale);
    return copy(heat, &text);
}

static void fill_panel(struct cln_heat *heat, size_t number, const struct cln_cell_groups *groups,
                       const double *tests, struct cln_csv *csv) {
    struct cln_heat_panel *panel = &heat->panels[number];
    struct cln_text title = {0};
    cln_title_add_kind(&title, groups->kinds[number]);
    panel->title = copy(heat, &title);
    for (size_t r = 0; r < heat->row_count; r++)
        for (size_t c = 0; c < heat->column_count; c++) {
            const struct cln_cell_group *group =
                cln_cell_groups_find(groups, number, groups->scales[r]);
            size_t i = r * heat->column_count + c;
            int count;
            char value[64];
            struct cln_text text = {0};
            panel->values[i] = mean_at(group, tests[c], &count);
            if (!count)
                continue;
            cln_text_add(&text, "%s\ntrained at %s, tested at %s\naccuracy %s",
                         panel->title ? panel->title : "", heat->rows[r], heat->columns[c],
                         cln_number_format(value, sizeof value, panel->values[i], 4));
            if (count > 1)
                cln_text_add(&text, ", mean of %d seeds", count);
            panel->tells[i] = copy(heat, &text);
            cln_csv_text(csv, groups->kinds[number]);
            cln_csv_number(csv, groups->scales[r], 9);
            cln_csv_number(csv, tests[c], 9);
            cln_csv_number(csv, panel->values[i], 8);
            cln_csv_integer(csv, count);
            cln_csv_end_row(csv);
        }
}

/* The gist of a panel: its corners. */
static void add_alt(struct cln_text *out, const struct cln_heat *heat, size_t number) {
    const struct cln_heat_panel *panel = &heat->panels[number];
    size_t rows = heat->row_count, columns = heat->column_count;
    const size_t corners[][2] = {{0, 0}, {0, columns - 1}, {rows - 1, 0}, {rows - 1, columns - 1}};
    cln_text_add(out, " %s:", panel->title ? panel->title : "");
    for (int i = 0; i < 4; i++) {
        char value[64];
        double accuracy = panel->values[corners[i][0] * columns + corners[i][1]];
        if (isfinite(accuracy))
            cln_text_add(out, "%s trained at %s and tested at %s %s", i ? "," : "",
                         heat->rows[corners[i][0]], heat->columns[corners[i][1]],
                         cln_number_format(value, sizeof value, accuracy, 3));
    }
    cln_text_add(out, ".");
}

static enum cln_status make(const struct cln_figure *figure, const struct cln_figure_data *data,
                            const struct cln_figure_form *form, struct cln_picture *out) {
    (void)figure;
    const struct cln_cell_groups *groups = data->groups;
    double tests[MAX_SCALES];
    size_t columns = test_scales(data->results, tests), rows = groups->scale_count;
    size_t panels = groups->kind_count < MAX_PANELS ? groups->kind_count : MAX_PANELS;
    rows = rows < MAX_SCALES ? rows : MAX_SCALES;
    struct cln_heat *heat = cln_heat_create(panels, rows, columns);
    if (!heat)
        return CLN_FAIL(MEMORY, "out of memory for a heat map");
    *out = (struct cln_picture){.state = heat, .done = cln_heat_free};
    const char **names = (const char **)heat->rows;
    for (size_t r = 0; r < rows; r++)
        names[r] = scale_name(heat, groups->scales[r]);
    for (size_t c = 0; c < columns; c++)
        names[rows + c] = scale_name(heat, tests[c]);
    for (size_t n = 0; n < rows + columns; n++)
        if (!names[n])
            return CLN_FAIL(MEMORY, "out of memory for a heat map");
    heat->row_label = "trained at";
    heat->column_label = "tested at";
    heat->digits = 3;
    struct cln_csv csv = {0};
    cln_csv_header(&csv, "line,train_noise_scale,test_noise_scale,accuracy,seeds");
    cln_text_add(&out->alt, "Heat map of test accuracies.");
    for (size_t p = 0; p < panels; p++) {
        fill_panel(heat, p, groups, tests, &csv);
        add_alt(&out->alt, heat, p);
    }
    out->csv = csv.text;
    cln_text_add(&out->title, "Trained at one noise scale, tested at another, ");
    cln_title_add_data(&out->title, data->about);
    cln_text_add(&out->note, "Test accuracy after the last epoch; rows: noise in training, "
                             "columns: noise in the test");
    return cln_heat_finish(heat, form, out);
}

const struct cln_figure cln_figure_noise_matrix = {
    "noise-matrix", CLN_SECTION_ANSWER, 0, 0, applies, make};
