/* The shape of a convolution, and what the layer and its gradient share. */
#ifndef CLN_NN_CONV_SHAPE_H
#define CLN_NN_CONV_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "graph/lower.h"
#include "graph/op.h"
#include "nn/activation.h"

struct cln_conv_attrs {
    int64_t filters;
    int64_t kernel[2], stride[2]; /* height, width */
    int padding;                  /* enum cln_padding */
    int activation;               /* enum cln_activation, pointwise */
    bool use_bias;
    int initializer;   /* enum cln_init_kind, of the weights; a bias starts at zero */
    bool through_relu; /* conv2d_backward_data: x is a relu's output, dx is before that relu */
};

/* x (n, ih, iw, ci) -> y (n, oh, ow, co); weights (kh, kw, ci, co); pt rows and pl columns of zeros
 * stand before the image. */
struct cln_conv_shape {
    size_t n, ih, iw, ci, oh, ow, co, kh, kw, sh, sw, pt, pl;
};

/* CLN_CONFIG, beginning with `name`, if no window fits in the image. */
enum cln_status cln_conv_shape(const char *name, const struct cln_conv_attrs *attrs,
                               const struct cln_tensor *x, struct cln_conv_shape *out);

/* Of the convolution and of either gradient: `elems` are read and written. */
struct cln_cost cln_conv_cost(const struct cln_conv_shape *shape);

/* For infer(): whether input `at` of the node is the convolution's weights, and where it has a bias
 * the one behind them that. */
enum cln_status cln_conv_check_weights(const struct cln_node *node, int at,
                                       const struct cln_conv_attrs *attrs,
                                       const struct cln_conv_shape *shape);

/* "-DIH=.. -DIW=.. ..." for cl/conv_shape.clh */
struct cln_conv_options {
    char chars[256];
};
struct cln_conv_options cln_conv_options(const struct cln_conv_shape *shape);

/* Whether some tap of some output lies outside of the image. */
bool cln_conv_is_padded(const struct cln_conv_shape *shape);

/* The convolution with stride 1 that gives dx from dy (spread apart by the strides of `shape`). */
struct cln_conv_shape cln_conv_transposed(const struct cln_conv_shape *shape);

/* What one convolution works on. */
struct cln_conv {
    struct cln_conv_shape shape;
    cln_tensor_id x, w, bias, y; /* bias may be CLN_NO_TENSOR */
    enum cln_activation activation;
    bool gated; /* y is 0 where `gate`, of y's shape, is not above 0 */
    cln_tensor_id gate;
};

/* Its gradients, from dy before the activation. */
struct cln_conv_gradient {
    struct cln_conv_shape shape;
    cln_tensor_id x, w, dy, dx; /* w, dx of the one op; x, dw, db of the other */
    cln_tensor_id dw, db;       /* db may be CLN_NO_TENSOR */
    bool through_relu;          /* dx is the gradient before the relu whose output x is */
};

/* one work-item an element */
void cln_conv_reference(struct cln_lowering *l, const struct cln_conv *c);
void cln_conv_reference_data(struct cln_lowering *l, const struct cln_conv_gradient *g);
void cln_conv_reference_weights(struct cln_lowering *l, const struct cln_conv_gradient *g);

/* explicit vectors and register tiles: so many pixels of so many vectors of channels, for rows of
 * `ow` pixels of `co` channels */
struct cln_conv_tile {
    size_t width, vectors, pixels;
};
struct cln_conv_tile cln_conv_cpu_tile(const struct cln_caps *caps, size_t ow, size_t co);
void cln_conv_cpu(struct cln_lowering *l, const struct cln_conv *c);
void cln_conv_cpu_data(struct cln_lowering *l, const struct cln_conv_gradient *g);
void cln_conv_cpu_weights(struct cln_lowering *l, const struct cln_conv_gradient *g);

/* the same by Winograd's algorithm, where that fits shape and device, in tiles of `side` x `side`
 * outputs: 4, or 2 in the functions called winograd2 */
bool cln_conv_winograd_fits(const struct cln_conv_shape *s, const struct cln_caps *caps,
                            size_t side);
bool cln_conv_winograd_fits_weights(const struct cln_conv_shape *s, const struct cln_caps *caps,
                                    size_t side);
void cln_conv_winograd(struct cln_lowering *l, const struct cln_conv *c);
void cln_conv_winograd_data(struct cln_lowering *l, const struct cln_conv_gradient *g);
void cln_conv_winograd_weights(struct cln_lowering *l, const struct cln_conv_gradient *g);
void cln_conv_winograd2(struct cln_lowering *l, const struct cln_conv *c);
void cln_conv_winograd2_data(struct cln_lowering *l, const struct cln_conv_gradient *g);
void cln_conv_winograd2_weights(struct cln_lowering *l, const struct cln_conv_gradient *g);

/* For may_win() of the convolutions: the smaller tiles only where the larger ones do not fit or
 * take no fewer products for outputs of this shape. */
bool cln_conv_may_win(const struct cln_variant *variant, const struct cln_conv_shape *s);

/* tiles in local memory */
void cln_conv_gpu(struct cln_lowering *l, const struct cln_conv *c);
void cln_conv_gpu_data(struct cln_lowering *l, const struct cln_conv_gradient *g);
void cln_conv_gpu_weights(struct cln_lowering *l, const struct cln_conv_gradient *g);

#endif
