/* The fully connected layer: its attributes, for the layer and the two ops of its gradient. */
#ifndef CLN_NN_DENSE_H
#define CLN_NN_DENSE_H

#include <stdbool.h>
#include <stdint.h>

#include "nn/dropout.h"

struct cln_dense_attrs {
    int64_t units;
    int activation; /* enum cln_activation; in a node never softmax, which is a node of its own */
    bool use_bias;
    int initializer; /* enum cln_init_kind, of the weights; a bias starts at zero */
    struct cln_dropout_attrs dropout; /* of the output, by a rewrite rule; rate 0: none */
};

#endif
