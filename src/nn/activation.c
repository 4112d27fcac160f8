/*
 * The layers relu, tanh and sigmoid, and activation_backward, the gradient behind every pointwise
 * activation, be it a layer or the epilogue of conv2d or dense.
 */
#include "nn/activation.h"

#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

const char *const cln_activation_names[] = {"none", "relu", "tanh", "sigmoid", "softmax", NULL};
const char *const cln_activation_pointwise_names[] = {"none", "relu", "tanh", "sigmoid", NULL};

#define CPU_CHUNK 8192 /* elements a work-item takes on a CPU: 32 KiB in, 32 KiB out */

static bool is_wide_cpu(const struct cln_node *node, const struct cln_caps *caps) {
    return caps->is_cpu && cln_vector_width(caps, cln_tensor_elems(cln_node_in(node, 0))) > 1;
}

static struct cln_launch *emit(struct cln_lowering *lowering, const char *kernel, int kind,
                               size_t elems, bool vector) {
    const int width = vector ? cln_vector_width(lowering->caps, elems) : 1;
    const size_t chunk = vector ? CPU_CHUNK : 1;
    struct cln_launch *launch =
        cln_emit(lowering, "activation.cl", kernel, "-DACTIVATION=%d -DWIDTH=%d -DCHUNK=%zu", kind,
                 width, chunk);
    cln_grid(launch, 1, (size_t[]){(elems + chunk - 1) / chunk}, vector ? cln_groups_of_one : NULL);
    return launch;
}

/* forward: x -> y of the same shape */

static enum cln_activation kind_of(const struct cln_op *op) {
    return op == &cln_op_relu   ? CLN_ACTIVATION_RELU
           : op == &cln_op_tanh ? CLN_ACTIVATION_TANH
                                : CLN_ACTIVATION_SIGMOID;
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_tensor x = *cln_node_in(node, 0);
    if (x.dtype != CLN_F32)
        return CLN_FAIL(INTERNAL, "%s: %s is not float", node->name, x.name);
    return cln_node_output(node, 0, "y", CLN_F32, x.rank, x.dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = elems, .bytes = 8 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    struct cln_launch *launch = emit(lowering, "activation", kind_of(node->op), elems, vector);
    cln_arg_read(launch, node->input[0]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, elems);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, is_wide_cpu, lower)

static enum cln_status build(struct cln_builder *builder, const struct cln_op *op) {
    struct cln_node *node;
    CLN_TRY(cln_graph_add(builder->graph, op, builder->layer_name, NULL, &builder->x, 1, &node));
    builder->x = node->output[0];
    return CLN_OK;
}

/* Has the node that writes dy take the gradient of a relu along, if only one does and can. */
static bool absorb_relu(struct cln_graph *graph, cln_tensor_id y, cln_tensor_id dy) {
    struct cln_node *writer = NULL;
    for (int i = 0; i < graph->node_count; i++)
        for (int k = 0; k < graph->nodes[i].output_count; k++) {
            if (graph->nodes[i].output[k] != dy)
                continue;
            if (writer)
                return false;
            writer = &graph->nodes[i];
        }
    return writer && writer->op->absorb_relu && writer->op->absorb_relu(writer, y);
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const cln_tensor_id dy = graph->tensors[node.output[0]].gradient;
    struct cln_tensor *x = &graph->tensors[node.input[0]];
    if (node.op == &cln_op_relu && x->needs_gradient && x->gradient == CLN_NO_TENSOR &&
        x->slot == CLN_ARENA && absorb_relu(graph, node.output[0], dy)) {
        x->gradient = dy;
        return CLN_OK;
    }
    const struct cln_activation_attrs attrs = {kind_of(node.op)};
    return cln_node_input_gradient(graph, &node, "backward", &cln_op_activation_backward, &attrs,
                                   (cln_tensor_id[]){node.output[0], dy}, 2);
}

#define ACTIVATION_LAYER(op_name, help_text)                                                       \
    static enum cln_status build_##op_name(struct cln_builder *builder, const void *attrs) {       \
        (void)attrs;                                                                               \
        return build(builder, &cln_op_##op_name);                                                  \
    }                                                                                              \
    const struct cln_op cln_op_##op_name = {                                                       \
        .name = #op_name,                                                                          \
        .help = help_text,                                                                         \
        .kind = CLN_OP_LAYER,                                                                      \
        .infer = infer,                                                                            \
        .backward = backward,                                                                      \
        .cost = cost,                                                                              \
        .variants = variants,                                                                      \
        .build = build_##op_name,                                                                  \
    }

ACTIVATION_LAYER(relu, "max(x, 0)");
ACTIVATION_LAYER(tanh, "hyperbolic tangent");
ACTIVATION_LAYER(sigmoid, "1 / (1 + exp(-x))");

/* backward: (y, dy) -> dx, which is given or made */

static enum cln_status backward_infer(struct cln_node *node) {
    const struct cln_tensor y = *cln_node_in(node, 0), dy = *cln_node_in(node, 1);
    if (cln_tensor_elems(&y) != cln_tensor_elems(&dy))
        return CLN_FAIL(INTERNAL, "%s: y is %s but dy is %s", node->name, cln_shape_text(&y).chars,
                        cln_shape_text(&dy).chars);
    if (node->input_count == 3)
        return cln_node_adopt_output(node, &y);
    return cln_node_output(node, 0, "dx", CLN_F32, y.rank, y.dim);
}

static struct cln_cost backward_cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 2 * elems, .bytes = 12 * elems};
}

static enum cln_status backward_lower(const struct cln_node *node, struct cln_lowering *lowering,
                                      bool vector) {
    const struct cln_activation_attrs *attrs = node->attrs;
    const size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    struct cln_launch *launch = emit(lowering, "activation_backward", attrs->kind, elems, vector);
    cln_arg_read(launch, node->input[0]);
    cln_arg_read(launch, node->input[1]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, elems);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(backward_variants, is_wide_cpu, backward_lower)

const struct cln_op cln_op_activation_backward = {
    .name = "activation_backward",
    .help = "gradient of a pointwise activation from its output",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_activation_attrs),
    .infer = backward_infer,
    .cost = backward_cost,
    .variants = backward_variants,
};

enum cln_status cln_activation_backward_add(struct cln_graph *graph, const char *name,
                                            enum cln_activation kind, cln_tensor_id y,
                                            cln_tensor_id dy, cln_tensor_id *dz) {
    *dz = dy;
    if (kind == CLN_ACTIVATION_NONE)
        return CLN_OK;
    if (kind == CLN_ACTIVATION_SOFTMAX)
        return CLN_FAIL(INTERNAL, "%s: softmax is a node of its own", name);
    if (kind == CLN_ACTIVATION_RELU && absorb_relu(graph, y, dy))
        return CLN_OK;
    const struct cln_node_name part = cln_node_part_name(name, "activation_backward");
    const struct cln_activation_attrs attrs = {kind};
    struct cln_node *node;
    CLN_TRY(cln_graph_add(graph, &cln_op_activation_backward, part.chars, &attrs,
                          (cln_tensor_id[]){y, dy}, 2, &node));
    *dz = node->output[0];
    return CLN_OK;
}
