/*
 * Activations: the layers relu, tanh and sigmoid, and what conv2d and dense need for an
 * `activation:` of their own. Kernels apply them with ACTIVATE(kind, T, x) from cl/activation.clh,
 * built with -DACTIVATION=<kind>; a softmax is a node of its own behind the layer's linear output.
 */
#ifndef CLN_NN_ACTIVATION_H
#define CLN_NN_ACTIVATION_H

#include "cl/activation.clh"
#include "graph/lower.h"
#include "nn/dropout.h"

enum cln_activation {
    CLN_ACTIVATION_NONE = ACTIVATION_NONE,
    CLN_ACTIVATION_RELU = ACTIVATION_RELU,
    CLN_ACTIVATION_TANH = ACTIVATION_TANH,
    CLN_ACTIVATION_SIGMOID = ACTIVATION_SIGMOID,
    CLN_ACTIVATION_SOFTMAX = ACTIVATION_SOFTMAX,
};

/* Of activation_backward. */
struct cln_activation_attrs {
    int kind; /* enum cln_activation, pointwise */
};

/* Of activation_dropout_backward. */
struct cln_activation_dropout_attrs {
    int kind; /* enum cln_activation, pointwise */
    struct cln_dropout_attrs dropout;
};

/* For CHOICE fields, NULL-terminated, in the order of the enum: all, and those without softmax. */
extern const char *const cln_activation_names[];
extern const char *const cln_activation_pointwise_names[];

/* Appends the node "<name>/softmax": y (same shape as x) = softmax over x's last dimension. */
enum cln_status cln_softmax_add(struct cln_graph *graph, const char *name, cln_tensor_id x,
                                cln_tensor_id *y);

/*
 * For the backward() of an op with a pointwise activation in its epilogue: appends the node
 * "<name>/activation_backward" that computes `*dz`, the gradient before the activation (an
 * intermediate of y's shape), from the output y and its gradient dy. For CLN_ACTIVATION_NONE there
 * is no node and `*dz` is dy; nor is there one for a relu whose gradient the node that writes dy
 * takes along (see absorb_relu in graph/op.h). Invalidates pointers to nodes and tensors.
 */
enum cln_status cln_activation_backward_add(struct cln_graph *graph, const char *name,
                                            enum cln_activation kind, cln_tensor_id y,
                                            cln_tensor_id dy, cln_tensor_id *dz);

/* The same behind a dropout, whose output y and gradient dy are: `input` is y, dy, samples,
 * control. */
enum cln_status cln_activation_dropout_backward_add(struct cln_graph *graph, const char *name,
                                                    enum cln_activation kind,
                                                    const struct cln_dropout_attrs *dropout,
                                                    const cln_tensor_id input[4],
                                                    cln_tensor_id *dz);

#endif
