/* Every op the engine knows. Adding one is a line in this list. */
#ifndef CLN_NN_REGISTRY_H
#define CLN_NN_REGISTRY_H

#include "graph/op.h"

/* name -> the descriptor cln_op_<name>, defined in the op's own file */
#define CLN_OP_LIST(X)                                                                             \
    X(conv2d)                                                                                      \
    X(conv2d_backward_data)                                                                        \
    X(conv2d_backward_weights)                                                                     \
    X(conv2d_pool)                                                                                 \
    X(conv2d_pool_backward_data)                                                                   \
    X(conv2d_pool_backward_weights)                                                                \
    X(conv2d_pool_pair)                                                                            \
    X(dense)                                                                                       \
    X(dense_backward_data)                                                                         \
    X(dense_backward_weights)                                                                      \
    X(relu)                                                                                        \
    X(tanh)                                                                                        \
    X(sigmoid)                                                                                     \
    X(activation_backward)                                                                         \
    X(activation_dropout_backward)                                                                 \
    X(batch_norm)                                                                                  \
    X(batch_norm_inference)                                                                        \
    X(batch_norm_backward)                                                                         \
    X(flatten)                                                                                     \
    X(max_pool2d)                                                                                  \
    X(max_pool2d_backward)                                                                         \
    X(average_pool2d)                                                                              \
    X(average_pool2d_backward)                                                                     \
    X(softmax)                                                                                     \
    X(softmax_backward)                                                                            \
    X(softmax_cross_entropy)                                                                       \
    X(philox)                                                                                      \
    X(builtin)                                                                                     \
    X(load_batch)                                                                                  \
    X(step_end)                                                                                    \
    X(init)                                                                                        \
    X(dropout)                                                                                     \
    X(dropout_backward)                                                                            \
    X(sgd)                                                                                         \
    X(rmsprop)                                                                                     \
    X(adadelta)                                                                                    \
    X(adam)

#define CLN_OP_DECLARE(name) extern const struct cln_op cln_op_##name;
CLN_OP_LIST(CLN_OP_DECLARE)
#undef CLN_OP_DECLARE

extern const struct cln_op *const cln_ops[]; /* ends with NULL */

/* The op of that kind and name, or NULL. */
const struct cln_op *cln_op_find(enum cln_op_kind kind, const char *name);

/* Checks the names in pins of the environment, CLNOISE_VARIANT="conv2d=reference,cpu_vector": each
 * op exists, and has that variant; a variant alone is one of some op's. CLN_CONFIG with the nearest
 * name otherwise. NULL and "" are fine. */
enum cln_status cln_pins_check(const char *pins);

#endif
