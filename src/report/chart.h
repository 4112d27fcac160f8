/*
 * A line chart, over epochs or over values of its own: one panel or several with a shared y axis, a
 * legend common to all, the last value written at each line's end. Panels stand side by side, or
 * one below the other where there is no room.
 */
#ifndef CLN_REPORT_CHART_H
#define CLN_REPORT_CHART_H

#include <stddef.h>

#include "report/canvas.h"
#include "report/hits.h"

#define CLN_CHART_WIDTH  900
#define CLN_CHART_HEIGHT 540
#define CLN_CHART_NARROW 600 /* below this width panels stand one below the other */

/* What the lines of one colour stand for. */
struct cln_chart_key {
    const char *label;
    struct cln_color color;
};

struct cln_series {
    size_t key;         /* index into the chart's keys */
    const double *x;    /* (count), ascending; NULL: epochs from 1 on */
    const double *mean; /* (count), NaN where there is none */
    const double *low;  /* (count) how sure it is; NULL: not said */
    const double *high;
    int count;
    bool bars;   /* low..high as a bar at each point, else as a band along the line */
    bool dashed; /* of the notebook: thin, without points and end label */
};

struct cln_panel {
    const char *title; /* NULL: none */
    const struct cln_series *series;
    size_t series_count;
};

struct cln_chart_tick {
    double at;
    const char *label;
};

struct cln_chart {
    double width, height;         /* 0: CLN_CHART_WIDTH, CLN_CHART_HEIGHT */
    const char *title, *subtitle; /* NULL: neither is drawn, and no room left for them */
    const char *x_label;          /* NULL: "Epoch" */
    const char *y_label;
    const char *legend_title;
    const struct cln_chart_key *keys;
    size_t key_count;
    const struct cln_panel *panels;
    size_t panel_count;
    const struct cln_chart_tick *ticks; /* of the x axis; NULL: epochs */
    size_t tick_count;
    bool signed_values; /* the y axis has zero inside: a line is drawn there */
};

/* A struct cln_chart, as the draw function of a struct cln_drawing. */
void cln_chart_draw(cairo_t *cairo, const void *chart);

/* A place for each x of each panel, with the values of all lines there. */
void cln_chart_hits(const struct cln_chart *chart, struct cln_hits *hits);

#endif
