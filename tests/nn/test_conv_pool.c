/*
 * conv2d_pool and its gradients: every variant against a scalar reference in double precision. The
 * windows are of several sizes, with rows and columns left over; relu, bias and dropout come and
 * go.
 *
 * Tolerances as in test_conv2d.c, which says why; the places of the maxima must be exact.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cl/control.clh"
#include "nn/conv_pool.h"
#include "nn/registry.h"
#include "nn/window.h"
#include "support/device.h"
#include "support/op_check.h"

#define TOLERANCE          1e-5
#define GRADIENT_TOLERANCE 2e-5
#define WINOGRAD           5      /* times as large */
#define LARGE              600000 /* products */
#define SEED               0x123456789abcdef0u
#define EPOCH              3

struct shape {
    size_t n, h, w, ci;
    int co, kh, kw, pool_h, pool_w, padding, activation;
    bool use_bias;
    double rate;
    bool all_widths;
    double factor; /* of the tolerances; 0: 1 */
};

enum { NONE = CLN_ACTIVATION_NONE, RELU = CLN_ACTIVATION_RELU };
enum { VALID = CLN_PADDING_VALID, SAME = CLN_PADDING_SAME };

static const struct shape shapes[] = {
    {2, 7, 9, 3, 17, 3, 3, 2, 2, VALID, RELU, true, 0.25, true, 0},
    {2, 10, 9, 16, 33, 3, 3, 2, 2, SAME, RELU, true, 0.25, true, WINOGRAD},
    {2, 8, 11, 5, 33, 2, 3, 3, 3, VALID, NONE, true, 0.5, false, 0},
    {1, 7, 10, 4, 3, 3, 3, 2, 3, SAME, RELU, false, 0.1, false, 0},
    {1, 6, 6, 1, 20, 1, 1, 1, 1, VALID, RELU, true, 0.5, false, 0},
    {17, 6, 8, 16, 16, 3, 3, 2, 2, VALID, NONE, false, 0, false, WINOGRAD},
    {2, 9, 11, 17, 36, 3, 3, 2, 2, SAME, RELU, true, 0.25, false, WINOGRAD},
};

/* As large as it takes for tiles and shares of channels. */
static bool is_large(const struct shape *s) {
    return s->n * s->h * s->w * s->ci * (size_t)(s->co * s->kh * s->kw) > LARGE;
}

#define FOR_SHAPES(s)                                                                              \
    for (const struct shape *s = shapes; s < shapes + sizeof shapes / sizeof *shapes; s++)

static struct cln_conv_pool_attrs attrs_of(const struct shape *s) {
    return (struct cln_conv_pool_attrs){.conv = {.filters = s->co,
                                                 .kernel = {s->kh, s->kw},
                                                 .stride = {1, 1},
                                                 .padding = s->padding,
                                                 .activation = s->activation,
                                                 .use_bias = s->use_bias},
                                        .pool = {s->pool_h, s->pool_w},
                                        .keep_places = true,
                                        .dropout = {.rate = s->rate, .stream = STREAM_DROPOUT + 5}};
}

static const char *label_of(const struct shape *s, const char *what) {
    static char label[128];
    snprintf(label, sizeof label, "%s (%zu, %zu, %zu, %zu) to %d, %dx%d, pool %dx%d, rate %g", what,
             s->n, s->h, s->w, s->ci, s->co, s->kh, s->kw, s->pool_h, s->pool_w, s->rate);
    return label;
}

static bool is_kept(const struct cln_dropout_attrs *a, double sample, size_t element) {
    return !(a->rate > 0) || cln_random_word(SEED, (uint32_t)element, (uint32_t)sample, EPOCH,
                                             a->stream) >= a->rate * 4294967296.0 - 0.5;
}

/* The convolution's shape on this image. */
static struct cln_conv_shape shape_of(const struct cln_conv_pool_attrs *a,
                                      const struct test_values *x) {
    struct cln_tensor image = {.name = "x", .rank = 4};
    struct cln_conv_shape s;
    memcpy(image.dim, x->dim, sizeof image.dim);
    TEST_OK(cln_conv_shape("conv", &a->conv, &image, &s));
    return s;
}

/* Index in x of what tap (ky, kx) of output (oy, ox) sees in channel 0, or -1 outside. */
static long tap(const struct cln_conv_shape *s, size_t n, size_t oy, size_t ox, size_t ky,
                size_t kx) {
    const size_t y = oy * s->sh + ky - s->pt, x = ox * s->sw + kx - s->pl; /* wrap if negative */
    return y < s->ih && x < s->iw ? (long)(((n * s->ih + y) * s->iw + x) * s->ci) : -1;
}

