/* Epochs of trainings as rows, from which curves are made. */
#ifndef CLN_REPORT_METRICS_TABLE_H
#define CLN_REPORT_METRICS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLN_METRICS_TEXT_SIZE 128

struct cln_metrics_row {
    char model[CLN_METRICS_TEXT_SIZE]; /* or kind of training, see groups.h */
    double noise_scale;
    int64_t seed;
    int epoch;                                     /* counts from 1 */
    double loss, accuracy, val_loss, val_accuracy; /* NaN where training diverged */
};

struct cln_metrics_table {
    struct cln_metrics_row *rows;
    size_t count, capacity;
};

enum cln_status cln_metrics_table_add(struct cln_metrics_table *table,
                                      const struct cln_metrics_row *row);
void cln_metrics_table_done(struct cln_metrics_table *table);

#endif
