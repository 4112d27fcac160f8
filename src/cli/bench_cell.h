/* A cell's model, timed on the images of its data set where that is on this machine. */
#ifndef CLN_CLI_BENCH_CELL_H
#define CLN_CLI_BENCH_CELL_H

#include "experiment/experiment.h"
#include "train/bench.h"

#define CLN_BENCH_ROUND_STEPS 8

struct cln_bench_cells {
    struct cln_context *context;
    struct cln_tuner *tuner; /* NULL: the first variants that fit */
    const char *data_dir;    /* looked in first; NULL: the usual places */
    int rounds;              /* of CLN_BENCH_ROUND_STEPS steps */
    /* Kept from cell to cell; begin with zeros. */
    struct cln_dataset *dataset;
    const struct cln_cell *dataset_of;
};

/* What may differ from the cell as it is in its file; {0}: nothing does. */
struct cln_bench_change {
    const struct cln_model_spec *model; /* NULL: the cell's */
    int64_t batch;                      /* 0: the cell's */
    bool whole_steps;                   /* see struct cln_bench_spec */
};

/* Blocks; never downloads. Free `*out` with cln_bench_result_done(). */
enum cln_status cln_bench_cell(struct cln_bench_cells *bench, const struct cln_cell *cell,
                               const struct cln_bench_change *change, struct cln_bench_result *out);
void cln_bench_cells_done(struct cln_bench_cells *bench);

#endif