static double convolve(const struct cln_conv_shape *s, const double *x, const double *w, size_t n,
                       size_t oy, size_t ox, size_t co) {
    double sum = 0;
    for (size_t ky = 0; ky < s->kh; ky++)
        for (size_t kx = 0; kx < s->kw; kx++) {
            const long from = tap(s, n, oy, ox, ky, kx);
            for (size_t ci = 0; ci < s->ci && from >= 0; ci++)
                sum += x[(size_t)from + ci] * w[((ky * s->kw + kx) * s->ci + ci) * s->co + co];
        }
    return sum;
}

/* x, w, [b], [samples, control] -> y, place */
static void reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_conv_pool_attrs *a = attrs;
    const struct cln_conv_shape s = shape_of(a, &in[0]);
    const size_t *dim = out[0].dim, per_sample = dim[1] * dim[2] * dim[3];
    const struct test_values *samples = &in[2 + a->conv.use_bias];
    for (size_t e = 0; e < out[0].elems; e++) {
        const size_t n = e / per_sample, co = e % dim[3];
        const size_t row = e / (dim[3] * dim[2]) % dim[1], col = e / dim[3] % dim[2];
        double best = -INFINITY;
        int place = 0;
        for (int k = 0; k < a->pool[0] * a->pool[1]; k++) {
            const size_t oy = row * (size_t)a->pool[0] + (size_t)(k / a->pool[1]);
            const size_t ox = col * (size_t)a->pool[1] + (size_t)(k % a->pool[1]);
            const double z = convolve(&s, in[0].v, in[1].v, n, oy, ox, co) +
                             (a->conv.use_bias ? in[2].v[co] : 0);
            if (z > best) {
                best = z;
                place = k;
            }
        }
        if (a->conv.activation == RELU && best <= 0) {
            best = 0;
            place = NO_PLACE;
        }
        const bool kept =
            !(a->dropout.rate > 0) || is_kept(&a->dropout, samples->v[n], e % per_sample);
        out[0].v[e] = kept ? best / (1 - a->dropout.rate) : 0;
        if (a->keep_places)
            out[1].v[e] = kept ? place : NO_PLACE;
    }
}

static struct op_case forward_case(const struct shape *s, const struct cln_conv_pool_attrs *attrs,
                                   const double *control) {
    static const double samples[17] = {59999, 0, 17, 3, 1u << 31};
    const double factor = s->factor > 0 ? s->factor : 1;
    struct op_case c = {
        .label = label_of(s, "conv2d_pool"),
        .op = &cln_op_conv2d_pool,
        .attrs = attrs,
        .input =
            {{.name = "x", .rank = 4, .dim = {s->n, s->h, s->w, s->ci}, .differentiable = true},
             {.name = "w",
              .rank = 4,
              .dim = {(size_t)s->kh, (size_t)s->kw, s->ci, (size_t)s->co},
              .differentiable = true}},
        .input_count = 2,
        .reference = reference,
        .tolerance = factor * TOLERANCE,
        .gradient_tolerance = factor * GRADIENT_TOLERANCE,
        .seed = (uint64_t)(s - shapes + 1),
        .all_widths = s->all_widths,
        .large = is_large(s),
    };
    if (s->use_bias)
        c.input[c.input_count++] = (struct test_input){
            .name = "b", .rank = 1, .dim = {(size_t)s->co}, .differentiable = true};
    if (s->rate > 0) {
        c.input[c.input_count++] = (struct test_input){
            .name = "samples", .rank = 1, .dim = {s->n}, .dtype = CLN_U32, .values = samples};
        c.input[c.input_count++] = (struct test_input){.name = "control",
                                                       .rank = 1,
                                                       .dim = {CONTROL_WORDS},
                                                       .dtype = CLN_U32,
                                                       .values = control};
    }
    return c;
}

static void fill_control(double control[CONTROL_WORDS]) {
    memset(control, 0, CONTROL_WORDS * sizeof *control);
    control[CONTROL_EPOCH] = EPOCH;
    control[CONTROL_SEED_LOW] = (double)(SEED & UINT32_MAX);
    control[CONTROL_SEED_HIGH] = (double)(SEED >> 32);
}

static void pooled_convolution_is_right(void **state) {
    (void)state;
    double control[CONTROL_WORDS];
    fill_control(control);
    FOR_SHAPES(s) {
        struct cln_conv_pool_attrs attrs = attrs_of(s);
        const struct op_case c = forward_case(s, &attrs, control);
        op_check(&c);
        attrs.keep_places = false; /* as in evaluation */
        if (s == shapes || s == shapes + 1)
            op_check(&c);
    }
}

