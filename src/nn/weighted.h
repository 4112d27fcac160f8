/*
 * What layers with weights share, y = f(x w + b), whatever the product: their nodes have x, w and,
 * with a bias, b as first inputs.
 */
#ifndef CLN_NN_WEIGHTED_H
#define CLN_NN_WEIGHTED_H

#include "graph/builder.h"

/*
 * For build(): the variables "kernel", of shape `dim`, and with `use_bias` "bias", a zero for each
 * of the last dimension; the layer's node, of `op` with `attrs`; and builder->x becomes its output.
 */
enum cln_status cln_weighted_build(struct cln_builder *builder, const struct cln_op *op,
                                   const void *attrs, int rank, const size_t *dim,
                                   struct cln_init init, bool use_bias);

/*
 * For backward() of `node`, a copy, since nodes move when one is added: the nodes that compute the
 * gradients somebody needs, with its attributes. `dy` is what they know of the output's: the
 * gradient before the activation, and maybe more.
 *
 *     weights_op: x, dy..., [db,] dw     first, so that dw does not wait for the layers below
 *     data_op:    dy..., w, dx
 */
enum cln_status cln_weighted_backward(struct cln_graph *graph, const struct cln_node *node,
                                      const struct cln_op *weights_op, const struct cln_op *data_op,
                                      bool use_bias, const cln_tensor_id *dy, int dy_count);

#endif
