/*
 * dense and its gradients: every variant against a scalar reference in double precision, on sizes
 * at, below and above the tiles'. test_golden.c compares with PyTorch.
 *
 * Tolerances: as in test_conv2d.c, for sums of up to 300 products of numbers in [-1, 1]; sums of
 * 1100, long enough to be split, get four times as much.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cl/control.clh"
#include "nn/dense.h"
#include "nn/gemm.h"
#include "nn/registry.h"
#include "support/device.h"
#include "support/op_check.h"

#define TOLERANCE          1e-5
#define GRADIENT_TOLERANCE 2e-5
#define LONG_SUMS          4

static double activate(int kind, double x) {
    return kind == CLN_ACTIVATION_RELU      ? fmax(x, 0)
           : kind == CLN_ACTIVATION_TANH    ? tanh(x)
           : kind == CLN_ACTIVATION_SIGMOID ? 1 / (1 + exp(-x))
                                            : x;
}

static void reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_dense_attrs *a = attrs;
    const size_t depth = in[1].dim[0], units = in[1].dim[1], rows = out[0].elems / units;
    for (size_t r = 0; r < rows; r++)
        for (size_t u = 0; u < units; u++) {
            double z = a->use_bias ? in[2].v[u] : 0;
            for (size_t k = 0; k < depth; k++)
                z += in[0].v[r * depth + k] * in[1].v[k * units + u];
            out[0].v[r * units + u] = activate(a->activation, z);
        }
}

struct shape {
    size_t n, in, units;
    int activation;
    bool use_bias, all_widths;
    double factor; /* of the tolerances; 0: 1 */
};

static struct op_case case_of(const char *label, const struct cln_dense_attrs *attrs,
                              struct shape s) {
    const double factor = s.factor > 0 ? s.factor : 1;
    return (struct op_case){
        .label = label,
        .op = &cln_op_dense,
        .attrs = attrs,
        .input = {{.name = "x", .rank = 2, .dim = {s.n, s.in}, .differentiable = true},
                  {.name = "w", .rank = 2, .dim = {s.in, s.units}, .differentiable = true},
                  {.name = "b", .rank = 1, .dim = {s.units}, .differentiable = true}},
        .input_count = s.use_bias ? 3 : 2,
        .reference = reference,
        .tolerance = factor * TOLERANCE,
        .gradient_tolerance = factor * GRADIENT_TOLERANCE,
        .seed = (uint64_t)(s.n * 1000 + s.in),
        .all_widths = s.all_widths,
    };
}

static void check(const char *label, struct shape s) {
    const struct cln_dense_attrs attrs = {
        .units = (int64_t)s.units, .activation = s.activation, .use_bias = s.use_bias};
    const struct op_case c = case_of(label, &attrs, s);
    op_check(&c);
    if (s.activation != CLN_ACTIVATION_RELU) /* whose kink finite differences may straddle */
        grad_check(&c);
}

static void one_of_everything(void **state) {
    (void)state;
    check("1 x 1 x 1", (struct shape){1, 1, 1, CLN_ACTIVATION_NONE, true, false, 0});
}

static void sizes_below_the_tiles(void **state) {
    (void)state;
    check("5 x 3 x 7", (struct shape){5, 3, 7, CLN_ACTIVATION_SIGMOID, true, false, 0});
    check("10 classes", (struct shape){13, 37, 10, CLN_ACTIVATION_NONE, true, true, 0});
}

static void sizes_round_the_tiles(void **state) {
    (void)state;
    check("16 x 16 x 32", (struct shape){16, 16, 32, CLN_ACTIVATION_NONE, false, false, 0});
    check("17 x 31 x 33", (struct shape){17, 31, 33, CLN_ACTIVATION_TANH, true, true, 0});
    check("65 x 17 x 63", (struct shape){65, 17, 63, CLN_ACTIVATION_NONE, true, false, 0});
}

/* Tiles of 3 x 128 of C at width 16: more rows than a block's 129, the last columns no whole
 * vector. */
static void wide_tiles(void **state) {
    (void)state;
    const struct shape large = {131, 259, 255, CLN_ACTIVATION_RELU, true, false, 0};
    const struct cln_dense_attrs attrs = {
        .units = 255, .activation = CLN_ACTIVATION_RELU, .use_bias = true};
    struct op_case c = case_of("131 x 259 x 255", &attrs, large);
    c.large = true;
    op_check(&c);
    check("2 x 9 x 128", (struct shape){2, 9, 128, CLN_ACTIVATION_NONE, false, false, 0});
}

