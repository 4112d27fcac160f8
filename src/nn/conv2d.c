/*
 * conv2d: x (N, H, W, C) -> f(x * w + b) (N, OH, OW, filters), weights (KH, KW, C, filters), as
 * Keras has it: no flip of the weights.
 */
#include "nn/conv_variant.h"
#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/weighted.h"
#include "nn/window.h"

static const struct cln_field fields[] = {
    {.key = "filters",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_conv_attrs, filters),
     .required = true,
     .min = 1,
     .max = 1 << 16,
     .help = "output channels"},
    {.key = "kernel",
     .type = CLN_FIELD_PAIR,
     .offset = offsetof(struct cln_conv_attrs, kernel),
     .required = true,
     .number = 1,
     .min = 1,
     .max = 1024,
     .help = "height and width of the window"},
    {.key = "stride",
     .type = CLN_FIELD_PAIR,
     .offset = offsetof(struct cln_conv_attrs, stride),
     .number = 1,
     .min = 1,
     .max = 1024,
     .help = "steps between windows"},
    {.key = "padding",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_conv_attrs, padding),
     .number = CLN_PADDING_VALID,
     .choices = cln_padding_names,
     .help = "valid: windows inside of the image; same: ceil(input / stride) windows"},
    {.key = "activation",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_conv_attrs, activation),
     .number = CLN_ACTIVATION_NONE,
     .choices = cln_activation_pointwise_names,
     .help = "applied to the outputs"},
    {.key = "use_bias",
     .type = CLN_FIELD_BOOL,
     .offset = offsetof(struct cln_conv_attrs, use_bias),
     .number = 1,
     .help = "add a number of its own to each output channel"},
    {.key = "initializer",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_conv_attrs, initializer),
     .number = CLN_INIT_GLOROT_UNIFORM,
     .choices = cln_init_names,
     .help = "first values of the weights"},
};

/* x, w, b -> y; without a bias: x, w -> y */

static enum cln_status infer(struct cln_node *node) {
    const struct cln_conv_attrs *attrs = node->attrs;
    struct cln_conv_shape s;
    if (node->input_count != 2 + attrs->use_bias)
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    CLN_TRY(cln_conv_shape(node->name, attrs, cln_node_in(node, 0), &s));
    CLN_TRY(cln_conv_check_weights(node, 1, attrs, &s));
    return cln_node_output(node, 0, "y", CLN_F32, 4, (size_t[]){s.n, s.oh, s.ow, s.co});
}

/* infer() has been here before, so the shape is known to be right */
static struct cln_conv conv_of(const struct cln_node *node) {
    const struct cln_conv_attrs *attrs = node->attrs;
    struct cln_conv c = {.x = node->input[0],
                         .w = node->input[1],
                         .bias = attrs->use_bias ? node->input[2] : CLN_NO_TENSOR,
                         .y = node->output[0],
                         .activation = attrs->activation};
    (void)cln_conv_shape(node->name, attrs, cln_node_in(node, 0), &c.shape);
    return c;
}

static struct cln_cost cost(const struct cln_node *node) {
    const struct cln_conv c = conv_of(node);
    return cln_conv_cost(&c.shape);
}

static struct cln_conv_shape shape_of(const struct cln_node *node) {
    return conv_of(node).shape;
}

static bool may_win(const struct cln_node *node, const struct cln_variant *variant) {
    const struct cln_conv_shape s = shape_of(node);
    return cln_conv_may_win(variant, &s);
}

CLN_CONV_FITS(fits_winograd, shape_of, cln_conv_winograd_fits, 4)
CLN_CONV_FITS(fits_winograd2, shape_of, cln_conv_winograd_fits, 2)
CLN_CONV_LOWER(lower_winograd, struct cln_conv, conv_of, cln_conv_winograd)
CLN_CONV_LOWER(lower_winograd2, struct cln_conv, conv_of, cln_conv_winograd2)
CLN_CONV_LOWER(lower_cpu, struct cln_conv, conv_of, cln_conv_cpu)
CLN_CONV_LOWER(lower_gpu, struct cln_conv, conv_of, cln_conv_gpu)
CLN_CONV_LOWER(lower_reference, struct cln_conv, conv_of, cln_conv_reference)

static const struct cln_variant variants[] = {
    {"cpu_winograd", fits_winograd, lower_winograd},
    {"cpu_winograd2", fits_winograd2, lower_winograd2},
    {"cpu_vector", cln_gemm_fits_cpu, lower_cpu},
    {"gpu_local", cln_gemm_fits_gpu, lower_gpu},
    {"reference", NULL, lower_reference},
    {NULL, NULL, NULL},
};

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const struct cln_conv_attrs *attrs = node.attrs;
    const cln_tensor_id y = node.output[0], dy = graph->tensors[y].gradient;
    cln_tensor_id dz;
    CLN_TRY(cln_activation_backward_add(graph, node.name, attrs->activation, y, dy, &dz));
    return cln_weighted_backward(graph, &node, &cln_op_conv2d_backward_weights,
                                 &cln_op_conv2d_backward_data, attrs->use_bias, &dz, 1);
}

static enum cln_status build(struct cln_builder *builder, const void *layer_attrs) {
    const struct cln_conv_attrs *attrs = layer_attrs;
    struct cln_conv_shape s;
    CLN_TRY(cln_conv_shape(builder->layer_name, attrs, &builder->graph->tensors[builder->x], &s));
    const size_t field = s.kh * s.kw;
    const struct cln_init init = {.kind = (enum cln_init_kind)attrs->initializer,
                                  .fan_in = field * s.ci,
                                  .fan_out = field * s.co};
    return cln_weighted_build(builder, &cln_op_conv2d, attrs, 4, (size_t[]){s.kh, s.kw, s.ci, s.co},
                              init, attrs->use_bias);
}

const struct cln_op cln_op_conv2d = {
    .name = "conv2d",
    .help = "windows of the image, weighted; channels last",
    .kind = CLN_OP_LAYER,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct cln_conv_attrs),
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .variants = variants,
    .may_win = may_win,
    .build = build,
};
