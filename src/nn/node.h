/* Small things that the infer() and backward() functions of many ops need. */
#ifndef CLN_NN_NODE_H
#define CLN_NN_NODE_H

#include "graph/graph.h"

/*
 * For infer() of a node that writes a tensor which exists already, such as a gradient: whoever adds
 * the node lists that tensor as its last input, and this makes it the node's next output.
 * CLN_INTERNAL unless it has the dtype and as many elements as `like`.
 */
enum cln_status cln_node_adopt_output(struct cln_node *node, const struct cln_tensor *like);

/* CLN_INTERNAL unless the input, `what` in the message, has that type and so many elements. */
enum cln_status cln_node_check_elems(const struct cln_node *node, int input, const char *what,
                                     enum cln_dtype dtype, size_t elems);

/* "(2, 28, 28, 1)", for messages. */
struct cln_shape_text {
    char chars[96];
};
struct cln_shape_text cln_shape_text(const struct cln_tensor *tensor);

/* "<node>/<part>": the name of a node that another one brings about. */
struct cln_node_name {
    char chars[CLN_NAME_SIZE];
};
struct cln_node_name cln_node_part_name(const char *node, const char *part);

/*
 * For backward() of `node`, a copy, since nodes move when one is added: the node "<node>/<part>" of
 * `op`, which computes the gradient of the first input into its own last one, which comes behind
 * those listed. Adds none where nobody needs that gradient.
 */
enum cln_status cln_node_input_gradient(struct cln_graph *graph, const struct cln_node *node,
                                        const char *part, const struct cln_op *op,
                                        const void *attrs, const cln_tensor_id *input,
                                        int input_count);

#endif
