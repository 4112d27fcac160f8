/*
 * The kinds of noise on the host, against their formulas in double precision and against what they
 * promise on average; tests/nn/test_load_batch.c holds the kernel to the same bits.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "base/rng.h"
#include "cl/control.clh"
#include "data/noise.h"
#include "data/noise_published.h"

#define SEED   77
#define PIXELS 784
#define IMAGES 640 /* 501,760 pixels */

static const struct cln_noise_place PLACE = {SEED, 5, 2, STREAM_NOISE_TEST};

/* What a pixel becomes, from the definitions in data/noise_spec.h. */
static double expected(int kind, double scale, double x, uint32_t element) {
    const double normal =
        (double)cln_random_normal(SEED, element, PLACE.sample, PLACE.draw, PLACE.stream);
    const uint32_t word = cln_random_word(SEED, element, PLACE.sample, PLACE.draw, PLACE.stream);
    const double even = ((word >> 8) + 0.5) / 0x1p23 - 1; /* over (-1, 1) */
    switch (kind) {
    case CLN_NOISE_GAUSSIAN:
        return x + scale * normal;
    case CLN_NOISE_UNIFORM:
        return x + scale * sqrt(3) * even;
    case CLN_NOISE_SALT_AND_PEPPER:
        return even > 1 - scale ? 1 : even < scale - 1 ? 0 : x;
    default:
        return x + scale * x * normal;
    }
}

/* Two products and a sum in float32: each is off by at most 2^-24 of its result, of which none is
 * larger than |noise| + 1. */
static void assert_formula(int kind, double scale, bool clip) {
    const struct cln_noise_spec spec = {.kind = kind, .clip = clip};
    uint8_t pixels[256];
    float noisy[256];
    for (int i = 0; i < 256; i++)
        pixels[i] = (uint8_t)(i * 37);
    cln_noise_apply(&spec, scale, &PLACE, pixels, 256, noisy);
    for (uint32_t e = 0; e < 256; e++) {
        double want = expected(kind, scale, pixels[e] / 255.0, e);
        const double bound = 3 * 0x1p-24 * (fabs(want) + 2);
        if (clip)
            want = fmin(fmax(want, 0), 1);
        if (!(fabs((double)noisy[e] - want) <= bound))
            fail_msg("%s, scale %g, element %u: %.9g is not %.9g", cln_noise_kind_names[kind],
                     scale, e, (double)noisy[e], want);
    }
}

static void every_kind_follows_its_formula(void **state) {
    (void)state;
    static const double scales[] = {0, 0.01, 0.3, 1};
    for (int kind = 0; kind < CLN_NOISE_KIND_COUNT; kind++)
        for (int s = 0; s < 4; s++) {
            assert_formula(kind, scales[s], false);
            assert_formula(kind, scales[s], true);
        }
    assert_formula(CLN_NOISE_GAUSSIAN, 4, true);
    assert_formula(CLN_NOISE_UNIFORM, 4, false);
}

struct moments {
    double mean, sd, black, white, kept, count;
};

/* Of many images that are one shade all over. */
static struct moments measure(int kind, double scale, uint8_t shade) {
    const struct cln_noise_spec spec = {.kind = kind};
    uint8_t pixels[PIXELS];
    float noisy[PIXELS];
    struct moments m = {.count = (double)PIXELS * IMAGES};
    double squares = 0;
    memset(pixels, shade, sizeof pixels);
    for (uint32_t image = 0; image < IMAGES; image++) {
        const struct cln_noise_place place = {SEED, image, 0, STREAM_NOISE_TRAIN};
        cln_noise_apply(&spec, scale, &place, pixels, PIXELS, noisy);
        for (int i = 0; i < PIXELS; i++) {
            const double away = (double)noisy[i] - shade / 255.0;
            m.mean += away / m.count;
            squares += away * away / m.count;
            m.black += noisy[i] == 0;
            m.white += noisy[i] == 1;
            m.kept += noisy[i] == (float)shade / 255.0f;
        }
    }
    m.sd = sqrt(squares - m.mean * m.mean);
    return m;
}

/* Within five standard deviations: of 10 figures a right generator would fail with p = 6e-6, and
 * this one, with its fixed seed, does not. */
static void assert_within(const char *what, double got, double want, double deviation) {
    print_message("%s: %.6g, %.2f standard deviations from %.6g\n", what, got,
                  (got - want) / deviation, want);
    assert_true(fabs(got - want) < 5 * deviation);
}

