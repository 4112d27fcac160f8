/* How much there is to do for a cell, counted without a device. */
#ifndef CLN_EXPERIMENT_WORK_H
#define CLN_EXPERIMENT_WORK_H

#include "experiment/experiment.h"

/* Steps of one pass over each side, on the data set as published. */
struct cln_cell_steps {
    int64_t training, test;
    int64_t validation; /* 0: validation is done on the test images */
};

enum cln_status cln_cell_count_steps(const struct cln_cell *cell, struct cln_cell_steps *out);

/*
 * Floating-point operations of all training steps, a multiplication and an addition counting one
 * each, in layers that stand for themselves: the same on every machine, whatever kernels compute
 * them there. It serves to compare cells, not to tell their time.
 */
enum cln_status cln_cell_work(const struct cln_cell *cell, double *flops);

#endif
