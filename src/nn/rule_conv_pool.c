/*
 * conv2d and the max_pool2d behind it become conv2d_pool, which then takes in a dropout. A flatten
 * in between does not matter: dropout masks count elements within a sample, whatever its shape.
 */
#include <string.h>

#include "nn/conv_pool.h"
#include "nn/pool.h"
#include "nn/registry.h"
#include "nn/rules.h"
#include "nn/window.h"

/* Whether windows touch, do not overlap, and lie in the image. */
static bool is_tiling(const struct cln_node *pool, const struct cln_tensor *image) {
    const struct cln_pool_attrs *a = pool->attrs;
    for (int i = 0; i < 2; i++) {
        struct cln_window w;
        const size_t size = (size_t)a->size[i], in = image->dim[1 + i];
        if (a->stride[i] && a->stride[i] != a->size[i])
            return false;
        if (cln_window_compute(pool->name, in, size, size, (enum cln_padding)a->padding, &w) !=
                CLN_OK ||
            w.before > 0 || w.out * size > in)
            return false;
    }
    return true;
}

static enum cln_status apply_pool(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node node = graph->nodes[node_index];
    const int next = node.op == &cln_op_conv2d ? cln_rewrite_reader(graph, node.output[0]) : -1;
    if (next < 0 || graph->nodes[next].op != &cln_op_max_pool2d ||
        !is_tiling(&graph->nodes[next], &graph->tensors[node.output[0]]))
        return CLN_OK;
    const struct cln_pool_attrs *pool = graph->nodes[next].attrs;
    const struct cln_conv_pool_attrs attrs = {.conv = *(const struct cln_conv_attrs *)node.attrs,
                                              .pool = {pool->size[0], pool->size[1]}};
    struct cln_conv_shape shape;
    CLN_TRY(cln_conv_shape(node.name, &attrs.conv, &graph->tensors[node.input[0]], &shape));
    if ((attrs.conv.activation != CLN_ACTIVATION_NONE &&
         attrs.conv.activation != CLN_ACTIVATION_RELU) ||
        !cln_conv_pool_shape(&shape, attrs.pool))
        return CLN_OK;
    *changed = true;
    return cln_rewrite_merge(graph, node_index, next, &cln_op_conv2d_pool, &attrs, node.input,
                             node.input_count);
}

const struct cln_rewrite_rule cln_rule_conv_pool = {
    .name = "conv_pool",
    .help = "conv2d without activation or with relu, and the max_pool2d behind it",
    .apply = apply_pool,
};

static enum cln_status apply_flatten(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node *node = &graph->nodes[node_index];
    const int flatten =
        node->op == &cln_op_conv2d_pool ? cln_rewrite_reader(graph, node->output[0]) : -1;
    if (flatten < 0 || graph->nodes[flatten].op != &cln_op_flatten)
        return CLN_OK;
    const int next = cln_rewrite_reader(graph, graph->nodes[flatten].output[0]);
    if (next < 0 || graph->nodes[next].op != &cln_op_dropout)
        return CLN_OK;
    *changed = true;
    return cln_rewrite_swap(graph, flatten, next);
}

const struct cln_rewrite_rule cln_rule_flatten_dropout = {
    .name = "flatten_dropout",
    .help = "a dropout behind those two and flatten goes before the flatten",
    .apply = apply_flatten,
};

static enum cln_status apply_dropout(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node node = graph->nodes[node_index];
    if (node.op != &cln_op_conv2d_pool)
        return CLN_OK;
    struct cln_conv_pool_attrs attrs = *(const struct cln_conv_pool_attrs *)node.attrs;
    const int next = cln_rewrite_reader(graph, node.output[0]);
    if (attrs.dropout.rate > 0 || next < 0 || graph->nodes[next].op != &cln_op_dropout)
        return CLN_OK;
    attrs.dropout = *(const struct cln_dropout_attrs *)graph->nodes[next].attrs;
    cln_tensor_id input[CLN_MAX_INPUTS];
    memcpy(input, node.input, sizeof input);
    memcpy(&input[node.input_count], &graph->nodes[next].input[1], 2 * sizeof *input);
    *changed = true;
    return cln_rewrite_merge(graph, node_index, next, &cln_op_conv2d_pool, &attrs, input,
                             node.input_count + 2);
}

const struct cln_rewrite_rule cln_rule_conv_pool_dropout = {
    .name = "conv_pool_dropout",
    .help = "conv2d and max_pool2d, and the dropout behind them",
    .apply = apply_dropout,
};
