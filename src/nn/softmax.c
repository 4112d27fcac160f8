/* The layer softmax, over the last dimension, and its gradient. */
#include "graph/op.h"
#include "nn/activation.h"
#include "nn/node.h"
#include "nn/registry.h"

static size_t row_length(const struct cln_tensor *x) {
    return x->dim[x->rank - 1];
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_tensor x = *cln_node_in(node, 0);
    if (x.dtype != CLN_F32 || x.rank < 1 || cln_tensor_elems(&x) == 0)
        return CLN_FAIL(CONFIG, "%s: softmax over nothing: %s is %s", node->name, x.name,
                        cln_shape_text(&x).chars);
    return cln_node_output(node, 0, "y", CLN_F32, x.rank, x.dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 5 * elems, .bytes = 8 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    const size_t rows = cln_tensor_elems(x) / row_length(x);
    struct cln_launch *launch = cln_emit(lowering, "softmax.cl", "softmax", NULL);
    cln_arg_read(launch, node->input[0]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, rows);
    cln_arg_u32(launch, row_length(x));
    cln_grid(launch, 1, &rows, NULL);
    return lowering->status;
}

static enum cln_status build(struct cln_builder *builder, const void *attrs) {
    (void)attrs;
    struct cln_node *node;
    CLN_TRY(cln_graph_add(builder->graph, &cln_op_softmax, builder->layer_name, NULL, &builder->x,
                          1, &node));
    builder->x = node->output[0];
    return CLN_OK;
}

enum cln_status cln_softmax_add(struct cln_graph *graph, const char *name, cln_tensor_id x,
                                cln_tensor_id *y) {
    struct cln_node *node;
    CLN_TRY(cln_graph_add(graph, &cln_op_softmax, cln_node_part_name(name, "softmax").chars, NULL,
                          &x, 1, &node));
    *y = node->output[0];
    return CLN_OK;
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const cln_tensor_id dy = graph->tensors[node.output[0]].gradient;
    return cln_node_input_gradient(graph, &node, "backward", &cln_op_softmax_backward, NULL,
                                   (cln_tensor_id[]){node.output[0], dy}, 2);
}

static const struct cln_variant variants[] = {{"reference", NULL, lower}, {NULL, NULL, NULL}};

const struct cln_op cln_op_softmax = {
    .name = "softmax",
    .help = "exp(x) over its sum along the last dimension",
    .kind = CLN_OP_LAYER,
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .variants = variants,
    .build = build,
};

/* backward: (y, dy, dx) */

static enum cln_status backward_infer(struct cln_node *node) {
    return cln_node_adopt_output(node, cln_node_in(node, 0));
}

static struct cln_cost backward_cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 4 * elems, .bytes = 12 * elems};
}

static enum cln_status backward_lower(const struct cln_node *node, struct cln_lowering *lowering) {
    const struct cln_tensor *y = cln_node_in(node, 0);
    const size_t rows = cln_tensor_elems(y) / row_length(y);
    struct cln_launch *launch = cln_emit(lowering, "softmax.cl", "softmax_backward", NULL);
    cln_arg_read(launch, node->input[0]);
    cln_arg_read(launch, node->input[1]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, rows);
    cln_arg_u32(launch, row_length(y));
    cln_grid(launch, 1, &rows, NULL);
    return lowering->status;
}

static const struct cln_variant backward_variants[] = {{"reference", NULL, backward_lower},
                                                       {NULL, NULL, NULL}};

const struct cln_op cln_op_softmax_backward = {
    .name = "softmax_backward",
    .help = "gradient of softmax from its output",
    .kind = CLN_OP_INTERNAL,
    .infer = backward_infer,
    .cost = backward_cost,
    .variants = backward_variants,
};
