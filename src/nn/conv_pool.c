#include "nn/conv_pool.h"

#include "graph/launch.h"
#include "nn/conv_variant.h"
#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"
#include "nn/weighted.h"

/* x, w, [b], [samples, control] -> y, [place] */

bool cln_conv_pool_shape(const struct cln_conv_shape *s, const int64_t pool[2]) {
    return pool[0] >= 1 && pool[1] >= 1 && pool[0] * pool[1] <= NO_PLACE &&
           (size_t)pool[0] <= s->oh && (size_t)pool[1] <= s->ow;
}

void cln_conv_pool_start(struct cln_conv_pool *c, const char *name,
                         const struct cln_conv_pool_attrs *attrs, const struct cln_tensor *x) {
    enum { NONE = CLN_NO_TENSOR };
    *c = (struct cln_conv_pool){.pool_h = (size_t)attrs->pool[0],
                                .pool_w = (size_t)attrs->pool[1],
                                .activation = (enum cln_activation)attrs->conv.activation,
                                .dropout = attrs->dropout,
                                .through_relu = attrs->through_relu,
                                .x = NONE,
                                .w = NONE,
                                .bias = NONE,
                                .y = NONE,
                                .place = NONE,
                                .samples = NONE,
                                .control = NONE,
                                .dy = NONE,
                                .dx = NONE,
                                .dw = NONE,
                                .db = NONE};
    (void)cln_conv_shape(name, &attrs->conv, x, &c->shape);
    c->ph = c->shape.oh / c->pool_h, c->pw = c->shape.ow / c->pool_w;
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    const bool drops = attrs->dropout.rate > 0;
    struct cln_conv_shape s;
    if (node->input_count != 2 + attrs->conv.use_bias + 2 * drops)
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    CLN_TRY(cln_conv_shape(node->name, &attrs->conv, cln_node_in(node, 0), &s));
    CLN_TRY(cln_conv_check_weights(node, 1, &attrs->conv, &s));
    if (drops)
        CLN_TRY(cln_dropout_check(node, 2 + attrs->conv.use_bias, s.n));
    if (attrs->conv.activation != CLN_ACTIVATION_NONE &&
        attrs->conv.activation != CLN_ACTIVATION_RELU)
        return CLN_FAIL(INTERNAL, "%s: its activation is neither none nor relu", node->name);
    if (!cln_conv_pool_shape(&s, attrs->pool))
        return CLN_FAIL(INTERNAL, "%s: windows of %d x %d do not fit an image of %zu x %zu",
                        node->name, (int)attrs->pool[0], (int)attrs->pool[1], s.oh, s.ow);
    const size_t dim[] = {s.n, s.oh / (size_t)attrs->pool[0], s.ow / (size_t)attrs->pool[1], s.co};
    CLN_TRY(cln_node_output(node, 0, "y", CLN_F32, 4, dim));
    return attrs->keep_places ? cln_node_output(node, 1, "place", CLN_U8, 4, dim) : CLN_OK;
}

/* infer() has been here before, so the shape is known to be right */
static struct cln_conv_pool describe(const struct cln_node *node) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    const int more = 2 + attrs->conv.use_bias;
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, attrs, cln_node_in(node, 0));
    c.x = node->input[0];
    c.w = node->input[1];
    c.y = node->output[0];
    if (attrs->conv.use_bias)
        c.bias = node->input[2];
    if (attrs->dropout.rate > 0)
        c.samples = node->input[more], c.control = node->input[more + 1];
    if (attrs->keep_places)
        c.place = node->output[1];
    return c;
}

struct cln_cost cln_conv_pool_cost(const struct cln_conv_pool *c) {
    const struct cln_conv_shape *s = &c->shape;
    struct cln_cost cost = cln_conv_cost(s);
    cost.bytes -= 4 * (double)(s->n * s->co) * ((double)(s->oh * s->ow) - (double)(c->ph * c->pw));
    return cost;
}

static struct cln_cost cost(const struct cln_node *node) {
    const struct cln_conv_pool c = describe(node);
    return cln_conv_pool_cost(&c);
}

/* Pools z, the convolution with its activation. */
static void emit_pooling(struct cln_lowering *l, const struct cln_conv_pool *c, cln_tensor_id z,
                         bool rows) {
    const struct cln_conv_shape *s = &c->shape;
    const bool drops = c->dropout.rate > 0, places = c->place != CLN_NO_TENSOR;
    struct cln_launch *launch =
        cln_emit(l, "conv_pool.cl", rows ? "pool_rows" : "pool_elements",
                 CLN_CONV_POOL_OPTIONS " -DACTIVATION=%d -DPLACES=%d -DDROPOUT=%d",
                 rows ? cln_vector_width(l->caps, s->co) : 1, s->oh, s->ow, s->co, c->pool_h,
                 c->pool_w, c->activation, places, drops);
    cln_arg_read(launch, z);
    cln_arg_write(launch, c->y);
    cln_arg_write(launch, c->place);
    cln_arg_u32(launch, s->n);
    cln_arg_read(launch, c->samples);
    cln_arg_read(launch, c->control);
    cln_arg_u32(launch, c->dropout.stream);
    cln_arg_u32(launch, cln_dropout_threshold(c->dropout.rate));
    cln_arg_f32(launch, 1 / (1 - c->dropout.rate));
    const size_t outputs = s->n * c->ph * c->pw * s->co;
    if (rows)
        cln_grid(launch, 1, (size_t[]){s->n * c->ph}, (size_t[]){1});
    else
        cln_grid(launch, 1, &outputs, NULL);
    cln_launch_cost(launch, (double)(outputs * c->pool_h * c->pool_w),
                    4 * (double)(s->n * s->oh * s->ow * s->co) + (4 + places) * (double)outputs);
}

