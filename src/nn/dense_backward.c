/*
 * The gradient of dense: dx = dy w^T, dw = x^T dy, and the bias's, the sum of dy over its rows.
 * dy is the gradient before the activation.
 */
#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"

/* data: dy, w, dx */

static enum cln_status data_infer(struct cln_node *node) {
    const struct cln_tensor dy = *cln_node_in(node, 0), w = *cln_node_in(node, 1);
    struct cln_tensor like = dy;
    if (w.rank != 2 || dy.dim[dy.rank - 1] != w.dim[1])
        return CLN_FAIL(INTERNAL, "%s: weights are %s but the gradient is %s", node->name,
                        cln_shape_text(&w).chars, cln_shape_text(&dy).chars);
    like.dim[dy.rank - 1] = w.dim[0];
    return cln_node_adopt_output(node, &like);
}

static struct cln_gemm data_gemm(const struct cln_node *node) {
    const struct cln_tensor *w = cln_node_in(node, 1);
    return (struct cln_gemm){.m = cln_tensor_elems(cln_node_in(node, 0)) / w->dim[1],
                             .n = w->dim[0],
                             .k = w->dim[1],
                             .transpose_b = true,
                             .a = node->input[0],
                             .b = node->input[1],
                             .c = node->output[0],
                             .bias = CLN_NO_TENSOR};
}

static struct cln_cost data_cost(const struct cln_node *node) {
    const struct cln_gemm g = data_gemm(node);
    return cln_gemm_cost(g.m, g.n, g.k);
}

static enum cln_status data_lower(const struct cln_node *node, struct cln_lowering *lowering,
                                  enum cln_gemm_provider provider) {
    const struct cln_gemm g = data_gemm(node);
    cln_gemm_emit(lowering, provider, &g);
    return lowering->status;
}

CLN_GEMM_VARIANTS(data)

const struct cln_op cln_op_dense_backward_data = {
    .name = "dense_backward_data",
    .help = "gradient of dense with respect to its input",
    .kind = CLN_OP_INTERNAL,
    .infer = data_infer,
    .cost = data_cost,
    .variants = data_variants,
};

/* weights: x, dy, dw, or x, dy, db, dw; the outputs are dw, then db */

static enum cln_status weights_infer(struct cln_node *node) {
    const struct cln_tensor x = *cln_node_in(node, 0), dy = *cln_node_in(node, 1);
    const struct cln_tensor dw = {
        .dtype = CLN_F32, .rank = 2, .dim = {x.dim[x.rank - 1], dy.dim[dy.rank - 1]}};
    const struct cln_tensor db = {.dtype = CLN_F32, .rank = 1, .dim = {dw.dim[1]}};
    if (cln_tensor_elems(&x) / dw.dim[0] != cln_tensor_elems(&dy) / dw.dim[1])
        return CLN_FAIL(INTERNAL, "%s: the input is %s but the gradient is %s", node->name,
                        cln_shape_text(&x).chars, cln_shape_text(&dy).chars);
    CLN_TRY(cln_node_adopt_output(node, &dw));
    return node->input_count > 2 ? cln_node_adopt_output(node, &db) : CLN_OK;
}

static struct cln_gemm weights_gemm(const struct cln_node *node) {
    const struct cln_tensor *x = cln_node_in(node, 0), *dy = cln_node_in(node, 1);
    const size_t in = x->dim[x->rank - 1], out = dy->dim[dy->rank - 1];
    const bool has_bias = node->output_count > 1;
    return (struct cln_gemm){.m = in,
                             .n = out,
                             .k = cln_tensor_elems(x) / in,
                             .transpose_a = true,
                             .a = node->input[0],
                             .b = node->input[1],
                             .c = node->output[0],
                             .bias = CLN_NO_TENSOR,
                             .has_sums = has_bias,
                             .sums = has_bias ? node->output[1] : CLN_NO_TENSOR};
}

static struct cln_cost weights_cost(const struct cln_node *node) {
    const struct cln_gemm g = weights_gemm(node);
    return cln_gemm_cost(g.m, g.n, g.k);
}

static enum cln_status weights_lower(const struct cln_node *node, struct cln_lowering *lowering,
                                     enum cln_gemm_provider provider) {
    const struct cln_gemm g = weights_gemm(node);
    cln_gemm_emit(lowering, provider, &g);
    return lowering->status;
}

CLN_GEMM_VARIANTS(weights)

const struct cln_op cln_op_dense_backward_weights = {
    .name = "dense_backward_weights",
    .help = "gradient of dense with respect to its weights and bias",
    .kind = CLN_OP_INTERNAL,
    .infer = weights_infer,
    .cost = weights_cost,
    .variants = weights_variants,
};
