/*
 * max_pool2d and average_pool2d: (N, H, W, C) -> (N, OH, OW, C), and their gradients. A maximum
 * that occurs several times in a window passes its gradient to the first place, row by row.
 */
#include "nn/pool.h"

#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"
#include "nn/window.h"

static const struct cln_field fields[] = {
    {.key = "size",
     .type = CLN_FIELD_PAIR,
     .offset = offsetof(struct cln_pool_attrs, size),
     .bare = true,
     .number = 2,
     .min = 1,
     .max = 1024,
     .help = "height and width of the window"},
    {.key = "stride",
     .type = CLN_FIELD_PAIR,
     .offset = offsetof(struct cln_pool_attrs, stride),
     .number = 0,
     .min = 0,
     .max = 1024,
     .help = "steps between windows; 0: the window's size"},
    {.key = "padding",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_pool_attrs, padding),
     .number = CLN_PADDING_VALID,
     .choices = cln_padding_names,
     .help = "valid: windows inside of the image; same: ceil(input / stride) windows"},
};

struct geometry {
    size_t n, ih, iw, c, oh, ow, pt, pl;
    size_t kh, kw, sh, sw;
};

static enum cln_status geometry_of(const struct cln_node *node, const struct cln_tensor *image,
                                   struct geometry *g) {
    const struct cln_pool_attrs *a = node->attrs;
    if (image->rank != 4 || image->dtype != CLN_F32)
        return CLN_FAIL(CONFIG, "%s: wants images (N, H, W, C), not %s of shape %s", node->name,
                        image->name, cln_shape_text(image).chars);
    *g = (struct geometry){
        .n = image->dim[0],
        .ih = image->dim[1],
        .iw = image->dim[2],
        .c = image->dim[3],
        .kh = (size_t)a->size[0],
        .kw = (size_t)a->size[1],
        .sh = (size_t)(a->stride[0] ? a->stride[0] : a->size[0]),
        .sw = (size_t)(a->stride[1] ? a->stride[1] : a->size[1]),
    };
    struct cln_window h, w;
    CLN_TRY(cln_window_compute(node->name, g->ih, g->kh, g->sh, a->padding, &h));
    CLN_TRY(cln_window_compute(node->name, g->iw, g->kw, g->sw, a->padding, &w));
    g->oh = h.out, g->pt = h.before, g->ow = w.out, g->pl = w.before;
    return CLN_OK;
}

static bool is_wide_cpu(const struct cln_node *node, const struct cln_caps *caps) {
    return caps->is_cpu && cln_vector_width(caps, cln_node_in(node, 0)->dim[3]) > 1;
}

static bool windows_overlap(const struct geometry *g) {
    return g->kh > g->sh || g->kw > g->sw;
}

/* Emits the kernel over rows x cols pixels of each image; the tensors come first. */
static struct cln_launch *emit(struct cln_lowering *lowering, const char *kernel,
                               const struct geometry *g, bool through_relu, bool vector) {
    return cln_emit(lowering, "pool.cl", kernel,
                    "-DWIDTH=%d -DKH=%zu -DKW=%zu -DSH=%zu -DSW=%zu -DTHROUGH_RELU=%d",
                    vector ? cln_vector_width(lowering->caps, g->c) : 1, g->kh, g->kw, g->sh, g->sw,
                    through_relu);
}

static void finish(struct cln_launch *launch, const struct geometry *g, size_t rows, size_t cols,
                   bool vector) {
    const size_t numbers[] = {g->n, g->ih, g->iw, g->c, g->oh, g->ow, g->pt, g->pl};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        cln_arg_u32(launch, numbers[i]);
    if (vector)
        cln_grid(launch, 1, (size_t[]){g->n * rows}, (size_t[]){1});
    else
        cln_grid(launch, 1, (size_t[]){g->n * rows * cols * g->c}, NULL);
}

/* forward */

