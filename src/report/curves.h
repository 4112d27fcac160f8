/*
 * The rows of metrics.csv as curves: one for each model and noise scale, over the epochs. Several
 * runs of the same (other seeds, other settings) become their mean with the range round it.
 */
#ifndef CLN_REPORT_CURVES_H
#define CLN_REPORT_CURVES_H

#include <stddef.h>

#include "report/metrics_table.h"

enum cln_curve_metric { CLN_CURVE_ACCURACY, CLN_CURVE_VAL_ACCURACY, CLN_CURVE_METRICS };

struct cln_curve {
    int epochs; /* the last epoch there is a row for; 0: this model has no such noise scale */
    int runs;   /* the most rows that one epoch has */
    double *mean, *low, *high; /* (epochs); NaN where there is no finite value */
};

struct cln_curves {
    const char **models; /* in the order of the rows; borrowed from the table */
    size_t model_count;
    double *scales; /* ascending */
    size_t scale_count;
    struct cln_curve *curves; /* (models, scales, CLN_CURVE_METRICS) */
    double *values;           /* what the curves point into */
};

/* The table must outlive the curves. Release with cln_curves_done, also after a failure. */
enum cln_status cln_curves_init(struct cln_curves *curves, const struct cln_metrics_table *table);
void cln_curves_done(struct cln_curves *curves);

const struct cln_curve *cln_curves_get(const struct cln_curves *curves, size_t model, size_t scale,
                                       enum cln_curve_metric metric);

#endif
