/*
 * conv2d and its gradients: every variant against a scalar reference in double precision, on shapes
 * that do and do not fill vectors and tiles. test_golden.c compares with PyTorch.
 *
 * Tolerances: a sum of t float products of numbers in [-1, 1], in any order, is off by less than
 * t * 2^-24 * sum |products|; with at most 300 terms the usual error is some 1e-6, and ten times
 * that is far below what a wrong tap, pixel or channel (about 0.3) would show. Winograd's algorithm
 * loses some five times as much.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/field.h"
#include "nn/conv_shape.h"
#include "nn/gemm.h"
#include "nn/registry.h"
#include "nn/window.h"
#include "support/device.h"
#include "support/op_check.h"
#include "support/rig.h"

#define TOLERANCE          1e-5
#define GRADIENT_TOLERANCE 2e-5
#define WINOGRAD           5      /* times as large */
#define LONG_SUMS          4      /* for some 1000 products */
#define LARGE              600000 /* products */

static double activate(int kind, double x) {
    return kind == CLN_ACTIVATION_RELU      ? fmax(x, 0)
           : kind == CLN_ACTIVATION_TANH    ? tanh(x)
           : kind == CLN_ACTIVATION_SIGMOID ? 1 / (1 + exp(-x))
                                            : x;
}

/* The sum over all taps that lie in the image. */
static double convolve(const struct cln_conv_attrs *a, const struct test_values *x,
                       const struct test_values *w, const size_t at[4], const size_t before[2]) {
    double sum = 0;
    for (size_t ky = 0; ky < w->dim[0]; ky++)
        for (size_t kx = 0; kx < w->dim[1]; kx++) {
            const size_t iy = at[1] * (size_t)a->stride[0] + ky - before[0]; /* wraps if negative */
            const size_t ix = at[2] * (size_t)a->stride[1] + kx - before[1];
            if (iy >= x->dim[1] || ix >= x->dim[2])
                continue;
            for (size_t ci = 0; ci < x->dim[3]; ci++)
                sum += x->v[((at[0] * x->dim[1] + iy) * x->dim[2] + ix) * x->dim[3] + ci] *
                       w->v[((ky * w->dim[1] + kx) * w->dim[2] + ci) * w->dim[3] + at[3]];
        }
    return sum;
}

static void reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_conv_attrs *a = attrs;
    const struct test_values *x = &in[0], *w = &in[1];
    struct test_values *y = &out[0];
    size_t before[2], at[4], e = 0;
    for (int i = 0; i < 2; i++) {
        const size_t covered = (y->dim[1 + i] - 1) * (size_t)a->stride[i] + (size_t)a->kernel[i];
        before[i] = a->padding == CLN_PADDING_SAME && covered > x->dim[1 + i]
                        ? (covered - x->dim[1 + i]) / 2
                        : 0;
    }
    for (at[0] = 0; at[0] < y->dim[0]; at[0]++)
        for (at[1] = 0; at[1] < y->dim[1]; at[1]++)
            for (at[2] = 0; at[2] < y->dim[2]; at[2]++)
                for (at[3] = 0; at[3] < y->dim[3]; at[3]++) {
                    const double z = convolve(a, x, w, at, before);
                    y->v[e++] = activate(a->activation, z + (a->use_bias ? in[2].v[at[3]] : 0));
                }
}

struct shape {
    size_t n, h, w, ci;
    int co, kh, kw, sh, sw, padding, activation;
    bool use_bias, all_widths;
    double factor; /* of the tolerances; 0: 1 */
};

/* As large as it takes for tiles, parts and shares. */
static bool is_large(const struct shape *s) {
    return s->n * s->h * s->w * s->ci * (size_t)(s->co * s->kh * s->kw) > LARGE;
}

