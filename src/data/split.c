#include "data/split.h"

#include <stdlib.h>

#include "base/rng.h"
#include "cl/control.clh"

#define CLASSES 256

struct ranked {
    uint64_t rank;
    uint32_t sample;
};

static int by_rank(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->sample < y->sample ? -1 : x->sample > y->sample;
}

/* How many of each class: rounded down, then one more where most was lost by that. */
static void share_out(const uint32_t *size, uint32_t count, uint32_t wanted, uint32_t *share) {
    uint64_t lost[CLASSES]; /* in 1 / count */
    uint32_t left = wanted;
    for (int c = 0; c < CLASSES; c++) {
        uint64_t product = (uint64_t)size[c] * wanted;
        /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): more than `validation`, which is not 0 */
        share[c] = (uint32_t)(product / count);
        lost[c] = product % count;
        left -= share[c];
    }
    while (left--) {
        int most = 0;
        for (int c = 1; c < CLASSES; c++)
            most = lost[c] > lost[most] ? c : most;
        share[most]++;
        lost[most] = 0;
    }
}

/* Marks the samples of one class that are set aside. */
static void set_aside(const uint8_t *labels, uint32_t count, int class, uint32_t share,
                      uint64_t seed, struct ranked *ranked, uint8_t *aside) {
    size_t found = 0;
    for (uint32_t i = 0; i < count; i++)
        if (labels[i] == class) {
            uint64_t high = cln_random_word(seed, 0, i, 0, STREAM_SPLIT);
            uint64_t low = cln_random_word(seed, 1, i, 0, STREAM_SPLIT);
            ranked[found++] = (struct ranked){high << 32 | low, i};
        }
    qsort(ranked, found, sizeof *ranked, by_rank);
    for (uint32_t k = 0; k < share; k++)
        aside[ranked[k].sample] = 1;
}

static void choose(const uint8_t *labels, uint32_t count, uint32_t validation, uint64_t seed,
                   struct ranked *ranked, uint8_t *aside) {
    uint32_t size[CLASSES] = {0}, share[CLASSES];
    for (uint32_t i = 0; i < count; i++)
        size[labels[i]]++;
    share_out(size, count, validation, share);
    for (int c = 0; c < CLASSES; c++)
        if (share[c])
            set_aside(labels, count, c, share[c], seed, ranked, aside);
}

enum cln_status cln_split_make(const uint8_t *labels, uint32_t count, int64_t validation,
                               uint64_t seed, struct cln_split *out) {
    *out = (struct cln_split){0};
    if (validation < 0 || (validation > 0 && validation >= count))
        return CLN_FAIL(CONFIG,
                        "data.validation: %lld of %lu training images; accepted: fewer than there "
                        "are",
                        (long long)validation, (unsigned long)count);
    out->train = malloc(((size_t)count + 1) * sizeof *out->train);
    out->validation = malloc(((size_t)validation + 1) * sizeof *out->validation);
    uint8_t *aside = calloc((size_t)count + 1, 1);
    struct ranked *ranked = validation ? malloc(count * sizeof *ranked) : NULL;
    enum cln_status status = CLN_OK;
    if (!out->train || !out->validation || !aside || (validation && !ranked))
        status = CLN_FAIL(MEMORY, "out of memory for a split of %lu images", (unsigned long)count);
    else if (validation)
        choose(labels, count, (uint32_t)validation, seed, ranked, aside);
    for (uint32_t i = 0; i < count && status == CLN_OK; i++)
        if (aside[i])
            out->validation[out->validation_count++] = i;
        else
            out->train[out->train_count++] = i;
    free(aside);
    free(ranked);
    return status;
}

void cln_split_done(struct cln_split *split) {
    free(split->train);
    free(split->validation);
    *split = (struct cln_split){0};
}
