#include "nn/conv_pair.h"

#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"

/* x, w, [b] of the first, w, [b] of the second -> y */

/* The tensor between the two, as far as its shape goes. */
static struct cln_tensor middle(const struct cln_conv_shape *first) {
    return (struct cln_tensor){.name = "first",
                               .dtype = CLN_F32,
                               .rank = 4,
                               .dim = {first->n, first->oh, first->ow, first->co}};
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_conv_pair_attrs *attrs = node->attrs;
    const int second = 2 + attrs->first.use_bias;
    struct cln_conv_shape f, s;
    if (node->input_count != second + 1 + attrs->second.conv.use_bias)
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    CLN_TRY(cln_conv_shape(node->name, &attrs->first, cln_node_in(node, 0), &f));
    CLN_TRY(cln_conv_check_weights(node, 1, &attrs->first, &f));
    const struct cln_tensor x = middle(&f);
    CLN_TRY(cln_conv_shape(node->name, &attrs->second.conv, &x, &s));
    CLN_TRY(cln_conv_check_weights(node, second, &attrs->second.conv, &s));
    if (attrs->second.keep_places || attrs->second.dropout.rate > 0 ||
        (attrs->second.conv.activation != CLN_ACTIVATION_NONE &&
         attrs->second.conv.activation != CLN_ACTIVATION_RELU) ||
        !cln_conv_pool_shape(&s, attrs->second.pool))
        return CLN_FAIL(INTERNAL, "%s: is not for evaluation", node->name);
    const size_t dim[] = {s.n, s.oh / (size_t)attrs->second.pool[0],
                          s.ow / (size_t)attrs->second.pool[1], s.co};
    return cln_node_output(node, 0, "y", CLN_F32, 4, dim);
}

/* infer() has been here before, so the shapes are known to be right */
static struct cln_conv_pair describe(const struct cln_node *node) {
    const struct cln_conv_pair_attrs *attrs = node->attrs;
    const int second = 2 + attrs->first.use_bias;
    struct cln_conv_pair p = {
        .first = {.x = node->input[0],
                  .w = node->input[1],
                  .bias = attrs->first.use_bias ? node->input[2] : CLN_NO_TENSOR,
                  .y = CLN_NO_TENSOR,
                  .activation = (enum cln_activation)attrs->first.activation}};
    (void)cln_conv_shape(node->name, &attrs->first, cln_node_in(node, 0), &p.first.shape);
    const struct cln_tensor x = middle(&p.first.shape);
    cln_conv_pool_start(&p.second, node->name, &attrs->second, &x);
    p.second.w = node->input[second];
    p.second.y = node->output[0];
    if (attrs->second.conv.use_bias)
        p.second.bias = node->input[second + 1];
    return p;
}

struct cln_cost cln_conv_pair_cost(const struct cln_conv_pair *p) {
    const struct cln_conv_shape *f = &p->first.shape;
    const struct cln_cost first = cln_conv_cost(f);
    struct cln_cost cost = cln_conv_pool_cost(&p->second);
    cost.flops += first.flops;
    cost.bytes += first.bytes - 8 * (double)(f->n * f->oh * f->ow * f->co);
    return cost;
}

static struct cln_cost cost(const struct cln_node *node) {
    const struct cln_conv_pair p = describe(node);
    return cln_conv_pair_cost(&p);
}

typedef void convolve(struct cln_lowering *l, const struct cln_conv *c);

/* The first one by itself; the second then reads what it wrote. */
static struct cln_conv_pool store_first(const struct cln_node *node, struct cln_lowering *l,
                                        convolve *by) {
    struct cln_conv_pair p = describe(node);
    const struct cln_conv_shape *f = &p.first.shape;
    p.first.y = p.second.x = cln_scratch(l, "first", CLN_F32, f->n * f->oh * f->ow * f->co);
    by(l, &p.first);
    return p.second;
}

static bool fits_pair(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pair p = describe(node);
    return cln_conv_pair_winograd_fits(&p, caps, 4);
}

static enum cln_status lower_pair(const struct cln_node *node, struct cln_lowering *l) {
    const struct cln_conv_pair p = describe(node);
    cln_conv_pair_winograd(l, &p, 4);
    return l->status;
}

static bool fits_pair2(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pair p = describe(node);
    return cln_conv_pair_winograd_fits(&p, caps, 2);
}

static enum cln_status lower_pair2(const struct cln_node *node, struct cln_lowering *l) {
    const struct cln_conv_pair p = describe(node);
    cln_conv_pair_winograd(l, &p, 2);
    return l->status;
}

static bool fits_apart(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pair p = describe(node);
    return cln_conv_pool_winograd_fits(&p.second, caps, 4);
}

static enum cln_status lower_apart(const struct cln_node *node, struct cln_lowering *l) {
    const struct cln_conv_pool second = store_first(node, l, cln_conv_cpu);
    cln_conv_pool_winograd(l, &second, 4);
    return l->status;
}

static enum cln_status lower_apart_in_two(const struct cln_node *node, struct cln_lowering *l,
                                          convolve *by, bool rows) {
    const struct cln_conv_pool second = store_first(node, l, by);
    cln_conv_pool_in_two(l, &second, by, rows);
    return l->status;
}

static enum cln_status lower_cpu(const struct cln_node *node, struct cln_lowering *l) {
    return lower_apart_in_two(node, l, cln_conv_cpu, true);
}

static enum cln_status lower_gpu(const struct cln_node *node, struct cln_lowering *l) {
    return lower_apart_in_two(node, l, cln_conv_gpu, false);
}

static enum cln_status lower_reference(const struct cln_node *node, struct cln_lowering *l) {
    return lower_apart_in_two(node, l, cln_conv_reference, false);
}

static bool may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_pair p = describe(node);
    return cln_conv_may_win(variant, &p.second.shape);
}

static const struct cln_variant variants[] = {
    {"cpu_winograd", fits_pair, lower_pair},
    {"cpu_winograd_apart", fits_apart, lower_apart},
    {"cpu_winograd2", fits_pair2, lower_pair2},
    {"cpu_vector", cln_gemm_fits_cpu, lower_cpu},
    {"gpu_local", cln_gemm_fits_gpu, lower_gpu},
    {"reference", NULL, lower_reference},
    {NULL, NULL, NULL},
};

const struct cln_op cln_op_conv2d_pool_pair = {
    .name = "conv2d_pool_pair",
    .help = "conv2d, and the conv2d and max_pool2d that alone read it",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_conv_pair_attrs),
    .infer = infer,
    .cost = cost,
    .variants = variants,
    .may_win = may_win,
};
