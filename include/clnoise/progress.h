/* What a run tells while it goes on. */
#ifndef CLNOISE_PROGRESS_H
#define CLNOISE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/* Kernels are compiled before the first step, which takes a while when no cache has them. */
struct cln_prepare_progress {
    const char *what; /* "Building kernels", "Launching kernels for the first time" */
    int done, count;
    bool building; /* programs are being built; `what` is for people */
};

struct cln_epoch_metrics {
    int epoch;                       /* counts from 1 */
    double seconds;                  /* of training and validation together */
    double loss, accuracy;           /* running means over the epoch, dropout on */
    double val_loss, val_accuracy;   /* after the epoch, dropout off: on the images set aside for
                                        validation, or where there are none on the test set */
    bool has_test;                   /* images are set aside, and the test set is another: */
    double test_loss, test_accuracy; /* on the test set after the epoch */
};

struct cln_train_progress {
    int epoch, epochs; /* epoch counts from 1 */
    int step, steps;   /* steps done in this pass over the samples */
    bool validating;
    double loss, accuracy; /* so far in this pass */
    double seconds;        /* since the epoch began */
};

/* The kernel variants of a kind of node (an op on some shapes) are being measured on the device. */
struct cln_tune_progress {
    const char *node, *op; /* "conv2d_2", "conv2d"; "" in the last call; "", "recorder" */
    const char *shape;     /* of the inputs: "128x26x26x32 3x3x32x64 64" */
    int done, total;       /* kinds of nodes; all in the last call */
    int left;              /* of those done, not measured for lack of time */
    double seconds;        /* spent so far */
};

/* A file of a data set being downloaded. */
struct cln_data_progress {
    const char *file;   /* "train-images-idx3-ubyte.gz" */
    const char *mirror; /* the address it comes from, without the file's name */
    uint64_t done_bytes, total_bytes;
    bool finished; /* the last call for this file from this mirror; it may have failed */
};

#endif
