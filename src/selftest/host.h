/*
 * Ops on the host, in plain loops and double precision: what kernels are held against. Written from
 * what the ops are said to compute (src/nn), not from how kernels do it.
 */
#ifndef CLN_SELFTEST_HOST_H
#define CLN_SELFTEST_HOST_H

#include <math.h>

#include "cl/control.clh"
#include "graph/op.h"
#include "graph/trial.h"
#include "nn/dropout.h"

/* Computes the node. `at` has the values of each tensor of its graph, whatever their type, as
 * doubles: integers fit in them. */
typedef void cln_host_op(const struct cln_node *node, double *const *at);

/* NULL: the host does not know the op. */
cln_host_op *cln_host_find(const struct cln_op *op);

/* For a trial's hooks: inputs that suit the op where what a tuner makes up does not, and what the
 * host makes of them. Which loss the metrics hold is left to others: it is rounded to a grid. */
void cln_host_fill(void *user, const struct cln_node *node, const struct cln_trial_value *values);
bool cln_host_expect(void *user, const struct cln_node *node, struct cln_trial_value *values);

/* Both. */
extern const struct cln_trial_hooks cln_host_hooks;

/* Tensor of an input or output. */
#define HOST_IN(i)  (at[node->input[i]])
#define HOST_OUT(k) (at[node->output[k]])

/* A field of the op's attributes, by its key: a number or a truth value. */
double cln_host_attr(const struct cln_node *node, const char *key);

/* Of control words: a word that holds a float; the seed. */
float cln_host_float(double word);
uint64_t cln_host_seed(const double *control);

/* y = f(x) of a pointwise activation, and dx from y and dy. */
double cln_host_activate(int kind, double x);
double cln_host_activation_gradient(int kind, double y, double dy);

/* Dropout in place, or the gradient of it, of `rows` rows of `elems`. */
void cln_host_drop(const struct cln_dropout_attrs *attrs, const double *samples,
                   const double *control, double *values, size_t rows, size_t elems);

#define CLN_HOST_OPS(X)                                                                            \
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
    X(max_pool2d)                                                                                  \
    X(max_pool2d_backward)                                                                         \
    X(average_pool2d)                                                                              \
    X(average_pool2d_backward)                                                                     \
    X(softmax)                                                                                     \
    X(softmax_backward)                                                                            \
    X(softmax_cross_entropy)                                                                       \
    X(load_batch)                                                                                  \
    X(step_end)                                                                                    \
    X(init)                                                                                        \
    X(dropout)                                                                                     \
    X(dropout_backward)                                                                            \
    X(sgd)                                                                                         \
    X(rmsprop)                                                                                     \
    X(adadelta)                                                                                    \
    X(adam)

#define CLN_HOST_DECLARE(name) cln_host_op cln_host_##name;
CLN_HOST_OPS(CLN_HOST_DECLARE)
#undef CLN_HOST_DECLARE

#endif
