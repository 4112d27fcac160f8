/* The gradient of conv2d with respect to its input, and to its weights and bias. */
#include "nn/conv_variant.h"
#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"

/* data: dy, w, [x,] dx, where dx has the shape of x */

static enum cln_status data_infer(struct cln_node *node) {
    const struct cln_conv_attrs *attrs = node->attrs;
    struct cln_conv_shape s;
    if (node->input_count != 3 + attrs->through_relu)
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    CLN_TRY(cln_conv_shape(node->name, node->attrs, cln_node_in(node, node->input_count - 1), &s));
    const struct cln_tensor dy = *cln_node_in(node, 0);
    if (cln_tensor_elems(&dy) != s.n * s.oh * s.ow * s.co)
        return CLN_FAIL(INTERNAL, "%s: the gradient is %s, not (%zu, %zu, %zu, %zu)", node->name,
                        cln_shape_text(&dy).chars, s.n, s.oh, s.ow, s.co);
    CLN_TRY(cln_node_check_elems(node, 1, "weights", CLN_F32, s.kh * s.kw * s.ci * s.co));
    if (attrs->through_relu)
        CLN_TRY(cln_node_check_elems(node, 2, "input", CLN_F32, s.n * s.ih * s.iw * s.ci));
    return cln_node_adopt_output(node, cln_node_in(node, node->input_count - 1));
}

static struct cln_conv_gradient data_of(const struct cln_node *node) {
    const struct cln_conv_attrs *attrs = node->attrs;
    struct cln_conv_gradient g = {.dy = node->input[0],
                                  .w = node->input[1],
                                  .x = node->input[2],
                                  .dx = node->output[0],
                                  .through_relu = attrs->through_relu};
    (void)cln_conv_shape(node->name, node->attrs, cln_node_out(node, 0), &g.shape);
    return g;
}

static struct cln_cost data_cost(const struct cln_node *node) {
    const struct cln_conv_gradient g = data_of(node);
    return cln_conv_cost(&g.shape);
}

static struct cln_conv_shape data_shape(const struct cln_node *node) {
    return data_of(node).shape;
}

static bool data_may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_shape s = data_shape(node), dx = cln_conv_transposed(&s);
    return cln_conv_may_win(variant, &dx);
}

CLN_CONV_FITS(data_fits_winograd, data_shape, cln_conv_winograd_fits, 4)
CLN_CONV_FITS(data_fits_winograd2, data_shape, cln_conv_winograd_fits, 2)
CLN_CONV_LOWER(data_winograd, struct cln_conv_gradient, data_of, cln_conv_winograd_data)
CLN_CONV_LOWER(data_winograd2, struct cln_conv_gradient, data_of, cln_conv_winograd2_data)
CLN_CONV_LOWER(data_cpu, struct cln_conv_gradient, data_of, cln_conv_cpu_data)
CLN_CONV_LOWER(data_gpu, struct cln_conv_gradient, data_of, cln_conv_gpu_data)
CLN_CONV_LOWER(data_reference, struct cln_conv_gradient, data_of, cln_conv_reference_data)

static const struct cln_variant data_variants[] = {
    {"cpu_winograd", data_fits_winograd, data_winograd},
    {"cpu_winograd2", data_fits_winograd2, data_winograd2},
    {"cpu_vector", cln_gemm_fits_cpu, data_cpu},
    {"gpu_local", cln_gemm_fits_gpu, data_gpu},
    {"reference", NULL, data_reference},
    {NULL, NULL, NULL},
};

/* y is the input of the convolution whose gradient the node computes. */
static bool absorb_relu(struct cln_node *node, cln_tensor_id y) {
    struct cln_conv_attrs *attrs = node->attrs;
    if (attrs->through_relu)
        return false;
    attrs->through_relu = true;
    node->input[node->input_count++] = y;
    return true;
}

