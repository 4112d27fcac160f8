/* What the files of a run share. */
#ifndef CLN_RUN_RUN_PRIVATE_H
#define CLN_RUN_RUN_PRIVATE_H

#include "clnoise/run.h"
#include "data/dataset.h"
#include "experiment/experiment.h"
#include "run/cell_record.h"
#include "run/run_folder.h"
#include "run/worker_process.h"
#include "runtime/device.h"

struct cJSON;

/* A data set that cells name, and what it turned out to be. */
struct cln_run_data {
    int first_cell; /* that names it */
    bool substituted;
    char *name;
    struct cJSON *json; /* as it stands in cell.json */
};

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
    struct cln_data_spec opened; /* what it was opened with */
    struct cln_run_data *data;   /* (data_count) each data set once */
    int data_count;
    int *data_of;                    /* (cells) which of them */
    char (*named)[CLN_CELL_ID_SIZE]; /* (cells) the id without a substitute for the data */
    struct cln_run_folder *folder;
    struct cln_worker_process spare; /* started ahead: it waits for a job */
    struct cln_run_cell *cells;      /* as the observer sees them */
    struct cln_cell_state *states;   /* (cells) what is known of them */
    struct cln_run_info info;
    int failed;
    enum cln_status first_failure;
    double derive_next; /* the clock when tables may be written again */
};

/* Whether the observer wants the run to stop. */
bool cln_run_interrupted(void *run);

/*
 * data.c: opens every data set once, before there is a folder: without data nothing should stand in
 * the way of the next try, and the ids of the cells depend on what stands in for what.
 */
enum cln_status cln_run_find_data(struct cln_run *run);
void cln_run_data_done(struct cln_run *run);

/* data.c: the data set of a cell; borrowed until the next call. */
enum cln_status cln_run_dataset(struct cln_run *run, int cell, const struct cln_dataset **out);

/*
 * earlier.c: the states of all cells as the folder has them. CLN_CONFIG if some of them was trained
 * on other data than there are now, with what differs in the error's detail.
 */
enum cln_status cln_run_look_back(struct cln_run *run);
enum cln_status cln_run_read_state(struct cln_run *run, int cell);

/* Whether the cell is still to be trained. */
bool cln_run_wants(const struct cln_run *run, int cell);

/* An epoch has ended and stands in the journal: tells the observer, and derives the tables anew if
 * that was not done just before. */
enum cln_status cln_run_epoch(struct cln_run *run, int cell,
                              const struct cln_epoch_metrics *metrics);

/* A cell ended; reads what came of it. `status` and the thread's error say how. CLN_OK if the run
 * goes on. */
enum cln_status cln_run_cell_ended(struct cln_run *run, int cell, enum cln_status status);

/* devices.c: finds the devices that the request names, and how many cells each gets at a time. */
enum cln_status cln_run_find_devices(struct cln_run *run);

/*
 * devices.c: how many cells at a time pay on a device, one of `cpu_count` CPU devices of a run that
 * share the machine's cores. On two cores with PoCL two cells took .76 to .995 of the time of one
 * after another; with more cores a cell has ever less work that is parallel. On a GPU none was
 * measured. docs/running.md has the figures and the commands.
 */
int cln_run_paying_jobs(const struct cln_device *device, int cpu_count);

/*
 * supervisor.c: starts the worker of the next cell ahead, so that it loads its libraries while
 * there is still something else to wait for. That it cannot be started is no failure yet.
 */
void cln_run_start_spare(struct cln_run *run);
void cln_run_end_spare(struct cln_run *run);

/* supervisor.c: trains all cells that are wanted, each in a worker. */
enum cln_status cln_run_supervised(struct cln_run *run);

/* in_process.c: trains all cells that are wanted, one after another. */
enum cln_status cln_run_in_process(struct cln_run *run);

#endif