static void scales_mean_what_they_say(void **state) {
    (void)state;
    const double n = (double)PIXELS * IMAGES;
    /* The variance of a sample variance is (kurtosis - 1) / n of the variance squared; half of it
     * for the deviation. Kurtosis: 3 of the normal, 1.8 of the uniform distribution. */
    struct moments m = measure(CLN_NOISE_GAUSSIAN, 0.5, 100);
    assert_within("gaussian mean", m.mean, 0, 0.5 / sqrt(n));
    assert_within("gaussian deviation", m.sd, 0.5, 0.5 * sqrt(2 / n) / 2);
    m = measure(CLN_NOISE_UNIFORM, 0.5, 100);
    assert_within("uniform mean", m.mean, 0, 0.5 / sqrt(n));
    assert_within("uniform deviation", m.sd, 0.5, 0.5 * sqrt(0.8 / n) / 2);
    m = measure(CLN_NOISE_SPECKLE, 0.5, 51); /* pixels of .2 */
    assert_within("speckle mean", m.mean, 0, 0.1 / sqrt(n));
    assert_within("speckle deviation", m.sd, 0.1, 0.1 * sqrt(2 / n) / 2);
    m = measure(CLN_NOISE_SALT_AND_PEPPER, 0.3, 100);
    assert_within("pepper", m.black, 0.15 * n, sqrt(n * 0.15 * 0.85));
    assert_within("salt", m.white, 0.15 * n, sqrt(n * 0.15 * 0.85));
    assert_true(m.black + m.white + m.kept == n);
}

static void extremes_stay_what_they_are(void **state) {
    (void)state;
    struct moments m = measure(CLN_NOISE_SALT_AND_PEPPER, 1, 100);
    assert_true(m.black + m.white == m.count);
    m = measure(CLN_NOISE_SALT_AND_PEPPER, 0, 100);
    assert_true(m.kept == m.count);
    m = measure(CLN_NOISE_SPECKLE, 100, 0); /* black stays black */
    assert_true(m.black == m.count);
}

/* The Gaussian is what base/test_rng.c pins the hash of, to the bit. */
static void the_gaussian_is_the_published_one(void **state) {
    (void)state;
    const struct cln_noise_spec spec = {.kind = CLN_NOISE_GAUSSIAN};
    uint8_t pixels[99];
    float noisy[99];
    for (int i = 0; i < 99; i++)
        pixels[i] = (uint8_t)(i * 5);
    cln_noise_apply(&spec, 0.7, &PLACE, pixels, 99, noisy);
    for (uint32_t e = 0; e < 99; e++) {
        const float normal = cln_random_normal(SEED, e, PLACE.sample, PLACE.draw, PLACE.stream);
        assert_true(noisy[e] == fmaf(0.7f, normal, (float)pixels[e] / 255.0f));
    }
}

/* All kinds, to the bit; base/test_rng.c has the Gaussian without what load_batch adds. */
static void hashes_are_the_published_ones(void **state) {
    (void)state;
    static float noisy[CLN_PUBLISHED_IMAGES * CLN_PUBLISHED_PIXELS];
    uint8_t pixels[CLN_PUBLISHED_PIXELS];
    char hex[CLN_SHA256_HEX_SIZE];
    for (int kind = 0; kind < CLN_NOISE_KIND_COUNT; kind++) {
        const struct cln_noise_published *row = &cln_noise_published[kind];
        const struct cln_noise_spec spec = {.kind = kind};
        memset(pixels, row->pixel, sizeof pixels);
        for (uint32_t image = 0; image < CLN_PUBLISHED_IMAGES; image++) {
            const struct cln_noise_place place = {CLN_PUBLISHED_SEED, image, 0, STREAM_NOISE_TRAIN};
            cln_noise_apply(&spec, row->scale, &place, pixels, CLN_PUBLISHED_PIXELS,
                            &noisy[image * CLN_PUBLISHED_PIXELS]);
        }
        assert_int_equal(cln_noise_published_hash(noisy, hex), CLN_OK);
        assert_string_equal(hex, row->hash);
    }
}

static void the_scale_of_the_test_is_that_of_training_unless_said(void **state) {
    (void)state;
    struct cln_noise_spec spec = {.scale = 0.5, .test_scale = (double)NAN};
    assert_true(cln_noise_test_scale(&spec) == 0.5);
    spec.test_scale = 0;
    assert_true(cln_noise_test_scale(&spec) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_follows_its_formula),
        cmocka_unit_test(scales_mean_what_they_say),
        cmocka_unit_test(extremes_stay_what_they_are),
        cmocka_unit_test(the_gaussian_is_the_published_one),
        cmocka_unit_test(hashes_are_the_published_ones),
        cmocka_unit_test(the_scale_of_the_test_is_that_of_training_unless_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
