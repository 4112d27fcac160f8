/*
 * The `noise` section of an experiment: what becomes of every image as it is loaded. A pixel x goes
 * from 0 to 1; n is a standard normal number, drawn for each pixel and channel.
 *
 *     kind             noisy pixel                                        scale is
 *     gaussian         x + scale * n                                      standard deviation
 *     uniform          x + scale * sqrt(3) * u, u even over (-1, 1)       standard deviation
 *     salt-and-pepper  0 and 1 with probability scale / 2 each, else x    share that is hit
 *     speckle          x + scale * x * n                                  standard deviation of
 *                                                                         the factor 1 + scale * n
 *
 * So uniform and Gaussian noise of one scale have the same power. The kinds are those of
 * scikit-image's util.random_noise: there the Gaussian's and speckle's scale is sqrt(var), salt and
 * pepper's `amount` (with salt_vs_pepper 0.5); it clips by default, which here is a choice. The
 * probabilities of salt and pepper are multiples of 2^-24.
 */
#ifndef CLN_DATA_NOISE_SPEC_H
#define CLN_DATA_NOISE_SPEC_H

#include <stdbool.h>

/* Name, name in files, largest scale, what the scale is: in the order of their numbers in
 * cl/noise_kind.clh. */
#define CLN_NOISE_KINDS(X)                                                                         \
    X(GAUSSIAN, "gaussian", 1e6, "the standard deviation of what is added")                        \
    X(UNIFORM, "uniform", 1e6, "the standard deviation of what is added")                          \
    X(SALT_AND_PEPPER, "salt-and-pepper", 1, "the share of the pixels that are hit")               \
    X(SPECKLE, "speckle", 1e6, "the standard deviation of the factor")

enum cln_noise_kind {
#define CLN_NOISE_ENUM(kind, name, most, what) CLN_NOISE_##kind,
    CLN_NOISE_KINDS(CLN_NOISE_ENUM)
#undef CLN_NOISE_ENUM
        CLN_NOISE_KIND_COUNT
};

enum cln_noise_draw {
    CLN_DRAW_ONCE,  /* an image has the same noise in every epoch */
    CLN_DRAW_EPOCH, /* a fresh draw each epoch */
};

struct cln_noise_spec {
    int kind;          /* enum cln_noise_kind */
    double scale;      /* see above; 0: no noise */
    double test_scale; /* on images that are not trained on; NaN: as `scale` */
    int draw;          /* enum cln_noise_draw */
    bool clip;         /* noisy pixels are cut to [0, 1] */
};

#endif
