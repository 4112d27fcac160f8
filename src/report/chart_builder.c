#include "report/chart_builder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/chart_layout.h"
#include "report/csv.h"

#define NARROW_HEIGHT 360

void cln_chart_builder_done(struct cln_chart_builder *builder) {
    cln_text_free(&builder->title);
    cln_text_free(&builder->note);
    cln_yaml_pool_done(&builder->pool);
    free(builder->keys);
    free(builder->series);
    free(builder->panels);
    *builder = (struct cln_chart_builder){0};
}

const char *cln_chart_copy(struct cln_chart_builder *builder, const char *text) {
    const char *copy = cln_yaml_copy(&builder->pool, text, strlen(text));
    builder->failed |= !copy;
    return copy;
}

double *cln_chart_values(struct cln_chart_builder *builder, size_t count) {
    double *values = cln_yaml_alloc(&builder->pool, (count + 1) * sizeof *values);
    builder->failed |= !values;
    return values;
}

/* Room for one more row; the old rows stay where memory runs out. */
static bool grow(struct cln_chart_builder *builder, void **rows, size_t count, size_t *capacity,
                 size_t bytes) {
    if (count < *capacity)
        return true;
    size_t wanted = *capacity ? 2 * *capacity : 16;
    void *more = realloc(*rows, wanted * bytes);
    builder->failed |= !more;
    if (!more)
        return false;
    *rows = more;
    *capacity = wanted;
    return true;
}

size_t cln_chart_add_key(struct cln_chart_builder *builder, const char *label,
                         struct cln_color color) {
    void *rows = builder->keys;
    const char *copy = cln_chart_copy(builder, label);
    if (!copy || !grow(builder, &rows, builder->chart.key_count, &builder->key_capacity,
                       sizeof *builder->keys))
        return 0;
    builder->keys = rows;
    builder->keys[builder->chart.key_count] = (struct cln_chart_key){copy, color};
    return builder->chart.key_count++;
}

void cln_chart_add_panel(struct cln_chart_builder *builder, const char *title) {
    void *rows = builder->panels;
    const char *copy = title ? cln_chart_copy(builder, title) : NULL;
    if (!grow(builder, &rows, builder->chart.panel_count, &builder->panel_capacity,
              sizeof *builder->panels))
        return;
    builder->panels = rows;
    builder->panels[builder->chart.panel_count++] = (struct cln_panel){.title = copy};
}

void cln_chart_add_series(struct cln_chart_builder *builder, const struct cln_series *series) {
    void *rows = builder->series;
    if (!builder->chart.panel_count || !grow(builder, &rows, builder->series_count,
                                             &builder->series_capacity, sizeof *builder->series))
        return;
    builder->series = rows;
    builder->series[builder->series_count++] = *series;
    builder->panels[builder->chart.panel_count - 1].series_count++;
}

/* ---- the picture ---------------------------------------------------------------------------- */

static void add_csv(const struct cln_chart_builder *builder, struct cln_text *out) {
    const struct cln_chart *chart = &builder->chart;
    struct cln_csv csv = {0};
    cln_text_add(&csv.text, "panel,line,%s,value,low,high\n", builder->x_name);
    for (size_t p = 0; p < chart->panel_count; p++)
        for (size_t s = 0; s < chart->panels[p].series_count; s++) {
            const struct cln_series *series = &chart->panels[p].series[s];
            for (int i = 0; i < series->count; i++) {
                size_t tick = 0;
                while (tick < chart->tick_count && chart->ticks[tick].at != cln_series_x(series, i))
                    tick++;
                if (chart->ticks && tick == chart->tick_count)
                    continue; /* a gap in a line */
                cln_csv_text(&csv, chart->panels[p].title);
                struct cln_text label = {0};
                cln_text_add(&label, "%s%s", chart->keys[series->key].label,
                             series->dashed ? ", notebook" : "");
                cln_csv_text(&csv, label.chars);
                cln_text_free(&label);
                if (chart->ticks)
                    cln_csv_text(&csv, chart->ticks[tick].label);
                else
                    cln_csv_integer(&csv, i + 1);
                cln_csv_number(&csv, series->mean[i], 8);
                cln_csv_number(&csv, series->low ? series->low[i] : NAN, 8);
                cln_csv_number(&csv, series->high ? series->high[i] : NAN, 8);
                cln_csv_end_row(&csv);
            }
        }
    *out = csv.text;
}

/* "Line chart. ConvNet: none 0.349 to 0.879, 0.1 0.331 to 0.875." */
static void add_alt(const struct cln_chart *chart, struct cln_text *out) {
    char first_text[64], last_text[64];
    cln_text_add(out, "Line chart, first and last values.");
    for (size_t p = 0; p < chart->panel_count; p++) {
        const char *separator = "";
        cln_text_add(out, " %s%s", chart->panels[p].title ? chart->panels[p].title : "",
                     chart->panels[p].title ? ": " : "");
        for (size_t s = 0; s < chart->panels[p].series_count; s++) {
            const struct cln_series *series = &chart->panels[p].series[s];
            int first = 0, last = series->count - 1;
            while (first < last && !isfinite(series->mean[first]))
                first++;
            while (last > first && !isfinite(series->mean[last]))
                last--;
            if (last < 0 || series->dashed || !isfinite(series->mean[last]))
                continue;
            cln_text_add(out, "%s%s %s to %s", separator, chart->keys[series->key].label,
                         cln_number_format(first_text, sizeof first_text, series->mean[first], 3),
                         cln_number_format(last_text, sizeof last_text, series->mean[last], 3));
            separator = ", ";
        }
        cln_text_add(out, ".");
    }
}

static void free_builder(void *state) {
    cln_chart_builder_done(state);
    free(state);
}

enum cln_status cln_chart_finish(struct cln_chart_builder *from, const struct cln_figure_form *form,
                                 struct cln_picture *out) {
    struct cln_chart_builder *builder = malloc(sizeof *builder);
    *out = (struct cln_picture){0};
    if (!builder || from->failed || from->title.failed || from->note.failed) {
        free(builder);
        cln_chart_builder_done(from);
        return CLN_FAIL(MEMORY, "out of memory for a chart");
    }
    *builder = *from;
    *from = (struct cln_chart_builder){0};
    out->state = builder;
    out->done = free_builder;
    struct cln_chart *chart = &builder->chart;
    chart->keys = builder->keys;
    chart->panels = builder->panels;
    for (size_t p = 0, start = 0; p < chart->panel_count; p++) {
        builder->panels[p].series = builder->series ? builder->series + start : NULL;
        start += builder->panels[p].series_count;
    }
    cln_text_add(&out->title, "%s", builder->title.chars ? builder->title.chars : "");
    cln_text_add(&out->note, "%s", builder->note.chars ? builder->note.chars : "");
    chart->title = form->bare ? NULL : out->title.chars;
    chart->subtitle = out->note.chars;
    chart->width = form->width;
    chart->height = form->width < CLN_CHART_NARROW ? NARROW_HEIGHT
                    : form->bare                   ? CLN_CHART_HEIGHT - 90
                                                   : CLN_CHART_HEIGHT;
    cairo_t *cairo = cln_canvas_scratch();
    const struct cln_chart_layout layout = cln_chart_layout(cairo, chart);
    cairo_destroy(cairo);
    out->drawing = (struct cln_drawing){form->width, layout.height, cln_chart_draw, chart};
    cln_chart_hits(chart, &out->hits);
    add_csv(builder, &out->csv);
    add_alt(chart, &out->alt);
    return cln_picture_check(out);
}
