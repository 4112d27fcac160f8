/*
 * batch_norm: normalises each channel (the last dimension) to mean beta and deviation gamma, as
 * Keras does: by the batch's own mean and (biased) variance in training, by moving ones in
 * evaluation.
 *
 * Training:   (x, gamma, beta, moving_mean, moving_variance) -> y, mean (C), inverse deviation (C)
 * Evaluation: (x, gamma, beta, moving_mean, moving_variance) -> y
 * Gradient:   (x, dy, gamma, mean, inverse [, dgamma, dbeta [, dx]])
 */
#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

struct attrs {
    double momentum; /* of the moving mean and variance */
    double epsilon;  /* added to the variance */
};

static const struct cln_field fields[] = {
    {.key = "momentum",
     .type = CLN_FIELD_FLOAT,
     .offset = offsetof(struct attrs, momentum),
     .number = 0.99,
     .min = 0,
     .max = 1,
     .below_max = true,
     .help = "how much of the moving mean and variance a step keeps"},
    {.key = "epsilon",
     .type = CLN_FIELD_FLOAT,
     .offset = offsetof(struct attrs, epsilon),
     .number = 1e-3,
     .min = 0,
     .max = 1,
     .above_min = true,
     .help = "added to the variance, so that nothing is divided by zero"},
};

#define PROGRAM   "batch_norm.cl"
#define MAX_PARTS 64 /* of the rows, each summed by one work-item per vector of channels */

struct shape {
    size_t rows, c, parts;
    int width;
};

static struct shape shape_of(const struct cln_node *node, const struct cln_caps *caps,
                             bool vector) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    const size_t c = x->dim[x->rank - 1], rows = cln_tensor_elems(x) / c;
    return (struct shape){rows, c, rows < MAX_PARTS ? rows : MAX_PARTS,
                          vector ? cln_vector_width_dividing(caps, c) : 1};
}

static struct cln_launch *emit(struct cln_lowering *lowering, const char *kernel,
                               const struct shape *s) {
    return cln_emit(lowering, PROGRAM, kernel, "-DWIDTH=%d -DPARTS=%zu", s->width, s->parts);
}

/* A launch over parts of the rows, which with vectors takes all channels in a work-item; flops and
 * bytes are those of one element of x. */
static void finish_tiles(struct cln_launch *launch, const struct shape *s, int flops, int bytes) {
    const double elems = (double)(s->rows * s->c);
    cln_arg_u32(launch, s->rows);
    cln_arg_u32(launch, s->c);
    cln_launch_cost(launch, flops * elems, bytes * elems);
    if (s->width > 1)
        cln_grid(launch, 1, &s->parts, (size_t[]){1});
    else
        cln_grid(launch, 2, (size_t[]){s->c, s->parts}, NULL);
}

/* A launch over parts of the rows and vectors of channels. */
static void finish_parts(struct cln_launch *launch, const struct shape *s, int flops, int bytes) {
    finish_tiles(launch, s, flops, bytes);
    if (s->width > 1)
        cln_grid(launch, 2, (size_t[]){s->c / (size_t)s->width, s->parts}, (size_t[]){1, 1});
}

/* A launch that adds up the parts of each channel, of so many sums. */
static void finish_channels(struct cln_launch *launch, const struct shape *s, int sums) {
    const double elems = (double)(s->parts * s->c * (size_t)sums);
    cln_launch_cost(launch, elems, 4 * elems);
    cln_grid(launch, 1, &s->c, NULL);
}

static bool is_wide_cpu(const struct cln_node *node, const struct cln_caps *caps) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    return caps->is_cpu && cln_vector_width_dividing(caps, x->dim[x->rank - 1]) > 1;
}

/* training */

static enum cln_status infer_y(struct cln_node *node) {
    const struct cln_tensor x = *cln_node_in(node, 0);
    if (x.dtype != CLN_F32 || x.rank < 2 || cln_tensor_elems(&x) == 0)
        return CLN_FAIL(CONFIG, "%s: wants (N, ..., channels), not %s", node->name,
                        cln_shape_text(&x).chars);
    for (int i = 1; i < 5; i++)
        if (cln_tensor_elems(cln_node_in(node, i)) != x.dim[x.rank - 1])
            return CLN_FAIL(INTERNAL, "%s: %s is %s for %zu channels", node->name,
                            cln_node_in(node, i)->name, cln_shape_text(cln_node_in(node, i)).chars,
                            x.dim[x.rank - 1]);
    return cln_node_output(node, 0, "y", CLN_F32, x.rank, x.dim);
}

