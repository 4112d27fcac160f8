#include "report/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/chart_layout.h"
#include "report/end_labels.h"

#define TITLE_Y       38.0
#define SUBTITLE_Y    60.0
#define MARKER_RADIUS 2.3
#define MARKERS_UP_TO 40  /* points; beyond, they would run into each other */
#define CAP           3.5 /* half the width of a bar's ends */

/* What is drawn, and where. */
struct pen {
    cairo_t *cairo;
    const struct cln_chart *chart;
    const struct cln_chart_layout *layout;
    const struct cln_chart_frame *frame;
};

static double place_x(const struct pen *pen, double x) {
    return cln_chart_x(pen->layout, pen->frame, x);
}

static double place_y(const struct pen *pen, double y) {
    return cln_chart_y(pen->layout, pen->frame, y);
}

static void draw_line(cairo_t *cairo, double x0, double y0, double x1, double y1) {
    cairo_move_to(cairo, x0, y0);
    cairo_line_to(cairo, x1, y1);
    cairo_stroke(cairo);
}

static void draw_x_tick(const struct pen *pen, double at, const char *label) {
    const struct cln_type type = {.size = 12, .color = CLN_INK_SOFT, .align = CLN_CENTRE};
    double base = pen->frame->top + pen->frame->height, x = place_x(pen, at);
    cln_color_set(pen->cairo, CLN_AXIS);
    draw_line(pen->cairo, x, base, x, base + 5);
    cln_text_draw(pen->cairo, &type, x, base + 20, label);
}

static void draw_x_axis(const struct pen *pen) {
    const struct cln_type type = {.size = 12, .color = CLN_INK_SOFT, .align = CLN_CENTRE};
    const struct cln_chart_frame *frame = pen->frame;
    const struct cln_axis *axis = &pen->layout->x;
    double base = frame->top + frame->height;
    char text[64];
    cln_color_set(pen->cairo, CLN_AXIS);
    draw_line(pen->cairo, frame->left, base, frame->left + frame->width, base);
    for (size_t t = 0; t < pen->chart->tick_count; t++)
        draw_x_tick(pen, pen->chart->ticks[t].at, pen->chart->ticks[t].label);
    for (int t = 0; !pen->chart->tick_count && t < axis->tick_count; t++)
        draw_x_tick(pen, axis->ticks[t], cln_number_format(text, sizeof text, axis->ticks[t], 0));
    cln_text_draw(pen->cairo, &type, frame->left + frame->width / 2, base + 40,
                  pen->chart->x_label ? pen->chart->x_label : "Epoch");
}

static void draw_grid(const struct pen *pen, bool numbers) {
    const struct cln_type type = {.size = 12, .color = CLN_INK_SOFT, .align = CLN_RIGHT};
    const struct cln_chart_frame *frame = pen->frame;
    const struct cln_axis *axis = &pen->layout->y;
    char text[64];
    cairo_set_line_width(pen->cairo, 1);
    for (int t = 0; t < axis->tick_count; t++) {
        double y = place_y(pen, axis->ticks[t]);
        bool zero = pen->chart->signed_values && fabs(axis->ticks[t]) < 1e-12;
        cln_color_set(pen->cairo, zero ? CLN_AXIS : CLN_RULE);
        draw_line(pen->cairo, frame->left, y, frame->left + frame->width, y);
        if (numbers)
            cln_text_draw(pen->cairo, &type, frame->left - 9, y + 4.2,
                          cln_number_format(text, sizeof text, axis->ticks[t], axis->decimals));
    }
    draw_x_axis(pen);
}

/* The points [*start, *end) from *end on that all have a value; false when there are no more. */
static bool next_piece(const double *values, int count, int *start, int *end) {
    *start = *end;
    while (*start < count && !isfinite(values[*start]))
        ++*start;
    *end = *start;
    while (*end < count && isfinite(values[*end]))
        ++*end;
    return *start < *end;
}

static void draw_band(const struct pen *pen, const struct cln_series *series,
                      struct cln_color color) {
    for (int start, end = 0; next_piece(series->mean, series->count, &start, &end);) {
        for (int e = start; e < end; e++)
            cairo_line_to(pen->cairo, place_x(pen, cln_series_x(series, e)),
                          place_y(pen, series->low[e]));
        for (int e = end - 1; e >= start; e--)
            cairo_line_to(pen->cairo, place_x(pen, cln_series_x(series, e)),
                          place_y(pen, series->high[e]));
        cairo_close_path(pen->cairo);
        cln_color_set_alpha(pen->cairo, color, 0.16);
        cairo_fill(pen->cairo);
    }
}

static void draw_bars(const struct pen *pen, const struct cln_series *series,
                      struct cln_color color) {
    cairo_set_line_width(pen->cairo, 1.4);
    cln_color_set_alpha(pen->cairo, color, 0.85);
    for (int e = 0; e < series->count; e++) {
        if (!isfinite(series->mean[e]) || !isfinite(series->low[e]) || !isfinite(series->high[e]))
            continue;
        double x = place_x(pen, cln_series_x(series, e));
        double low = place_y(pen, series->low[e]), high = place_y(pen, series->high[e]);
        draw_line(pen->cairo, x, low, x, high);
        draw_line(pen->cairo, x - CAP, low, x + CAP, low);
        draw_line(pen->cairo, x - CAP, high, x + CAP, high);
    }
}

static void set_dash(cairo_t *cairo, bool dashed) {
    static const double dashes[] = {5, 5};
    cairo_set_dash(cairo, dashes, dashed ? 2 : 0, 0);
}

