/* Random numbers on the host: known answers, and the statistics of 10^7 normal numbers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/rng.h"
#include "cl/control.clh"
#include "data/noise_published.h"

static void test_known_answers(void **state) {
    (void)state;
    for (int i = 0; i < CLN_PHILOX_KNOWN; i++) {
        uint32_t out[4];
        cln_philox(cln_philox_known[i].counter, cln_philox_known[i].key, out);
        assert_memory_equal(out, cln_philox_known[i].words, sizeof out);
    }
}

static void test_word_is_the_counters(void **state) {
    (void)state;
    uint32_t out[4];
    cln_philox((uint32_t[]){5, 11, 7, 13}, (uint32_t[]){0x89abcdef, 0x01234567}, out);
    for (uint32_t j = 0; j < 4; j++)
        assert_int_equal(cln_random_word(0x0123456789abcdefu, 20 + j, 11, 7, 13), out[j]);
}

/*
 * Box-Muller in double precision on the same words. The float sequence may differ by 4e-7 of the
 * radius: about 4 roundings of 2^-24 in logarithm, root, sine and product, and the dropped bits of
 * the angle (2^-26 of a turn, 9.4e-8) and of the radius's word (2^-24 of u).
 */
static void test_normal_is_box_muller(void **state) {
    (void)state;
    double worst = 0;
    for (uint32_t element = 0; element < 1000000; element += 2) {
        double u = (cln_random_word(3, element, 0, 0, 0) + 0.5) / 4294967296.0;
        double turns = cln_random_word(3, element + 1, 0, 0, 0) / 4294967296.0;
        double radius = sqrt(-2 * log(u)), angle = 2 * acos(-1.0) * turns;
        float pair[2];
        cln_random_normals(3, element, 2, 0, 0, 0, pair);
        double limit = 4e-7 * radius + 1e-7 / (radius + 1e-4);
        double error =
            fmax(fabs(pair[0] - radius * cos(angle)), fabs(pair[1] - radius * sin(angle)));
        worst = fmax(worst, error / limit);
    }
    print_message("largest error: %.3f of the bound\n", worst);
    assert_true(worst < 1);
}

/*
 * The noise itself is pinned: whoever changes a bit of it changes every published result. These are
 * the numbers of the first 100 training images of 28 x 28 under seed 1.
 */
static void test_hash_of_the_noise(void **state) {
    (void)state;
    static float normals[CLN_PUBLISHED_IMAGES * CLN_PUBLISHED_PIXELS];
    char hex[CLN_SHA256_HEX_SIZE];
    for (uint32_t image = 0; image < CLN_PUBLISHED_IMAGES; image++)
        cln_random_normals(CLN_PUBLISHED_SEED, 0, CLN_PUBLISHED_PIXELS, image, 0,
                           STREAM_NOISE_TRAIN, &normals[image * CLN_PUBLISHED_PIXELS]);
    assert_int_equal(cln_noise_published_hash(normals, hex), CLN_OK);
    assert_string_equal(hex, cln_noise_published[CLN_NOISE_GAUSSIAN].hash);
}

static void test_runs_agree_with_single_calls(void **state) {
    (void)state;
    float run[23];
    cln_random_normals(99, 6, 23, 4, 2, 1, run);
    for (uint32_t i = 0; i < 23; i++)
        assert_true(run[i] == cln_random_normal(99, 6 + i, 4, 2, 1));
}

/* Sums over pairs of normal numbers; each correlation has standard deviation 1 / sqrt(count). */
#define SAMPLES 12755u /* of 784 elements: 10^7 numbers */
#define ELEMS   784u

struct sums {
    double power[5]; /* of x^0 .. x^4 */
    double beyond[6];
    double lag[6]; /* products with the element 1, 2, 3, 4, 28 and 64 places on */
    double other_sample, other_epoch, other_stream, other_seed;
};

static const uint32_t LAGS[6] = {1, 2, 3, 4, 28, 64};

static void add_sample(struct sums *sums, uint32_t sample) {
    float x[ELEMS + 64], y[4][ELEMS];
    cln_random_normals(1, 0, ELEMS + 64, sample, 0, STREAM_NOISE_TRAIN, x);
    cln_random_normals(1, 0, ELEMS, sample + 1, 0, STREAM_NOISE_TRAIN, y[0]);
    cln_random_normals(1, 0, ELEMS, sample, 1, STREAM_NOISE_TRAIN, y[1]);
    cln_random_normals(1, 0, ELEMS, sample, 0, STREAM_NOISE_TEST, y[2]);
    cln_random_normals(2, 0, ELEMS, sample, 0, STREAM_NOISE_TRAIN, y[3]);
    for (uint32_t i = 0; i < ELEMS; i++) {
        double value = x[i], power = 1;
        for (int p = 0; p < 5; p++, power *= value)
            sums->power[p] += power;
        for (int k = 1; k <= 5; k++)
            sums->beyond[k] += fabs(value) > k;
        for (int k = 0; k < 6; k++)
            sums->lag[k] += value * x[i + LAGS[k]];
        sums->other_sample += value * y[0][i];
        sums->other_epoch += value * y[1][i];
        sums->other_stream += value * y[2][i];
        sums->other_seed += value * y[3][i];
    }
}

