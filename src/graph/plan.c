#include "graph/plan.h"

#include <stdlib.h>
#include <string.h>

#include "graph/plan_private.h"
#include "graph/tune.h"
#include "runtime/program.h"

/* Buffers of the graph's slots, index by index. */
static enum cln_status bind_slots(const struct cln_layout *layout, size_t arena_bytes,
                                  struct cln_store *store, struct cln_buffer **buffers) {
    const struct cln_graph *graph = layout->graph;
    for (int i = 0; i < graph->slot_count; i++) {
        const struct cln_slot *slot = &graph->slots[i];
        size_t bytes = i == CLN_ARENA ? arena_bytes : slot->elems * cln_dtype_bytes(slot->dtype);
        if (bytes)
            CLN_TRY(cln_store_require(store, slot->name, bytes, &buffers[i]));
    }
    return CLN_OK;
}

static enum cln_status convert_arg(const struct cln_graph *graph, const struct cln_arg *arg,
                                   struct cln_buffer *const *buffers, struct cln_call_arg *out) {
    *out = (struct cln_call_arg){.u32 = arg->u32, .f32 = arg->f32};
    switch (arg->kind) {
    case CLN_ARG_U32:
        out->kind = CLN_CALL_U32;
        break;
    case CLN_ARG_F32:
        out->kind = CLN_CALL_F32;
        break;
    case CLN_ARG_LOCAL:
        out->kind = CLN_CALL_LOCAL;
        break;
    case CLN_ARG_TENSOR:
        out->kind = CLN_CALL_TENSOR;
        if (arg->tensor == CLN_NO_TENSOR)
            break;
        const struct cln_tensor *tensor = &graph->tensors[arg->tensor];
        if (tensor->offset_elems > UINT32_MAX)
            return CLN_FAIL(INTERNAL, "tensor %s lies beyond 2^32 elements", tensor->name);
        out->buffer = buffers[tensor->slot];
        out->u32 = (uint32_t)tensor->offset_elems;
        break;
    }
    return CLN_OK;
}

static enum cln_status convert_launch(const struct cln_layout *layout, int index,
                                      struct cln_buffer *const *buffers, struct cln_call *out) {
    const struct cln_launch *launch = &layout->lowering.launches[index];
    const struct cln_schedule *schedule = &layout->schedule;
    *out = (struct cln_call){.label = layout->graph->nodes[launch->node].name,
                             .program = launch->program,
                             .options = launch->options,
                             .kernel = launch->kernel,
                             .is_gemm = launch->is_gemm,
                             .gemm = launch->gemm,
                             .arg_count = launch->arg_count,
                             .dimensions = launch->dimensions,
                             .waits = schedule->waits + schedule->wait_begin[index],
                             .wait_count =
                                 schedule->wait_begin[index + 1] - schedule->wait_begin[index]};
    for (int i = 0; i < 3; i++) {
        out->global[i] = launch->global[i];
        out->local[i] = launch->local[i];
    }
    for (int i = 0; i < launch->arg_count; i++)
        CLN_TRY(convert_arg(layout->graph, &launch->args[i], buffers, &out->args[i]));
    return CLN_OK;
}

static enum cln_status record(struct cln_plan *plan, size_t arena_bytes, struct cln_store *store,
                              const struct cln_plan_options *options) {
    const struct cln_layout *layout = &plan->layout;
    int count = layout->lowering.launch_count;
    struct cln_buffer **buffers = calloc((size_t)layout->graph->slot_count, sizeof *buffers);
    struct cln_call *commands = calloc((size_t)count + 1, sizeof *commands);
    enum cln_status status = CLN_OK;
    if (!buffers || !commands) {
        status = CLN_FAIL(MEMORY, "out of memory for a plan of %d launches", count);
        goto fail;
    }
    CLN_TRY_GOTO(bind_slots(layout, arena_bytes, store, buffers));
    for (int i = 0; i < count; i++)
        CLN_TRY_GOTO(convert_launch(layout, i, buffers, &commands[i]));
    CLN_TRY_GOTO(cln_recording_create(plan->context, commands, count, options->recorder,
                                      options->profile, &plan->recording));
fail:
    free(buffers);
    free(commands);
    return status;
}

