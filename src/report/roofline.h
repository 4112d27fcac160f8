/*
 * The roofline of a benchmark: each launch as a point whose area is its time, by flops a byte and
 * flops a second, under what the measured peaks allow.
 */
#ifndef CLN_REPORT_ROOFLINE_H
#define CLN_REPORT_ROOFLINE_H

#include <stdbool.h>

#include "base/error.h"

struct cln_roofline_point {
    const char *label;
    double flops, bytes, seconds; /* one without flops or bytes has no place and is left out */
    bool product;                 /* convolutions and matrix products have a colour of their own */
};

/* One model's launches; all is borrowed. */
struct cln_roofline_panel {
    const char *title;
    const struct cln_roofline_point *points;
    int count;
};

struct cln_roofline {
    const char *device;
    double flops_per_second, bytes_per_second; /* measured peaks */
    const struct cln_roofline_panel *panels;   /* drawn one below the other */
    int count;
};

/* Writes a PNG or SVG, as the path's ending says: CLN_CONFIG for another one. Blocks while
 * drawing, well under a second. */
enum cln_status cln_roofline_write(const struct cln_roofline *roofline, const char *path);

#endif
