/*
 * A recording: a list of commands set up once and replayed many times, one replay a training step.
 * Three recorders do it: cl_khr_command_buffer, an out-of-order queue with events, an in-order
 * queue. They give the same bits.
 */
#ifndef CLN_RUNTIME_RECORDING_H
#define CLN_RUNTIME_RECORDING_H

#include <stdint.h>

#include "runtime/context.h"
#include "runtime/gemm.h"
#include "runtime/store.h"

#define CLN_CALL_ARGS 32

enum cln_call_arg_kind {
    CLN_CALL_TENSOR, /* two kernel arguments: the buffer and `u32`, its first element */
    CLN_CALL_U32,
    CLN_CALL_F32,
    CLN_CALL_LOCAL, /* `u32` bytes of local memory */
};

struct cln_call_arg {
    enum cln_call_arg_kind kind;
    struct cln_buffer *buffer; /* NULL passes a null pointer */
    uint32_t u32;
    float f32;
};

struct cln_call {
    const char *label;   /* for messages and traces */
    const char *program; /* file in cl/, build options, kernel; borrowed while recording */
    const char *options;
    const char *kernel;
    bool is_gemm; /* a library call: args are A, B, C */
    struct cln_gemm_shape gemm;
    struct cln_call_arg args[CLN_CALL_ARGS];
    int arg_count;
    int dimensions;
    size_t global[3], local[3]; /* local[0] == 0: chosen here, `global` is then rounded up */
    const int *waits;           /* earlier commands this one needs */
    int wait_count;
};

struct cln_recording;

/* Names of the recorders that can work on this device, cheapest first; ends with NULL. */
const char *const *cln_recorders(const struct cln_context *context);

/*
 * Builds the programs and sets everything up. `recorder` is one of cln_recorders() (CLN_CONFIG for
 * others), or NULL for the first of them. With `profile` it is the in-order recorder in any case,
 * and keeps each command's time. Blocks.
 */
enum cln_status cln_recording_create(struct cln_context *context, const struct cln_call *commands,
                                     int count, const char *recorder, bool profile,
                                     struct cln_recording **out);
void cln_recording_free(struct cln_recording *recording);

/*
 * Launches every command of the recordings (of one context) once, and waits for each: some drivers
 * compile a kernel once more for the work-group size it is first launched with, which should not
 * pass for training. Does nothing unless programs were built from source since the last time.
 * Leaves whatever the launches compute in their buffers; a buffer that indices are read from must
 * hold ones in range, and zeros are. Blocks. `on_progress` may be NULL. `*tried` says whether
 * anything was launched. `backwards`: from the last command of the last recording on.
 */
enum cln_status cln_recordings_try(struct cln_recording *const *recordings, int count,
                                   bool backwards, cln_work_progress on_progress, void *user,
                                   bool *tried);

const char *cln_recording_recorder(const struct cln_recording *recording);

/* Enqueues all commands once. Does not wait for them, but never lets more than a few replays queue
 * up: it blocks until an older one has ended. */
enum cln_status cln_recording_replay(struct cln_recording *recording);

/* Runs one command by itself, after all that was enqueued before. Blocks until it has ended. */
enum cln_status cln_recording_run(struct cln_recording *recording, int command);

#define CLN_PROFILED_REPLAYS 8

/*
 * One command of one replay. All times are nanoseconds on the device's clock, whose zero is
 * anywhere; those of the host are brought onto it as exactly as the two clocks can be compared,
 * within the time of one enqueue.
 */
struct cln_command_times {
    int64_t waited_from_ns;                     /* host: waits until an older replay has ended */
    int64_t enqueue_began_ns, enqueue_ended_ns; /* host: in the driver's enqueue call */
    int64_t queued_ns, submitted_ns, started_ns, ended_ns; /* device */
};

bool cln_recording_profiles(const struct cln_recording *recording);

/* With `profile`: seconds of each command in the last replay (blocks until it has ended); 0 while
 * there was none. */
enum cln_status cln_recording_times(struct cln_recording *recording, double *seconds);

/* With `profile`: the last `*replays` replays, at most CLN_PROFILED_REPLAYS, oldest first. `rows`
 * has room for (CLN_PROFILED_REPLAYS, commands). Blocks until they have ended. */
enum cln_status cln_recording_timeline(struct cln_recording *recording,
                                       struct cln_command_times *rows, int *replays);

#endif