static enum cln_status infer(struct cln_node *node) {
    struct geometry g = {0};
    CLN_TRY(geometry_of(node, cln_node_in(node, 0), &g));
    const size_t dim[4] = {g.n, g.oh, g.ow, g.c};
    return cln_node_output(node, 0, "y", CLN_F32, 4, dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    const struct cln_pool_attrs *a = node->attrs;
    const double in = (double)cln_tensor_elems(cln_node_in(node, 0));
    const double out = (double)cln_tensor_elems(cln_node_out(node, 0));
    return (struct cln_cost){.flops = out * (double)(a->size[0] * a->size[1]),
                             .bytes = 4 * (in + out)};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    struct geometry g = {0};
    CLN_TRY(geometry_of(node, cln_node_in(node, 0), &g));
    const char *kernel = node->op == &cln_op_max_pool2d ? "max_pool2d" : "average_pool2d";
    struct cln_launch *launch = emit(lowering, kernel, &g, false, vector);
    cln_arg_read(launch, node->input[0]);
    cln_arg_write(launch, node->output[0]);
    finish(launch, &g, g.oh, g.ow, vector);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, is_wide_cpu, lower)

static enum cln_status build(struct cln_builder *builder, const struct cln_op *op,
                             const struct cln_pool_attrs *attrs) {
    struct cln_node *node;
    CLN_TRY(cln_graph_add(builder->graph, op, builder->layer_name, attrs, &builder->x, 1, &node));
    builder->x = node->output[0];
    return CLN_OK;
}

static enum cln_status build_max(struct cln_builder *builder, const void *attrs) {
    return build(builder, &cln_op_max_pool2d, attrs);
}

static enum cln_status build_average(struct cln_builder *builder, const void *attrs) {
    return build(builder, &cln_op_average_pool2d, attrs);
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const cln_tensor_id x = node.input[0], y = node.output[0], dy = graph->tensors[y].gradient;
    if (node.op == &cln_op_max_pool2d)
        return cln_node_input_gradient(graph, &node, "backward", &cln_op_max_pool2d_backward,
                                       node.attrs, (cln_tensor_id[]){x, y, dy}, 3);
    return cln_node_input_gradient(graph, &node, "backward", &cln_op_average_pool2d_backward,
                                   node.attrs, &dy, 1);
}

#define POOL_LAYER(op_name, build_function, help_text)                                             \
    const struct cln_op cln_op_##op_name = {                                                       \
        .name = #op_name,                                                                          \
        .help = help_text,                                                                         \
        .kind = CLN_OP_LAYER,                                                                      \
        .fields = fields,                                                                          \
        .field_count = sizeof fields / sizeof *fields,                                             \
        .attrs_bytes = sizeof(struct cln_pool_attrs),                                              \
        .infer = infer,                                                                            \
        .backward = backward,                                                                      \
        .cost = cost,                                                                              \
        .variants = variants,                                                                      \
        .build = build_function,                                                                   \
    }

POOL_LAYER(max_pool2d, build_max, "largest value of each window");
POOL_LAYER(average_pool2d, build_average, "mean of each window, padding not counted");

/* max backward: (x, y, dy, dx) */

static enum cln_status max_backward_infer(struct cln_node *node) {
    struct geometry g = {0};
    if (node->input_count != 4)
        return CLN_FAIL(INTERNAL, "%s: wants x, y, dy and dx", node->name);
    CLN_TRY(geometry_of(node, cln_node_in(node, 0), &g));
    const size_t elems = g.n * g.oh * g.ow * g.c;
    CLN_TRY(cln_node_check_elems(node, 1, "output", CLN_F32, elems));
    CLN_TRY(cln_node_check_elems(node, 2, "gradient", CLN_F32, elems));
    return cln_node_adopt_output(node, cln_node_in(node, 0));
}

static struct cln_cost max_backward_cost(const struct cln_node *node) {
    const struct cln_pool_attrs *a = node->attrs;
    const double in = (double)cln_tensor_elems(cln_node_in(node, 0));
    const double out = (double)cln_tensor_elems(cln_node_in(node, 1));
    return (struct cln_cost){.flops = out * (double)(a->size[0] * a->size[1]),
                             .bytes = 4 * (2 * in + 2 * out)};
}

static enum cln_status max_backward_lower(const struct cln_node *node,
                                          struct cln_lowering *lowering, bool vector, bool tiles) {
    const struct cln_pool_attrs *attrs = node->attrs;
    struct geometry g = {0};
    CLN_TRY(geometry_of(node, cln_node_in(node, 0), &g));
    struct cln_launch *launch =
        emit(lowering, tiles ? "max_pool2d_backward_tiles" : "max_pool2d_backward", &g,
             attrs->through_relu, vector);
    for (int i = 0; i < 3; i++)
        cln_arg_read(launch, node->input[i]);
    cln_arg_write(launch, node->output[0]);
    finish(launch, &g, tiles ? g.oh : g.ih, tiles ? g.ow : g.iw, vector);
    return lowering->status;
}