/* The programs of all plans at once, so that as many threads as there are have work. */
static enum cln_status build_programs(struct cln_plan *const *plans, int count,
                                      struct cln_context *context,
                                      const struct cln_plan_options *options) {
    int launches = 0, wanted = 0;
    for (int i = 0; i < count; i++)
        launches += plans[i]->layout.lowering.launch_count;
    struct cln_program_request *requests = calloc((size_t)launches + 1, sizeof *requests);
    if (!requests)
        return CLN_FAIL(MEMORY, "out of memory for the programs of %d launches", launches);
    for (int i = 0; i < count; i++) {
        const struct cln_lowering *lowering = &plans[i]->layout.lowering;
        for (int j = 0; j < lowering->launch_count; j++)
            if (!lowering->launches[j].is_gemm)
                requests[wanted++] =
                    (struct cln_program_request){.file = lowering->launches[j].program,
                                                 .options = lowering->launches[j].options};
    }
    for (int i = 0; options->backwards && i < wanted / 2; i++) {
        struct cln_program_request first = requests[i];
        requests[i] = requests[wanted - 1 - i];
        requests[wanted - 1 - i] = first;
    }
    enum cln_status status =
        cln_programs_build(context, requests, wanted, options->on_build, options->user);
    free(requests);
    return status;
}

/* Whether the tuner is to choose the recorder. */
static bool is_open(const struct cln_plan_options *options) {
    return options && options->tuner && !options->recorder && !options->profile;
}

enum cln_status cln_plans_create(struct cln_graph *const *graphs, int count,
                                 struct cln_store *store, struct cln_context *context,
                                 const struct cln_plan_options *wanted, struct cln_plan **out) {
    struct cln_plan_options tuned = wanted ? *wanted : (struct cln_plan_options){0};
    const struct cln_plan_options *options = &tuned;
    enum cln_status status = CLN_OK;
    size_t arena_bytes = 0;
    for (int i = 0; i < count; i++)
        out[i] = NULL;
    if (tuned.tuner && count)
        CLN_TRY(cln_tuner_prepare(tuned.tuner, graphs, count, tuned.variants));
    for (int i = 0; i < count; i++) {
        out[i] = calloc(1, sizeof **out);
        if (!out[i]) {
            status = CLN_FAIL(MEMORY, "out of memory for a plan");
            goto fail;
        }
        out[i]->context = context;
        CLN_TRY_GOTO(cln_layout_make(graphs[i], cln_context_caps(context), options->variants,
                                     &out[i]->layout));
        if (out[i]->layout.arena_bytes > arena_bytes)
            arena_bytes = out[i]->layout.arena_bytes;
    }
    CLN_TRY_GOTO(build_programs(out, count, context, options));
    for (int i = 0; i < count; i++)
        CLN_TRY_GOTO(record(out[i], arena_bytes, store, options));
    return CLN_OK;
fail:
    for (int i = 0; i < count; i++) {
        cln_plan_free(out[i]);
        out[i] = NULL;
    }
    return status;
}

enum cln_status cln_plan_create(struct cln_graph *graph, struct cln_store *store,
                                struct cln_context *context, const struct cln_plan_options *options,
                                struct cln_plan **out) {
    return cln_plans_create(&graph, 1, store, context, options, out);
}

void cln_plan_free(struct cln_plan *plan) {
    if (!plan)
        return;
    cln_recording_free(plan->recording);
    cln_layout_done(&plan->layout);
    free(plan);
}

