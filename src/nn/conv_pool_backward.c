/* The gradient of conv2d_pool with respect to its input, and to its weights and bias. */
#include "base/rng.h"
#include "graph/launch.h"
#include "nn/conv_pool.h"
#include "nn/conv_variant.h"
#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

static enum cln_status check_gradient(const struct cln_node *node, const struct cln_tensor *image,
                                      const struct cln_tensor *dy, const struct cln_tensor *place) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    struct cln_conv_pool c;
    CLN_TRY(cln_conv_shape(node->name, &attrs->conv, image, &c.shape));
    cln_conv_pool_start(&c, node->name, attrs, image);
    const size_t elems = c.shape.n * c.ph * c.pw * c.shape.co;
    if (cln_tensor_elems(dy) != elems || place->dtype != CLN_U8 || cln_tensor_elems(place) != elems)
        return CLN_FAIL(INTERNAL, "%s: the gradient is %s, not (%zu, %zu, %zu, %zu)", node->name,
                        cln_shape_text(dy).chars, c.shape.n, c.ph, c.pw, c.shape.co);
    return CLN_OK;
}

/* dz (n, oh, ow, co), the gradient before pooling and dropout, mostly zeros */
static cln_tensor_id emit_spreading(struct cln_lowering *l, const struct cln_conv_pool *c,
                                    bool rows) {
    const struct cln_conv_shape *s = &c->shape;
    const size_t elems = s->n * s->oh * s->ow * s->co;
    const cln_tensor_id dz = cln_scratch(l, "dz", CLN_F32, elems);
    struct cln_launch *launch = cln_emit(
        l, "conv_pool.cl", rows ? "spread_rows" : "spread_elements", CLN_CONV_POOL_OPTIONS,
        rows ? cln_vector_width(l->caps, s->co) : 1, s->oh, s->ow, s->co, c->pool_h, c->pool_w);
    cln_arg_read(launch, c->dy);
    cln_arg_read(launch, c->place);
    cln_arg_write(launch, dz);
    cln_arg_u32(launch, s->n);
    cln_arg_f32(launch, 1 / (1 - c->dropout.rate));
    if (rows)
        cln_grid(launch, 1, (size_t[]){s->n * c->ph}, (size_t[]){1});
    else
        cln_grid(launch, 1, &elems, NULL);
    cln_launch_cost(launch, 0, 4 * (double)elems + 5 * (double)(s->n * c->ph * c->pw * s->co));
    return dz;
}

/* Places as a trained net's: about half of the windows pass nothing on. */
static void example(const struct cln_node *node, int index, void *values) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    const struct cln_tensor *tensor = cln_node_in(node, index);
    const uint32_t area = (uint32_t)(attrs->pool[0] * attrs->pool[1]);
    for (size_t i = 0; tensor->dtype == CLN_U8 && i < cln_tensor_elems(tensor); i++) {
        const uint32_t word = cln_random_word(1, (uint32_t)i, 0, 0, 0);
        ((uint8_t *)values)[i] = (uint8_t)(word % 2 ? NO_PLACE : word / 2 % area);
    }
}

/* data: dy, place, w, [x,] dx, where dx has the shape of x */

static enum cln_status data_infer(struct cln_node *node) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    const struct cln_tensor dx = *cln_node_in(node, node->input_count - 1);
    struct cln_conv_shape s;
    if (node->input_count != 4 + attrs->through_relu)
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    CLN_TRY(check_gradient(node, &dx, cln_node_in(node, 0), cln_node_in(node, 1)));
    CLN_TRY(cln_conv_shape(node->name, &attrs->conv, &dx, &s));
    CLN_TRY(cln_node_check_elems(node, 2, "weights", CLN_F32, s.kh * s.kw * s.ci * s.co));
    if (attrs->through_relu)
        CLN_TRY(cln_node_check_elems(node, 3, "input", CLN_F32, cln_tensor_elems(&dx)));
    return cln_node_adopt_output(node, &dx);
}

