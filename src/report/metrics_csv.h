/*
 * metrics.csv: one row an epoch of a cell. Not a general CSV library: it knows these columns only,
 * in this order, and reads them by name in any order. It has no times in it, so that the same
 * training leaves the same bytes.
 *
 *     cell,model,noise_scale,seed,epoch,loss,accuracy,val_loss,val_accuracy
 */
#ifndef CLN_REPORT_METRICS_CSV_H
#define CLN_REPORT_METRICS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLN_METRICS_TEXT_SIZE 128

struct cln_metrics_row {
    char cell[CLN_METRICS_TEXT_SIZE]; /* its id */
    char model[CLN_METRICS_TEXT_SIZE];
    double noise_scale;
    int64_t seed;
    int epoch;                                     /* counts from 1 */
    double loss, accuracy, val_loss, val_accuracy; /* NaN where training diverged */
};

struct cln_metrics_table {
    struct cln_metrics_row *rows;
    size_t count, capacity;
    bool torn; /* the file ended within a row, as after a crash; that row is not here */
};

enum cln_status cln_metrics_table_add(struct cln_metrics_table *table,
                                      const struct cln_metrics_row *row);
void cln_metrics_table_done(struct cln_metrics_table *table);

/* Replaces the file, atomically. */
enum cln_status cln_metrics_csv_write(const char *path, const struct cln_metrics_table *table);

/*
 * Reads a file back; columns it does not know are skipped. CLN_FILE, with line and column, for what
 * is wrong. On success the caller releases the table with cln_metrics_table_done.
 */
enum cln_status cln_metrics_csv_read(const char *path, struct cln_metrics_table *table);

#endif