static bool is_tiled(const struct cln_node *node, const struct cln_caps *caps) {
    (void)caps;
    struct geometry g = {0};
    return geometry_of(node, cln_node_in(node, 0), &g) == CLN_OK && !windows_overlap(&g);
}

static bool is_tiled_wide_cpu(const struct cln_node *node, const struct cln_caps *caps) {
    return is_tiled(node, caps) && is_wide_cpu(node, caps);
}

static enum cln_status max_backward_tiles_vector(const struct cln_node *node,
                                                 struct cln_lowering *lowering) {
    return max_backward_lower(node, lowering, true, true);
}

static enum cln_status max_backward_vector(const struct cln_node *node,
                                           struct cln_lowering *lowering) {
    return max_backward_lower(node, lowering, true, false);
}

static enum cln_status max_backward_tiles(const struct cln_node *node,
                                          struct cln_lowering *lowering) {
    return max_backward_lower(node, lowering, false, true);
}

static enum cln_status max_backward_reference(const struct cln_node *node,
                                              struct cln_lowering *lowering) {
    return max_backward_lower(node, lowering, false, false);
}

static const struct cln_variant max_backward_variants[] = {
    {"cpu_vector_tiles", is_tiled_wide_cpu, max_backward_tiles_vector},
    {"cpu_vector", is_wide_cpu, max_backward_vector},
    {"tiles", is_tiled, max_backward_tiles},
    {"reference", NULL, max_backward_reference},
    {NULL, NULL, NULL},
};

/* The relu's output is the image that was pooled. */
static bool absorb_relu(struct cln_node *node, cln_tensor_id y) {
    if (node->input[0] != y)
        return false;
    ((struct cln_pool_attrs *)node->attrs)->through_relu = true;
    return true;
}

const struct cln_op cln_op_max_pool2d_backward = {
    .name = "max_pool2d_backward",
    .help = "gradient of max_pool2d, to the first maximum of each window",
    .kind = CLN_OP_INTERNAL,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct cln_pool_attrs),
    .infer = max_backward_infer,
    .cost = max_backward_cost,
    .variants = max_backward_variants,
    .absorb_relu = absorb_relu,
};

/* average backward: (dy, dx) */

static bool is_wide_cpu_out(const struct cln_node *node, const struct cln_caps *caps) {
    return caps->is_cpu && cln_vector_width(caps, cln_node_out(node, 0)->dim[3]) > 1;
}

static enum cln_status average_backward_infer(struct cln_node *node) {
    struct geometry g = {0};
    CLN_TRY(cln_node_adopt_output(node, cln_node_in(node, node->input_count - 1)));
    CLN_TRY(geometry_of(node, cln_node_out(node, 0), &g));
    if (cln_tensor_elems(cln_node_in(node, 0)) != g.n * g.oh * g.ow * g.c)
        return CLN_FAIL(INTERNAL, "%s: gradient of shape %s", node->name,
                        cln_shape_text(cln_node_in(node, 0)).chars);
    return CLN_OK;
}

static struct cln_cost average_backward_cost(const struct cln_node *node) {
    const struct cln_pool_attrs *a = node->attrs;
    const double in = (double)cln_tensor_elems(cln_node_in(node, 0));
    const double out = (double)cln_tensor_elems(cln_node_out(node, 0));
    return (struct cln_cost){.flops = in * (double)(a->size[0] * a->size[1]),
                             .bytes = 4 * (in + out)};
}

static enum cln_status average_backward_lower(const struct cln_node *node,
                                              struct cln_lowering *lowering, bool vector) {
    struct geometry g = {0};
    CLN_TRY(geometry_of(node, cln_node_out(node, 0), &g));
    struct cln_launch *launch = emit(lowering, "average_pool2d_backward", &g, false, vector);
    cln_arg_read(launch, node->input[0]);
    cln_arg_write(launch, node->output[0]);
    finish(launch, &g, g.ih, g.iw, vector);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(average_backward_variants, is_wide_cpu_out, average_backward_lower)

const struct cln_op cln_op_average_pool2d_backward = {
    .name = "average_pool2d_backward",
    .help = "gradient of average_pool2d, spread over each window",
    .kind = CLN_OP_INTERNAL,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct cln_pool_attrs),
    .infer = average_backward_infer,
    .cost = average_backward_cost,
    .variants = average_backward_variants,
};