static struct cln_conv_pool describe_data(const struct cln_node *node) {
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, node->attrs, cln_node_out(node, 0));
    c.dy = node->input[0];
    c.place = node->input[1];
    c.w = node->input[2];
    if (c.through_relu)
        c.x = node->input[3];
    c.dx = node->output[0];
    return c;
}

static struct cln_cost data_cost(const struct cln_node *node) {
    const struct cln_conv_pool c = describe_data(node);
    return cln_conv_cost(&c.shape);
}

/* One that spreads the gradient out, and the gradient of a convolution. */
static enum cln_status data_in_two(const struct cln_node *node, struct cln_lowering *l,
                                   void (*gradient)(struct cln_lowering *l,
                                                    const struct cln_conv_gradient *g),
                                   bool vectors) {
    const struct cln_conv_pool c = describe_data(node);
    const struct cln_conv_gradient g = {.shape = c.shape,
                                        .x = c.x,
                                        .w = c.w,
                                        .dy = emit_spreading(l, &c, vectors),
                                        .dx = c.dx,
                                        .through_relu = c.through_relu};
    gradient(l, &g);
    return l->status;
}

static enum cln_status data_reference(const struct cln_node *node, struct cln_lowering *l) {
    return data_in_two(node, l, cln_conv_reference_data, false);
}

static enum cln_status data_gpu(const struct cln_node *node, struct cln_lowering *l) {
    return data_in_two(node, l, cln_conv_gpu_data, false);
}

static enum cln_status data_cpu(const struct cln_node *node, struct cln_lowering *l) {
    return data_in_two(node, l, cln_conv_cpu_data, true);
}

static enum cln_status data_winograd(const struct cln_node *node, struct cln_lowering *l) {
    return data_in_two(node, l, cln_conv_winograd_data, true);
}

static struct cln_conv_shape data_shape(const struct cln_node *node) {
    return describe_data(node).shape;
}

CLN_CONV_FITS(data_fits_winograd, data_shape, cln_conv_winograd_fits, 4)
CLN_CONV_FITS(data_fits_winograd2, data_shape, cln_conv_winograd_fits, 2)

static bool data_may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_shape s = data_shape(node), dx = cln_conv_transposed(&s);
    return cln_conv_may_win(variant, &dx);
}

static enum cln_status data_winograd2(const struct cln_node *node, struct cln_lowering *l) {
    return data_in_two(node, l, cln_conv_winograd2_data, true);
}

static bool data_fits_sparse(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pool c = describe_data(node);
    return cln_conv_pool_sparse_fits_data(&c, caps);
}

CLN_CONV_LOWER(data_sparse, struct cln_conv_pool, describe_data, cln_conv_pool_sparse_data)

static const struct cln_variant data_variants[] = {
    {"cpu_sparse", data_fits_sparse, data_sparse},
    {"cpu_winograd", data_fits_winograd, data_winograd},
    {"cpu_winograd2", data_fits_winograd2, data_winograd2},
    {"cpu_vector", cln_gemm_fits_cpu, data_cpu},
    {"gpu_local", cln_gemm_fits_gpu, data_gpu},
    {"reference", NULL, data_reference},
    {NULL, NULL, NULL},
};

/* y is the input of the convolution whose gradient the node computes. */
static bool absorb_relu(struct cln_node *node, cln_tensor_id y) {
    struct cln_conv_pool_attrs *attrs = node->attrs;
    if (attrs->through_relu)
        return false;
    attrs->through_relu = true;
    node->input[node->input_count++] = y;
    return true;
}

const struct cln_op cln_op_conv2d_pool_backward_data = {
    .name = "conv2d_pool_backward_data",
    .help = "gradient of conv2d_pool with respect to its input",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_conv_pool_attrs),
    .infer = data_infer,
    .cost = data_cost,
    .variants = data_variants,
    .may_win = data_may_win,
    .example = example,
    .absorb_relu = absorb_relu,
};

/* weights: x, dy, place, dw, or x, dy, place, db, dw; the outputs are dw, then db */

