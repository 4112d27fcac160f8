/*
 * conv2d_pool_pair: every variant against a scalar reference in double precision. The first
 * convolution has strides, several channels, more outputs than a vector, or padding, which not
 * every variant takes; tiles of the second lie across images, or want zeros round it.
 *
 * Tolerances as in test_conv2d.c, which says why, for outputs of two convolutions: the second one
 * adds up more, and takes in what the first one has rounded.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nn/conv_pair.h"
#include "nn/registry.h"
#include "nn/window.h"
#include "support/device.h"
#include "support/op_check.h"

#define TOLERANCE 2e-5
#define WINOGRAD  5 /* times as large */

enum { NONE = CLN_ACTIVATION_NONE, RELU = CLN_ACTIVATION_RELU, TANH = CLN_ACTIVATION_TANH };
enum { VALID = CLN_PADDING_VALID, SAME = CLN_PADDING_SAME };

struct shape {
    size_t n, h, w, ci;
    int middle, kh, kw, stride, first_padding, first_activation; /* the first convolution */
    int co, kernel, padding, activation, pool;                   /* the second */
    bool use_bias, all_widths;
    bool fused; /* whether one launch can do both */
};

static const struct shape shapes[] = {
    {2, 8, 19, 1, 16, 3, 3, 1, VALID, RELU, 17, 3, VALID, RELU, 2, true, true, true},
    {3, 9, 8, 2, 33, 3, 2, 1, VALID, TANH, 20, 3, SAME, NONE, 2, true, false, true},
    {7, 12, 11, 3, 17, 2, 2, 2, VALID, NONE, 16, 3, SAME, RELU, 2, false, false, true},
    {2, 9, 9, 2, 5, 3, 3, 1, SAME, RELU, 3, 2, SAME, NONE, 3, true, false, false},
    /* only looked at: the first one padded; a strip so wide that each work-item would compute most
     * of it once more; rows that take too much memory */
    {2, 10, 8, 1, 16, 3, 3, 1, SAME, RELU, 16, 3, VALID, RELU, 2, true, false, false},
    {1, 12, 300, 1, 16, 3, 3, 1, VALID, RELU, 16, 3, VALID, RELU, 2, true, false, false},
    {9, 30, 30, 1, 64, 3, 3, 1, VALID, RELU, 16, 3, VALID, RELU, 2, true, false, false},
};

#define RUN_SHAPES 4

static struct cln_conv_pair_attrs attrs_of(const struct shape *s) {
    return (struct cln_conv_pair_attrs){.first = {.filters = s->middle,
                                                  .kernel = {s->kh, s->kw},
                                                  .stride = {s->stride, s->stride},
                                                  .padding = s->first_padding,
                                                  .activation = s->first_activation,
                                                  .use_bias = s->use_bias},
                                        .second = {.conv = {.filters = s->co,
                                                            .kernel = {s->kernel, s->kernel},
                                                            .stride = {1, 1},
                                                            .padding = s->padding,
                                                            .activation = s->activation,
                                                            .use_bias = s->use_bias},
                                                   .pool = {s->pool, s->pool}}};
}

static struct cln_conv_shape shape_of(const struct cln_conv_attrs *attrs, const size_t dim[4]) {
    struct cln_tensor x = {.name = "x", .rank = 4};
    struct cln_conv_shape s;
    memcpy(x.dim, dim, 4 * sizeof *dim);
    TEST_OK(cln_conv_shape("conv", attrs, &x, &s));
    return s;
}

/* The output before the activation at (n, oy, ox, co). */
static double convolve(const struct cln_conv_shape *s, const double *x, const double *w,
                       const double *bias, size_t n, size_t oy, size_t ox, size_t co) {
    double sum = bias ? bias[co] : 0;
    for (size_t tap = 0; tap < s->kh * s->kw; tap++) {
        const size_t y = oy * s->sh + tap / s->kw - s->pt; /* before the image it wraps */
        const size_t column = ox * s->sw + tap % s->kw - s->pl;
        for (size_t ci = 0; ci < s->ci && y < s->ih && column < s->iw; ci++)
            sum += x[((n * s->ih + y) * s->iw + column) * s->ci + ci] *
                   w[(tap * s->ci + ci) * s->co + co];
    }
    return sum;
}

static double activate(int activation, double z) {
    return activation == RELU && z < 0 ? 0 : activation == TANH ? tanh(z) : z;
}

