/* What the files of a run share. */
#ifndef CLN_RUN_RUN_PRIVATE_H
#define CLN_RUN_RUN_PRIVATE_H

#include "clnoise/run.h"
#include "data/dataset.h"
#include "experiment/experiment.h"
#include "run/cell_record.h"
#include "run/run_folder.h"
#include "runtime/device.h"

struct cln_run {
    const struct cln_run_request *request;
    struct cln_run_observer observer;
    struct cln_experiment *experiment;
    bool *picked; /* (cells) whether the request is for it */
    struct cln_device_list *devices;
    const struct cln_device **chosen; /* (device_count) to train on */
    struct cln_run_device *told;      /* (device_count) as the observer sees them */
    char (*reasons)[256];             /* (device_count) */
    int device_count;
    struct cln_dataset *dataset; /* the one opened last; cells mostly share it */
    struct cln_data_spec data;   /* what it was opened with */
    struct cln_run_folder *folder;
    struct cln_run_cell *cells;    /* as the observer sees them */
    struct cln_cell_state *states; /* (cells) what is known of them */
    struct cln_run_info info;
    int failed;
    enum cln_status first_failure;
    double derive_next; /* the clock when tables may be written again */
};

/* Whether the observer wants the run to stop. */
bool cln_run_interrupted(void *run);

/* The data set of a cell; borrowed until the next call. Downloads if that is needed. */
enum cln_status cln_run_data(struct cln_run *run, int cell, const struct cln_dataset **out);

/* Whether the cell is still to be trained. */
bool cln_run_wants(const struct cln_run *run, int cell);

/* An epoch has ended and stands in the journal: tells the observer, and derives the tables anew if
 * that was not done just before. */
enum cln_status cln_run_epoch(struct cln_run *run, int cell,
                              const struct cln_epoch_metrics *metrics);

/* A cell ended; reads what came of it. `status` and the thread's error say how. CLN_OK if the run
 * goes on. */
enum cln_status cln_run_cell_ended(struct cln_run *run, int cell, enum cln_status status);

/* devices.c: finds the devices that the request names. */
enum cln_status cln_run_find_devices(struct cln_run *run);

/* supervisor.c: trains all cells that are wanted, each in a worker. */
enum cln_status cln_run_supervised(struct cln_run *run);

/* in_process.c: trains all cells that are wanted, one after another. */
enum cln_status cln_run_in_process(struct cln_run *run);

#endif
