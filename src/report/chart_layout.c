#include "report/chart_layout.h"

#include <math.h>
#include <stdlib.h>

#define LEGEND_Y     88.0
#define BARE_LEGEND  18.0 /* without a title above it */
#define TICK_ROOM    34.0 /* for the numbers left of the first panel */
#define END_ROOM     46.0 /* for the values right of each panel, */
#define SIGN_ROOM    10.0 /* and their signs */
#define PANEL_GAP    22.0
#define BOTTOM_ROOM  54.0
#define SIDE_PAD     10.0 /* between a panel's edge and its first and last point */
#define NARROW_PANEL 210.0
#define STRIPS       40 /* at most, that tell values */

double cln_series_x(const struct cln_series *series, int i) {
    return series->x ? series->x[i] : i + 1;
}

double cln_chart_x(const struct cln_chart_layout *layout, const struct cln_chart_frame *frame,
                   double x) {
    double share = (x - layout->x.low) / (layout->x.high - layout->x.low);
    return frame->left + SIDE_PAD + share * (frame->width - 2 * SIDE_PAD);
}

double cln_chart_y(const struct cln_chart_layout *layout, const struct cln_chart_frame *frame,
                   double y) {
    double share = (y - layout->y.low) / (layout->y.high - layout->y.low);
    return frame->top + (1 - share) * frame->height;
}

void cln_chart_legend_place(cairo_t *cairo, const struct cln_chart *chart, size_t key, double *x,
                            double *y) {
    const struct cln_type type = {.size = 12};
    double width = chart->width > 0 ? chart->width : CLN_CHART_WIDTH, start = CLN_CHART_MARGIN;
    if (chart->legend_title)
        start += cln_text_width(cairo, &type, chart->legend_title) + 16;
    if (key == 0) {
        *x = start;
        *y = chart->title ? LEGEND_Y : BARE_LEGEND;
    } else {
        *x += CLN_CHART_SWATCH + 27 + cln_text_width(cairo, &type, chart->keys[key - 1].label);
    }
    double own = CLN_CHART_SWATCH + 7 + cln_text_width(cairo, &type, chart->keys[key].label);
    if (*x > start && *x + own > width - CLN_CHART_MARGIN) {
        *x = start;
        *y += CLN_CHART_LEGEND_ROW;
    }
}

/* The axes that hold every value of every panel. */
static void span(const struct cln_chart *chart, struct cln_axis *x, struct cln_axis *y) {
    double low = INFINITY, high = -INFINITY;
    int epochs = 1;
    for (size_t p = 0; p < chart->panel_count; p++)
        for (size_t s = 0; s < chart->panels[p].series_count; s++) {
            const struct cln_series *series = &chart->panels[p].series[s];
            epochs = series->count > epochs ? series->count : epochs;
            for (int e = 0; e < series->count; e++) {
                if (!isfinite(series->mean[e]))
                    continue;
                low = fmin(low, series->mean[e]);
                high = fmax(high, series->mean[e]);
                if (series->low && isfinite(series->low[e]))
                    low = fmin(low, series->low[e]);
                if (series->high && isfinite(series->high[e]))
                    high = fmax(high, series->high[e]);
            }
        }
    *x = cln_axis_epochs(epochs);
    if (chart->tick_count)
        *x = (struct cln_axis){.low = chart->ticks[0].at,
                               .high = chart->ticks[chart->tick_count - 1].at};
    if (x->high <= x->low) {
        x->low -= 1;
        x->high += 1;
    }
    if (chart->signed_values) {
        low = fmin(low, 0);
        high = fmax(high, 0);
    }
    *y = cln_axis_values(low, high, 6);
}

static double end_room(const struct cln_chart *chart) {
    return END_ROOM + (chart->signed_values ? SIGN_ROOM : 0);
}

static void place_side_by_side(const struct cln_chart *chart, struct cln_chart_layout *layout,
                               double top) {
    double left = CLN_CHART_MARGIN + TICK_ROOM;
    double gaps = (double)(layout->panel_count - 1) * PANEL_GAP;
    const double room = end_room(chart);
    double width =
        (layout->width - CLN_CHART_MARGIN - left - gaps) / (double)layout->panel_count - room;
    double height = (chart->height > 0 ? chart->height : CLN_CHART_HEIGHT) - BOTTOM_ROOM - top;
    for (size_t p = 0; p < layout->panel_count; p++) {
        layout->frames[p] = (struct cln_chart_frame){left, top, width, height};
        left += width + room + PANEL_GAP;
    }
}

static void place_stacked(const struct cln_chart *chart, struct cln_chart_layout *layout,
                          double top, double head) {
    const double left = 12 + TICK_ROOM, width = layout->width - left - end_room(chart);
    for (size_t p = 0; p < layout->panel_count; p++) {
        layout->frames[p] = (struct cln_chart_frame){left, top, width, NARROW_PANEL};
        top += NARROW_PANEL + BOTTOM_ROOM + head - 20;
    }
}

