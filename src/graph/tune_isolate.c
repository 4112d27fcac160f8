/* A node by itself: its tensors in slots of their own, and fewer samples where that is wanted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/tune_private.h"

struct copy {
    const struct cln_node *node;
    struct cln_graph *graph;
    cln_tensor_id *made;     /* copies by tensor of the node's graph; CLN_NO_TENSOR: none yet */
    size_t samples, at_most; /* tensors of `samples` rows get `at_most`; at_most 0: all rows */
};

static enum cln_status copy_tensor(struct copy *copy, cln_tensor_id *id) {
    if (*id == CLN_NO_TENSOR)
        return CLN_OK;
    const struct cln_tensor *tensor = &copy->node->graph->tensors[*id];
    if (copy->made[*id] == CLN_NO_TENSOR) {
        char name[CLN_NAME_SIZE];
        size_t dim[CLN_MAX_RANK];
        int slot;
        memcpy(dim, tensor->dim, sizeof dim);
        /* Plain vectors of floats are biases and the like, which infer() may not look at. */
        bool rows = tensor->rank > 1 || (tensor->rank && tensor->dtype != CLN_F32);
        if (copy->at_most && rows && dim[0] == copy->samples)
            dim[0] = copy->at_most;
        snprintf(name, sizeof name, "tune.%d", copy->graph->tensor_count);
        CLN_TRY(cln_graph_slot(copy->graph, name, tensor->dtype, &slot));
        CLN_TRY(cln_graph_tensor(copy->graph, name, tensor->dtype, tensor->rank, dim, slot,
                                 &copy->made[*id]));
        copy->graph->tensors[copy->made[*id]].needs_gradient = tensor->needs_gradient;
    }
    *id = copy->made[*id];
    return CLN_OK;
}

static enum cln_status copy_node(struct copy *copy) {
    const struct cln_node *node = copy->node;
    struct cln_node *to = calloc(1, sizeof *to);
    if (!to)
        return CLN_FAIL(MEMORY, "out of memory for a node");
    copy->graph->nodes = to;
    copy->graph->node_count = copy->graph->node_capacity = 1;
    *to = *node;
    to->graph = copy->graph;
    to->attrs = NULL;
    if (node->op->attrs_bytes && node->attrs) {
        to->attrs = malloc(node->op->attrs_bytes);
        if (!to->attrs)
            return CLN_FAIL(MEMORY, "out of memory for the attributes of %s", node->name);
        memcpy(to->attrs, node->attrs, node->op->attrs_bytes);
    }
    /* Inputs that infer() made outputs of stand behind the others, and are tensors as any. */
    for (int i = 0; i < CLN_MAX_INPUTS; i++)
        CLN_TRY(copy_tensor(copy, &to->input[i]));
    for (int i = 0; i < CLN_MAX_OUTPUTS; i++)
        CLN_TRY(copy_tensor(copy, &to->output[i]));
    return CLN_OK;
}

/* Whether the op itself would make the same outputs of these inputs: a tensor with as many rows as
 * there are samples may hold something else than samples. An op that `adopts` finds its outputs at
 * the end of its inputs, the first one last. */
static bool is_sound(const struct cln_node *node, bool adopts) {
    struct cln_graph *graph;
    struct cln_node *again;
    cln_tensor_id input[CLN_MAX_INPUTS + CLN_MAX_OUTPUTS];
    int outputs = adopts ? node->output_count : 0, count = node->input_count + outputs;
    if (count > CLN_MAX_INPUTS || cln_graph_create(&graph) != CLN_OK)
        return false;
    bool sound = true;
    for (int i = 0; i < count && sound; i++) {
        cln_tensor_id id = i < node->input_count ? node->input[i] : node->output[count - 1 - i];
        input[i] = CLN_NO_TENSOR;
        if (id == CLN_NO_TENSOR)
            continue;
        const struct cln_tensor *t = &node->graph->tensors[id];
        sound = cln_graph_tensor(graph, t->name, t->dtype, t->rank, t->dim, CLN_ARENA, &input[i]) ==
                CLN_OK;
    }
    sound = sound &&
            cln_graph_add(graph, node->op, node->name, node->attrs, input, count, &again) == CLN_OK;
    for (int k = 0; sound && k < again->output_count; k++)
        sound = k < node->output_count &&
                cln_tensor_elems(cln_node_out(again, k)) == cln_tensor_elems(cln_node_out(node, k));
    cln_graph_free(graph);
    return sound;
}

enum cln_status cln_tune_isolate(const struct cln_node *node, size_t at_most,
                                 struct cln_graph **out) {
    size_t count = (size_t)node->graph->tensor_count;
    struct copy copy = {.node = node, .made = malloc((count + 1) * sizeof *copy.made)};
    if (!copy.made)
        return CLN_FAIL(MEMORY, "out of memory for %zu tensors", count);
    for (size_t i = 0; i < count; i++)
        copy.made[i] = CLN_NO_TENSOR;
    if (at_most && node->input[0] != CLN_NO_TENSOR && node->graph->tensors[node->input[0]].rank) {
        copy.samples = node->graph->tensors[node->input[0]].dim[0];
        copy.at_most = at_most < copy.samples ? at_most : 0;
    }
    enum cln_status status = cln_graph_create(&copy.graph);
    if (status == CLN_OK) {
        status = copy_node(&copy);
        if (status != CLN_OK)
            cln_graph_free(copy.graph);
    }
    free(copy.made);
    CLN_TRY(status);
    if (copy.at_most && !is_sound(&copy.graph->nodes[0], false) &&
        !is_sound(&copy.graph->nodes[0], true)) {
        cln_graph_free(copy.graph);
        return cln_tune_isolate(node, 0, out);
    }
    *out = copy.graph;
    return CLN_OK;
}
