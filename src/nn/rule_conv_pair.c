/* In evaluation: conv2d of few taps and the conv2d_pool behind it become conv2d_pool_pair. */
#include <string.h>

#include "nn/conv_pair.h"
#include "nn/registry.h"
#include "nn/rules.h"

#define MOST_TAPS 32 /* products an output of the first; more want a kernel of their own */

static enum cln_status apply(struct cln_graph *graph, int node_index, bool *changed) {
    const struct cln_node node = graph->nodes[node_index];
    const int next = node.op == &cln_op_conv2d ? cln_rewrite_reader(graph, node.output[0]) : -1;
    if (next < 0 || graph->nodes[next].op != &cln_op_conv2d_pool)
        return CLN_OK;
    const struct cln_node second = graph->nodes[next];
    const struct cln_conv_pair_attrs attrs = {
        .first = *(const struct cln_conv_attrs *)node.attrs,
        .second = *(const struct cln_conv_pool_attrs *)second.attrs};
    struct cln_conv_shape shape;
    CLN_TRY(cln_conv_shape(node.name, &attrs.first, &graph->tensors[node.input[0]], &shape));
    if (shape.kh * shape.kw * shape.ci > MOST_TAPS || attrs.second.keep_places ||
        attrs.second.dropout.rate > 0)
        return CLN_OK;
    cln_tensor_id input[CLN_MAX_INPUTS];
    const int more = second.input_count - 1;
    memcpy(input, node.input, sizeof input);
    memcpy(&input[node.input_count], &second.input[1], (size_t)more * sizeof *input);
    *changed = true;
    return cln_rewrite_merge(graph, node_index, next, &cln_op_conv2d_pool_pair, &attrs, input,
                             node.input_count + more);
}

const struct cln_rewrite_rule cln_rule_conv_pair = {
    .name = "conv_pair",
    .help = "in evaluation, conv2d of few taps, and the conv2d and max_pool2d behind it",
    .evaluation = true,
    .apply = apply,
};