/* Through the op's own backward(), with the places that the forward pass found. Small shapes: where
 * two places of a window are within the step of a finite difference, that is wrong, not we. */
static void gradient_is_that_of_the_values(void **state) {
    (void)state;
    static const struct shape small[] = {
        {2, 5, 6, 2, 3, 3, 3, 2, 2, VALID, RELU, true, 0.25, true, 0},
        {1, 5, 7, 1, 17, 2, 2, 2, 3, VALID, NONE, false, 0, false, 0},
        {1, 6, 6, 16, 16, 3, 3, 2, 2, VALID, NONE, true, 0.5, false, WINOGRAD},
    };
    double control[CONTROL_WORDS];
    fill_control(control);
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        struct cln_conv_pool_attrs attrs = attrs_of(&small[i]);
        attrs.keep_places = false; /* the gradient asks for them */
        struct op_case c = forward_case(&small[i], &attrs, control);
        c.seed = i + 1;
        grad_check(&c);
    }
}

/* d(loss)/dz at conv output (oy, ox) from dy and the places */
static double spread(const struct cln_conv_pool_attrs *a, const struct test_values *dy,
                     const struct test_values *place, size_t n, size_t oy, size_t ox, size_t co) {
    const size_t ph = (size_t)a->pool[0], pw = (size_t)a->pool[1];
    const size_t row = oy / ph, col = ox / pw;
    if (row >= dy->dim[1] || col >= dy->dim[2])
        return 0;
    const size_t from = ((n * dy->dim[1] + row) * dy->dim[2] + col) * dy->dim[3] + co;
    return place->v[from] == (double)(oy % ph * pw + ox % pw) ? dy->v[from] / (1 - a->dropout.rate)
                                                              : 0;
}

typedef void visit(const struct cln_conv_shape *s, size_t from, size_t weight, double gradient,
                   void *context);

/* Calls `visit` with every product's place in x and w and the gradient of its output. */
static void for_products(const struct cln_conv_pool_attrs *a, const struct cln_conv_shape *s,
                         const struct test_values *dy, const struct test_values *place,
                         visit *function, void *context) {
    for (size_t o = 0; o < s->n * s->oh * s->ow * s->co; o++) {
        const size_t co = o % s->co, ox = o / s->co % s->ow, oy = o / (s->co * s->ow) % s->oh;
        const size_t n = o / (s->co * s->ow * s->oh);
        const double gradient = spread(a, dy, place, n, oy, ox, co);
        for (size_t t = 0; t < s->kh * s->kw; t++) {
            const long from = tap(s, n, oy, ox, t / s->kw, t % s->kw);
            for (size_t ci = 0; ci < s->ci && from >= 0; ci++)
                function(s, (size_t)from + ci, (t * s->ci + ci) * s->co + co, gradient, context);
        }
    }
}

struct sums {
    const double *other; /* w, or x */
    double *sum;
};

static void add_to_data(const struct cln_conv_shape *s, size_t from, size_t weight, double gradient,
                        void *context) {
    (void)s;
    struct sums *sums = context;
    sums->sum[from] += gradient * sums->other[weight];
}

/* dy, place, w, [x,] dx */
static void data_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_conv_pool_attrs *a = attrs;
    const struct cln_conv_shape s = shape_of(a, &out[0]);
    struct sums sums = {in[2].v, out[0].v};
    for_products(a, &s, &in[0], &in[1], add_to_data, &sums);
    for (size_t i = 0; i < out[0].elems && a->through_relu; i++)
        out[0].v[i] = in[3].v[i] > 0 ? out[0].v[i] : 0;
}

static void add_to_weights(const struct cln_conv_shape *s, size_t from, size_t weight,
                           double gradient, void *context) {
    (void)s;
    struct sums *sums = context;
    sums->sum[weight] += gradient * sums->other[from];
}

/* x, dy, place, [db,] dw -> dw, [db] */
static void weights_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_conv_pool_attrs *a = attrs;
    const struct cln_conv_shape s = shape_of(a, &in[0]);
    struct sums sums = {in[0].v, out[0].v};
    for_products(a, &s, &in[1], &in[2], add_to_weights, &sums);
    for (size_t i = 0; i < in[1].elems && a->conv.use_bias; i++)
        if (in[2].v[i] != NO_PLACE)
            out[1].v[i % s.co] += in[1].v[i] / (1 - a->dropout.rate);
}

