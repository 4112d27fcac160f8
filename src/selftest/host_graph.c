#include "selftest/host_graph.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "selftest/host.h"

enum cln_status cln_host_slot(struct cln_host_memory *memory, const char *name, size_t elems,
                              double **out) {
    for (int i = 0; i < memory->count; i++) {
        struct cln_host_slot *slot = &memory->slots[i];
        if (strcmp(slot->name, name) != 0)
            continue;
        *out = slot->values;
        return slot->elems >= elems ? CLN_OK
                                    : CLN_FAIL(INTERNAL, "%s is smaller on the host", name);
    }
    if (memory->count == CLN_HOST_SLOTS)
        return CLN_FAIL(INTERNAL, "no room for %s on the host", name);
    struct cln_host_slot *slot = &memory->slots[memory->count];
    *slot = (struct cln_host_slot){.values = calloc(elems + 1, sizeof(double)), .elems = elems};
    if (!slot->values)
        return CLN_FAIL(MEMORY, "out of memory for %s on the host", name);
    snprintf(slot->name, sizeof slot->name, "%s", name);
    *out = slot->values;
    memory->count++;
    return CLN_OK;
}

void cln_host_memory_done(struct cln_host_memory *memory) {
    for (int i = 0; i < memory->count; i++)
        free(memory->slots[i].values);
    *memory = (struct cln_host_memory){0};
}

/* Of intermediates that are no views: each has memory of its own. */
static bool is_own(const struct cln_tensor *tensor) {
    return tensor->slot == CLN_ARENA && tensor->base == CLN_NO_TENSOR;
}

static enum cln_status place(const struct cln_graph *graph, struct cln_host_memory *memory,
                             double **at) {
    for (int i = 0; i < graph->tensor_count; i++) {
        const struct cln_tensor *tensor = &graph->tensors[i];
        if (tensor->base != CLN_NO_TENSOR) {
            at[i] = at[tensor->base]; /* which comes before its views */
        } else if (is_own(tensor)) {
            at[i] = calloc(cln_tensor_elems(tensor) + 1, sizeof(double));
            if (!at[i])
                return CLN_FAIL(MEMORY, "out of memory for %s on the host", tensor->name);
        } else {
            const struct cln_slot *slot = &graph->slots[tensor->slot];
            double *values;
            CLN_TRY(cln_host_slot(memory, slot->name, slot->elems, &values));
            at[i] = values + tensor->offset_elems;
        }
    }
    return CLN_OK;
}

enum cln_status cln_host_run(const struct cln_graph *graph, struct cln_host_memory *memory) {
    double **at = calloc((size_t)graph->tensor_count + 1, sizeof *at);
    if (!at)
        return CLN_FAIL(MEMORY, "out of memory for %d tensors", graph->tensor_count);
    enum cln_status status = place(graph, memory, at);
    for (int n = 0; n < graph->node_count && status == CLN_OK; n++) {
        const struct cln_node *node = &graph->nodes[n];
        cln_host_op *compute = cln_host_find(node->op);
        if (compute)
            compute(node, at);
        else if (node->op->variants) /* else it is a view */
            status = CLN_FAIL(INTERNAL, "the host does not know %s", node->op->name);
    }
    for (int i = 0; i < graph->tensor_count; i++)
        if (is_own(&graph->tensors[i]))
            free(at[i]);
    free(at);
    return status;
}