static void check(const char *label, struct shape s) {
    const struct cln_conv_attrs attrs = {.filters = s.co,
                                         .kernel = {s.kh, s.kw},
                                         .stride = {s.sh, s.sw},
                                         .padding = s.padding,
                                         .activation = s.activation,
                                         .use_bias = s.use_bias};
    const double factor = s.factor > 0 ? s.factor : 1;
    const struct op_case c = {
        .label = label,
        .op = &cln_op_conv2d,
        .attrs = &attrs,
        .input = {{.name = "x", .rank = 4, .dim = {s.n, s.h, s.w, s.ci}, .differentiable = true},
                  {.name = "w",
                   .rank = 4,
                   .dim = {(size_t)s.kh, (size_t)s.kw, s.ci, (size_t)s.co},
                   .differentiable = true},
                  {.name = "b", .rank = 1, .dim = {(size_t)s.co}, .differentiable = true}},
        .input_count = s.use_bias ? 3 : 2,
        .reference = reference,
        .tolerance = factor * TOLERANCE,
        .gradient_tolerance = factor * GRADIENT_TOLERANCE,
        .seed = (uint64_t)(s.h * 100 + s.w),
        .all_widths = s.all_widths,
        .large = is_large(&s),
    };
    op_check(&c);
    if (s.activation != CLN_ACTIVATION_RELU) /* whose kink finite differences may straddle */
        grad_check(&c);
}

enum { NONE, RELU, TANH, SIGMOID };
enum { VALID, SAME };

static void one_by_one_kernel(void **state) {
    (void)state;
    check("1x1", (struct shape){2, 4, 5, 3, 17, 1, 1, 1, 1, VALID, TANH, true, false, 0});
    check("one of everything",
          (struct shape){1, 1, 1, 1, 1, 1, 1, 1, 1, SAME, NONE, true, false, 0});
}

static void channels_that_do_not_fill_vectors(void **state) {
    (void)state;
    check("1 to 33 channels",
          (struct shape){3, 7, 9, 1, 33, 3, 3, 1, 1, VALID, NONE, true, true, 0});
    check("17 to 3 channels",
          (struct shape){2, 6, 5, 17, 3, 3, 3, 1, 1, SAME, NONE, true, false, 0});
}

static void channels_that_fill_vectors(void **state) {
    (void)state;
    check("32 channels",
          (struct shape){1, 5, 15, 16, 32, 3, 3, 1, 1, VALID, NONE, false, false, 0});
    check("64 channels", (struct shape){1, 4, 7, 2, 64, 3, 3, 1, 1, SAME, SIGMOID, true, false, 0});
}

static void strides(void **state) {
    (void)state;
    check("2x2 by 2", (struct shape){2, 7, 5, 3, 4, 2, 2, 2, 2, SAME, NONE, true, false, 0});
    check("3x3 by 3", (struct shape){2, 11, 8, 33, 5, 3, 3, 3, 3, VALID, NONE, true, false, 0});
    check("1x1 by 2 and 3", (struct shape){1, 6, 7, 4, 18, 1, 1, 2, 3, SAME, NONE, true, false, 0});
}

static void kernels_that_are_not_square(void **state) {
    (void)state;
    check("5x3", (struct shape){1, 8, 9, 3, 3, 5, 3, 1, 1, SAME, TANH, true, false, 0});
    check("5x3 by 2 and 1", (struct shape){1, 9, 6, 2, 19, 5, 3, 2, 1, SAME, NONE, true, false, 0});
}

/* 17 images are one more than there are parts of the weights' gradient */
static void more_images_than_parts(void **state) {
    (void)state;
    check("17 images", (struct shape){17, 3, 4, 2, 5, 2, 3, 1, 1, VALID, NONE, true, false, 0});
}

/* 1122 pixels: the gradient of the weights by matrix products is in parts. */
static void many_pixels(void **state) {
    (void)state;
    assert_true(cln_split_count(1, 1122) > 1);
    check("many pixels",
          (struct shape){1, 33, 34, 1, 3, 1, 1, 1, 1, VALID, NONE, false, false, LONG_SUMS});
}

