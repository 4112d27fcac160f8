#include "nn/weighted.h"

#include <string.h>

#include "nn/node.h"

enum cln_status cln_weighted_build(struct cln_builder *builder, const struct cln_op *op,
                                   const void *attrs, int rank, const size_t *dim,
                                   struct cln_init init, bool use_bias) {
    cln_tensor_id input[3] = {builder->x};
    CLN_TRY(cln_builder_variable(builder, "kernel", rank, dim, init, true, &input[1]));
    init.kind = CLN_INIT_ZEROS;
    if (use_bias)
        CLN_TRY(cln_builder_variable(builder, "bias", 1, &dim[rank - 1], init, true, &input[2]));
    struct cln_node *node;
    CLN_TRY(
        cln_graph_add(builder->graph, op, builder->layer_name, attrs, input, 2 + use_bias, &node));
    builder->x = node->output[0];
    return CLN_OK;
}

static enum cln_status add_weights_gradient(struct cln_graph *graph, const struct cln_node *node,
                                            const struct cln_op *op, bool use_bias,
                                            const cln_tensor_id *dy, int dy_count) {
    cln_tensor_id dw, db = CLN_NO_TENSOR, input[CLN_MAX_INPUTS];
    int count = 0;
    CLN_TRY(cln_graph_gradient(graph, node->input[1], &dw));
    if (use_bias)
        CLN_TRY(cln_graph_gradient(graph, node->input[2], &db));
    if (dw == CLN_NO_TENSOR)
        return CLN_OK;
    input[count++] = node->input[0];
    for (int i = 0; i < dy_count; i++)
        input[count++] = dy[i];
    if (db != CLN_NO_TENSOR)
        input[count++] = db;
    input[count++] = dw;
    return cln_graph_add(graph, op, cln_node_part_name(node->name, "weights_gradient").chars,
                         node->attrs, input, count, NULL);
}

enum cln_status cln_weighted_backward(struct cln_graph *graph, const struct cln_node *node,
                                      const struct cln_op *weights_op, const struct cln_op *data_op,
                                      bool use_bias, const cln_tensor_id *dy, int dy_count) {
    cln_tensor_id input[CLN_MAX_INPUTS];
    CLN_TRY(add_weights_gradient(graph, node, weights_op, use_bias, dy, dy_count));
    memcpy(input, dy, (size_t)dy_count * sizeof *dy);
    input[dy_count] = node->input[1];
    return cln_node_input_gradient(graph, node, "input_gradient", data_op, node->attrs, input,
                                   dy_count + 1);
}
