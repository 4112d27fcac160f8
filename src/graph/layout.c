/* Lowers a graph, places its intermediates and orders its launches; needs no device. */
#include <stdlib.h>

#include "graph/memory_plan.h"
#include "graph/plan_private.h"

/* A launch of a product that does less of its flops only prepares it or finishes it: it packs
 * weights, adds up parts, drops out. */
#define PRODUCT_SHARE 0.1

#define ARENA_ALIGN_BYTES 64

static enum cln_status lower_nodes(struct cln_layout *layout, const char *pins) {
    struct cln_graph *graph = layout->graph;
    layout->variants = calloc((size_t)graph->node_count + 1, sizeof *layout->variants);
    if (!layout->variants)
        return CLN_FAIL(MEMORY, "out of memory for %d nodes", graph->node_count);
    for (int i = 0; i < graph->node_count; i++) {
        const struct cln_node *node = &graph->nodes[i];
        if (!node->op->variants) /* a view: nothing to compute */
            continue;
        CLN_TRY(cln_variant_choose(node, layout->lowering.caps, pins, &layout->variants[i]));
        layout->lowering.node = i;
        CLN_TRY(layout->variants[i]->lower(node, &layout->lowering));
        CLN_TRY(layout->lowering.status);
    }
    return CLN_OK;
}

static cln_tensor_id owner_of(const struct cln_graph *graph, cln_tensor_id id) {
    return graph->tensors[id].base == CLN_NO_TENSOR ? id : graph->tensors[id].base;
}

/* First and last launch that touch each arena tensor (views count for their base). */
static void find_lives(const struct cln_layout *layout, struct cln_span *lives) {
    const struct cln_graph *graph = layout->graph;
    for (int i = 0; i < graph->tensor_count; i++)
        lives[i] = (struct cln_span){.first = -1};
    for (int l = 0; l < layout->lowering.launch_count; l++) {
        const struct cln_launch *launch = &layout->lowering.launches[l];
        for (int a = 0; a < launch->arg_count; a++) {
            if (launch->args[a].kind != CLN_ARG_TENSOR || launch->args[a].tensor == CLN_NO_TENSOR)
                continue;
            cln_tensor_id id = owner_of(graph, launch->args[a].tensor);
            if (graph->tensors[id].slot != CLN_ARENA)
                continue;
            if (lives[id].first < 0)
                lives[id].first = l;
            lives[id].last = l;
        }
    }
}

static enum cln_status place_arena(struct cln_layout *layout) {
    struct cln_graph *graph = layout->graph;
    size_t count = (size_t)graph->tensor_count;
    struct cln_span *lives = calloc(count + 1, sizeof *lives);
    struct cln_span *spans = calloc(count + 1, sizeof *spans);
    cln_tensor_id *ids = calloc(count + 1, sizeof *ids);
    enum cln_status status = CLN_OK;
    if (!lives || !spans || !ids) {
        status = CLN_FAIL(MEMORY, "out of memory for placing %zu tensors", count);
        goto fail;
    }
    find_lives(layout, lives);
    int used = 0;
    for (int i = 0; i < graph->tensor_count; i++) {
        const struct cln_tensor *tensor = &graph->tensors[i];
        if (lives[i].first < 0)
            continue;
        lives[i].bytes = cln_tensor_elems(tensor) * cln_dtype_bytes(tensor->dtype);
        layout->arena_unshared_bytes += lives[i].bytes;
        ids[used] = i;
        spans[used++] = lives[i];
    }
    CLN_TRY_GOTO(cln_memory_place(spans, used, ARENA_ALIGN_BYTES, &layout->arena_bytes));
    for (int i = 0; i < used; i++) {
        struct cln_tensor *tensor = &graph->tensors[ids[i]];
        tensor->offset_elems = spans[i].offset_bytes / cln_dtype_bytes(tensor->dtype);
    }
    for (int i = 0; i < graph->tensor_count; i++) {
        struct cln_tensor *view = &graph->tensors[i];
        if (view->base != CLN_NO_TENSOR)
            view->offset_elems = graph->tensors[view->base].offset_elems;
    }
fail:
    free(lives);
    free(spans);
    free(ids);
    return status;
}

