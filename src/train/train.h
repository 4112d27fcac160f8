/*
 * The epoch loop: trains one model on one device and reports each epoch.
 */
#ifndef CLN_TRAIN_TRAIN_H
#define CLN_TRAIN_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"
#include "clnoise/progress.h"
#include "data/dataset.h"
#include "data/noise_spec.h"
#include "model/model.h"
#include "runtime/context.h"

/* What a training does that has lost its numbers: that has a loss or weights which are NaN or
 * infinite. */
enum cln_nonfinite_policy {
    CLN_NONFINITE_STOP_CELL, /* it ends with CLN_CELL */
    CLN_NONFINITE_ABORT,     /* with CLN_DIVERGED, which ends the whole run */
    CLN_NONFINITE_RECORD,    /* it goes on; cln_trainer_divergence() tells where that began */
    CLN_NONFINITE_POLICIES
};

struct cln_train_spec {
    int64_t epochs;
    int64_t batch; /* samples a step; the last step of an epoch takes what remains */
    int64_t seed;
    int on_nonfinite; /* enum cln_nonfinite_policy */
};

/* Callbacks run on the calling thread between steps. A status other than CLN_OK ends training. */
struct cln_train_observer {
    void *context;
    enum cln_status (*on_epoch)(void *context, const struct cln_epoch_metrics *metrics);
    /* Called a few times a second; NULL: never. */
    enum cln_status (*on_progress)(void *context, const struct cln_train_progress *progress);
    bool (*interrupted)(void *context); /* NULL: never; true ends with CLN_INTERRUPTED */
    /* Between steps, where cln_checkpoint_write() may be called so that nothing done so far is
     * lost: after each epoch, when interrupted, and within an epoch whenever `checkpoint_seconds`
     * have passed since the last time (0: not within). NULL: never. */
    enum cln_status (*on_checkpoint)(void *context);
    double checkpoint_seconds;
};

struct cln_train_job {
    const struct cln_model_spec *model;
    const struct cln_dataset *dataset;
    struct cln_noise_spec noise;
    struct cln_train_spec train;
    int64_t validation;      /* training images set aside; 0: validation is done on the test set */
    int64_t split_seed;      /* which of them: see data/split.h */
    bool evaluate_only;      /* no training images are needed, no weights are made: see below */
    const char *variants;    /* pinned kernel variants; NULL: those of $CLNOISE_VARIANT */
    const char *recorder;    /* NULL: the cheapest */
    bool profile;            /* keep the time of every launch; slower */
    struct cln_tuner *tuner; /* chooses variants and recorder by measurement; NULL: fixed orders */
    bool backwards; /* compile kernels from the last to the first: for a second process that fills
                       the driver's cache from the other end */
    /* Called while kernels compile, on the calling thread; NULL: never. A status other than CLN_OK
     * ends cln_trainer_create() with it. */
    enum cln_status (*on_prepare)(void *context, const struct cln_prepare_progress *progress);
    void *prepare_context; /* given to it */
};

/* A model on a device, its data beside it, ready to be trained. */
struct cln_trainer;

/*
 * Builds all programs, puts the data on the device, gives the weights their first values. Blocks.
 * The context, the job's model and data set must outlive the trainer. CLN_DATA without a training
 * and a test image, CLN_CONFIG for what the model, batch, split or variants do not allow.
 *
 * With `evaluate_only` it can evaluate and predict (train/evaluate.h) and do nothing else; the
 * weights are zeros until cln_trainer_write_variable() has written all of them.
 */
enum cln_status cln_trainer_create(struct cln_context *context, const struct cln_train_job *job,
                                   struct cln_trainer **out);
void cln_trainer_free(struct cln_trainer *trainer);

/*
 * Trains for all epochs that are not done, from where the trainer stands: at the beginning, or
 * where cln_trainer_restore() (train/checkpoint.h) or an earlier call that was ended has left it.
 * Blocks. The first status that is not CLN_OK ends it: an observer's, or that of the policy for
 * numbers that are not finite. The device notices these in the step that makes them, the host a few
 * times a second; the epoch's steps up to there are then done again, to find out where that began.
 * Unless the policy is to go on, the epoch is told with NaN for all its figures, and the trainer
 * can go on no more. An interruption ends it between two steps, and the step before is done.
 */
enum cln_status cln_trainer_run(struct cln_trainer *trainer,
                                const struct cln_train_observer *observer);

/*
 * Loss and accuracy on the test set with the weights as they are; blocks. The noise is that of the
 * last epoch of the job: what validation on the test set had then. train/evaluate.h says more of
 * what comes out.
 */
enum cln_status cln_trainer_evaluate(struct cln_trainer *trainer, double *loss, double *accuracy);

/*
 * One pass over the training or test samples that tells nobody: for benchmarks. `*seconds` is the
 * time of a step, on average. Training passes change the weights. Blocks.
 */
enum cln_status cln_trainer_time_pass(struct cln_trainer *trainer, bool training, double *seconds);

/* Where a training lost its numbers. */
struct cln_divergence {
    int epoch;                 /* counts from 1; 0: it has not */
    int64_t step;              /* of the training steps of that epoch; counts from 1 */
    char layer[CLN_NAME_SIZE]; /* "dense_1"; "" where it could not be found */
    char where[160];           /* "the output of dense_1"; "" likewise */
};

/* Borrowed. After cln_trainer_run() has failed with CLN_CELL it says where: the first values in the
 * order of the computation that were not finite. */
const struct cln_divergence *cln_trainer_divergence(const struct cln_trainer *trainer);

/* The model as built; borrowed. Its variables can be read from the store by slot and place. */
const struct cln_model_graph *cln_trainer_model(const struct cln_trainer *trainer);

/* Copies a variable (float32, row-major) to the host, and from it; blocks. */
enum cln_status cln_trainer_read_variable(struct cln_trainer *trainer, int variable, float *out);
enum cln_status cln_trainer_write_variable(struct cln_trainer *trainer, int variable,
                                           const float *from);

/* The plan of a full training step; borrowed. NULL where nothing is trained. */
struct cln_plan *cln_trainer_step_plan(const struct cln_trainer *trainer);

/* The plan of a full step of the test; borrowed. */
struct cln_plan *cln_trainer_test_plan(const struct cln_trainer *trainer);

/*
 * Appends which kernel variant computes each node, as pins for a job's `variants`: with them
 * another trainer of the same job takes the same kernels, whatever a tuner would choose.
 */
enum cln_status cln_trainer_kernels(const struct cln_trainer *trainer, struct cln_text *out);

/* How steps are replayed: for a job's `recorder`. A static string. */
const char *cln_trainer_recorder(const struct cln_trainer *trainer);

/* Bytes of device memory in use. */
size_t cln_trainer_device_bytes(const struct cln_trainer *trainer);

#endif