static enum cln_status infer(struct cln_node *node) {
    CLN_TRY(infer_y(node));
    const size_t c = cln_tensor_elems(cln_node_in(node, 1));
    CLN_TRY(cln_node_output(node, 1, "mean", CLN_F32, 1, &c));
    return cln_node_output(node, 2, "inverse", CLN_F32, 1, &c);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 8 * elems, .bytes = 16 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const struct attrs *attrs = node->attrs;
    const struct shape s = shape_of(node, lowering->caps, vector);
    const cln_tensor_id x = node->input[0], mean = node->output[1], inverse = node->output[2];
    const cln_tensor_id partial = cln_scratch(lowering, "partial", CLN_F32, s.parts * s.c);

    struct cln_launch *launch = emit(lowering, "sum_rows", &s);
    cln_arg_read(launch, x);
    cln_arg_write(launch, partial);
    finish_parts(launch, &s, 2, 4);

    launch = emit(lowering, "finish_mean", &s);
    cln_arg_read(launch, x);
    cln_arg_read(launch, partial);
    cln_arg_write(launch, mean);
    cln_arg_update(launch, node->input[3]);
    cln_arg_u32(launch, s.rows);
    cln_arg_u32(launch, s.c);
    cln_arg_f32(launch, attrs->momentum);
    finish_channels(launch, &s, 1);

    launch = emit(lowering, "sum_squares", &s);
    cln_arg_read(launch, x);
    cln_arg_read(launch, mean);
    cln_arg_write(launch, partial);
    finish_parts(launch, &s, 3, 4);

    launch = emit(lowering, "finish_variance", &s);
    cln_arg_read(launch, partial);
    cln_arg_write(launch, inverse);
    cln_arg_update(launch, node->input[4]);
    cln_arg_u32(launch, s.rows);
    cln_arg_u32(launch, s.c);
    cln_arg_f32(launch, attrs->momentum);
    cln_arg_f32(launch, attrs->epsilon);
    finish_channels(launch, &s, 1);

    launch = emit(lowering, "normalize_batch", &s);
    for (int i = 0; i < 3; i++)
        cln_arg_read(launch, node->input[i]);
    cln_arg_read(launch, mean);
    cln_arg_read(launch, inverse);
    cln_arg_write(launch, node->output[0]);
    finish_tiles(launch, &s, 3, 8);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, is_wide_cpu, lower)

static enum cln_status build(struct cln_builder *builder, const void *attrs) {
    const struct cln_tensor *x = &builder->graph->tensors[builder->x];
    const size_t c = x->dim[x->rank - 1];
    const struct cln_init zeros = {.kind = CLN_INIT_ZEROS}, ones = {.kind = CLN_INIT_ONES};
    cln_tensor_id input[5] = {builder->x};
    CLN_TRY(cln_builder_variable(builder, "gamma", 1, &c, ones, true, &input[1]));
    CLN_TRY(cln_builder_variable(builder, "beta", 1, &c, zeros, true, &input[2]));
    CLN_TRY(cln_builder_variable(builder, "moving_mean", 1, &c, zeros, false, &input[3]));
    CLN_TRY(cln_builder_variable(builder, "moving_variance", 1, &c, ones, false, &input[4]));
    struct cln_node *node;
    CLN_TRY(cln_graph_add(builder->graph,
                          builder->training ? &cln_op_batch_norm : &cln_op_batch_norm_inference,
                          builder->layer_name, attrs, input, 5, &node));
    builder->x = node->output[0];
    return CLN_OK;
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const cln_tensor_id dy = graph->tensors[node.output[0]].gradient;
    cln_tensor_id input[8] = {node.input[0], dy, node.input[1], node.output[1], node.output[2]};
    int input_count = 5;
    for (int i = 1; i < 3; i++)
        CLN_TRY(cln_graph_gradient(graph, node.input[i], &input[input_count++]));
    if (input[5] == CLN_NO_TENSOR || input[6] == CLN_NO_TENSOR)
        return CLN_FAIL(INTERNAL, "%s: gamma and beta are not trainable", node.name);
    CLN_TRY(cln_graph_gradient(graph, node.input[0], &input[7]));
    input_count += input[7] != CLN_NO_TENSOR;
    return cln_graph_add(graph, &cln_op_batch_norm_backward,
                         cln_node_part_name(node.name, "backward").chars, node.attrs, input,
                         input_count, NULL);
}

const struct cln_op cln_op_batch_norm = {
    .name = "batch_norm",
    .help = "normalises each channel to mean beta and deviation gamma",
    .kind = CLN_OP_LAYER,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct attrs),
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .variants = variants,
    .build = build,
};

/* evaluation */

static struct cln_cost inference_cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 3 * elems, .bytes = 8 * elems};
}