enum cln_status cln_plans_try(struct cln_plan *const *plans, int count, bool backwards,
                              cln_work_progress on_launch, void *user, bool *tried) {
    struct cln_recording **recordings = calloc((size_t)count + 1, sizeof *recordings);
    *tried = false;
    if (!recordings)
        return CLN_FAIL(MEMORY, "out of memory for %d plans", count);
    for (int i = 0; i < count; i++)
        recordings[i] = plans[i]->recording;
    enum cln_status status =
        cln_recordings_try(recordings, count, backwards, on_launch, user, tried);
    free(recordings);
    return status;
}

/* The one with the most to replay. */
static struct cln_graph *largest_graph(struct cln_plan *const *plans, int count) {
    struct cln_graph *largest = plans[0]->layout.graph;
    for (int i = 1; i < count; i++)
        if (plans[i]->layout.graph->node_count > largest->node_count)
            largest = plans[i]->layout.graph;
    return largest;
}

enum cln_status cln_plans_settle(struct cln_plan *const *plans, int count, struct cln_store *store,
                                 const struct cln_plan_options *options) {
    struct cln_plan_options settled;
    size_t arena_bytes = 0;
    if (!count || !is_open(options))
        return CLN_OK;
    settled = *options;
    CLN_TRY(cln_tuner_recorder(options->tuner, largest_graph(plans, count), options->variants,
                               &settled.recorder));
    for (int i = 0; i < count; i++)
        if (plans[i]->layout.arena_bytes > arena_bytes)
            arena_bytes = plans[i]->layout.arena_bytes;
    for (int i = 0; i < count; i++) {
        if (!strcmp(cln_plan_recorder(plans[i]), settled.recorder))
            continue;
        cln_recording_free(plans[i]->recording);
        plans[i]->recording = NULL;
        CLN_TRY(record(plans[i], arena_bytes, store, &settled));
    }
    return CLN_OK;
}

enum cln_status cln_plan_replay(struct cln_plan *plan) {
    return cln_recording_replay(plan->recording);
}

int cln_plan_launch_count(const struct cln_plan *plan) {
    return plan->layout.lowering.launch_count;
}

enum cln_status cln_plan_launches(struct cln_plan *plan, struct cln_launch_info *rows) {
    const struct cln_layout *layout = &plan->layout;
    int count = layout->lowering.launch_count;
    double *seconds = calloc((size_t)count + 1, sizeof *seconds);
    if (!seconds)
        return CLN_FAIL(MEMORY, "out of memory for the times of %d launches", count);
    enum cln_status status = CLN_OK;
    if (cln_recording_profiles(plan->recording))
        status = cln_recording_times(plan->recording, seconds);
    for (int i = 0; i < count; i++) {
        const struct cln_launch *launch = &layout->lowering.launches[i];
        const struct cln_node *node = &layout->graph->nodes[launch->node];
        struct cln_cost cost = cln_layout_cost(layout, i);
        rows[i] = (struct cln_launch_info){.node = node->name,
                                           .op = node->op->name,
                                           .variant = layout->variants[launch->node]->name,
                                           .kernel = launch->kernel,
                                           .flops = cost.flops,
                                           .bytes = cost.bytes,
                                           .product = cost.product,
                                           .seconds = seconds[i]};
    }
    free(seconds);
    return status;
}

enum cln_status cln_plan_timeline(struct cln_plan *plan, struct cln_timeline *out) {
    int launches = cln_plan_launch_count(plan);
    *out = (struct cln_timeline){.launches = launches};
    out->rows = calloc((size_t)launches * CLN_PROFILED_REPLAYS + 1, sizeof *out->rows);
    if (!out->rows)
        return CLN_FAIL(MEMORY, "out of memory for the times of %d launches", launches);
    enum cln_status status = cln_recording_timeline(plan->recording, out->rows, &out->replays);
    if (status == CLN_OK)
        return CLN_OK;
    free(out->rows);
    *out = (struct cln_timeline){0};
    return status;
}

const char *cln_plan_recorder(const struct cln_plan *plan) {
    return cln_recording_recorder(plan->recording);
}

size_t cln_plan_arena_bytes(const struct cln_plan *plan) {
    return plan->layout.arena_bytes;
}
