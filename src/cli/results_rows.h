/* The rows of the table at the end of a run: cells that differ in their seed alone are one. */
#ifndef CLN_CLI_RESULTS_ROWS_H
#define CLN_CLI_RESULTS_ROWS_H

#include "clnoise/run.h"
#include "clnoise/statistics.h"

#define CLN_RESULT_STATUS_SIZE 64

struct cln_result_row {
    const struct cln_run_cell *cell;     /* the first */
    char *more;                          /* of its choices, what is not the seed; "" if nothing */
    size_t first;                        /* its place among all cells */
    int cells, trained;                  /* how many; of them those that have an epoch */
    char status[CLN_RESULT_STATUS_SIZE]; /* "done"; "5 done, 1 failed" */
    bool all_done, has_test;
    struct cln_mean accuracy, val_accuracy, test_accuracy; /* of those trained */
    double seconds;                                        /* of all together */
};

struct cln_result_rows {
    struct cln_result_row *rows; /* in the order of their first cells */
    size_t count, left_out;      /* cells without a row: left out, and without a result */
    bool seeds;                  /* a row has several cells */
};

/* Borrows from the cells. Free with cln_result_rows_done(), also after a failure. */
enum cln_status cln_result_rows_make(const struct cln_run_cell *cells,
                                     const struct cln_run_outcome *outcomes, size_t count,
                                     struct cln_result_rows *out);
void cln_result_rows_done(struct cln_result_rows *rows);

#endif