const struct cln_op cln_op_conv2d_backward_data = {
    .name = "conv2d_backward_data",
    .help = "gradient of conv2d with respect to its input",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_conv_attrs),
    .infer = data_infer,
    .cost = data_cost,
    .variants = data_variants,
    .may_win = data_may_win,
    .absorb_relu = absorb_relu,
};

/* weights: x, dy, dw, or x, dy, db, dw; the outputs are dw, then db */

static enum cln_status weights_infer(struct cln_node *node) {
    struct cln_conv_shape s;
    CLN_TRY(cln_conv_shape(node->name, node->attrs, cln_node_in(node, 0), &s));
    const struct cln_tensor dy = *cln_node_in(node, 1);
    if (cln_tensor_elems(&dy) != s.n * s.oh * s.ow * s.co)
        return CLN_FAIL(INTERNAL, "%s: the gradient is %s, not (%zu, %zu, %zu, %zu)", node->name,
                        cln_shape_text(&dy).chars, s.n, s.oh, s.ow, s.co);
    const struct cln_tensor dw = {.dtype = CLN_F32, .rank = 4, .dim = {s.kh, s.kw, s.ci, s.co}};
    const struct cln_tensor db = {.dtype = CLN_F32, .rank = 1, .dim = {s.co}};
    CLN_TRY(cln_node_adopt_output(node, &dw));
    return node->input_count > 2 ? cln_node_adopt_output(node, &db) : CLN_OK;
}

static struct cln_conv_gradient weights_of(const struct cln_node *node) {
    struct cln_conv_gradient g = {
        .x = node->input[0],
        .dy = node->input[1],
        .dw = node->output[0],
        .db = node->output_count > 1 ? node->output[1] : CLN_NO_TENSOR,
    };
    (void)cln_conv_shape(node->name, node->attrs, cln_node_in(node, 0), &g.shape);
    return g;
}

static struct cln_cost weights_cost(const struct cln_node *node) {
    const struct cln_conv_gradient g = weights_of(node);
    return cln_conv_cost(&g.shape);
}

static struct cln_conv_shape weights_shape(const struct cln_node *node) {
    return weights_of(node).shape;
}

static bool weights_may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_shape s = weights_shape(node);
    return cln_conv_may_win(variant, &s);
}

CLN_CONV_FITS(weights_fits_winograd, weights_shape, cln_conv_winograd_fits_weights, 4)
CLN_CONV_FITS(weights_fits_winograd2, weights_shape, cln_conv_winograd_fits_weights, 2)
CLN_CONV_LOWER(weights_winograd, struct cln_conv_gradient, weights_of, cln_conv_winograd_weights)
CLN_CONV_LOWER(weights_winograd2, struct cln_conv_gradient, weights_of, cln_conv_winograd2_weights)
CLN_CONV_LOWER(weights_cpu, struct cln_conv_gradient, weights_of, cln_conv_cpu_weights)
CLN_CONV_LOWER(weights_gpu, struct cln_conv_gradient, weights_of, cln_conv_gpu_weights)
CLN_CONV_LOWER(weights_reference, struct cln_conv_gradient, weights_of, cln_conv_reference_weights)

static const struct cln_variant weights_variants[] = {
    {"cpu_winograd", weights_fits_winograd, weights_winograd},
    {"cpu_winograd2", weights_fits_winograd2, weights_winograd2},
    {"cpu_vector", cln_gemm_fits_cpu, weights_cpu},
    {"gpu_local", cln_gemm_fits_gpu, weights_gpu},
    {"reference", NULL, weights_reference},
    {NULL, NULL, NULL},
};

const struct cln_op cln_op_conv2d_backward_weights = {
    .name = "conv2d_backward_weights",
    .help = "gradient of conv2d with respect to its weights and bias",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_conv_attrs),
    .infer = weights_infer,
    .cost = weights_cost,
    .variants = weights_variants,
    .may_win = weights_may_win,
};