static enum cln_status inference_lower(const struct cln_node *node, struct cln_lowering *lowering,
                                       bool vector) {
    const struct attrs *attrs = node->attrs;
    const struct shape s = shape_of(node, lowering->caps, vector);
    struct cln_launch *launch = emit(lowering, "normalize_moving", &s);
    for (int i = 0; i < 5; i++)
        cln_arg_read(launch, node->input[i]);
    cln_arg_write(launch, node->output[0]);
    finish_tiles(launch, &s, 3, 8);
    cln_arg_f32(launch, attrs->epsilon);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(inference_variants, is_wide_cpu, inference_lower)

/* Variances are not negative. */
static void inference_example(const struct cln_node *node, int index, void *values) {
    const size_t elems = cln_tensor_elems(cln_node_in(node, index));
    float *variance = values;
    for (size_t i = 0; i < elems && index == 4; i++)
        variance[i] = variance[i] * variance[i];
}

const struct cln_op cln_op_batch_norm_inference = {
    .name = "batch_norm_inference",
    .help = "batch_norm with the moving mean and variance",
    .kind = CLN_OP_INTERNAL,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct attrs),
    .infer = infer_y,
    .cost = inference_cost,
    .example = inference_example,
    .variants = inference_variants,
};

/* gradient: outputs dgamma, dbeta, and dx where it is wanted */

static enum cln_status backward_infer(struct cln_node *node) {
    const bool with_dx = node->input_count == 8;
    const cln_tensor_id dx = with_dx ? node->input[--node->input_count] : CLN_NO_TENSOR;
    if (node->input_count != 7)
        return CLN_FAIL(INTERNAL, "%s: wants 7 or 8 tensors", node->name);
    const struct cln_tensor *x = cln_node_in(node, 0);
    static const char *const vectors[] = {"gamma", "mean", "inverse", "gradient of gamma",
                                          "gradient of beta"};
    for (int i = 0; i < 5; i++)
        CLN_TRY(cln_node_check_elems(node, 2 + i, vectors[i], CLN_F32, x->dim[x->rank - 1]));
    CLN_TRY(cln_node_check_elems(node, 1, "gradient", CLN_F32, cln_tensor_elems(x)));
    if (with_dx)
        CLN_TRY(cln_node_check_elems(node, 7, "gradient of x", CLN_F32, cln_tensor_elems(x)));
    node->output[0] = node->input[5];
    node->output[1] = node->input[6];
    node->output[2] = dx;
    node->input_count = 5;
    node->output_count = with_dx ? 3 : 2;
    return CLN_OK;
}

static struct cln_cost backward_cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    const bool with_dx = node->output_count == 3;
    return (struct cln_cost){.flops = (with_dx ? 10 : 5) * elems,
                             .bytes = (with_dx ? 20 : 8) * elems};
}

static enum cln_status backward_lower(const struct cln_node *node, struct cln_lowering *lowering,
                                      bool vector) {
    const struct shape s = shape_of(node, lowering->caps, vector);
    const cln_tensor_id x = node->input[0], dy = node->input[1], gamma = node->input[2];
    const cln_tensor_id mean = node->input[3], inverse = node->input[4];
    const cln_tensor_id partial = cln_scratch(lowering, "partial", CLN_F32, 2 * s.parts * s.c);

    struct cln_launch *launch = emit(lowering, "sum_gradients", &s);
    cln_arg_read(launch, x);
    cln_arg_read(launch, dy);
    cln_arg_read(launch, mean);
    cln_arg_read(launch, inverse);
    cln_arg_write(launch, partial);
    finish_parts(launch, &s, 5, 8);

    launch = emit(lowering, "finish_gradients", &s);
    cln_arg_read(launch, partial);
    cln_arg_write(launch, node->output[0]);
    cln_arg_write(launch, node->output[1]);
    cln_arg_u32(launch, s.c);
    finish_channels(launch, &s, 2);
    if (node->output_count < 3)
        return lowering->status;

    launch = emit(lowering, "normalize_backward", &s);
    cln_arg_read(launch, x);
    cln_arg_read(launch, dy);
    cln_arg_read(launch, gamma);
    cln_arg_read(launch, mean);
    cln_arg_read(launch, inverse);
    cln_arg_read(launch, node->output[0]);
    cln_arg_read(launch, node->output[1]);
    cln_arg_write(launch, node->output[2]);
    finish_tiles(launch, &s, 5, 12);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(backward_variants, is_wide_cpu, backward_lower)

const struct cln_op cln_op_batch_norm_backward = {
    .name = "batch_norm_backward",
    .help = "gradients of batch_norm's input, gamma and beta",
    .kind = CLN_OP_INTERNAL,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct attrs),
    .infer = backward_infer,
    .cost = backward_cost,
    .variants = backward_variants,
};
