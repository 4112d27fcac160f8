/* Where a noisy curve goes. Values are one an epoch, all finite. */
#ifndef CLN_STATS_TREND_H
#define CLN_STATS_TREND_H

#include "base/error.h"

/*
 * Mann-Kendall: how many standard deviations the number of pairs that rise exceeds that of pairs
 * that fall, were there no trend (Mann 1945; Kendall 1975; with his continuity correction).
 * Negative: falling. It asks for the order of values only, so one bad epoch does not tip it. 0 of
 * fewer than two values or of values all equal.
 */
double cln_trend_z(const double *values, int count);

/* Theil-Sen: the median of the slopes of all pairs, in values an epoch (Theil 1950; Sen 1968): up
 * to 29 % of the values may be anything. At least two values. */
enum cln_status cln_trend_slope(const double *values, int count, double *out);

#endif
