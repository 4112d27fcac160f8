/*
 * conv2d_pool: a convolution, its activation, max-pooling over windows that touch but do not
 * overlap, and dropout, in one node. The convolution's own output, by far the largest tensor of a
 * small ConvNet, is then never stored. Models do not name it: a rewrite rule makes it of conv2d,
 * max_pool2d and dropout where they follow one another.
 *
 * Beside y (n, ph, pw, co) the node keeps `place` (n, ph, pw, co), u8: the place in the window,
 * row * pool_w + column, of the first maximum, or NO_PLACE where no gradient passes: a maximum that
 * relu cut off, or an element that dropout took away. At most one in pool_h * pool_w entries of the
 * gradient before pooling is not zero, and `place` says which, so the backward pass can be sparse.
 */
#ifndef CLN_NN_CONV_POOL_H
#define CLN_NN_CONV_POOL_H

#include "cl/conv_pool.clh" /* NO_PLACE */
#include "nn/conv_shape.h"
#include "nn/dropout.h"

struct cln_conv_pool_attrs {
    struct cln_conv_attrs conv; /* its activation: none or relu */
    int64_t pool[2];            /* height and width of the window, which is also the stride */
    bool keep_places;           /* make the second output; the gradient asks for it */
    bool through_relu; /* of conv2d_pool_backward_data: x is a relu's output, dx is before it */
    struct cln_dropout_attrs dropout; /* rate 0: none */
};

/* What its kernels work on. */
struct cln_conv_pool {
    struct cln_conv_shape shape;   /* of the convolution: y there is (n, oh, ow, co) */
    size_t pool_h, pool_w, ph, pw; /* ph = oh / pool_h, pw = ow / pool_w, without what is over */
    enum cln_activation activation;
    struct cln_dropout_attrs dropout;
    bool through_relu;
    cln_tensor_id x, w, bias, y;    /* bias may be CLN_NO_TENSOR; y is (n, ph, pw, co) */
    cln_tensor_id place;            /* u8; CLN_NO_TENSOR in evaluation */
    cln_tensor_id samples, control; /* CLN_NO_TENSOR without dropout */
    cln_tensor_id dy;               /* d(loss)/dy after dropout, (n, ph, pw, co) */
    cln_tensor_id dx, dw, db; /* the gradients; dx of one op, dw and db (or none) of another */
};

/* Whether places of such windows can be told apart, and one fits at least. */
bool cln_conv_pool_shape(const struct cln_conv_shape *shape, const int64_t pool[2]);

/* Fills in all but the tensors, which are CLN_NO_TENSOR, for the input x of a node that infer() has
 * found right. */
void cln_conv_pool_start(struct cln_conv_pool *c, const char *name,
                         const struct cln_conv_pool_attrs *attrs, const struct cln_tensor *x);

/* For cl/conv_pool.cl: width, oh, ow, co, pool_h, pool_w. */
#define CLN_CONV_POOL_OPTIONS "-DWIDTH=%d -DOH=%zu -DOW=%zu -DCO=%zu -DPOOL_H=%zu -DPOOL_W=%zu"

/* Of both, with what the pool leaves as the output; without its places. */
struct cln_cost cln_conv_pool_cost(const struct cln_conv_pool *c);

/* A convolution with a result of its own, and a pass that pools it, by rows or by elements. */
void cln_conv_pool_in_two(struct cln_lowering *l, const struct cln_conv_pool *c,
                          void (*convolve)(struct cln_lowering *l, const struct cln_conv *c),
                          bool rows);

/* Winograd, in tiles of `side` x `side`, with pooling and dropout in the epilogue: windows of 2
 * x 2.
 */
bool cln_conv_pool_winograd_fits(const struct cln_conv_pool *c, const struct cln_caps *caps,
                                 size_t side);
void cln_conv_pool_winograd(struct cln_lowering *l, const struct cln_conv_pool *c, size_t side);

/* Gradients that visit only the places a gradient comes from. */
bool cln_conv_pool_sparse_fits_data(const struct cln_conv_pool *c, const struct cln_caps *caps);
bool cln_conv_pool_sparse_fits_weights(const struct cln_conv_pool *c, const struct cln_caps *caps);
void cln_conv_pool_sparse_data(struct cln_lowering *l, const struct cln_conv_pool *c);
void cln_conv_pool_sparse_weights(struct cln_lowering *l, const struct cln_conv_pool *c);

#endif
