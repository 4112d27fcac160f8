/* The yardsticks of a benchmark: what the device reaches on its own, without a model. */
#ifndef CLN_RUNTIME_PEAK_H
#define CLN_RUNTIME_PEAK_H

#include "runtime/context.h"

struct cln_peak {
    double flops_per_second; /* float32 multiply-adds, independent of each other; two flops each */
    double bytes_per_second; /* copying buffers much larger than the caches: read + written */
};

/* Measures both, the median of several runs each; blocks for about a second. */
enum cln_status cln_peak_measure(struct cln_context *context, struct cln_peak *out);

/* The first of them alone, measured as often; blocks for some hundredths of a second. */
enum cln_status cln_peak_measure_flops(struct cln_context *context, double *flops_per_second);

/* Measures again and keeps the greater of each: neighbours on the machine only take away. Blocks
 * likewise. */
enum cln_status cln_peak_raise(struct cln_context *context, struct cln_peak *peak);

/* The least seconds a device with these peaks needs for so many flops and bytes, by whichever
 * bounds it. */
double cln_peak_seconds(const struct cln_peak *peak, double flops, double bytes);

#endif
