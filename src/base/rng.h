/*
 * Random numbers on the host: the same definitions, and bits, as the kernels (cl/philox.clh,
 * cl/gauss.clh). Counter-based: nothing is kept between calls.
 */
#ifndef CLN_BASE_RNG_H
#define CLN_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

/* Philox4x32-10 (Salmon et al., SC 2011): four words from a counter and a key. */
void cln_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

/* Counter, key and words as published with Random123, the authors' own library. */
#define CLN_PHILOX_KNOWN 3
extern const struct cln_philox_known {
    uint32_t counter[4], key[2], words[4];
} cln_philox_known[CLN_PHILOX_KNOWN];

/* The standard normal numbers that four random words give: Box-Muller on each pair of them. */
void cln_gauss(const uint32_t word[4], float normal[4]);

/* Word of element `element` of (sample, epoch, stream) under `seed`: see cl/control.clh. */
uint32_t cln_random_word(uint64_t seed, uint32_t element, uint32_t sample, uint32_t epoch,
                         uint32_t stream);

/* Standard normal number of that element: Box-Muller on the words of its block. */
float cln_random_normal(uint64_t seed, uint32_t element, uint32_t sample, uint32_t epoch,
                        uint32_t stream);

/* The normal numbers of `count` elements from `element` on: what one call for each would give. */
void cln_random_normals(uint64_t seed, uint32_t element, size_t count, uint32_t sample,
                        uint32_t epoch, uint32_t stream, float *out);

/* A permutation of 0..count-1 (Fisher-Yates), a new one for each epoch. */
void cln_random_permutation(uint64_t seed, uint32_t epoch, uint32_t *order, uint32_t count);

#endif
