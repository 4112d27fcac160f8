/*
 * The noise as published: SHA-256 of what each kind makes of 100 training images of 28 x 28 under
 * seed 1, every pixel the same, as little-endian floats. Whoever changes a bit of it changes every
 * published result.
 */
#ifndef CLN_DATA_NOISE_PUBLISHED_H
#define CLN_DATA_NOISE_PUBLISHED_H

#include <stdint.h>

#include "base/hash.h"
#include "data/noise_spec.h"

#define CLN_PUBLISHED_IMAGES 100
#define CLN_PUBLISHED_PIXELS 784
#define CLN_PUBLISHED_SEED   1

/* By kind. The Gaussian's values are the normal numbers themselves. */
extern const struct cln_noise_published {
    uint8_t pixel;
    double scale;
    const char *hash;
} cln_noise_published[CLN_NOISE_KIND_COUNT];

/* The hash of such images, (CLN_PUBLISHED_IMAGES, CLN_PUBLISHED_PIXELS). */
enum cln_status cln_noise_published_hash(const float *images, char hex[CLN_SHA256_HEX_SIZE]);

#endif