struct cln_chart_layout cln_chart_layout(cairo_t *cairo, const struct cln_chart *chart) {
    struct cln_chart_layout layout = {
        .width = chart->width > 0 ? chart->width : CLN_CHART_WIDTH,
        .height = chart->height > 0 ? chart->height : CLN_CHART_HEIGHT,
        .panel_count =
            chart->panel_count < CLN_CHART_PANELS ? chart->panel_count : CLN_CHART_PANELS};
    double x = 0, y = 0;
    layout.legend_y = layout.below_legend = chart->title ? LEGEND_Y : BARE_LEGEND;
    for (size_t k = 0; k < chart->key_count; k++)
        cln_chart_legend_place(cairo, chart, k, &x, &y);
    if (chart->key_count)
        layout.below_legend = y;
    else if (!chart->title)
        layout.below_legend = -6;
    span(chart, &layout.x, &layout.y);
    double head = chart->panels[0].title ? 62 : 42, top = layout.below_legend + head;
    if (layout.width >= CLN_CHART_NARROW) {
        place_side_by_side(chart, &layout, top);
    } else {
        place_stacked(chart, &layout, top, head);
        const struct cln_chart_frame *last = &layout.frames[layout.panel_count - 1];
        layout.height = last->top + last->height + BOTTOM_ROOM;
    }
    return layout;
}

/* ---- what it tells -------------------------------------------------------------------------- */

static double middle(const struct cln_chart_layout *layout, const struct cln_chart_frame *frame,
                     double a, double b) {
    return (cln_chart_x(layout, frame, a) + cln_chart_x(layout, frame, b)) / 2;
}

/* The point of the series at that x that has a value, or -1. */
static int point_at(const struct cln_series *series, double at) {
    for (int i = 0; i < series->count; i++)
        if (cln_series_x(series, i) == at && isfinite(series->mean[i]))
            return i;
    return -1;
}

/* What the notebook had there, for the line of that key. */
static void add_notebook(struct cln_text *text, const struct cln_panel *panel, size_t key,
                         double at) {
    char value[64];
    for (size_t s = 0; s < panel->series_count; s++) {
        const struct cln_series *series = &panel->series[s];
        int i = series->dashed && series->key == key ? point_at(series, at) : -1;
        if (i >= 0)
            cln_text_add(text, " (notebook %s)",
                         cln_number_format(value, sizeof value, series->mean[i], 4));
    }
}

/* Adds "label: value" for each line that has one at this x. False if none has. */
static bool add_values(struct cln_text *text, const struct cln_chart *chart,
                       const struct cln_panel *panel, double at) {
    bool any = false;
    char value[64], low[64], high[64];
    for (size_t s = 0; s < panel->series_count; s++) {
        const struct cln_series *series = &panel->series[s];
        int i = series->dashed ? -1 : point_at(series, at);
        if (i < 0)
            continue;
        any = true;
        cln_text_add(text, "\n%s: %s", chart->keys[series->key].label,
                     cln_number_format(value, sizeof value, series->mean[i], 4));
        if (series->low && series->high && isfinite(series->low[i]))
            cln_text_add(text, " (%s to %s)", cln_number_format(low, sizeof low, series->low[i], 4),
                         cln_number_format(high, sizeof high, series->high[i], 4));
        add_notebook(text, panel, series->key, at);
    }
    return any;
}

static void add_strip(const struct cln_chart *chart, const struct cln_chart_layout *layout,
                      size_t number, const double *x, int count, int i, struct cln_hits *hits) {
    const struct cln_panel *panel = &chart->panels[number];
    const struct cln_chart_frame *frame = &layout->frames[number];
    double left = i ? middle(layout, frame, x[i - 1], x[i]) : frame->left;
    double right =
        i + 1 < count ? middle(layout, frame, x[i], x[i + 1]) : frame->left + frame->width;
    struct cln_text text = {0};
    if (panel->title)
        cln_text_add(&text, "%s, ", panel->title);
    if (chart->ticks)
        cln_text_add(&text, "%s %s", chart->x_label, chart->ticks[i].label);
    else
        cln_text_add(&text, "epoch %d", (int)x[i]);
    if (add_values(&text, chart, panel, x[i]))
        cln_hits_add(hits, left, frame->top, right - left, frame->height, &text);
    cln_text_free(&text);
}

void cln_chart_hits(const struct cln_chart *chart, struct cln_hits *hits) {
    cairo_t *cairo = cln_canvas_scratch();
    const struct cln_chart_layout layout = cln_chart_layout(cairo, chart);
    cairo_destroy(cairo);
    int last = chart->ticks ? (int)chart->tick_count : (int)layout.x.high;
    if (!chart->ticks && layout.x.high == 2 && layout.x.low == 0)
        last = 1; /* the axis of a single epoch */
    int step = chart->ticks ? 1 : (last + STRIPS - 1) / STRIPS, count = 0;
    double *x = calloc((size_t)last + 1, sizeof *x);
    hits->failed |= !x;
    for (int i = last - 1; x && i >= 0; i -= step) /* the last epoch is always among them */
        x[count++] = chart->ticks ? chart->ticks[i].at : i + 1;
    for (int i = 0; x && i < count / 2; i++) {
        double other = x[i];
        x[i] = x[count - 1 - i];
        x[count - 1 - i] = other;
    }
    for (size_t p = 0; x && p < layout.panel_count; p++)
        for (int i = 0; i < count; i++)
            add_strip(chart, &layout, p, x, count, i, hits);
    free(x);
}
