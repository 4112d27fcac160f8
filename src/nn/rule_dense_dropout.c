/* dense and the dropout behind it become one node, whose gradient goes through both in one pass. */
#include <string.h>

#include "nn/dense.h"
#include "nn/registry.h"
#include "nn/rules.h"

static enum cln_status apply(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node node = graph->nodes[node_index];
    const int next = node.op == &cln_op_dense ? cln_rewrite_reader(graph, node.output[0]) : -1;
    if (next < 0 || graph->nodes[next].op != &cln_op_dropout)
        return CLN_OK;
    struct cln_dense_attrs attrs = *(const struct cln_dense_attrs *)node.attrs;
    if (attrs.dropout.rate > 0)
        return CLN_OK;
    attrs.dropout = *(const struct cln_dropout_attrs *)graph->nodes[next].attrs;
    cln_tensor_id input[CLN_MAX_INPUTS];
    memcpy(input, node.input, sizeof input);
    memcpy(&input[node.input_count], &graph->nodes[next].input[1], 2 * sizeof *input);
    *changed = true;
    return cln_rewrite_merge(graph, node_index, next, &cln_op_dense, &attrs, input,
                             node.input_count + 2);
}

const struct cln_rewrite_rule cln_rule_dense_dropout = {
    .name = "dense_dropout",
    .help = "dense and the dropout behind it",
    .apply = apply,
};