static void draw_curve(const struct pen *pen, const struct cln_series *series,
                       struct cln_color color) {
    cairo_t *cairo = pen->cairo;
    cairo_set_line_width(cairo, series->dashed ? 1.5 : 2.2);
    cairo_set_line_join(cairo, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cln_color_set(cairo, color);
    set_dash(cairo, series->dashed);
    for (int start, end = 0; next_piece(series->mean, series->count, &start, &end);) {
        for (int e = start; e < end; e++)
            cairo_line_to(cairo, place_x(pen, cln_series_x(series, e)),
                          place_y(pen, series->mean[e]));
        cairo_stroke(cairo);
    }
    set_dash(cairo, false);
    for (int e = 0; e < series->count && series->count <= MARKERS_UP_TO && !series->dashed; e++) {
        if (!isfinite(series->mean[e]))
            continue;
        double radius = series->count > 1 && !series->bars ? MARKER_RADIUS : 1.7 * MARKER_RADIUS;
        cairo_arc(cairo, place_x(pen, cln_series_x(series, e)), place_y(pen, series->mean[e]),
                  radius, 0, 8 * atan(1));
        cairo_fill(cairo);
    }
}

static void draw_end_labels(const struct pen *pen, const struct cln_panel *panel) {
    struct cln_end_label *labels = calloc(panel->series_count + 1, sizeof *labels);
    size_t count = 0;
    for (size_t s = 0; labels && s < panel->series_count; s++) {
        const struct cln_series *series = &panel->series[s];
        int last = series->count - 1;
        while (last >= 0 && !isfinite(series->mean[last]))
            last--;
        if (last < 0 || series->dashed)
            continue;
        struct cln_end_label *label = &labels[count++];
        label->x = place_x(pen, cln_series_x(series, last));
        label->y = place_y(pen, series->mean[last]);
        label->value = series->mean[last];
        label->color = pen->chart->keys[series->key].color;
    }
    cln_end_labels_draw(pen->cairo, labels, count, pen->frame->left + pen->frame->width,
                        pen->frame->top, pen->frame->top + pen->frame->height);
    free(labels);
}

static void draw_panel(const struct pen *pen, size_t number) {
    const struct cln_chart *chart = pen->chart;
    const struct cln_panel *panel = &chart->panels[number];
    const struct cln_chart_frame *frame = pen->frame;
    const struct cln_type head = {
        .size = 12, .bold = true, .color = CLN_INK, .max_width = frame->width};
    if (panel->title)
        cln_text_draw(pen->cairo, &head, frame->left, frame->top - 18, panel->title);
    /* Only the first of a row needs numbers. */
    draw_grid(pen, number == 0 || frame->left == pen->layout->frames[0].left);
    for (size_t s = 0; s < panel->series_count; s++) {
        const struct cln_series *series = &panel->series[s];
        if (series->low && series->high)
            (series->bars ? draw_bars : draw_band)(pen, series, chart->keys[series->key].color);
    }
    for (size_t s = 0; s < panel->series_count; s++)
        draw_curve(pen, &panel->series[s], chart->keys[panel->series[s].key].color);
    draw_end_labels(pen, panel);
}

static void draw_legend(const struct pen *pen) {
    const struct cln_chart *chart = pen->chart;
    const struct cln_type type = {.size = 12, .color = CLN_INK};
    const struct cln_type soft = {.size = 12, .color = CLN_INK_SOFT};
    cairo_t *cairo = pen->cairo;
    double x = 0, y = 0;
    if (chart->legend_title && chart->key_count)
        cln_text_draw(cairo, &soft, CLN_CHART_MARGIN, pen->layout->legend_y, chart->legend_title);
    for (size_t k = 0; k < chart->key_count; k++) {
        cln_chart_legend_place(cairo, chart, k, &x, &y);
        cln_color_set(cairo, chart->keys[k].color);
        cairo_set_line_width(cairo, 2.2);
        cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
        draw_line(cairo, x + 1, y - 4.3, x + CLN_CHART_SWATCH - 1, y - 4.3);
        cairo_arc(cairo, x + CLN_CHART_SWATCH / 2, y - 4.3, MARKER_RADIUS + 0.9, 0, 8 * atan(1));
        cairo_fill(cairo);
        cln_text_draw(cairo, &type, x + CLN_CHART_SWATCH + 7, y, chart->keys[k].label);
    }
}

void cln_chart_draw(cairo_t *cairo, const void *context) {
    const struct cln_chart *chart = context;
    const struct cln_chart_layout layout = cln_chart_layout(cairo, chart);
    struct pen pen = {.cairo = cairo, .chart = chart, .layout = &layout};
    const double text_width = layout.width - 2 * CLN_CHART_MARGIN;
    const struct cln_type title = {
        .size = 19, .bold = true, .color = CLN_INK, .max_width = text_width};
    const struct cln_type soft = {.size = 13, .color = CLN_INK_SOFT, .max_width = text_width};
    if (chart->title) {
        cln_text_draw(cairo, &title, CLN_CHART_MARGIN, TITLE_Y, chart->title);
        cln_text_draw(cairo, &soft, CLN_CHART_MARGIN, SUBTITLE_Y,
                      chart->subtitle ? chart->subtitle : "");
    }
    draw_legend(&pen);
    const struct cln_type label = {.size = 12, .color = CLN_INK_SOFT};
    double left = layout.width < CLN_CHART_NARROW ? 8 : CLN_CHART_MARGIN;
    cln_text_draw(cairo, &label, left, layout.below_legend + 28, chart->y_label);
    for (size_t p = 0; p < layout.panel_count; p++) {
        pen.frame = &layout.frames[p];
        draw_panel(&pen, p);
    }
}
