/* What the Keras notebook printed, for experiments that repeat its runs. */
#ifndef CLN_REPORT_REFERENCE_H
#define CLN_REPORT_REFERENCE_H

#include "report/results.h"

#define CLN_REFERENCE_EPOCHS 20

struct cln_reference_curve {
    int epochs;
    double loss[CLN_REFERENCE_EPOCHS], accuracy[CLN_REFERENCE_EPOCHS];
    double val_loss[CLN_REFERENCE_EPOCHS], val_accuracy[CLN_REFERENCE_EPOCHS];
};

/*
 * The notebook's run of that model and noise scale, if the results have a cell that differs from it
 * in seed and epochs at most: same layers, optimizer, data, batch and noise. False if it did not
 * run that, or the cell is another.
 */
bool cln_reference_find(const struct cln_results *results, const char *model, double scale,
                        struct cln_reference_curve *out);

#endif
