/*
 * cl_khr_command_buffer: the driver keeps the whole step. What a command buffer cannot hold (a
 * library's GEMM) parts the step into several buffers. The extension's API changed while it was
 * provisional; the calls used here are the same in every version from 0.9.0 on.
 */
#include <stdlib.h>

#include "runtime/recorder.h"

/* A run of commands in one command buffer, or a single library call (`buffer` NULL). */
struct segment {
    cln_cl_command_buffer buffer;
    int begin, end;
};

struct state {
    const struct cln_command_buffer_calls *calls;
    struct segment *segments;
    int count;
    cln_cl_sync_point *points; /* one a command, while recording */
    cln_cl_sync_point *waits;  /* wait list of one command */
};

static bool works(const struct cln_context *context) {
    return context->command_buffer.create && context->device->simultaneous_use;
}

static void done(struct cln_recording *recording) {
    struct state *state = recording->state;
    if (!state)
        return;
    for (int i = 0; i < state->count; i++)
        if (state->segments[i].buffer)
            state->calls->release(state->segments[i].buffer);
    free(state->segments);
    free(state->points);
    free(state->waits);
    free(state);
}

static enum cln_status record_command(struct cln_recording *recording, struct segment *segment,
                                      int index) {
    struct state *state = recording->state;
    const struct cln_recorded *command = &recording->commands[index];
    cl_uint waits = 0;
    for (int i = 0; i < command->wait_count; i++) /* earlier segments have ended already */
        if (command->waits[i] >= segment->begin)
            state->waits[waits++] = state->points[command->waits[i]];
    const cl_int code = state->calls->kernel(
        segment->buffer, NULL, NULL, command->kernel, command->dimensions, NULL, command->global,
        command->local, waits, waits ? state->waits : NULL, &state->points[index], NULL);
    return cln_cl_check(code, "clCommandNDRangeKernelKHR", __FILE__, __LINE__);
}

/* Replays queue up behind each other, so a buffer must be allowed to be pending more than once. */
static enum cln_status record_segment(struct cln_recording *recording, struct segment *segment) {
    struct state *state = recording->state;
    const cl_ulong properties[] = {CLN_CL_COMMAND_BUFFER_FLAGS,
                                   CLN_CL_COMMAND_BUFFER_SIMULTANEOUS_USE, 0};
    cl_int code;
    segment->buffer =
        state->calls->create(1, &recording->context->in_order_queue, properties, &code);
    CLN_TRY(cln_cl_check(code, "clCreateCommandBufferKHR", __FILE__, __LINE__));
    for (int i = segment->begin; i < segment->end; i++)
        CLN_TRY(record_command(recording, segment, i));
    code = state->calls->finalize(segment->buffer);
    return cln_cl_check(code, "clFinalizeCommandBufferKHR", __FILE__, __LINE__);
}

static enum cln_status create(struct cln_recording *recording) {
    struct state *state = calloc(1, sizeof *state);
    size_t count = (size_t)recording->count + 1;
    recording->state = state;
    if (state) {
        state->calls = &recording->context->command_buffer;
        state->segments = calloc(count, sizeof *state->segments);
        state->points = calloc(count, sizeof *state->points);
        state->waits = calloc(count, sizeof *state->waits);
    }
    if (!state || !state->segments || !state->points || !state->waits)
        return CLN_FAIL(MEMORY, "out of memory for recording %d commands", recording->count);
    for (int begin = 0, end; begin < recording->count; begin = end) {
        bool kernels = recording->commands[begin].kernel != NULL;
        for (end = begin + 1; kernels && end < recording->count; end++)
            if (!recording->commands[end].kernel)
                break;
        struct segment *segment = &state->segments[state->count++];
        *segment = (struct segment){.begin = begin, .end = end};
        if (kernels)
            CLN_TRY(record_segment(recording, segment));
    }
    return CLN_OK;
}

static enum cln_status enqueue(const struct state *state, const struct segment *segment,
                               cl_event *event) {
    const cl_int code = state->calls->enqueue(0, NULL, segment->buffer, 0, NULL, event);
    return cln_cl_check(code, "clEnqueueCommandBufferKHR", __FILE__, __LINE__);
}

static enum cln_status replay(struct cln_recording *recording, cl_event *last) {
    struct state *state = recording->state;
    cl_command_queue queue = recording->context->in_order_queue;
    for (int i = 0; i < state->count; i++) {
        const struct segment *segment = &state->segments[i];
        cl_event *event = i == state->count - 1 ? last : NULL;
        if (segment->buffer)
            CLN_TRY(enqueue(state, segment, event));
        else
            CLN_TRY(
                cln_recorded_enqueue(&recording->commands[segment->begin], queue, 0, NULL, event));
    }
    CLN_CL(clFlush(queue));
    return CLN_OK;
}

const struct cln_recorder cln_recorder_command_buffer = {"command-buffer", works, create, replay,
                                                         done};
