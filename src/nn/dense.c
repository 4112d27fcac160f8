/*
 * dense: x (..., in) -> f(x w + b) (..., units), weights (in, units). What stands before the last
 * dimension is so many rows.
 */
#include "nn/dense.h"

#include <string.h>

#include "nn/gemm.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/weighted.h"

static const struct cln_field fields[] = {
    {.key = "units",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct cln_dense_attrs, units),
     .required = true,
     .bare = true,
     .min = 1,
     .max = 1 << 20,
     .help = "outputs a sample"},
    {.key = "activation",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_dense_attrs, activation),
     .number = CLN_ACTIVATION_NONE,
     .choices = cln_activation_names,
     .help = "applied to the outputs"},
    {.key = "use_bias",
     .type = CLN_FIELD_BOOL,
     .offset = offsetof(struct cln_dense_attrs, use_bias),
     .number = 1,
     .help = "add a number of its own to each output"},
    {.key = "initializer",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct cln_dense_attrs, initializer),
     .number = CLN_INIT_GLOROT_UNIFORM,
     .choices = cln_init_names,
     .help = "first values of the weights"},
};

/* forward: x, w, [b], [samples, control] -> y */

static enum cln_status infer(struct cln_node *node) {
    const struct cln_dense_attrs *attrs = node->attrs;
    const struct cln_tensor x = *cln_node_in(node, 0), w = *cln_node_in(node, 1);
    if (x.dtype != CLN_F32 || x.rank < 2)
        return CLN_FAIL(CONFIG, "%s: wants rows of numbers (N, ..., in), not %s of shape %s",
                        node->name, x.name, cln_shape_text(&x).chars);
    if (w.rank != 2 || w.dim[0] != x.dim[x.rank - 1] || w.dim[1] != (size_t)attrs->units)
        return CLN_FAIL(INTERNAL, "%s: weights are %s but the input is %s", node->name,
                        cln_shape_text(&w).chars, cln_shape_text(&x).chars);
    if (node->input_count != 2 + attrs->use_bias + (attrs->dropout.rate > 0 ? 2 : 0))
        return CLN_FAIL(INTERNAL, "%s: has %d inputs", node->name, node->input_count);
    if (attrs->use_bias)
        CLN_TRY(cln_node_check_elems(node, 2, "bias", CLN_F32, w.dim[1]));
    if (attrs->dropout.rate > 0)
        CLN_TRY(cln_dropout_check(node, 2 + attrs->use_bias, x.dim[0]));
    size_t dim[CLN_MAX_RANK];
    memcpy(dim, x.dim, sizeof dim);
    dim[x.rank - 1] = w.dim[1];
    return cln_node_output(node, 0, "y", CLN_F32, x.rank, dim);
}

static struct cln_gemm forward_gemm(const struct cln_node *node) {
    const struct cln_dense_attrs *attrs = node->attrs;
    const struct cln_tensor *w = cln_node_in(node, 1);
    return (struct cln_gemm){.m = cln_tensor_elems(cln_node_in(node, 0)) / w->dim[0],
                             .n = w->dim[1],
                             .k = w->dim[0],
                             .a = node->input[0],
                             .b = node->input[1],
                             .c = node->output[0],
                             .bias = attrs->use_bias ? node->input[2] : CLN_NO_TENSOR,
                             .activation = attrs->activation};
}

static struct cln_cost cost(const struct cln_node *node) {
    const struct cln_gemm g = forward_gemm(node);
    return cln_gemm_cost(g.m, g.n, g.k);
}

static enum cln_status forward_lower(const struct cln_node *node, struct cln_lowering *lowering,
                                     enum cln_gemm_provider provider) {
    const struct cln_gemm g = forward_gemm(node);
    const struct cln_dense_attrs *attrs = node->attrs;
    const cln_tensor_id *drawing = &node->input[2 + attrs->use_bias]; /* samples, control */
    cln_gemm_emit(lowering, provider, &g);
    if (attrs->dropout.rate > 0)
        cln_dropout_emit(lowering, &attrs->dropout, g.c, drawing[0], drawing[1], g.c,
                         provider == CLN_GEMM_CPU);
    return lowering->status;
}

CLN_GEMM_VARIANTS(forward)

/* dz, the gradient before activation and dropout */
static enum cln_status add_activation_backward(struct cln_graph *graph, const struct cln_node *node,
                                               cln_tensor_id *dz) {
    const struct cln_dense_attrs attrs = *(const struct cln_dense_attrs *)node->attrs;
    const cln_tensor_id y = node->output[0], dy = graph->tensors[y].gradient;
    const cln_tensor_id *drawing = &node->input[2 + attrs.use_bias];
    if (!(attrs.dropout.rate > 0))
        return cln_activation_backward_add(graph, node->name, attrs.activation, y, dy, dz);
    return cln_activation_dropout_backward_add(graph, node->name, attrs.activation, &attrs.dropout,
                                               (cln_tensor_id[]){y, dy, drawing[0], drawing[1]},
                                               dz);
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const struct cln_dense_attrs *attrs = node.attrs;
    cln_tensor_id dz;
    CLN_TRY(add_activation_backward(graph, &node, &dz));
    return cln_weighted_backward(graph, &node, &cln_op_dense_backward_weights,
                                 &cln_op_dense_backward_data, attrs->use_bias, &dz, 1);
}

static enum cln_status build(struct cln_builder *builder, const void *layer_attrs) {
    struct cln_dense_attrs attrs = *(const struct cln_dense_attrs *)layer_attrs;
    const struct cln_tensor x = builder->graph->tensors[builder->x];
    const bool softmax = attrs.activation == CLN_ACTIVATION_SOFTMAX;
    if (softmax)
        attrs.activation = CLN_ACTIVATION_NONE;
    if (x.rank < 2)
        return CLN_FAIL(CONFIG, "%s: wants rows of numbers, not shape %s", builder->layer_name,
                        cln_shape_text(&x).chars);
    const size_t in = x.dim[x.rank - 1], units = (size_t)attrs.units;
    const struct cln_init init = {
        .kind = (enum cln_init_kind)attrs.initializer, .fan_in = in, .fan_out = units};
    CLN_TRY(cln_weighted_build(builder, &cln_op_dense, &attrs, 2, (size_t[]){in, units}, init,
                               attrs.use_bias));
    return softmax ? cln_softmax_add(builder->graph, builder->layer_name, builder->x, &builder->x)
                   : CLN_OK;
}

const struct cln_op cln_op_dense = {
    .name = "dense",
    .help = "every output is a weighted sum of all inputs",
    .kind = CLN_OP_LAYER,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct cln_dense_attrs),
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .variants = forward_variants,
    .build = build,
};
