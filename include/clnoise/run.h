/*
 * Running an experiment file from a C program: what `clnoise run` does, without its words.
 *
 *     struct cln_run_request request = {.file = "experiments/quick.yaml", .out = "results"};
 *     struct cln_run_observer observer = {.on_epoch = print_epoch};
 *     if (cln_run(&request, &observer) != CLN_OK)
 *         fprintf(stderr, "%s\n", cln_error_last()->message);
 */
#ifndef CLNOISE_RUN_H
#define CLNOISE_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "clnoise/error.h"
#include "clnoise/progress.h"

/* Texts may be NULL where it says so; all are borrowed for the length of the call. */
struct cln_run_request {
    const char *file;             /* the experiment, YAML */
    const char *const *overrides; /* "train.epochs=1", applied in order */
    int override_count;
    /* Only these cells: ids as `clnoise plan` lists them, or their beginnings. None: all. */
    const char *const *cells;
    int cell_count;
    const char *shard; /* "2/8": only the second of eight shares of them; NULL: all */
    /* An index, cpu, gpu, part of a name; several of them with commas between; "all". NULL:
     * CLNOISE_DEVICE, or the best. */
    const char *device;
    /* Folder for the results; NULL: runs/<name>-<time>. One that holds a run of the same
     * configuration is gone on with. */
    const char *out;
    const char *data_dir; /* looked in first for data sets; NULL: the usual places */
    /* A file for a trace of the first cell's last 8 full steps, in the JSON array format of
     * Chrome's tracing; the cell then trains on the in-order recorder with profiling. NULL: none */
    const char *trace;

    /*
     * The command line (NULL at its end) of a program that calls cln_run_worker(): each cell is
     * then trained in such a process of its own, so that a driver that crashes or hangs costs one
     * attempt at one cell. NULL: all cells in this process, one after another, on one device.
     */
    const char *const *worker;
    /* Workers at a time on each device; 0: as many as pay, which on a CPU is a quarter of its
     * cores, at least two and at most eight, fewer where memory is short, and one anywhere else. */
    int jobs;
    int retries;               /* after a crash, a hang or a failure in OpenCL */
    double heartbeat_seconds;  /* a worker without a step for so long hangs; 0: none ever does */
    double cell_seconds;       /* limit for one attempt at a cell; 0: none */
    double checkpoint_seconds; /* between checkpoints within an epoch; 0: one after each epoch */
};

/* One training run of the experiment. */
struct cln_run_cell {
    /* 16 hex digits; the same wherever the cell is run, but another one if another data set
     * (`otherwise`) stands in for the one it names. */
    const char *id;
    const char *label; /* "model=convnet noise.scale=0.5" */
    const char *more;  /* what of it neither model nor noise scale say; "" if nothing */
    const char *model;
    double noise_scale;
    int64_t seed;
    int epochs;    /* to be trained */
    bool left_out; /* by this run: not asked for, or done already */
};

struct cln_run_device {
    const char *name, *platform;
    const char *reason; /* why this one */
    int jobs;           /* cells at a time on it */
};

struct cln_run_info {
    const char *name;   /* of the experiment */
    const char *folder; /* where the results go */
    const struct cln_run_device *devices;
    int device_count;
    const struct cln_run_cell *cells;
    int cell_count;
    int cells_done;  /* of them, by an earlier run in this folder: they are left alone */
    int cells_begun; /* by an earlier run, and not done */
};

/* What came of a cell. */
struct cln_run_outcome {
    const char *status;                            /* "done", "failed", "interrupted", "waiting" */
    int epochs;                                    /* trained to their end */
    double loss, accuracy, val_loss, val_accuracy; /* of the last of them; 0 if there is none */
    bool has_test; /* images are set aside for validation, so the test set is another: */
    double test_loss, test_accuracy;
    double seconds;
};

/*
 * Called on the thread that called cln_run(); each may be NULL. What they are given is borrowed for
 * the length of the call. A status other than CLN_OK ends the run with it, after what is done so
 * far has been written.
 */
struct cln_run_observer {
    void *context; /* given to each */
    enum cln_status (*on_start)(void *context, const struct cln_run_info *info);
    void (*on_download)(void *context, const struct cln_data_progress *progress);
    /* Something was not measured on this device before; not called with CLNOISE_TUNE=off. */
    void (*on_tune)(void *context, const struct cln_tune_progress *progress);
    /* A warning about the data set, that another one stands in for it, or that a kernel variant
     * gives wrong results on this device and is not used: one line. */
    void (*on_note)(void *context, const char *line);
    /* A cell begins, or begins again: with several workers there may be several at a time. */
    void (*on_cell)(void *context, int cell);
    /* Before the first step of a cell while kernels are compiled, and after its last while they
     * are kept on disk for the next start. */
    void (*on_prepare)(void *context, int cell, const struct cln_prepare_progress *progress);
    enum cln_status (*on_epoch)(void *context, int cell, const struct cln_epoch_metrics *metrics);
    /* If set, the device is asked a few times a second. */
    enum cln_status (*on_progress)(void *context, int cell,
                                   const struct cln_train_progress *progress);
    /* A cell failed and others have their turn. */
    void (*on_failure)(void *context, int cell, const struct cln_error *error);
    /* A cell has ended, for better or worse; after on_failure. */
    void (*on_cell_end)(void *context, int cell, const struct cln_run_outcome *outcome);
    /* A worker process was started, or is dead: to be killed by whoever is in a hurry. */
    void (*on_worker)(void *context, int cell, long process, bool alive);
    /* The folder is complete; one outcome a cell. Its status is that of a run that went well. */
    enum cln_status (*on_end)(void *context, const struct cln_run_info *info,
                              const struct cln_run_outcome *outcomes);
    /* true stops after the step being done, with CLN_INTERRUPTED. */
    bool (*interrupted)(void *context);
};

/*
 * Trains every cell that is not done yet and leaves a run folder; blocks until the end. `observer`
 * may be NULL. CLN_CELL when some cells failed, the failure itself when all did; everything that
 * was computed is in the folder in either case. A folder whose run has another configuration or
 * other data is refused with CLN_CONFIG, what differs in the error's detail, and left as it is;
 * CLN_FILE if another process is at work in it.
 */
enum cln_status cln_run(const struct cln_run_request *request,
                        const struct cln_run_observer *observer);

/*
 * What a worker does: trains the one cell that is asked for on stdin, and tells of it on descriptor
 * 3. Blocks until the cell has ended, or the run has: the worker stops with a checkpoint when stdin
 * is closed, so that none outlives its supervisor. It ignores SIGINT, SIGHUP and SIGPIPE, and takes
 * SIGTERM for a wish to stop. What came of the cell is told and recorded, and CLN_OK returned.
 */
enum cln_status cln_run_worker(void);

#endif
