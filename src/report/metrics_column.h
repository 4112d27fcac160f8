/* The columns of metrics.csv as rows: one list for writing, reading and error messages. */
#ifndef CLN_REPORT_METRICS_COLUMN_H
#define CLN_REPORT_METRICS_COLUMN_H

#include <stddef.h>

#define CLN_METRICS_COLUMNS 9

enum cln_metrics_type {
    CLN_METRICS_TEXT, /* char[CLN_METRICS_TEXT_SIZE] */
    CLN_METRICS_INT,
    CLN_METRICS_INT64,
    CLN_METRICS_FLOAT, /* double */
};

struct cln_metrics_column {
    const char *name;
    enum cln_metrics_type type;
    size_t offset; /* of the member in struct cln_metrics_row */
    int digits;    /* significant ones of a FLOAT */
};

extern const struct cln_metrics_column cln_metrics_columns[CLN_METRICS_COLUMNS];

#endif
