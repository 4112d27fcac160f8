/* The axis of a chart: a range with round numbers at its ticks. */
#ifndef CLN_REPORT_AXIS_H
#define CLN_REPORT_AXIS_H

#include <stddef.h>

#define CLN_AXIS_TICKS 12

struct cln_axis {
    double low, high; /* the range shown */
    double ticks[CLN_AXIS_TICKS];
    int tick_count;
    int decimals; /* that the ticks' labels need */
};

/* An axis over low..high that ends at ticks; about `wanted` (at most 8) of them. It starts at zero
 * if `low` is not far from it. */
struct cln_axis cln_axis_values(double low, double high, int wanted);

/* An axis over the epochs 1..last: the first, and multiples of a round step. */
struct cln_axis cln_axis_epochs(int last);

/*
 * A logarithmic axis over low..high, both above zero: from a power of ten to one. Its ticks are the
 * powers of ten, every second or third of them where there are many.
 */
struct cln_axis cln_axis_decades(double low, double high);

/* A number with a real minus sign. Returns `text`. */
char *cln_number_format(char *text, size_t size, double value, int decimals);

#endif