/* Shapes that Winograd's algorithm takes, with tiles over the edge and vectors not full. */
static void winograd(void **state) {
    (void)state;
    check("winograd, 16 to 33 channels",
          (struct shape){2, 9, 6, 16, 33, 3, 3, 1, 1, SAME, NONE, true, true, WINOGRAD});
    check("winograd, 17 to 16 channels",
          (struct shape){1, 10, 8, 17, 16, 3, 3, 1, 1, VALID, TANH, false, false, WINOGRAD});
    /* two blocks of two vectors of 16, the last of which has no channels */
    check("winograd, 16 to 48 channels",
          (struct shape){1, 6, 7, 16, 48, 3, 3, 1, 1, VALID, NONE, true, false, WINOGRAD});
    check("winograd, 17 images",
          (struct shape){17, 6, 6, 16, 16, 3, 3, 1, 1, VALID, NONE, true, false, WINOGRAD});
    /* 300 tiles: the weights' gradient in two parts, of two images and one. It is a sum of 4446
     * products, 15 times as many as usual here, whose errors add up to some 4 times as much. */
    check("winograd, 3 large images",
          (struct shape){3, 38, 39, 16, 16, 3, 3, 1, 1, SAME, NONE, true, false, 4 * WINOGRAD});
}

/* More channels than a work-item's stack takes at a time: in two shares, the last of which does not
 * fill its vectors, and too many for tiles of 2 x 2 as well. Sums are ten times as long as usual
 * here. test_conv_pool.c has the gradients: finite differences of so many weights take long. */
static void winograd_in_shares_of_channels(void **state) {
    (void)state;
    check("winograd, 310 to 17 channels",
          (struct shape){1, 6, 5, 310, 17, 3, 3, 1, 1, SAME, RELU, true, false, 4 * WINOGRAD});
    check("winograd, 700 to 16 channels",
          (struct shape){1, 4, 4, 700, 16, 3, 3, 1, 1, VALID, RELU, true, false, 6 * WINOGRAD});
}

/* Outputs that a tile of 4 x 4 does not fit in. */
static void winograd_of_small_images(void **state) {
    (void)state;
    check("winograd, 2x2 outputs",
          (struct shape){2, 4, 4, 16, 20, 3, 3, 1, 1, VALID, NONE, true, false, WINOGRAD});
}

/* RMS of output 0's error, relative to the RMS of what it should be. */
static void bound_rms(struct rig *rig, void *context) {
    const double *bound = context; /* direct and F(2x2), F(4x4) */
    const struct test_values *got = &rig->output[0];
    struct test_values want = test_values_make(got->rank, got->dim);
    double errors = 0, squares = 0;
    rig->c->reference(rig->c->attrs, rig->input, &want);
    for (size_t i = 0; i < want.elems; i++) {
        errors += (got->v[i] - want.v[i]) * (got->v[i] - want.v[i]);
        squares += want.v[i] * want.v[i];
    }
    const double rms = sqrt(errors / squares);
    print_message("relative RMS error of %s: %.2g\n", rig->variant, rms);
    const bool large_tiles = strstr(rig->variant, "winograd") && !strstr(rig->variant, "winograd2");
    assert_true(rms < bound[large_tiles]);
    test_values_done(&want);
}

/* Against float64: 2e-7 for direct sums of 288 products and for F(2x2, 3x3), 1e-6 for F(4x4, 3x3).
 * Twice that passes. */
static void errors_are_of_the_known_size(void **state) {
    (void)state;
    const struct cln_conv_attrs attrs = {.filters = 64, .kernel = {3, 3}, .stride = {1, 1}};
    const struct op_case c = {.label = "rms",
                              .op = &cln_op_conv2d,
                              .attrs = &attrs,
                              .input = {{.name = "x", .rank = 4, .dim = {2, 14, 14, 32}},
                                        {.name = "w", .rank = 4, .dim = {3, 3, 32, 64}}},
                              .input_count = 2,
                              .reference = reference,
                              .seed = 5,
                              .large = true};
    struct rig rig;
    rig_init(&rig, &c, false);
    rig_run_variants(&rig, bound_rms, (double[]){4e-7, 2e-6});
    rig_done(&rig);
}

