/* Two models paired by seed: bootstrap and sign-flip test of their differences. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/rng.h"
#include "clnoise/statistics.h"
#include "stats/distribution.h"

/* Any numbers do; the same ones always, so that a report drawn twice says the same. */
static const uint32_t bootstrap_key[2] = {0x424f4f54, 0x53545241};
static const uint32_t sign_flip_key[2] = {0x5349474e, 0x464c4950};

/* Sums of the same numbers in another order differ by rounding; this share of their size is more
 * than it can be, and less than any difference of accuracies that was meant. */
static const double rounding = 1e-12;

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static double mean_of(const double *values, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += values[i];
    return sum / count;
}

static double size_of(const double *values, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += fabs(values[i]);
    return sum;
}

static double resampled_mean(const double *values, int count, uint32_t resample) {
    double sum = 0;
    uint32_t word[4];
    for (int i = 0; i < count; i++) {
        if (i % 4 == 0) {
            const uint32_t counter[4] = {(uint32_t)i / 4, resample, 0, 0};
            cln_philox(counter, bootstrap_key, word);
        }
        sum += values[((uint64_t)word[i % 4] * (uint64_t)count) >> 32];
    }
    return sum / count;
}

/* Linear between the sorted values, the least at share 0 and the largest at 1. */
static double quantile(const double *sorted, int count, double share) {
    double place = share * (count - 1);
    int below = (int)place;
    if (below >= count - 1)
        return sorted[count - 1];
    return sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
}

/* The share of the resampled means below the mean itself, half of those equal to it. */
static double share_below(const double *means, double mean, double close) {
    double below = 0;
    for (int r = 0; r < CLN_BOOTSTRAP_RESAMPLES; r++)
        below += means[r] < mean - close ? 1 : means[r] <= mean + close ? .5 : 0;
    return below / CLN_BOOTSTRAP_RESAMPLES;
}

/* From the jackknife, which for a mean leaves (value - mean) / (count - 1). */
static double acceleration(const double *values, int count, double mean) {
    double squares = 0, cubes = 0;
    for (int i = 0; i < count; i++) {
        double off = values[i] - mean;
        squares += off * off;
        cubes += off * off * off;
    }
    return cubes / (6 * pow(squares, 1.5));
}

enum cln_status cln_bootstrap_mean(const double *values, int count, struct cln_interval *out) {
    *out = (struct cln_interval){NAN, NAN};
    if (count < 2)
        return CLN_OK;
    double mean = mean_of(values, count), close = rounding * size_of(values, count);
    bool equal = true;
    for (int i = 0; i < count; i++)
        equal = equal && fabs(values[i] - mean) <= close;
    if (equal) {
        *out = (struct cln_interval){mean, mean};
        return CLN_OK;
    }
    double *means = malloc(CLN_BOOTSTRAP_RESAMPLES * sizeof *means);
    if (!means)
        return CLN_FAIL(MEMORY, "out of memory for a bootstrap interval");
    for (int r = 0; r < CLN_BOOTSTRAP_RESAMPLES; r++)
        means[r] = resampled_mean(values, count, (uint32_t)r);
    double bias = cln_normal_quantile(share_below(means, mean, close));
    double turn = acceleration(values, count, mean), end[2];
    qsort(means, CLN_BOOTSTRAP_RESAMPLES, sizeof *means, ascending);
    for (int side = 0; side < 2; side++) {
        double z = bias + cln_normal_quantile(side ? .975 : .025);
        end[side] =
            quantile(means, CLN_BOOTSTRAP_RESAMPLES, cln_normal_below(bias + z / (1 - turn * z)));
    }
    free(means);
    *out = (struct cln_interval){end[0], end[1]};
    return CLN_OK;
}

/* The sum of the values with the signs of `bits`: set bits are minus. */
static double signed_sum(const double *values, int count, uint32_t bits) {
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += bits >> i & 1 ? -values[i] : values[i];
    return sum;
}

