#ifndef CLN_BASE_MEDIAN_H
#define CLN_BASE_MEDIAN_H

/* The middle one of `count` values, which are sorted, least first; of an even number of them the
 * mean of the two in the middle. At least one value, and no NaN among them. */
double cln_median(double *values, int count);

#endif
