/* The host's side of cl/philox.clh and cl/gauss.clh. */
#include "base/rng.h"

#include "base/one_lane.h"
#include "cl/control.clh"
#include "cl/gauss.clh"

const struct cln_philox_known cln_philox_known[CLN_PHILOX_KNOWN] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
    {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
     {0xffffffff, 0xffffffff},
     {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
    {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
     {0xa4093822, 0x299f31d0},
     {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
};

void cln_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    memcpy(out, counter, 4 * sizeof *out);
    philox(out, key[0], key[1]);
}

void cln_gauss(const uint32_t word[4], float normal[4]) {
    normal_pair(word[0], word[1], &normal[0], &normal[1]);
    normal_pair(word[2], word[3], &normal[2], &normal[3]);
}

uint32_t cln_random_word(uint64_t seed, uint32_t element, uint32_t sample, uint32_t epoch,
                         uint32_t stream) {
    uint32_t word[4];
    random_words(element / 4, sample, epoch, stream, (uint32_t)seed, (uint32_t)(seed >> 32), word);
    return word[element % 4];
}

float cln_random_normal(uint64_t seed, uint32_t element, uint32_t sample, uint32_t epoch,
                        uint32_t stream) {
    float normal;
    cln_random_normals(seed, element, 1, sample, epoch, stream, &normal);
    return normal;
}

void cln_random_normals(uint64_t seed, uint32_t element, size_t count, uint32_t sample,
                        uint32_t epoch, uint32_t stream, float *out) {
    float block[4];
    for (size_t i = 0; i < count; i++, element++) {
        if (i == 0 || element % 4 == 0)
            random_normals(element / 4, sample, epoch, stream, (uint32_t)seed,
                           (uint32_t)(seed >> 32), block);
        out[i] = block[element % 4];
    }
}

/* A number below `bound`, from 64 random bits: biased by less than bound / 2^64. */
static uint32_t random_below(uint64_t bits, uint32_t bound) {
    uint64_t low = (bits & UINT32_MAX) * bound;
    uint64_t high = (bits >> 32) * bound;
    return (uint32_t)((high + (low >> 32)) >> 32);
}

void cln_random_permutation(uint64_t seed, uint32_t epoch, uint32_t *order, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        uint32_t word[4];
        random_words(i, 0, epoch, STREAM_SHUFFLE, (uint32_t)seed, (uint32_t)(seed >> 32), word);
        uint32_t other = random_below((uint64_t)word[0] << 32 | word[1], i);
        uint32_t kept = order[i - 1];
        order[i - 1] = order[other];
        order[other] = kept;
    }
}