/* Every combination, as one of the first half of the values joined with one of the second. */
static double sign_flip_exact(const double *values, int count, double limit) {
    double first[1 << (CLN_SIGN_FLIP_EXACT + 1) / 2];
    int first_count = (count + 1) / 2, second_count = count - first_count;
    for (uint32_t i = 0; i < UINT32_C(1) << first_count; i++)
        first[i] = signed_sum(values, first_count, i);
    double hits = 0;
    for (uint32_t j = 0; j < UINT32_C(1) << second_count; j++) {
        double second = signed_sum(values + first_count, second_count, j);
        for (uint32_t i = 0; i < UINT32_C(1) << first_count; i++)
            hits += fabs(first[i] + second) >= limit;
    }
    return ldexp(hits, -count);
}

static double sign_flip_sampled(const double *values, int count, double limit) {
    double hits = 0;
    for (uint32_t s = 0; s < CLN_SIGN_FLIP_SAMPLES; s++) {
        double sum = 0;
        for (int i = 0; i < count; i += 128) {
            const uint32_t counter[4] = {(uint32_t)i / 128, s, 0, 0};
            uint32_t word[4];
            cln_philox(counter, sign_flip_key, word);
            for (int w = 0; w < 4 && i + 32 * w < count; w++) {
                int at = i + 32 * w, some = count - at < 32 ? count - at : 32;
                sum += signed_sum(values + at, some, word[w]);
            }
        }
        hits += fabs(sum) >= limit;
    }
    return (hits + 1) / (CLN_SIGN_FLIP_SAMPLES + 1);
}

double cln_sign_flip(const double *values, int count) {
    if (count < 1)
        return NAN;
    double limit = fabs(mean_of(values, count) * count) - rounding * size_of(values, count);
    return count <= CLN_SIGN_FLIP_EXACT ? sign_flip_exact(values, count, limit)
                                        : sign_flip_sampled(values, count, limit);
}

enum cln_status cln_pairs_compare(const double *a, const double *b, int count,
                                  struct cln_comparison *out) {
    *out = (struct cln_comparison){.p = NAN, .low = NAN, .high = NAN};
    double *differences = malloc((size_t)(count > 0 ? count : 1) * sizeof *differences);
    if (!differences)
        return CLN_FAIL(MEMORY, "out of memory for a comparison");
    for (int i = 0; i < count; i++) {
        if (isnan(a[i]) || isnan(b[i]))
            out->left_out++;
        else
            differences[out->pairs++] = a[i] - b[i];
    }
    struct cln_mean mean = cln_mean_of(differences, out->pairs);
    out->difference = mean.mean;
    out->sd = mean.sd;
    struct cln_interval interval;
    enum cln_status status = cln_bootstrap_mean(differences, out->pairs, &interval);
    out->low = interval.low;
    out->high = interval.high;
    out->p = cln_sign_flip(differences, out->pairs);
    out->smallest_p = out->pairs > 0 ? ldexp(1, 1 - out->pairs) : NAN;
    out->enough = out->pairs >= CLN_PAIRS_MIN;
    free(differences);
    return status;
}

struct ranked {
    double p;
    int place;
};

static int least_first(const void *a, const void *b) {
    const struct ranked *x = a, *y = b;
    return x->p < y->p ? -1 : x->p > y->p ? 1 : x->place - y->place;
}

enum cln_status cln_holm(const double *p, int count, double *adjusted) {
    struct ranked *ranked = malloc((size_t)(count > 0 ? count : 1) * sizeof *ranked);
    if (!ranked)
        return CLN_FAIL(MEMORY, "out of memory for Holm's adjustment");
    int asked = 0;
    for (int i = 0; i < count; i++) {
        if (!isnan(p[i]))
            ranked[asked++] = (struct ranked){p[i], i};
        else
            adjusted[i] = NAN;
    }
    qsort(ranked, (size_t)asked, sizeof *ranked, least_first);
    double largest = 0;
    for (int r = 0; r < asked; r++) {
        largest = fmax(largest, fmin(1, (asked - r) * ranked[r].p));
        adjusted[ranked[r].place] = largest;
    }
    free(ranked);
    return CLN_OK;
}