/* Places at random, that share of them none; free with test_values_done(). */
static struct test_values random_places(const struct cln_conv_pool_attrs *a, int rank,
                                        const size_t *dim, double none) {
    struct test_values place = test_values_make(rank, dim);
    const int64_t count = a->pool[0] * a->pool[1];
    for (size_t i = 0; i < place.elems; i++) {
        const uint32_t word = cln_random_word(11, (uint32_t)i, 0, 0, 1);
        const bool passes = word % 1000 >= none * 1000;
        place.v[i] = passes ? (double)(word / 1000 % (uint32_t)count) : NO_PLACE;
    }
    return place;
}

static void check_gradients(const struct shape *s, struct cln_conv_pool_attrs attrs, double none) {
    const bool through_relu = attrs.through_relu;
    const struct test_values image = {.dim = {s->n, s->h, s->w, s->ci}};
    const struct cln_conv_shape conv = shape_of(&attrs, &image);
    const size_t ph = conv.oh / (size_t)s->pool_h, pw = conv.ow / (size_t)s->pool_w;
    const double factor = s->factor > 0 ? s->factor : 1;
    struct test_values place =
        random_places(&attrs, 4, (size_t[]){s->n, ph, pw, (size_t)s->co}, none);
    const struct test_input x = {.name = "x", .rank = 4, .dim = {s->n, s->h, s->w, s->ci}};
    const struct test_input dy = {.name = "dy", .rank = 4, .dim = {s->n, ph, pw, (size_t)s->co}};
    const struct test_input w = {
        .name = "w", .rank = 4, .dim = {(size_t)s->kh, (size_t)s->kw, s->ci, (size_t)s->co}};
    struct test_input at = dy, dx = x, dw = w;
    at.name = "place", at.dtype = CLN_U8, at.values = place.v;
    dx.name = "dx", dx.destination = true;
    dw.name = "dw", dw.destination = true;
    struct op_case c = {.label = label_of(s, through_relu ? "dx through relu" : "dx"),
                        .op = &cln_op_conv2d_pool_backward_data,
                        .attrs = &attrs,
                        .input = {dy, at, w, through_relu ? x : dx, dx},
                        .input_count = 4 + through_relu,
                        .reference = data_reference,
                        .tolerance = factor * GRADIENT_TOLERANCE,
                        .seed = s->h * 100 + s->w,
                        .all_widths = s->all_widths,
                        .large = is_large(s)};
    op_check(&c);
    if (!through_relu) {
        const struct test_input db = {
            .name = "db", .rank = 1, .dim = {(size_t)s->co}, .destination = true};
        c.label = label_of(s, "dw");
        c.op = &cln_op_conv2d_pool_backward_weights;
        c.input[0] = x, c.input[1] = dy, c.input[2] = at;
        c.input[3] = s->use_bias ? db : dw, c.input[4] = dw;
        c.input_count = 4 + s->use_bias;
        c.reference = weights_reference;
        op_check(&c);
    }
    test_values_done(&place);
}

static void gradients_come_from_the_places(void **state) {
    (void)state;
    FOR_SHAPES(s) check_gradients(s, attrs_of(s), 1 / 3.0);
}

static void relu_gradient_is_taken_along(void **state) {
    (void)state;
    FOR_SHAPES(s) {
        struct cln_conv_pool_attrs attrs = attrs_of(s);
        attrs.through_relu = true;
        check_gradients(s, attrs, 1 / 3.0);
    }
}

/* Sparse gradients in all their tilings: strides that leave pixels out, kernels of which only a row
 * fits the registers, more windows than a word has bits, words of channels begun and full. */