static enum cln_status check_place(const struct cln_layout *layout, const struct cln_launch *launch,
                                   const struct cln_tensor *tensor) {
    const struct cln_graph *graph = layout->graph;
    const struct cln_slot *slot = &graph->slots[tensor->slot];
    const size_t elems = cln_tensor_elems(tensor);
    const size_t room = tensor->slot == CLN_ARENA
                            ? layout->arena_bytes / cln_dtype_bytes(tensor->dtype)
                            : slot->elems;
    if (tensor->offset_elems <= room && elems <= room - tensor->offset_elems)
        return CLN_OK;
    return CLN_FAIL(INTERNAL,
                    "%s: %s would touch %zu elements from %zu on of %s, in which %s has %zu",
                    graph->nodes[launch->node].name, launch->kernel, elems, tensor->offset_elems,
                    tensor->name, slot->name, room);
}

/* No kernel is handed less than the tensor it was made for: its grid and its counts come from the
 * tensors' shapes, which the ops' infer() has compared with one another. */
static enum cln_status check_places(const struct cln_layout *layout) {
    for (int l = 0; l < layout->lowering.launch_count; l++) {
        const struct cln_launch *launch = &layout->lowering.launches[l];
        for (int a = 0; a < launch->arg_count; a++)
            if (launch->args[a].kind == CLN_ARG_TENSOR && launch->args[a].tensor != CLN_NO_TENSOR)
                CLN_TRY(
                    check_place(layout, launch, &layout->graph->tensors[launch->args[a].tensor]));
    }
    return CLN_OK;
}

static enum cln_status order_launches(struct cln_layout *layout) {
    const struct cln_graph *graph = layout->graph;
    int launches = layout->lowering.launch_count, count = 0;
    struct cln_access *accesses =
        calloc((size_t)launches * CLN_CALL_ARGS * 2 + 1, sizeof *accesses);
    if (!accesses)
        return CLN_FAIL(MEMORY, "out of memory for the order of %d launches", launches);
    for (int l = 0; l < launches; l++) {
        const struct cln_launch *launch = &layout->lowering.launches[l];
        for (int a = 0; a < launch->arg_count; a++) {
            const struct cln_arg *arg = &launch->args[a];
            if (arg->kind != CLN_ARG_TENSOR || arg->tensor == CLN_NO_TENSOR)
                continue;
            const struct cln_tensor *tensor = &graph->tensors[arg->tensor];
            size_t unit = cln_dtype_bytes(tensor->dtype);
            accesses[count++] = (struct cln_access){
                .launch = l,
                .slot = tensor->slot,
                .begin_bytes = tensor->offset_elems * unit,
                .end_bytes = (tensor->offset_elems + cln_tensor_elems(tensor)) * unit,
                .writes = arg->writes};
        }
    }
    enum cln_status status = cln_schedule_make(accesses, count, launches, &layout->schedule);
    free(accesses);
    return status;
}

enum cln_status cln_layout_make(struct cln_graph *graph, const struct cln_caps *caps,
                                const char *pins, struct cln_layout *out) {
    *out = (struct cln_layout){.graph = graph, .lowering = {.graph = graph, .caps = caps}};
    enum cln_status status = lower_nodes(out, pins);
    if (status == CLN_OK)
        status = place_arena(out);
    if (status == CLN_OK)
        status = check_places(out);
    if (status == CLN_OK)
        status = order_launches(out);
    if (status != CLN_OK)
        cln_layout_done(out);
    return status;
}

void cln_layout_done(struct cln_layout *layout) {
    free(layout->lowering.launches);
    free(layout->variants);
    cln_schedule_done(&layout->schedule);
    *layout = (struct cln_layout){0};
}

struct cln_cost cln_layout_cost(const struct cln_layout *layout, int index) {
    const struct cln_launch *launch = &layout->lowering.launches[index];
    const struct cln_node *node = &layout->graph->nodes[launch->node];
    struct cln_cost cost = node->op->cost ? node->op->cost(node) : (struct cln_cost){0};
    if (launch->flops >= 0) {
        bool main_part = launch->flops >= PRODUCT_SHARE * cost.flops;
        return (struct cln_cost){launch->flops, launch->bytes, cost.product && main_part};
    }
    int share = 0;
    for (int i = 0; i < layout->lowering.launch_count; i++)
        share += layout->lowering.launches[i].node == launch->node &&
                 layout->lowering.launches[i].flops < 0;
    return (struct cln_cost){cost.flops / share, cost.bytes / share, cost.product};
}
