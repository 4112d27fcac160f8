/*
 * What a worker and its supervisor say to each other: lines of JSON. The supervisor sends the job
 * and perhaps "stop"; the worker tells how it fares, and at least every second that it is alive.
 */
#ifndef CLN_RUN_MESSAGE_H
#define CLN_RUN_MESSAGE_H

#include <cjson/cJSON.h>

#include "base/text.h"
#include "clnoise/progress.h"

enum cln_message_type {
    CLN_MESSAGE_JOB,      /* to the worker */
    CLN_MESSAGE_STOP,     /* to the worker: after the step, with a checkpoint */
    CLN_MESSAGE_BEAT,     /* it is alive */
    CLN_MESSAGE_TESTED,   /* the device is right, but for what is to be avoided */
    CLN_MESSAGE_READY,    /* training begins now */
    CLN_MESSAGE_PREPARE,  /* kernels are being compiled */
    CLN_MESSAGE_TUNE,     /* and measured */
    CLN_MESSAGE_NOTE,     /* a line for the user */
    CLN_MESSAGE_PROGRESS, /* within an epoch */
    CLN_MESSAGE_EPOCH,    /* one has ended */
    CLN_MESSAGE_END,      /* of the cell, however it came */
    CLN_MESSAGE_TYPES
};

/* Which members are set follows from the type. Texts may be NULL. */
struct cln_message {
    enum cln_message_type type;
    struct cln_message_job {
        const char *folder;                 /* the run's */
        const char *config;                 /* the cell's, as an experiment file */
        const char *id;                     /* under which it is recorded */
        const char *device_name, *platform; /* of the device with that index */
        int device;
        const char *data_dir, *trace;
        const char *avoid; /* kernel variants, as a worker found on the device; NULL: untested */
        double checkpoint_seconds;
        bool progress; /* wanted within epochs */
    } job;
    const char *avoid; /* "conv2d=cpu_vector,..."; "": none */
    struct cln_prepare_progress prepare;
    struct cln_tune_progress tune;
    const char *note;
    struct cln_train_progress progress;
    struct cln_epoch_metrics epoch;
    struct cln_message_end {
        int status; /* enum cln_status */
        const char *message, *detail;
    } end;
};

/* Appends the line with its end. */
void cln_message_print(const struct cln_message *message, struct cln_text *line);

/* False if the line is no message. The texts belong to `*memory`; cJSON_Delete() it in any case. */
bool cln_message_parse(const char *line, struct cln_message *out, cJSON **memory);

#endif
