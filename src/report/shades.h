/* Images and their noise as shades to be looked at, on paper and in a terminal. */
#ifndef CLN_REPORT_SHADES_H
#define CLN_REPORT_SHADES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "data/noise_spec.h"
#include "experiment/experiment.h"

/* Images to show: those of a data set, or a few kept from it. */
struct cln_shown_images {
    const uint8_t *images; /* (count, height, width, channels) */
    const uint8_t *labels; /* (count) */
    uint32_t count, height, width, channels;
    const uint32_t *samples; /* (count) their numbers in the data set; NULL: 0, 1, 2, ... */
    uint64_t seed;           /* of the noise: what a cell with this seed works on */
    uint32_t stream;         /* of the noise: STREAM_NOISE_TRAIN, ... */
};

/* Picks the first images of as many different labels, and if those are too few the first of the
 * others as well; returns how many there are, at most `most`. */
uint32_t cln_images_pick(const uint8_t *labels, uint32_t count, uint32_t most, uint32_t *picks);

/* Values of one image. */
size_t cln_shown_elems(const struct cln_shown_images *images);

/*
 * Image number `index` with noise of spec->scale, as training sees it in the first epoch, to the
 * last bit: from 0 to 1 and what noise makes of it. (height, width, channels).
 */
void cln_shown_noisy(const struct cln_shown_images *images, uint32_t index,
                     const struct cln_noise_spec *spec, float *out);

/* The different noises of the cells, those of scale 0 left out, in the order they come in; `test`:
 * those of images that are not trained on. `out` has room for one a cell. Returns how many. */
size_t cln_noises_of_cells(const struct cln_cell *const *cells, int count, bool test,
                           struct cln_noise_spec *out);

/* How far noisy values are shown beyond 0 and 1: black is -margin, white 1 + margin. */
double cln_noise_margin(const struct cln_noise_spec *spec);

/* Values as shades from 0 (black) to 255 (white); what lies beyond the margin is cut. */
void cln_shades(const float *values, size_t count, double margin, uint8_t *out);

#endif
