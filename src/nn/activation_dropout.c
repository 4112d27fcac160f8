/*
 * activation_dropout_backward: (y, dy[, samples, control]) -> dz, the gradient before an activation
 * and the dropout behind it, in one pass. y is what the dropout gave out. Behind a relu it is
 * positive just where a gradient passes, so that no random numbers are needed again.
 */
#include "graph/launch.h"
#include "nn/activation.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

static bool needs_mask(enum cln_activation kind) {
    return kind != CLN_ACTIVATION_RELU;
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_activation_dropout_attrs *attrs = node->attrs;
    const struct cln_tensor y = *cln_node_in(node, 0), dy = *cln_node_in(node, 1);
    if (node->input_count != (needs_mask((enum cln_activation)attrs->kind) ? 4 : 2))
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    if (y.rank < 1 || cln_tensor_elems(&y) != cln_tensor_elems(&dy))
        return CLN_FAIL(INTERNAL, "%s: y is %s but dy is %s", node->name, cln_shape_text(&y).chars,
                        cln_shape_text(&dy).chars);
    if (node->input_count == 4)
        CLN_TRY(cln_dropout_check(node, 2, y.dim[0]));
    return cln_node_output(node, 0, "dx", CLN_F32, y.rank, y.dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 3 * elems, .bytes = 12 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const struct cln_activation_dropout_attrs *attrs = node->attrs;
    const struct cln_tensor *y = cln_node_in(node, 0);
    const int lanes = vector ? cln_vector_lanes(lowering->caps) : 1;
    const size_t chunks = vector ? CLN_DROPOUT_CHUNKS : 1;
    const bool masked = needs_mask((enum cln_activation)attrs->kind);
    const size_t rows = y->dim[0], elems = cln_tensor_elems(y) / rows;
    struct cln_launch *launch = cln_emit(lowering, "dropout.cl", "activation_dropout_backward",
                                         "-DLANES=%d -DCHUNKS=%zu -DACTIVATION=%d -DMASKED=%d",
                                         lanes, chunks, attrs->kind, masked);
    cln_arg_read(launch, node->input[0]);
    cln_arg_read(launch, node->input[1]);
    cln_arg_read(launch, masked ? node->input[2] : CLN_NO_TENSOR);
    cln_arg_read(launch, masked ? node->input[3] : CLN_NO_TENSOR);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, rows);
    cln_arg_u32(launch, elems);
    cln_arg_u32(launch, attrs->dropout.stream);
    cln_arg_u32(launch, cln_dropout_threshold(attrs->dropout.rate));
    cln_arg_f32(launch, 1 / (1 - attrs->dropout.rate));
    cln_arg_f32(launch, 1 - attrs->dropout.rate);
    cln_dropout_grid(launch, rows, elems, lanes, chunks);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_fits_wide_cpu, lower)

const struct cln_op cln_op_activation_dropout_backward = {
    .name = "activation_dropout_backward",
    .help = "gradient of an activation and the dropout behind it, from its output",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_activation_dropout_attrs),
    .infer = infer,
    .cost = cost,
    .variants = variants,
};

enum cln_status cln_activation_dropout_backward_add(struct cln_graph *graph, const char *name,
                                                    enum cln_activation kind,
                                                    const struct cln_dropout_attrs *dropout,
                                                    const cln_tensor_id input[4],
                                                    cln_tensor_id *dz) {
    const struct cln_node_name part = cln_node_part_name(name, "activation_backward");
    const struct cln_activation_dropout_attrs attrs = {(int)kind, *dropout};
    struct cln_node *node;
    CLN_TRY(cln_graph_add(graph, &cln_op_activation_dropout_backward, part.chars, &attrs, input,
                          needs_mask(kind) ? 4 : 2, &node));
    *dz = node->output[0];
    return CLN_OK;
}