/* 257 deep is one more than a packed panel; 1100 deep is split over work-items. */
static void deep_sums(void **state) {
    (void)state;
    const struct cln_dense_attrs attrs = {
        .units = 9, .activation = CLN_ACTIVATION_RELU, .use_bias = true};
    struct op_case c =
        case_of("257 deep", &attrs, (struct shape){6, 257, 9, CLN_ACTIVATION_RELU, true, false, 0});
    op_check(&c);
    c = case_of("1100 deep", &attrs,
                (struct shape){7, 1100, 9, CLN_ACTIVATION_RELU, true, false, LONG_SUMS});
    op_check(&c);
    assert_true(cln_split_count(1, 1100) > 1);
}

/* 300 rows: the gradients of weights and bias are sums over more rows than one part takes. */
static void many_rows(void **state) {
    (void)state;
    check("300 x 5 x 4", (struct shape){300, 5, 4, CLN_ACTIVATION_NONE, true, false, 0});
}

static void rows_of_higher_rank(void **state) {
    (void)state;
    const struct cln_dense_attrs attrs = {.units = 5, .use_bias = true};
    struct op_case c =
        case_of("(2, 3, 4)", &attrs, (struct shape){6, 4, 5, CLN_ACTIVATION_NONE, true, false, 0});
    c.input[0] =
        (struct test_input){.name = "x", .rank = 3, .dim = {2, 3, 4}, .differentiable = true};
    op_check(&c);
    grad_check(&c);
}

/* x, w, b, samples, control: the seed in control is 0, the epoch 0, and samples count from 0 */
static void dropout_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_dense_attrs *a = attrs;
    const size_t per_sample = out[0].elems / out[0].dim[0];
    reference(attrs, in, out);
    for (size_t i = 0; i < out[0].elems; i++) {
        const uint32_t word = cln_random_word(0, (uint32_t)(i % per_sample),
                                              (uint32_t)(i / per_sample), 0, a->dropout.stream);
        out[0].v[i] =
            word < cln_dropout_threshold(a->dropout.rate) ? 0 : out[0].v[i] / (1 - a->dropout.rate);
    }
}

static void dropout_of_the_output(void **state) {
    (void)state;
    static const double samples[] = {0, 1, 2, 3, 4, 5, 6};
    static const double control[CONTROL_WORDS] = {0};
    for (int kind = CLN_ACTIVATION_NONE; kind <= CLN_ACTIVATION_SIGMOID; kind++)
        for (size_t depth = 11; depth <= 1100; depth *= 100) { /* the second is split */
            const struct cln_dense_attrs attrs = {
                .units = 37,
                .activation = kind,
                .use_bias = true,
                .dropout = {.rate = 0.4, .stream = STREAM_DROPOUT + 1}};
            struct op_case c = case_of("dense with dropout", &attrs,
                                       (struct shape){7, depth, 37, kind, true, false, LONG_SUMS});
            c.input[3] = (struct test_input){
                .name = "samples", .rank = 1, .dim = {7}, .dtype = CLN_U32, .values = samples};
            c.input[4] = (struct test_input){.name = "control",
                                             .rank = 1,
                                             .dim = {CONTROL_WORDS},
                                             .dtype = CLN_U32,
                                             .values = control};
            c.input_count = 5;
            c.reference = dropout_reference;
            op_check(&c);
            if (depth == 11)
                grad_check(&c);
        }
}

/* A sum's order follows from its shape: the number of cores must not show in the bits, so the
 * number of parts does not depend on the device. */
static void splits_follow_from_the_shape(void **state) {
    (void)state;
    assert_int_equal(cln_split_count(4, 9216), 16); /* the notebook's first dense layer */
    assert_int_equal(cln_split_count(1, 1024), 4);  /* parts of at least 256 */
    assert_int_equal(cln_split_count(1, 512), 1);
    assert_int_equal(cln_split_count(64, 9216), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_everything),
        cmocka_unit_test(sizes_below_the_tiles),
        cmocka_unit_test(sizes_round_the_tiles),
        cmocka_unit_test(wide_tiles),
        cmocka_unit_test(deep_sums),
        cmocka_unit_test(many_rows),
        cmocka_unit_test(rows_of_higher_rank),
        cmocka_unit_test(dropout_of_the_output),
        cmocka_unit_test(splits_follow_from_the_shape),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