static enum cln_status weights_infer(struct cln_node *node) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    struct cln_conv_shape s;
    CLN_TRY(check_gradient(node, cln_node_in(node, 0), cln_node_in(node, 1), cln_node_in(node, 2)));
    CLN_TRY(cln_conv_shape(node->name, &attrs->conv, cln_node_in(node, 0), &s));
    const struct cln_tensor dw = {.dtype = CLN_F32, .rank = 4, .dim = {s.kh, s.kw, s.ci, s.co}};
    const struct cln_tensor db = {.dtype = CLN_F32, .rank = 1, .dim = {s.co}};
    CLN_TRY(cln_node_adopt_output(node, &dw));
    return node->input_count > 3 ? cln_node_adopt_output(node, &db) : CLN_OK;
}

static struct cln_conv_pool describe_weights(const struct cln_node *node) {
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, node->attrs, cln_node_in(node, 0));
    c.x = node->input[0];
    c.dy = node->input[1];
    c.place = node->input[2];
    c.dw = node->output[0];
    if (node->output_count > 1)
        c.db = node->output[1];
    return c;
}

static struct cln_cost weights_cost(const struct cln_node *node) {
    const struct cln_conv_pool c = describe_weights(node);
    return cln_conv_cost(&c.shape);
}

static enum cln_status weights_in_two(const struct cln_node *node, struct cln_lowering *l,
                                      void (*gradient)(struct cln_lowering *l,
                                                       const struct cln_conv_gradient *g),
                                      bool vectors) {
    const struct cln_conv_pool c = describe_weights(node);
    const struct cln_conv_gradient g = {
        .shape = c.shape, .x = c.x, .dy = emit_spreading(l, &c, vectors), .dw = c.dw, .db = c.db};
    gradient(l, &g);
    return l->status;
}

static enum cln_status weights_reference(const struct cln_node *node, struct cln_lowering *l) {
    return weights_in_two(node, l, cln_conv_reference_weights, false);
}

static enum cln_status weights_gpu(const struct cln_node *node, struct cln_lowering *l) {
    return weights_in_two(node, l, cln_conv_gpu_weights, false);
}

static enum cln_status weights_cpu(const struct cln_node *node, struct cln_lowering *l) {
    return weights_in_two(node, l, cln_conv_cpu_weights, true);
}

static enum cln_status weights_winograd(const struct cln_node *node, struct cln_lowering *l) {
    return weights_in_two(node, l, cln_conv_winograd_weights, true);
}

static struct cln_conv_shape weights_shape(const struct cln_node *node) {
    return describe_weights(node).shape;
}

CLN_CONV_FITS(weights_fits_winograd, weights_shape, cln_conv_winograd_fits_weights, 4)
CLN_CONV_FITS(weights_fits_winograd2, weights_shape, cln_conv_winograd_fits_weights, 2)

static bool weights_may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_shape s = weights_shape(node);
    return cln_conv_may_win(variant, &s);
}

static enum cln_status weights_winograd2(const struct cln_node *node, struct cln_lowering *l) {
    return weights_in_two(node, l, cln_conv_winograd2_weights, true);
}

static bool weights_fits_sparse(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pool c = describe_weights(node);
    return cln_conv_pool_sparse_fits_weights(&c, caps);
}

CLN_CONV_LOWER(weights_sparse, struct cln_conv_pool, describe_weights, cln_conv_pool_sparse_weights)

static const struct cln_variant weights_variants[] = {
    {"cpu_sparse", weights_fits_sparse, weights_sparse},
    {"cpu_winograd", weights_fits_winograd, weights_winograd},
    {"cpu_winograd2", weights_fits_winograd2, weights_winograd2},
    {"cpu_vector", cln_gemm_fits_cpu, weights_cpu},
    {"gpu_local", cln_gemm_fits_gpu, weights_gpu},
    {"reference", NULL, weights_reference},
    {NULL, NULL, NULL},
};

const struct cln_op cln_op_conv2d_pool_backward_weights = {
    .name = "conv2d_pool_backward_weights",
    .help = "gradient of conv2d_pool with respect to its weights and bias",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_conv_pool_attrs),
    .infer = weights_infer,
    .cost = weights_cost,
    .variants = weights_variants,
    .may_win = weights_may_win,
    .example = example,
};
