#include "graph/inspect.h"

#include <math.h>
#include <stdlib.h>

#include "graph/plan_private.h"

size_t cln_count_nonfinite(const float *values, size_t count, size_t *first) {
    size_t found = 0;
    for (size_t i = count; i-- > 0;)
        if (!isfinite(values[i])) {
            *first = i;
            found++;
        }
    return found;
}

static bool is_output(const struct cln_node *node, cln_tensor_id tensor) {
    for (int i = 0; i < node->output_count; i++)
        if (node->output[i] == tensor)
            return true;
    return false;
}

/* Looks at one tensor. */
static enum cln_status look(const struct cln_graph *graph, cln_tensor_id id,
                            struct cln_store *store, struct cln_nonfinite *out) {
    const struct cln_tensor *tensor = &graph->tensors[id];
    const size_t elems = cln_tensor_elems(tensor);
    float *values = malloc((elems + 1) * sizeof *values);
    if (!values)
        return CLN_FAIL(MEMORY, "out of memory for the values of %s", tensor->name);
    enum cln_status status =
        cln_store_read(store, graph->slots[tensor->slot].name,
                       tensor->offset_elems * sizeof *values, values, elems * sizeof *values);
    if (status == CLN_OK) {
        out->count = cln_count_nonfinite(values, elems, &out->first);
        out->tensor = id;
        out->elems = elems;
    }
    free(values);
    return status;
}

/* The values that a launch has left: of intermediates only the node's outputs, as scratch memory
 * may be packed in any way, or not be written to its end. */
static enum cln_status look_after(const struct cln_layout *layout, int index,
                                  struct cln_store *store, struct cln_nonfinite *out) {
    const struct cln_launch *launch = &layout->lowering.launches[index];
    const struct cln_graph *graph = layout->graph;
    const struct cln_node *node = &graph->nodes[launch->node];
    for (int a = 0; a < launch->arg_count && !out->count; a++) {
        const struct cln_arg *arg = &launch->args[a];
        if (arg->kind != CLN_ARG_TENSOR || arg->tensor == CLN_NO_TENSOR || !arg->writes)
            continue;
        const struct cln_tensor *tensor = &graph->tensors[arg->tensor];
        if (tensor->dtype == CLN_F32 && (tensor->slot != CLN_ARENA || is_output(node, arg->tensor)))
            CLN_TRY(look(graph, arg->tensor, store, out));
    }
    return CLN_OK;
}

/* Launches first to last, which are those of one node. */
static enum cln_status run_node(struct cln_plan *plan, int first, int last, struct cln_store *store,
                                struct cln_nonfinite *out) {
    for (int i = first; i <= last; i++)
        CLN_TRY(cln_recording_run(plan->recording, i));
    for (int i = first; i <= last && !out->count; i++)
        CLN_TRY(look_after(&plan->layout, i, store, out));
    if (out->count)
        out->node = plan->layout.lowering.launches[first].node;
    return CLN_OK;
}

enum cln_status cln_plan_replay_inspected(struct cln_plan *plan, struct cln_store *store,
                                          struct cln_nonfinite *out) {
    const struct cln_lowering *lowering = &plan->layout.lowering;
    *out = (struct cln_nonfinite){.node = -1, .tensor = CLN_NO_TENSOR};
    for (int first = 0, last; first < lowering->launch_count && !out->count; first = last + 1) {
        last = first;
        while (last + 1 < lowering->launch_count &&
               lowering->launches[last + 1].node == lowering->launches[first].node)
            last++;
        CLN_TRY(run_node(plan, first, last, store, out));
    }
    return CLN_OK;
}

const struct cln_graph *cln_plan_graph(const struct cln_plan *plan) {
    return plan->layout.graph;
}