static void gradients_of_any_tiling(void **state) {
    (void)state;
    static const struct {
        struct shape shape;
        int64_t stride[2];
        double none;
    } cases[] = {
        {{1, 9, 11, 32, 64, 3, 3, 2, 2, VALID, RELU, true, 0.25, false, WINOGRAD}, {1, 1}, 0},
        {{2, 8, 7, 33, 65, 3, 3, 2, 2, SAME, RELU, true, 0.25, true, WINOGRAD}, {1, 1}, 0.5},
        {{1, 19, 16, 17, 5, 2, 3, 3, 2, SAME, NONE, true, 0, true, 0}, {3, 2}, 0.4},
        {{3, 13, 14, 8, 1, 5, 5, 2, 3, SAME, NONE, false, 0.5, true, 0}, {1, 1}, 0.3},
        {{2, 15, 13, 16, 7, 1, 1, 2, 2, VALID, NONE, true, 0, false, 0}, {2, 3}, 0.5},
        {{1, 7, 70, 32, 3, 3, 3, 3, 2, SAME, NONE, true, 0, false, WINOGRAD}, {1, 1}, 0.2},
        {{1, 38, 37, 16, 6, 2, 2, 2, 2, SAME, NONE, true, 0, false, 0}, {1, 1}, 0.5},
        {{1, 6, 9, 16, 20, 3, 3, 2, 2, VALID, RELU, true, 0.25, false, WINOGRAD}, {1, 1}, 1},
        /* more channels, of dy and of x, than Winograd's transforms take at a time */
        {{1, 4, 5, 16, 310, 3, 3, 2, 2, SAME, RELU, true, 0, false, 2 * WINOGRAD}, {1, 1}, 0.3},
        {{1, 5, 4, 310, 17, 3, 3, 2, 2, SAME, RELU, true, 0, false, WINOGRAD}, {1, 1}, 0.3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cln_conv_pool_attrs attrs = attrs_of(&cases[i].shape);
        memcpy(attrs.conv.stride, cases[i].stride, sizeof attrs.conv.stride);
        check_gradients(&cases[i].shape, attrs, cases[i].none);
    }
}

static void nan_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    (void)in;
    const struct cln_conv_pool_attrs *a = attrs;
    for (size_t i = 0; i < out[0].elems; i++) {
        const bool first = i < (size_t)a->conv.filters; /* the window the NaN is in */
        out[0].v[i] = first ? NAN : 1;
        out[1].v[i] = first ? NO_PLACE : 0;
    }
}

/* A NaN anywhere in a window comes out, with relu and without, and passes no gradient on. Images of
 * ones, but for that one pixel, through a 1 x 1 convolution by 1; Winograd's tiles, which would
 * smear it over their 4 x 4 outputs, do not take that. */
static void nan_is_not_hidden(void **state) {
    (void)state;
    for (int activation = NONE; activation <= RELU; activation++)
        for (int at = 0; at < 4; at++) {
            double x[16], w[16];
            for (int i = 0; i < 16; i++)
                x[i] = w[i] = 1;
            x[at / 2 * 4 + at % 2] = NAN;
            const struct cln_conv_pool_attrs attrs = {.conv = {.filters = 16,
                                                               .kernel = {1, 1},
                                                               .stride = {1, 1},
                                                               .activation = activation},
                                                      .pool = {2, 2},
                                                      .keep_places = true};
            const struct op_case c = {
                .label = "conv2d_pool of NaN",
                .op = &cln_op_conv2d_pool,
                .attrs = &attrs,
                .input = {{.name = "x", .rank = 4, .dim = {1, 4, 4, 1}, .values = x},
                          {.name = "w", .rank = 4, .dim = {1, 1, 1, 16}, .values = w}},
                .input_count = 2,
                .reference = nan_reference,
                .all_widths = true};
            op_check(&c);
        }
}

static void all_nan(const void *attrs, struct test_values *in, struct test_values *out) {
    (void)attrs, (void)in;
    for (size_t i = 0; i < out[0].elems; i++) {
        out[0].v[i] = NAN;
        out[1].v[i] = NO_PLACE;
    }
}

/* The pixel in the middle of an image is seen by all four of its windows. */
static void nan_goes_through_winograd(void **state) {
    (void)state;
    for (int activation = NONE; activation <= RELU; activation++) {
        static double x[6 * 6 * 16];
        for (int c = 0; c < 16; c++)
            x[(2 * 6 + 2) * 16 + c] = NAN;
        const struct shape s = {1, 6, 6, 16, 16, 3, 3, 2, 2, VALID, activation, false, 0, false, 0};
        const struct cln_conv_pool_attrs attrs = attrs_of(&s);
        struct op_case c = forward_case(&s, &attrs, NULL);
        c.input[0].values = x;
        c.reference = all_nan;
        op_check(&c);
    }
}

static void windows_are_checked(void **state) {
    (void)state;
    const struct cln_conv_shape s = {.oh = 300, .ow = 20};
    assert_true(cln_conv_pool_shape(&s, (int64_t[]){15, 17}));
    assert_false(cln_conv_pool_shape(&s, (int64_t[]){16, 16})); /* places go up to 254 */
    assert_false(cln_conv_pool_shape(&s, (int64_t[]){1, 21}));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_checked),
        cmocka_unit_test(pooled_convolution_is_right),
        cmocka_unit_test(gradients_come_from_the_places),
        cmocka_unit_test(relu_gradient_is_taken_along),
        cmocka_unit_test(gradients_of_any_tiling),
        cmocka_unit_test(nan_is_not_hidden),
        cmocka_unit_test(nan_goes_through_winograd),
        cmocka_unit_test(gradient_is_that_of_the_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
