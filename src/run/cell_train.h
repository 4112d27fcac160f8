/*
 * Trains one cell and keeps its record: the same for a process that trains all cells one after
 * another and for a worker that trains one.
 */
#ifndef CLN_RUN_CELL_TRAIN_H
#define CLN_RUN_CELL_TRAIN_H

#include "clnoise/progress.h"
#include "experiment/experiment.h"
#include "graph/tune.h"
#include "runtime/context.h"

struct cln_cell_job {
    const char *folder; /* the run's */
    const struct cln_cell *cell;
    const struct cln_dataset *dataset; /* what the cell names, or what stands in for it */
    struct cln_context *context;
    struct cln_tuner *tuner;   /* NULL: kernels are not tuned */
    const char *trace;         /* a file for a trace of the last steps; NULL: none */
    double checkpoint_seconds; /* between checkpoints within an epoch; 0: none there */

    void *user; /* given to those below, all on the calling thread; as in train.h */
    enum cln_status (*on_prepare)(void *user, const struct cln_prepare_progress *progress);
    void (*on_note)(void *user, const char *line); /* a line for people; NULL: nobody asks */
    void (*on_ready)(void *user);                  /* training begins now; NULL: nobody asks */
    enum cln_status (*on_epoch)(void *user, const struct cln_epoch_metrics *metrics);
    enum cln_status (*on_progress)(void *user, const struct cln_train_progress *progress);
    bool (*interrupted)(void *user);
};

/* Goes on from the cell's checkpoint, if there is one that is whole. Blocks until the cell is done,
 * has failed or was interrupted; its record says so when this returns with the same status. */
enum cln_status cln_cell_train(const struct cln_cell_job *job);

#endif
