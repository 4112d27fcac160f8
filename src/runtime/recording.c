#include "runtime/recording.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "base/text.h"
#include "runtime/program.h"
#include "runtime/recorder.h"

static const struct cln_recorder *const recorders[] = {
    &cln_recorder_in_order,
    &cln_recorder_out_of_order,
    &cln_recorder_command_buffer,
};

#define RECORDER_COUNT (sizeof recorders / sizeof *recorders)

const char *const *cln_recorders(const struct cln_context *context) {
    static _Thread_local const char *names[RECORDER_COUNT + 1];
    size_t count = 0;
    for (size_t i = 0; i < RECORDER_COUNT; i++)
        if (recorders[i]->works(context))
            names[count++] = recorders[i]->name;
    names[count] = NULL;
    return names;
}

static enum cln_status refuse_recorder(const struct cln_context *context, const char *name) {
    struct cln_text accepted = {0};
    struct cln_nearest nearest = cln_nearest_start(name);
    for (const char *const *known = cln_recorders(context); *known; known++) {
        cln_text_add(&accepted, "%s%s", accepted.length ? ", " : "", *known);
        cln_nearest_offer(&nearest, *known);
    }
    enum cln_status status =
        CLN_FAIL(CONFIG, "recorder '%s' does not exist or work on this device; accepted: %s%s%s%s",
                 name, accepted.chars ? accepted.chars : "", nearest.name ? "; did you mean '" : "",
                 nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
    cln_text_free(&accepted);
    return status;
}

/* The one of that name, or the first that works. */
static enum cln_status find_recorder(const struct cln_context *context, const char *name,
                                     const struct cln_recorder **out) {
    for (size_t i = 0; i < RECORDER_COUNT; i++) {
        if (!recorders[i]->works(context) || (name && strcmp(recorders[i]->name, name)))
            continue;
        *out = recorders[i];
        return CLN_OK;
    }
    return refuse_recorder(context, name ? name : "");
}

static enum cln_status set_args(cl_kernel kernel, const struct cln_call *command) {
    cl_uint index = 0;
    for (int i = 0; i < command->arg_count; i++) {
        const struct cln_call_arg *arg = &command->args[i];
        switch (arg->kind) {
        case CLN_CALL_TENSOR:
            CLN_CL(clSetKernelArg(kernel, index++, sizeof(cl_mem),
                                  arg->buffer ? &arg->buffer->mem : NULL));
            CLN_CL(clSetKernelArg(kernel, index++, sizeof arg->u32, &arg->u32));
            break;
        case CLN_CALL_U32:
            CLN_CL(clSetKernelArg(kernel, index++, sizeof arg->u32, &arg->u32));
            break;
        case CLN_CALL_F32:
            CLN_CL(clSetKernelArg(kernel, index++, sizeof arg->f32, &arg->f32));
            break;
        case CLN_CALL_LOCAL:
            CLN_CL(clSetKernelArg(kernel, index++, arg->u32, NULL));
            break;
        }
    }
    return CLN_OK;
}

/* Without a wish: 64 items a group, 16 x 4 in more dimensions, halved until kernel and device take
 * it: some devices take one item only in all dimensions but the first. */
static void choose_group(struct cln_recorded *item, size_t limit, const size_t most[3]) {
    size_t x = item->dimensions == 1 ? 64 : 16, y = item->dimensions == 1 ? 1 : 4;
    while (x > 1 && x > most[0])
        x /= 2;
    while (y > 1 && y > most[1])
        y /= 2;
    while (x * y > limit)
        *(y > 1 ? &y : &x) /= 2;
    size_t group[3] = {x, y, 1};
    for (cl_uint i = 0; i < item->dimensions; i++) {
        item->local[i] = group[i];
        item->global[i] = (item->global[i] + group[i] - 1) / group[i] * group[i];
    }
}

static enum cln_status set_grid(struct cln_context *context, struct cln_recorded *item,
                                const struct cln_call *command) {
    size_t limit;
    CLN_CL(clGetKernelWorkGroupInfo(item->kernel, context->device->id, CL_KERNEL_WORK_GROUP_SIZE,
                                    sizeof limit, &limit, NULL));
    item->dimensions = (cl_uint)command->dimensions;
    size_t group = 1;
    for (int i = 0; i < command->dimensions; i++) {
        item->global[i] = command->global[i];
        item->local[i] = command->local[i];
        group *= command->local[i];
    }
    if (!command->local[0])
        choose_group(item, limit, context->caps.max_item_sizes);
    else if (group > limit)
        return CLN_FAIL(OPENCL, "kernel %s wants groups of %zu items; the device takes %zu",
                        command->kernel, group, limit);
    return CLN_OK;
}

static enum cln_status prepare(struct cln_context *context, const struct cln_call *command,
                               struct cln_recorded *item) {
    item->waits = malloc(((size_t)command->wait_count + 1) * sizeof *item->waits);
    if (!item->waits)
        return CLN_FAIL(MEMORY, "out of memory while recording %s", command->label);
    if (command->wait_count)
        memcpy(item->waits, command->waits, (size_t)command->wait_count * sizeof *item->waits);
    item->wait_count = command->wait_count;
    if (command->is_gemm) {
        item->gemm = command->gemm;
        for (int i = 0; i < 3; i++) {
            item->gemm_buffer[i] = command->args[i].buffer->mem;
            item->gemm_offset[i] = command->args[i].u32;
        }
        return CLN_OK;
    }
    CLN_TRY(cln_context_kernel(context, command->program, command->options, command->kernel,
                               &item->kernel));
    CLN_TRY(set_args(item->kernel, command));
    return set_grid(context, item, command);
}

static enum cln_status build_programs(struct cln_context *context, const struct cln_call *commands,
                                      int count) {
    struct cln_program_request *requests = calloc((size_t)count + 1, sizeof *requests);
    if (!requests)
        return CLN_FAIL(MEMORY, "out of memory for %d program requests", count);
    int wanted = 0;
    for (int i = 0; i < count; i++)
        if (!commands[i].is_gemm)
            requests[wanted++] = (struct cln_program_request){.file = commands[i].program,
                                                              .options = commands[i].options};
    enum cln_status status = cln_programs_build(context, requests, wanted, NULL, NULL);
    free(requests);
    return status;
}

enum cln_status cln_recording_create(struct cln_context *context, const struct cln_call *commands,
                                     int count, const char *recorder, bool profile,
                                     struct cln_recording **out) {
    struct cln_recording *recording = calloc(1, sizeof *recording);
    if (!recording)
        return CLN_FAIL(MEMORY, "out of memory for a recording");
    enum cln_status status = CLN_OK;
    recording->context = context;
    recording->next_of_context = context->recordings;
    context->recordings = recording;
    recording->commands = calloc((size_t)count + 1, sizeof *recording->commands);
    recording->profile =
        profile ? calloc((size_t)count * CLN_PROFILED_REPLAYS + 1, sizeof *recording->profile)
                : NULL;
    if (!recording->commands || (profile && !recording->profile)) {
        status = CLN_FAIL(MEMORY, "out of memory for recording %d commands", count);
        goto fail;
    }
    const struct cln_recorder *chosen = NULL;
    CLN_TRY_GOTO(find_recorder(context, recorder, &chosen));
    if (profile) /* the only one that can */
        chosen = &cln_recorder_in_order;
    CLN_TRY_GOTO(build_programs(context, commands, count));
    for (recording->count = 0; recording->count < count; recording->count++)
        CLN_TRY_GOTO(
            prepare(context, &commands[recording->count], &recording->commands[recording->count]));
    recording->recorder = chosen;
    CLN_TRY_GOTO(chosen->create(recording));
    *out = recording;
    return CLN_OK;
fail:
    cln_recording_free(recording);
    return status;
}

static void release(cl_event *event) {
    if (*event)
        clReleaseEvent(*event);
    *event = NULL;
}

static void unlink_from_context(struct cln_recording *recording) {
    struct cln_recording **at = &recording->context->recordings;
    while (*at != recording)
        at = &(*at)->next_of_context;
    *at = recording->next_of_context;
}

void cln_recording_free(struct cln_recording *recording) {
    if (!recording)
        return;
    unlink_from_context(recording);
    for (int i = 0; i < CLN_REPLAYS_IN_FLIGHT; i++)
        if (recording->in_flight[i]) {
            clWaitForEvents(1, &recording->in_flight[i]);
            release(&recording->in_flight[i]);
        }
    if (recording->recorder)
        recording->recorder->free(recording);
    /* prepare() may have failed half-way through the item after the last. */
    for (int i = 0; recording->commands && i <= recording->count; i++) {
        if (recording->commands[i].kernel)
            clReleaseKernel(recording->commands[i].kernel);
        free(recording->commands[i].waits);
    }
    for (int i = 0; recording->profile && i < recording->count * CLN_PROFILED_REPLAYS; i++)
        release(&recording->profile[i].event);
    free(recording->profile);
    free(recording->commands);
    free(recording);
}

const char *cln_recording_recorder(const struct cln_recording *recording) {
    return recording->recorder->name;
}

enum cln_status cln_recorded_enqueue(const struct cln_recorded *command, cl_command_queue queue,
                                     cl_uint wait_count, const cl_event *waits, cl_event *event) {
    if (command->kernel) {
        CLN_CL(clEnqueueNDRangeKernel(queue, command->kernel, command->dimensions, NULL,
                                      command->global, command->local, wait_count,
                                      wait_count ? waits : NULL, event));
        return CLN_OK;
    }
    if (wait_count) /* CLBlast takes no wait list */
        CLN_CL(clEnqueueBarrierWithWaitList(queue, wait_count, waits, NULL));
    return cln_clblast_sgemm(command, queue, event);
}

enum cln_status cln_event_check(cl_event event) {
    cl_int code = clWaitForEvents(1, &event), own = CL_SUCCESS;
    if (code == CL_SUCCESS)
        return CLN_OK;
    (void)clGetEventInfo(event, CL_EVENT_COMMAND_EXECUTION_STATUS, sizeof own, &own, NULL);
    if (own >= 0)
        return cln_cl_check(code, "clWaitForEvents", __FILE__, __LINE__);
    return CLN_FAIL(OPENCL, "clWaitForEvents failed with %s (%d): a command ended with %s (%d)",
                    cln_cl_code_name(code), (int)code, cln_cl_code_name(own), (int)own);
}

/* Waits for the end of a replay, if there is one. */
static enum cln_status take_end(cl_event *event) {
    enum cln_status status = *event ? cln_event_check(*event) : CLN_OK;
    release(event);
    return status;
}

enum cln_status cln_recordings_check(struct cln_context *context) {
    for (struct cln_recording *recording = context->recordings; recording;
         recording = recording->next_of_context) {
        for (int i = 0; i < CLN_REPLAYS_IN_FLIGHT; i++)
            CLN_TRY(take_end(&recording->in_flight[i]));
        CLN_TRY(cln_profiled_check(recording));
    }
    return CLN_OK;
}

enum cln_status cln_recording_replay(struct cln_recording *recording) {
    cl_event *slot = &recording->in_flight[recording->next];
    recording->waited_from = recording->profile ? cln_clock_seconds() : 0;
    CLN_TRY(take_end(slot));
    recording->next = (recording->next + 1) % CLN_REPLAYS_IN_FLIGHT;
    if (!recording->count)
        return CLN_OK;
    CLN_TRY(recording->recorder->replay(recording, slot));
    recording->replays++;
    return CLN_OK;
}

enum cln_status cln_recording_run(struct cln_recording *recording, int command) {
    struct cln_context *context = recording->context;
    CLN_TRY(cln_context_finish(context));
    CLN_TRY(cln_recorded_enqueue(&recording->commands[command], context->in_order_queue, 0, NULL,
                                 NULL));
    CLN_CL(clFinish(context->in_order_queue));
    return CLN_OK;
}

/* The progress of cln_recordings_try(). */
struct tries {
    int done, count;
    cln_work_progress on_progress;
    void *user;
};

static enum cln_status try_command(const struct cln_recording *recording, int index,
                                   struct tries *tries) {
    cl_command_queue queue = recording->context->in_order_queue;
    CLN_TRY(cln_recorded_enqueue(&recording->commands[index], queue, 0, NULL, NULL));
    CLN_CL(clFinish(queue));
    tries->done++;
    return tries->on_progress ? tries->on_progress(tries->user, tries->done, tries->count) : CLN_OK;
}

enum cln_status cln_recordings_try(struct cln_recording *const *recordings, int count,
                                   bool backwards, cln_work_progress on_progress, void *user,
                                   bool *tried) {
    struct tries tries = {.on_progress = on_progress, .user = user};
    *tried = count && recordings[0]->context->unlaunched;
    if (!*tried)
        return CLN_OK;
    for (int i = 0; i < count; i++)
        tries.count += recordings[i]->count;
    if (on_progress)
        CLN_TRY(on_progress(user, 0, tries.count));
    for (int i = 0; i < count; i++) {
        const struct cln_recording *recording = recordings[backwards ? count - 1 - i : i];
        for (int j = 0; j < recording->count; j++)
            CLN_TRY(try_command(recording, backwards ? recording->count - 1 - j : j, &tries));
    }
    recordings[0]->context->unlaunched = false;
    return CLN_OK;
}
