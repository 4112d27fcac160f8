/* When the commands of the last replays were enqueued and ran. */
#include <stdlib.h>

#include "runtime/recorder.h"

bool cln_recording_profiles(const struct cln_recording *recording) {
    return recording->profile != NULL;
}

struct cln_profiled *cln_profiled_row(const struct cln_recording *recording, uint64_t back) {
    if (!recording->profile)
        return NULL;
    uint64_t row = (recording->replays - back) % CLN_PROFILED_REPLAYS;
    return recording->profile + (size_t)row * (size_t)recording->count;
}

enum cln_status cln_profiled_check(struct cln_recording *recording) {
    for (int i = 0; recording->profile && i < recording->count * CLN_PROFILED_REPLAYS; i++) {
        struct cln_profiled *command = &recording->profile[i];
        if (command->event && !command->checked)
            CLN_TRY(cln_event_check(command->event));
        command->checked = true;
    }
    return CLN_OK;
}

static enum cln_status ask(cl_event event, cl_profiling_info which, int64_t *out) {
    cl_ulong value;
    CLN_CL(clGetEventProfilingInfo(event, which, sizeof value, &value, NULL));
    *out = (int64_t)value;
    return CLN_OK;
}

/* The host's times are left on the host's clock. */
static enum cln_status read_times(const struct cln_profiled *from, struct cln_command_times *out) {
    *out = (struct cln_command_times){.waited_from_ns = (int64_t)(from->waited_from * 1e9),
                                      .enqueue_began_ns = (int64_t)(from->began * 1e9),
                                      .enqueue_ended_ns = (int64_t)(from->ended * 1e9)};
    CLN_TRY(ask(from->event, CL_PROFILING_COMMAND_QUEUED, &out->queued_ns));
    CLN_TRY(ask(from->event, CL_PROFILING_COMMAND_SUBMIT, &out->submitted_ns));
    CLN_TRY(ask(from->event, CL_PROFILING_COMMAND_START, &out->started_ns));
    return ask(from->event, CL_PROFILING_COMMAND_END, &out->ended_ns);
}

/* A command is queued within its enqueue call, so the smallest way from the call's beginning to the
 * queueing is the difference of the clocks, but for the least time such a call takes. */
static void align_clocks(struct cln_command_times *rows, size_t count) {
    int64_t ahead = INT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (rows[i].queued_ns - rows[i].enqueue_began_ns < ahead)
            ahead = rows[i].queued_ns - rows[i].enqueue_began_ns;
    for (size_t i = 0; i < count; i++) {
        rows[i].waited_from_ns += ahead;
        rows[i].enqueue_began_ns += ahead;
        rows[i].enqueue_ended_ns += ahead;
    }
}

enum cln_status cln_recording_timeline(struct cln_recording *recording,
                                       struct cln_command_times *rows, int *replays) {
    if (!recording->profile)
        return CLN_FAIL(INTERNAL, "this recording keeps no times");
    CLN_TRY(cln_context_finish(recording->context));
    size_t count = (size_t)recording->count;
    *replays =
        recording->replays < CLN_PROFILED_REPLAYS ? (int)recording->replays : CLN_PROFILED_REPLAYS;
    for (int r = 0; r < *replays; r++) {
        const struct cln_profiled *row = cln_profiled_row(recording, (uint64_t)(*replays - r));
        for (size_t i = 0; i < count; i++)
            CLN_TRY(read_times(&row[i], &rows[(size_t)r * count + i]));
    }
    align_clocks(rows, (size_t)*replays * count);
    return CLN_OK;
}

enum cln_status cln_recording_times(struct cln_recording *recording, double *seconds) {
    if (!recording->profile)
        return CLN_FAIL(INTERNAL, "this recording keeps no times");
    CLN_TRY(cln_context_finish(recording->context));
    const struct cln_profiled *row = cln_profiled_row(recording, 1);
    for (int i = 0; i < recording->count; i++) {
        struct cln_command_times times;
        seconds[i] = 0;
        if (!recording->replays)
            continue;
        CLN_TRY(read_times(&row[i], &times));
        seconds[i] = (double)(times.ended_ns - times.started_ns) * 1e-9;
    }
    return CLN_OK;
}
