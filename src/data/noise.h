/* What the kinds of noise are called, and noise on the host: the same bits as on the device. */
#ifndef CLN_DATA_NOISE_H
#define CLN_DATA_NOISE_H

#include <stddef.h>
#include <stdint.h>

#include "data/noise_spec.h"

/* By kind: "gaussian", "uniform", ...; ends with NULL. */
extern const char *const cln_noise_kind_names[CLN_NOISE_KIND_COUNT + 1];

/* The largest scale of a kind, and what its scale is: "the standard deviation of what is added". */
double cln_noise_scale_most(int kind);
const char *cln_noise_scale_meaning(int kind);

/* The scale on images that are not trained on. */
double cln_noise_test_scale(const struct cln_noise_spec *spec);

/* Where in the random streams the noise of one image lies; see cl/control.clh. */
struct cln_noise_place {
    uint64_t seed;
    uint32_t sample; /* its number in the file it comes from */
    uint32_t draw;   /* 0, or with CLN_DRAW_EPOCH the epoch, counted from 0 */
    uint32_t stream; /* STREAM_NOISE_TRAIN, ... */
};

/* The image as load_batch makes it, to the last bit: `count` pixels of it, from the first on, with
 * noise of `scale` (spec->scale is not looked at). */
void cln_noise_apply(const struct cln_noise_spec *spec, double scale,
                     const struct cln_noise_place *place, const uint8_t *pixels, size_t count,
                     float *out);

#endif