/* x, w, [b], w, [b] -> y */
static void reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_conv_pair_attrs *a = attrs;
    const int second = 2 + a->first.use_bias;
    const struct cln_conv_shape f = shape_of(&a->first, in[0].dim);
    const size_t dim[4] = {f.n, f.oh, f.ow, f.co};
    const struct cln_conv_shape s = shape_of(&a->second.conv, dim);
    double *x = malloc(f.n * f.oh * f.ow * f.co * sizeof *x);
    assert_non_null(x);
    for (size_t i = 0; i < f.n * f.oh * f.ow * f.co; i++)
        x[i] = activate(a->first.activation,
                        convolve(&f, in[0].v, in[1].v, a->first.use_bias ? in[2].v : NULL,
                                 i / f.co / f.ow / f.oh, i / f.co / f.ow % f.oh, i / f.co % f.ow,
                                 i % f.co));
    for (size_t e = 0; e < out[0].elems; e++) {
        const size_t *to = out[0].dim, pool = (size_t)a->second.pool[0];
        const size_t co = e % to[3], column = e / to[3] % to[2], row = e / to[3] / to[2] % to[1];
        double best = -INFINITY;
        for (size_t k = 0; k < pool * pool; k++)
            best = fmax(best, convolve(&s, x, in[second].v,
                                       a->second.conv.use_bias ? in[second + 1].v : NULL,
                                       e / to[3] / to[2] / to[1], row * pool + k / pool,
                                       column * pool + k % pool, co));
        out[0].v[e] = activate(a->second.conv.activation, best);
    }
    free(x);
}

static struct op_case case_of(const struct shape *s, const struct cln_conv_pair_attrs *attrs) {
    static char label[128];
    snprintf(label, sizeof label, "conv2d_pool_pair (%zu, %zu, %zu, %zu) to %d to %d", s->n, s->h,
             s->w, s->ci, s->middle, s->co);
    struct op_case c = {
        .label = label,
        .op = &cln_op_conv2d_pool_pair,
        .attrs = attrs,
        .input = {{.name = "x", .rank = 4, .dim = {s->n, s->h, s->w, s->ci}},
                  {.name = "first_w",
                   .rank = 4,
                   .dim = {(size_t)s->kh, (size_t)s->kw, s->ci, (size_t)s->middle}}},
        .input_count = 2,
        .reference = reference,
        .tolerance = (s->middle >= 16 && s->kernel == 3 ? WINOGRAD : 1) * TOLERANCE,
        .seed = (uint64_t)(s->h * 100 + s->w),
        .all_widths = s->all_widths};
    const struct test_input bias = {.name = "first_b", .rank = 1, .dim = {(size_t)s->middle}};
    if (s->use_bias)
        c.input[c.input_count++] = bias;
    c.input[c.input_count++] = (struct test_input){
        .name = "w",
        .rank = 4,
        .dim = {(size_t)s->kernel, (size_t)s->kernel, (size_t)s->middle, (size_t)s->co}};
    if (s->use_bias)
        c.input[c.input_count++] =
            (struct test_input){.name = "b", .rank = 1, .dim = {(size_t)s->co}};
    return c;
}

static void both_convolutions_are_right(void **state) {
    (void)state;
    for (size_t i = 0; i < RUN_SHAPES; i++) {
        const struct cln_conv_pair_attrs attrs = attrs_of(&shapes[i]);
        const struct op_case c = case_of(&shapes[i], &attrs);
        op_check(&c);
    }
}

/* Else the shapes above would not try the kernel they are there for. */
static void one_launch_does_both_where_that_pays(void **state) {
    (void)state;
    const struct cln_caps caps = {.is_cpu = true, .float_vector_width = 16, .compute_units = 2};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct shape *s = &shapes[i];
        const struct cln_conv_pair_attrs attrs = attrs_of(s);
        struct cln_conv_pair pair = {
            .first = {.shape = shape_of(&attrs.first, (size_t[4]){s->n, s->h, s->w, s->ci})}};
        const struct cln_conv_shape *f = &pair.first.shape;
        const struct cln_tensor x = {.rank = 4, .dim = {f->n, f->oh, f->ow, f->co}};
        cln_conv_pool_start(&pair.second, "pair", &attrs.second, &x);
        assert_int_equal(cln_conv_pair_winograd_fits(&pair, &caps, 4), s->fused);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_launch_does_both_where_that_pays),
        cmocka_unit_test(both_convolutions_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
