/* One queue, one command after another. Works everywhere; the only one that can profile. */
#include "base/clock.h"
#include "runtime/recorder.h"

static bool works(const struct cln_context *context) {
    (void)context;
    return true;
}

static enum cln_status create(struct cln_recording *recording) {
    (void)recording;
    return CLN_OK;
}

static enum cln_status replay_profiled(struct cln_recording *recording, cl_event *last) {
    cl_command_queue queue = recording->context->profiling_queue;
    struct cln_profiled *row = cln_profiled_row(recording, 0);
    for (int i = 0; i < recording->count; i++) {
        if (row[i].event) { /* it ended long ago: only a few replays are in flight */
            if (!row[i].checked)
                CLN_TRY(cln_event_check(row[i].event));
            clReleaseEvent(row[i].event);
        }
        row[i].event = NULL;
        row[i].checked = false;
        row[i].began = cln_clock_seconds();
        row[i].waited_from = i ? row[i].began : recording->waited_from;
        CLN_TRY(cln_recorded_enqueue(&recording->commands[i], queue, 0, NULL, &row[i].event));
        row[i].ended = cln_clock_seconds();
    }
    cl_event end = row[recording->count - 1].event;
    CLN_CL(clRetainEvent(end));
    *last = end;
    CLN_CL(clFlush(queue));
    return CLN_OK;
}

static enum cln_status replay(struct cln_recording *recording, cl_event *last) {
    cl_command_queue queue = recording->context->in_order_queue;
    if (recording->profile)
        return replay_profiled(recording, last);
    for (int i = 0; i < recording->count; i++)
        CLN_TRY(cln_recorded_enqueue(&recording->commands[i], queue, 0, NULL,
                                     i == recording->count - 1 ? last : NULL));
    CLN_CL(clFlush(queue));
    return CLN_OK;
}

static void done(struct cln_recording *recording) {
    (void)recording;
}

const struct cln_recorder cln_recorder_in_order = {"in-order", works, create, replay, done};
