/*
 * A layer `relu`, `tanh` or `sigmoid` behind a conv2d or dense without activation becomes theirs. A
 * relu may as well come after the pooling: the largest value stays the largest.
 */
#include "nn/conv_pool.h"
#include "nn/dense.h"
#include "nn/registry.h"
#include "nn/rules.h"

static enum cln_activation kind_of(const struct cln_op *op) {
    return op == &cln_op_relu      ? CLN_ACTIVATION_RELU
           : op == &cln_op_tanh    ? CLN_ACTIVATION_TANH
           : op == &cln_op_sigmoid ? CLN_ACTIVATION_SIGMOID
                                   : CLN_ACTIVATION_NONE;
}

/* Where the attributes say the activation; NULL where none of that kind can follow. */
static int *activation_of(const struct cln_op *op, void *attrs, enum cln_activation kind) {
    struct cln_conv_pool_attrs *pool = op == &cln_op_conv2d_pool ? attrs : NULL;
    struct cln_dense_attrs *dense = op == &cln_op_dense ? attrs : NULL;
    if (pool && kind == CLN_ACTIVATION_RELU && !(pool->dropout.rate > 0))
        return &pool->conv.activation;
    if (dense && !(dense->dropout.rate > 0))
        return &dense->activation;
    return op == &cln_op_conv2d ? &((struct cln_conv_attrs *)attrs)->activation : NULL;
}

static enum cln_status apply(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node *node = &graph->nodes[node_index];
    const int next = node->output_count ? cln_rewrite_reader(graph, node->output[0]) : -1;
    const enum cln_activation kind =
        next < 0 ? CLN_ACTIVATION_NONE : kind_of(graph->nodes[next].op);
    if (kind == CLN_ACTIVATION_NONE)
        return CLN_OK;
    int *activation = activation_of(node->op, node->attrs, kind);
    if (!activation || *activation != CLN_ACTIVATION_NONE)
        return CLN_OK;
    const struct cln_node kept = *node;
    *activation = kind;
    *changed = true;
    return cln_rewrite_merge(graph, node_index, next, kept.op, kept.attrs, kept.input,
                             kept.input_count);
}

const struct cln_rewrite_rule cln_rule_activation = {
    .name = "activation",
    .help = "a layer relu, tanh or sigmoid, into the conv2d or dense before it",
    .apply = apply,
};