static void winograd_takes_what_it_can(void **state) {
    (void)state;
    const struct cln_caps caps = {.is_cpu = true, .float_vector_width = 16, .compute_units = 2};
    const struct cln_conv_shape good = {.n = 1,
                                        .ih = 9,
                                        .iw = 6,
                                        .ci = 16,
                                        .oh = 7,
                                        .ow = 4,
                                        .co = 16,
                                        .kh = 3,
                                        .kw = 3,
                                        .sh = 1,
                                        .sw = 1};
    struct cln_conv_shape s = good;
    for (size_t side = 2; side <= 4; side += 2) {
        s = good;
        assert_true(cln_conv_winograd_fits(&s, &caps, side));
        assert_true(cln_conv_winograd_fits_weights(&s, &caps, side));
        s.co = 4096;
        assert_true(cln_conv_winograd_fits(&s, &caps, side));
        s = good, s.sw = 2;
        assert_false(cln_conv_winograd_fits(&s, &caps, side));
        s = good, s.kh = 5;
        assert_false(cln_conv_winograd_fits(&s, &caps, side));
        s = good, s.ci = 1;
        assert_false(cln_conv_winograd_fits(&s, &caps, side));
    }
    s = good, s.ow = 3;
    assert_false(cln_conv_winograd_fits(&s, &caps, 4));
    assert_true(cln_conv_winograd_fits(&s, &caps, 2));
}

/* Where tiles of 4 x 4 hang far over the edge, those of 2 x 2 may win. */
static void small_tiles_are_tried_on_small_images(void **state) {
    (void)state;
    static const struct {
        size_t side;
        bool tried;
    } rows[] = {{2, true}, {3, true}, {4, false}, {5, true}, {6, true}, {8, false}, {24, false}};
    const struct cln_variant small = {.name = "cpu_winograd2"}, large = {.name = "cpu_winograd"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cln_conv_shape s = {.oh = rows[i].side, .ow = rows[i].side};
        assert_int_equal(cln_conv_may_win(&small, &s), rows[i].tried);
        assert_true(cln_conv_may_win(&large, &s));
    }
}

/* dy, w, x, dx: the sum over all taps that lie in dy, where x is above 0 */
static void data_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_conv_attrs *a = attrs;
    const struct test_values *dy = &in[0], *w = &in[1], *x = &in[2];
    const size_t *dim = dy->dim;
    for (size_t o = 0; o < dy->elems; o++)
        for (size_t t = 0; t < w->dim[0] * w->dim[1]; t++) {
            const size_t co = o % dim[3], ox = o / dim[3] % dim[2],
                         oy = o / (dim[3] * dim[2]) % dim[1];
            const size_t iy = oy * (size_t)a->stride[0] + t / w->dim[1];
            const size_t ix = ox * (size_t)a->stride[1] + t % w->dim[1];
            const size_t n = o / (dim[3] * dim[2] * dim[1]), ci_count = x->dim[3];
            for (size_t ci = 0; ci < ci_count; ci++) {
                const size_t at = ((n * x->dim[1] + iy) * x->dim[2] + ix) * ci_count + ci;
                out[0].v[at] += dy->v[o] * w->v[(t * ci_count + ci) * dim[3] + co];
            }
        }
    for (size_t i = 0; i < x->elems; i++)
        if (!(x->v[i] > 0))
            out[0].v[i] = 0;
}

/* A gradient that goes on through the relu that x came out of, without padding. */
static void check_through_relu(const char *label, struct shape s) {
    const struct cln_conv_attrs attrs = {
        .filters = s.co, .kernel = {s.kh, s.kw}, .stride = {s.sh, s.sw}, .through_relu = true};
    const size_t oh = (s.h - (size_t)s.kh) / (size_t)s.sh + 1;
    const size_t ow = (s.w - (size_t)s.kw) / (size_t)s.sw + 1;
    const double factor = s.factor > 0 ? s.factor : 1;
    const struct op_case c = {
        .label = label,
        .op = &cln_op_conv2d_backward_data,
        .attrs = &attrs,
        .input = {{.name = "dy", .rank = 4, .dim = {s.n, oh, ow, (size_t)s.co}},
                  {.name = "w", .rank = 4, .dim = {(size_t)s.kh, (size_t)s.kw, s.ci, (size_t)s.co}},
                  {.name = "x", .rank = 4, .dim = {s.n, s.h, s.w, s.ci}},
                  {.name = "dx", .rank = 4, .dim = {s.n, s.h, s.w, s.ci}, .destination = true}},
        .input_count = 4,
        .reference = data_reference,
        .tolerance = factor * GRADIENT_TOLERANCE,
        .seed = 3,
        .all_widths = s.all_widths,
    };
    op_check(&c);
}