void cln_conv_pool_in_two(struct cln_lowering *l, const struct cln_conv_pool *c,
                          void (*convolve)(struct cln_lowering *l, const struct cln_conv *c),
                          bool rows) {
    const struct cln_conv_shape *s = &c->shape;
    const cln_tensor_id z = cln_scratch(l, "z", CLN_F32, s->n * s->oh * s->ow * s->co);
    const struct cln_conv conv = {
        .shape = *s, .x = c->x, .w = c->w, .bias = c->bias, .y = z, .activation = c->activation};
    convolve(l, &conv);
    emit_pooling(l, c, z, rows);
}

static enum cln_status
lower_in_two(const struct cln_node *node, struct cln_lowering *l,
             void (*convolve)(struct cln_lowering *l, const struct cln_conv *c), bool rows) {
    const struct cln_conv_pool c = describe(node);
    cln_conv_pool_in_two(l, &c, convolve, rows);
    return l->status;
}

static enum cln_status lower_reference(const struct cln_node *node, struct cln_lowering *l) {
    return lower_in_two(node, l, cln_conv_reference, false);
}

static enum cln_status lower_gpu(const struct cln_node *node, struct cln_lowering *l) {
    return lower_in_two(node, l, cln_conv_gpu, false);
}

static enum cln_status lower_cpu(const struct cln_node *node, struct cln_lowering *l) {
    return lower_in_two(node, l, cln_conv_cpu, true);
}

static bool fits_winograd(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pool c = describe(node);
    return cln_conv_pool_winograd_fits(&c, caps, 4);
}

static enum cln_status lower_winograd(const struct cln_node *node, struct cln_lowering *l) {
    const struct cln_conv_pool c = describe(node);
    cln_conv_pool_winograd(l, &c, 4);
    return l->status;
}

static bool fits_winograd2(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_conv_pool c = describe(node);
    return cln_conv_pool_winograd_fits(&c, caps, 2);
}

static struct cln_conv_shape shape_of(const struct cln_node *node) {
    return describe(node).shape;
}

static bool may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_shape s = shape_of(node);
    return cln_conv_may_win(variant, &s);
}

static enum cln_status lower_winograd2(const struct cln_node *node, struct cln_lowering *l) {
    const struct cln_conv_pool c = describe(node);
    cln_conv_pool_winograd(l, &c, 2);
    return l->status;
}

CLN_CONV_FITS(fits_winograd_in_two, shape_of, cln_conv_winograd_fits, 4)

static enum cln_status lower_winograd_in_two(const struct cln_node *node, struct cln_lowering *l) {
    return lower_in_two(node, l, cln_conv_winograd, true);
}

static const struct cln_variant variants[] = {
    {"cpu_winograd", fits_winograd, lower_winograd},
    {"cpu_winograd_in_two", fits_winograd_in_two, lower_winograd_in_two},
    {"cpu_winograd2", fits_winograd2, lower_winograd2},
    {"cpu_vector", cln_gemm_fits_cpu, lower_cpu},
    {"gpu_local", cln_gemm_fits_gpu, lower_gpu},
    {"reference", NULL, lower_reference},
    {NULL, NULL, NULL},
};

/* Has the node keep the places, which only a gradient asks for. */
static enum cln_status keep_places(struct cln_node *node) {
    struct cln_conv_pool_attrs *attrs = node->attrs;
    if (attrs->keep_places)
        return CLN_OK;
    attrs->keep_places = true;
    const struct cln_tensor y = *cln_node_out(node, 0);
    return cln_node_output(node, 1, "place", CLN_U8, y.rank, y.dim);
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    CLN_TRY(keep_places(&graph->nodes[node_index]));
    const struct cln_node node = graph->nodes[node_index];
    const struct cln_conv_pool_attrs *attrs = node.attrs;
    const cln_tensor_id dy = graph->tensors[node.output[0]].gradient, place = node.output[1];
    return cln_weighted_backward(graph, &node, &cln_op_conv2d_pool_backward_weights,
                                 &cln_op_conv2d_pool_backward_data, attrs->conv.use_bias,
                                 (cln_tensor_id[]){dy, place}, 2);
}

const struct cln_op cln_op_conv2d_pool = {
    .name = "conv2d_pool",
    .help = "conv2d, max_pool2d and dropout in one",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_conv_pool_attrs),
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .variants = variants,
    .may_win = may_win,
};
