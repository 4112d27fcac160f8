/* Inside the runtime: what the three recorders share. */
#ifndef CLN_RUNTIME_RECORDER_H
#define CLN_RUNTIME_RECORDER_H

#include "runtime/opencl.h"
#include "runtime/recording.h"

/* A command made ready: a kernel with its arguments set, or a library call. */
struct cln_recorded {
    cl_kernel kernel; /* NULL for a library call */
    cl_uint dimensions;
    size_t global[3], local[3];
    struct cln_gemm_shape gemm;
    cl_mem gemm_buffer[3];
    size_t gemm_offset[3];
    int *waits;
    int wait_count;
};

/* A command of one replay, while recording->profile keeps it. */
struct cln_profiled {
    cl_event event;
    bool checked;                     /* that it ended well */
    double waited_from, began, ended; /* seconds on the host's clock */
};

struct cln_recorder {
    const char *name;
    bool (*works)(const struct cln_context *context);
    enum cln_status (*create)(struct cln_recording *recording);
    /* Enqueues all; `*last` is an event that ends when everything has. */
    enum cln_status (*replay)(struct cln_recording *recording, cl_event *last);
    void (*free)(struct cln_recording *recording);
};

#define CLN_REPLAYS_IN_FLIGHT 4

struct cln_recording {
    struct cln_context *context;
    struct cln_recording *next_of_context; /* of context->recordings */
    const struct cln_recorder *recorder;
    struct cln_recorded *commands;
    int count;
    void *state; /* the recorder's own */
    /* (CLN_PROFILED_REPLAYS, count), replay r in row r % CLN_PROFILED_REPLAYS; NULL without
     * profiling. */
    struct cln_profiled *profile;
    uint64_t replays;   /* so far */
    double waited_from; /* when the host came to the replay being enqueued */
    cl_event in_flight[CLN_REPLAYS_IN_FLIGHT];
    int next;
};

/* Row of `profile` of the replay being enqueued, or `back` replays ago; NULL without profiling. */
struct cln_profiled *cln_profiled_row(const struct cln_recording *recording, uint64_t back);

/* Waits for every command of `profile` that was not waited for before; an error names how the
 * first of those that failed ended. */
enum cln_status cln_profiled_check(struct cln_recording *recording);

/* Waits for the command; the error of one that failed says how it ended. */
enum cln_status cln_event_check(cl_event event);

extern const struct cln_recorder cln_recorder_command_buffer;
extern const struct cln_recorder cln_recorder_out_of_order;
extern const struct cln_recorder cln_recorder_in_order;

/* Enqueues one command on a queue; used by every recorder for what it cannot record. */
enum cln_status cln_recorded_enqueue(const struct cln_recorded *command, cl_command_queue queue,
                                     cl_uint wait_count, const cl_event *waits, cl_event *event);

/* CLBlast's SGEMM; CLN_OPENCL when it fails or is not built in. In clblast.c. */
enum cln_status cln_clblast_sgemm(const struct cln_recorded *command, cl_command_queue queue,
                                  cl_event *event);

#endif
