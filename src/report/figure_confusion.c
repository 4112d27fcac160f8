/* Which classes are taken for which: a matrix for each model and noise scale. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/csv.h"
#include "report/groups.h"
#include "report/heat.h"
#include "report/titles.h"

#define MAX_PANELS  12
#define MAX_CLASSES 32 /* more do not fit into a figure; the CSV of cell.json has them */

/* A cell to show: the first of its kind and scale that has a matrix of its own test noise. */
static size_t choose(const struct cln_cell_groups *groups,
                     const struct cln_result_cell *cells[MAX_PANELS]) {
    size_t count = 0;
    for (size_t g = 0; g < groups->count; g++)
        for (size_t c = 0; c < groups->rows[g].cell_count && count < MAX_PANELS; c++) {
            const struct cln_result_cell *cell = groups->rows[g].cells[c];
            bool same = !count || cells[0]->classes == cell->classes;
            if (cell->evaluation_count && cell->evaluations[0].confusion && same &&
                cell->classes <= MAX_CLASSES) {
                cells[count++] = cell;
                break;
            }
        }
    return count;
}

static bool applies(const struct cln_figure *figure, const struct cln_figure_data *data) {
    (void)figure;
    const struct cln_result_cell *cells[MAX_PANELS];
    return choose(data->groups, cells) > 0;
}

static const char *copy(struct cln_heat *heat, struct cln_text *text) {
    const char *made = text->failed ? NULL : cln_yaml_copy(&heat->pool, text->chars, text->length);
    cln_text_free(text);
    return made;
}

static const char *class_name(struct cln_heat *heat, const struct cln_result_cell *cell, size_t c) {
    struct cln_text text = {0};
    if (cell->class_names)
        cln_text_add(&text, "%s", cell->class_names[c]);
    else
        cln_text_add(&text, "%zu", c);
    return copy(heat, &text);
}

static void fill_tile(struct cln_heat *heat, struct cln_heat_panel *panel, size_t row,
                      size_t column, int64_t hits, int64_t total) {
    size_t i = row * heat->column_count + column;
    struct cln_text text = {0};
    panel->values[i] = total ? (double)hits / (double)total : NAN;
    if (!hits)
        return;
    cln_text_add(&text, "%s\n%lld of %lld images of %s\ntaken for %s",
                 panel->title ? panel->title : "", (long long)hits, (long long)total,
                 heat->rows[row], heat->columns[column]);
    panel->tells[i] = copy(heat, &text);
}

static void fill_panel(struct cln_heat *heat, size_t number, const struct cln_result_cell *cell,
                       struct cln_csv *csv, struct cln_text *alt) {
    struct cln_heat_panel *panel = &heat->panels[number];
    size_t classes = heat->row_count;
    const int64_t *matrix = cell->evaluations[0].confusion;
    struct cln_text title = {0};
    int64_t worst = 0;
    size_t from = 0, to = 0;
    cln_title_add_kind(&title, cell->model);
    cln_text_add(&title, ", ");
    cln_title_add_noise(&title, cell->noise_scale);
    panel->title = copy(heat, &title);
    for (size_t r = 0; r < classes; r++) {
        int64_t total = 0;
        for (size_t c = 0; c < classes; c++)
            total += matrix[r * classes + c];
        for (size_t c = 0; c < classes; c++) {
            int64_t hits = matrix[r * classes + c];
            fill_tile(heat, panel, r, c, hits, total);
            if (r != c && hits > worst) {
                worst = hits;
                from = r;
                to = c;
            }
            cln_csv_text(csv, cell->id);
            cln_csv_text(csv, cell->model);
            cln_csv_number(csv, cell->noise_scale, 9);
            cln_csv_text(csv, heat->rows[r]);
            cln_csv_text(csv, heat->columns[c]);
            cln_csv_integer(csv, hits);
            cln_csv_end_row(csv);
        }
    }
    cln_text_add(alt, " %s: accuracy %.3f", panel->title ? panel->title : "",
                 cell->evaluations[0].accuracy);
    if (worst)
        cln_text_add(alt, ", most often %s taken for %s, %lld times", heat->rows[from],
                     heat->columns[to], (long long)worst);
    cln_text_add(alt, ".");
}

static enum cln_status make(const struct cln_figure *figure, const struct cln_figure_data *data,
                            const struct cln_figure_form *form, struct cln_picture *out) {
    (void)figure;
    const struct cln_result_cell *cells[MAX_PANELS];
    size_t panels = choose(data->groups, cells), classes = (size_t)cells[0]->classes;
    struct cln_heat *heat = cln_heat_create(panels, classes, classes);
    if (!heat)
        return CLN_FAIL(MEMORY, "out of memory for confusion matrices");
    *out = (struct cln_picture){.state = heat, .done = cln_heat_free};
    const char **names = (const char **)heat->rows;
    for (size_t c = 0; c < classes; c++) {
        names[c] = names[classes + c] = class_name(heat, cells[0], c);
        if (!names[c])
            return CLN_FAIL(MEMORY, "out of memory for confusion matrices");
    }
    heat->row_label = "label";
    heat->column_label = "taken for";
    struct cln_csv csv = {0};
    cln_csv_header(&csv, "cell,model,noise_scale,label,predicted,images");
    cln_text_add(&out->alt, "Confusion matrices.");
    for (size_t p = 0; p < panels; p++)
        fill_panel(heat, p, cells[p], &csv, &out->alt);
    out->csv = csv.text;
    cln_text_add(&out->title, "Which classes are taken for which, ");
    cln_title_add_data(&out->title, data->about);
    cln_text_add(&out->note,
                 "Percent of the test images of each label, at the noise trained with; the first "
                 "run where there are several; empty: below half a percent");
    return cln_heat_finish(heat, form, out);
}

const struct cln_figure cln_figure_confusion = {"confusion", CLN_SECTION_ERRORS, 0, 0, applies,
                                                make};
