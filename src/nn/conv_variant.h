/*
 * A variant of an op of convolutions, as two functions of the node: whether it fits the device, and
 * what it launches. Ops differ in how they describe what a node's kernels work on, variants in the
 * function that emits them.
 */
#ifndef CLN_NN_CONV_VARIANT_H
#define CLN_NN_CONV_VARIANT_H

#include "nn/conv_shape.h"

/* `emit(l, &description)`, where `describe(node)` gives a description of type `type`. */
#define CLN_CONV_LOWER(function, type, describe, emit)                                             \
    static enum cln_status function(const struct cln_node *node, struct cln_lowering *l) {         \
        const type description = describe(node);                                                   \
        emit(l, &description);                                                                     \
        return l->status;                                                                          \
    }

/* `fits(&shape, caps, side)`, where `shape_of(node)` gives the convolution's shape. */
#define CLN_CONV_FITS(function, shape_of, fits, side)                                              \
    static bool function(const struct cln_node *node, const struct cln_caps *caps) {               \
        const struct cln_conv_shape shape = shape_of(node);                                        \
        return fits(&shape, caps, side);                                                           \
    }

#endif
