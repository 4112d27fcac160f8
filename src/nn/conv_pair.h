/*
 * conv2d_pool_pair: a convolution of few taps and the conv2d_pool that alone reads it, in one node,
 * in evaluation: a gradient would need what lies between them. Often that is the largest tensor of
 * the whole step, and it costs less to compute parts of it twice than to write and read it once.
 * Models do not name it: a rewrite rule makes it.
 */
#ifndef CLN_NN_CONV_PAIR_H
#define CLN_NN_CONV_PAIR_H

#include "nn/conv_pool.h"

struct cln_conv_pair_attrs {
    struct cln_conv_attrs first;
    struct cln_conv_pool_attrs second; /* without places and dropout */
};

/* What its kernels work on. */
struct cln_conv_pair {
    struct cln_conv first;       /* y: CLN_NO_TENSOR until somebody stores it */
    struct cln_conv_pool second; /* x likewise */
};

/* Of both, without what lies between them. */
struct cln_cost cln_conv_pair_cost(const struct cln_conv_pair *pair);

/* The second one by Winograd, in tiles of `side` x `side`, from rows of the first that each
 * work-item computes for itself; where the first has no padding. */
bool cln_conv_pair_winograd_fits(const struct cln_conv_pair *pair, const struct cln_caps *caps,
                                 size_t side);
void cln_conv_pair_winograd(struct cln_lowering *l, const struct cln_conv_pair *pair, size_t side);

#endif
