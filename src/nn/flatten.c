/*
 * flatten: (N, ...) -> (N, rest), the same memory under another shape. Neither the node nor its
 * gradient runs anything: the output is a view of the input, the input's gradient a view of the
 * output's.
 */
#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"

static enum cln_status infer(struct cln_node *node) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    if (x->rank < 1 || cln_tensor_elems(x) == 0)
        return CLN_FAIL(CONFIG, "%s: nothing to flatten", node->name);
    const size_t dim[2] = {x->dim[0], cln_tensor_elems(x) / x->dim[0]};
    node->output_count = 1;
    return cln_graph_view(node->graph, cln_node_part_name(node->name, "y").chars, node->input[0], 2,
                          dim, &node->output[0]);
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const struct cln_tensor x = graph->tensors[node.input[0]];
    if (!x.needs_gradient)
        return CLN_OK;
    if (x.gradient != CLN_NO_TENSOR)
        return CLN_FAIL(INTERNAL, "%s is used by two nodes: gradients are not summed", x.name);
    const struct cln_node_name name = cln_node_part_name(x.name, "gradient");
    const cln_tensor_id dy = graph->tensors[node.output[0]].gradient;
    cln_tensor_id dx;
    CLN_TRY(cln_graph_view(graph, name.chars, dy, x.rank, x.dim, &dx));
    graph->tensors[node.input[0]].gradient = dx;
    return CLN_OK;
}

static struct cln_cost cost(const struct cln_node *node) {
    (void)node;
    return (struct cln_cost){0};
}

static enum cln_status build(struct cln_builder *builder, const void *attrs) {
    (void)attrs;
    struct cln_node *node;
    CLN_TRY(cln_graph_add(builder->graph, &cln_op_flatten, builder->layer_name, NULL, &builder->x,
                          1, &node));
    builder->x = node->output[0];
    return CLN_OK;
}

const struct cln_op cln_op_flatten = {
    .name = "flatten",
    .help = "one row a sample: (N, H, W, C) becomes (N, H*W*C)",
    .kind = CLN_OP_LAYER,
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .build = build,
};
