/* A layer `relu`, `tanh` or `sigmoid` behind a conv2d or dense without activation becomes theirs.
 */
#include <string.h>

#include "nn/conv_shape.h"
#include "nn/dense.h"
#include "nn/registry.h"
#include "nn/rules.h"

static enum cln_activation kind_of(const struct cln_op *op) {
    return op == &cln_op_relu      ? CLN_ACTIVATION_RELU
           : op == &cln_op_tanh    ? CLN_ACTIVATION_TANH
           : op == &cln_op_sigmoid ? CLN_ACTIVATION_SIGMOID
                                   : CLN_ACTIVATION_NONE;
}

/* Where the attributes say the activation; NULL for ops that have none. */
static int *activation_of(const struct cln_op *op, void *attrs) {
    return op == &cln_op_conv2d  ? &((struct cln_conv_attrs *)attrs)->activation
           : op == &cln_op_dense ? &((struct cln_dense_attrs *)attrs)->activation
                                 : NULL;
}

static enum cln_status apply(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node *node = &graph->nodes[node_index];
    int *activation = activation_of(node->op, node->attrs);
    if (!activation || *activation != CLN_ACTIVATION_NONE)
        return CLN_OK;
    const int next = cln_rewrite_reader(graph, node->output[0]);
    const enum cln_activation kind =
        next < 0 ? CLN_ACTIVATION_NONE : kind_of(graph->nodes[next].op);
    if (kind == CLN_ACTIVATION_NONE)
        return CLN_OK;
    const struct cln_node kept = *node;
    *activation = kind;
    *changed = true;
    return cln_rewrite_merge(graph, node_index, next, kept.op, kept.attrs, kept.input,
                             kept.input_count);
}

const struct cln_rewrite_rule cln_rule_activation = {
    .name = "activation",
    .help = "relu, tanh or sigmoid into the conv2d or dense before it",
    .apply = apply,
};