/*
 * Every figure below is an average of independent numbers, so its standard deviation is known. The
 * bound is 4.5 of them: for 20 figures a right generator would fail with probability 1.4e-4, and
 * this one, with its fixed seed, does not.
 */
#define SIGMAS 4.5

static void check(const char *what, double got, double expected, double deviation) {
    double sigmas = (got - expected) / deviation;
    print_message("%-16s %13.6e, expected %13.6e, off by %5.2f sigma\n", what, got, expected,
                  sigmas);
    assert_true(fabs(sigmas) < SIGMAS);
}

static void test_statistics(void **state) {
    (void)state;
    struct sums sums;
    memset(&sums, 0, sizeof sums);
    for (uint32_t sample = 0; sample < SAMPLES; sample++)
        add_sample(&sums, sample);
    double n = sums.power[0];
    assert_true(n >= 1e7 - ELEMS);
    check("mean", sums.power[1] / n, 0, sqrt(1 / n));
    check("variance", sums.power[2] / n, 1, sqrt(2 / n));
    check("third moment", sums.power[3] / n, 0, sqrt(15 / n));
    check("fourth moment", sums.power[4] / n, 3, sqrt(96 / n));
    for (int k = 1; k <= 5; k++) {
        char name[32];
        snprintf(name, sizeof name, "beyond %d sigma", k);
        double p = erfc(k / sqrt(2.0));
        check(name, sums.beyond[k] / n, p, sqrt(p * (1 - p) / n));
    }
    for (int k = 0; k < 6; k++) {
        char name[32];
        snprintf(name, sizeof name, "lag %u", (unsigned)LAGS[k]);
        check(name, sums.lag[k] / n, 0, sqrt(1 / n));
    }
    check("next sample", sums.other_sample / n, 0, sqrt(1 / n));
    check("next epoch", sums.other_epoch / n, 0, sqrt(1 / n));
    check("other stream", sums.other_stream / n, 0, sqrt(1 / n));
    check("other seed", sums.other_seed / n, 0, sqrt(1 / n));
}

static void test_permutation(void **state) {
    (void)state;
    enum { COUNT = 60000 };
    uint32_t *order = malloc(COUNT * sizeof *order), *next = malloc(COUNT * sizeof *next);
    unsigned char *seen = calloc(COUNT, 1);
    assert_true(order && next && seen);
    cln_random_permutation(1, 0, order, COUNT);
    cln_random_permutation(1, 1, next, COUNT);
    int fixed = 0, same = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        assert_in_range(order[i], 0, COUNT - 1);
        assert_false(seen[order[i]]);
        seen[order[i]] = 1;
        fixed += order[i] == i;
        same += order[i] == next[i];
    }
    /* Both counts are Poisson with mean 1: above 9 with probability 1e-7. */
    assert_in_range(fixed, 0, 9);
    assert_in_range(same, 0, 9);
    free(order);
    free(next);
    free(seen);
}

/* All 24 orders of four things equally often: 24,000 draws, chi-square with 23 degrees of freedom
 * stays below 62 but for one generator in 20,000. */
static void test_permutation_is_uniform(void **state) {
    (void)state;
    double count[256] = {0}, chi_square = 0;
    int kinds = 0;
    for (uint32_t epoch = 0; epoch < 24000; epoch++) {
        uint32_t order[4];
        cln_random_permutation(5, epoch, order, 4);
        count[order[0] | order[1] << 2 | order[2] << 4 | order[3] << 6]++;
    }
    for (int i = 0; i < 256; i++) {
        kinds += count[i] > 0;
        if (count[i] > 0)
            chi_square += (count[i] - 1000) * (count[i] - 1000) / 1000;
    }
    assert_int_equal(kinds, 24);
    assert_true(chi_square < 62);
    cln_random_permutation(5, 0, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_word_is_the_counters),
        cmocka_unit_test(test_normal_is_box_muller),
        cmocka_unit_test(test_hash_of_the_noise),
        cmocka_unit_test(test_runs_agree_with_single_calls),
        cmocka_unit_test(test_statistics),
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_permutation_is_uniform),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
