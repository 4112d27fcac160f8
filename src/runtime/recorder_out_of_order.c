/* An out-of-order queue: each command waits for the events of those it depends on, and a barrier
 * parts one replay from the next. */
#include <stdlib.h>

#include "runtime/recorder.h"

struct state {
    cl_event *done;  /* one a command, of the replay being enqueued */
    cl_event *waits; /* wait list of the command being enqueued */
};

static bool works(const struct cln_context *context) {
    return context->out_of_order_queue != NULL;
}

static void done(struct cln_recording *recording) {
    struct state *state = recording->state;
    if (!state)
        return;
    free(state->done);
    free(state->waits);
    free(state);
}

static enum cln_status create(struct cln_recording *recording) {
    struct state *state = calloc(1, sizeof *state);
    recording->state = state;
    if (state) {
        state->done = calloc((size_t)recording->count + 1, sizeof *state->done);
        state->waits = calloc((size_t)recording->count + 1, sizeof *state->waits);
    }
    if (!state || !state->done || !state->waits)
        return CLN_FAIL(MEMORY, "out of memory for the events of %d commands", recording->count);
    return CLN_OK;
}

static enum cln_status enqueue_all(struct cln_recording *recording, cl_command_queue queue) {
    struct state *state = recording->state;
    for (int i = 0; i < recording->count; i++) {
        const struct cln_recorded *command = &recording->commands[i];
        for (int w = 0; w < command->wait_count; w++)
            state->waits[w] = state->done[command->waits[w]];
        CLN_TRY(cln_recorded_enqueue(command, queue, (cl_uint)command->wait_count, state->waits,
                                     &state->done[i]));
    }
    return CLN_OK;
}

static enum cln_status replay(struct cln_recording *recording, cl_event *last) {
    struct state *state = recording->state;
    cl_command_queue queue = recording->context->out_of_order_queue;
    enum cln_status status = enqueue_all(recording, queue);
    /* It names what it waits for, though it would wait for all before it: only so does its event
     * tell when one of them has failed. */
    if (status == CLN_OK)
        status = cln_cl_check(
            clEnqueueBarrierWithWaitList(queue, (cl_uint)recording->count, state->done, last),
            "clEnqueueBarrierWithWaitList", __FILE__, __LINE__);
    for (int i = 0; i < recording->count; i++) {
        if (state->done[i])
            clReleaseEvent(state->done[i]);
        state->done[i] = NULL;
    }
    CLN_TRY(status);
    CLN_CL(clFlush(queue));
    return CLN_OK;
}

const struct cln_recorder cln_recorder_out_of_order = {"out-of-order", works, create, replay, done};
