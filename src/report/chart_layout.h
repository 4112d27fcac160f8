/* Where things of a chart are: shared by what draws it and what tells its values. */
#ifndef CLN_REPORT_CHART_LAYOUT_H
#define CLN_REPORT_CHART_LAYOUT_H

#include "report/axis.h"
#include "report/chart.h"

#define CLN_CHART_MARGIN     28.0 /* of the whole figure, at its left and right */
#define CLN_CHART_LEGEND_ROW 20.0
#define CLN_CHART_SWATCH     24.0
#define CLN_CHART_PANELS     8

struct cln_chart_frame { /* one panel */
    double left, top, width, height;
};

struct cln_chart_layout {
    double width, height;
    double legend_y, below_legend; /* base lines of its first and last row */
    struct cln_axis x, y;
    struct cln_chart_frame frames[CLN_CHART_PANELS];
    size_t panel_count;
};

struct cln_chart_layout cln_chart_layout(cairo_t *cairo, const struct cln_chart *chart);

double cln_chart_x(const struct cln_chart_layout *layout, const struct cln_chart_frame *frame,
                   double x);
double cln_chart_y(const struct cln_chart_layout *layout, const struct cln_chart_frame *frame,
                   double y);

/* The x of point `i`. */
double cln_series_x(const struct cln_series *series, int i);

/* Left edge of the legend's entry `key` and its base line, from those of the one before. Call with
 * x = y = 0 for the first. */
void cln_chart_legend_place(cairo_t *cairo, const struct cln_chart *chart, size_t key, double *x,
                            double *y);

#endif