static void relu_gradient_is_taken_along(void **state) {
    (void)state;
    check_through_relu("through relu",
                       (struct shape){2, 7, 9, 19, 5, 3, 2, 1, 1, VALID, NONE, false, true, 0});
    check_through_relu("through relu, by 2",
                       (struct shape){1, 8, 7, 3, 17, 2, 3, 2, 2, VALID, NONE, false, false, 0});
    check_through_relu("through relu, winograd", (struct shape){2, 8, 11, 17, 16, 3, 3, 1, 1, VALID,
                                                                NONE, false, true, WINOGRAD});
}

static void relu(void **state) {
    (void)state;
    check("relu", (struct shape){2, 6, 14, 3, 16, 3, 3, 1, 1, VALID, RELU, true, false, 0});
}

/* Messages name the layer and say what is accepted. */
static void shapes_are_checked(void **state) {
    (void)state;
    struct cln_conv_attrs attrs = {.filters = 2, .kernel = {5, 5}, .stride = {1, 1}};
    struct cln_tensor image = {.name = "x", .dtype = CLN_F32, .rank = 4, .dim = {1, 4, 9, 1}};
    struct cln_conv_shape s;
    assert_int_equal(cln_conv_shape("conv2d_1", &attrs, &image, &s), CLN_CONFIG);
    attrs.padding = CLN_PADDING_SAME;
    assert_int_equal(cln_conv_shape("conv2d_1", &attrs, &image, &s), CLN_OK);
    assert_int_equal(s.oh, 4);
    assert_int_equal(s.pt, 2);
    image.rank = 2;
    assert_int_equal(cln_conv_shape("conv2d_1", &attrs, &image, &s), CLN_CONFIG);
}

/* 2 * 128 * 24 * 24 * 64 * 3 * 3 * 32 flops: the notebook's second convolution */
static void costs_are_counted(void **state) {
    (void)state;
    const struct cln_conv_attrs attrs = {.filters = 64, .kernel = {3, 3}, .stride = {1, 1}};
    const struct cln_tensor image = {
        .name = "x", .dtype = CLN_F32, .rank = 4, .dim = {128, 26, 26, 32}};
    struct cln_conv_shape s;
    TEST_OK(cln_conv_shape("conv2d_2", &attrs, &image, &s));
    assert_true(cln_conv_cost(&s).flops == 2717908992.0);
    assert_true(cln_conv_cost(&s).bytes == 4.0 * (2768896 + 18432 + 4718592));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_by_one_kernel),
        cmocka_unit_test(channels_that_do_not_fill_vectors),
        cmocka_unit_test(channels_that_fill_vectors),
        cmocka_unit_test(strides),
        cmocka_unit_test(kernels_that_are_not_square),
        cmocka_unit_test(more_images_than_parts),
        cmocka_unit_test(many_pixels),
        cmocka_unit_test(winograd),
        cmocka_unit_test(winograd_in_shares_of_channels),
        cmocka_unit_test(winograd_of_small_images),
        cmocka_unit_test(errors_are_of_the_known_size),
        cmocka_unit_test(winograd_takes_what_it_can),
        cmocka_unit_test(small_tiles_are_tried_on_small_images),
        cmocka_unit_test(relu),
        cmocka_unit_test(relu_gradient_is_taken_along),
        cmocka_unit_test(shapes_are_checked),
        cmocka_unit_test(costs_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
