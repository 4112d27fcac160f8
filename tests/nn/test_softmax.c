/* softmax, and softmax with cross-entropy: gradient, metrics, odd values. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "cl/control.clh"
#include "nn/registry.h"
#include "support/device.h"
#include "support/op_check.h"

/* exp of a difference of numbers up to 8 carries 8 * 6e-8 into values of at most 1. */
#define TOLERANCE          1e-6
#define GRADIENT_TOLERANCE 2e-6
/* Of metrics: losses are rounded floats, their sum is a number of up to 2^24 * 8 * N. */
#define LOSS_TOLERANCE 1e-6

static double log_sum_exp(const double *x, size_t c) {
    double top = x[0], sum = 0;
    for (size_t k = 1; k < c; k++)
        top = fmax(top, x[k]);
    for (size_t k = 0; k < c; k++)
        sum += exp(x[k] - top);
    return top + log(sum);
}

static void softmax_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    (void)attrs;
    const size_t c = in[0].dim[in[0].rank - 1];
    for (size_t i = 0; i < in[0].elems; i++)
        out[0].v[i] = exp(in[0].v[i] - log_sum_exp(in[0].v + i / c * c, c));
}

static const size_t shapes[][2] = {{1, 1}, {1, 2}, {7, 10}, {128, 10}, {33, 17}, {5, 131}};

#define COUNT(array) (sizeof array / sizeof *array)

static void softmax_is_right(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        const struct op_case c = {.label = "softmax",
                                  .op = &cln_op_softmax,
                                  .input = {{.name = "x",
                                             .rank = 2,
                                             .dim = {shapes[i][0], shapes[i][1]},
                                             .low = -4,
                                             .high = 4,
                                             .differentiable = true}},
                                  .input_count = 1,
                                  .reference = softmax_reference,
                                  .tolerance = TOLERANCE,
                                  .gradient_tolerance = GRADIENT_TOLERANCE,
                                  .seed = i};
        op_check(&c);
        grad_check(&c);
    }
}

/* The mean loss, to differentiate, and the metrics in the third input. */
static void loss_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    (void)attrs;
    const size_t n = in[0].dim[0], c = in[0].dim[1];
    double sum = 0, fixed = 0, correct = 0, nonfinite = 0;
    for (size_t r = 0; r < n; r++) {
        const double *z = in[0].v + r * c;
        const size_t label = (size_t)in[1].v[r];
        size_t best = 0;
        for (size_t k = 1; k < c; k++)
            best = z[k] > z[best] ? k : best;
        const double loss = label < c ? log_sum_exp(z, c) - z[label] : NAN;
        sum += loss;
        if (isfinite(loss)) {
            fixed += rint(fmin(loss, METRIC_LOSS_MAX) * METRIC_LOSS_ONE);
            correct += best == label;
        } else {
            nonfinite++;
        }
    }
    out[0].v[0] = sum / (double)n;
    const double add[METRIC_WORDS] = {[METRIC_LOSS] = fixed,
                                      [METRIC_CORRECT] = correct,
                                      [METRIC_SAMPLES] = (double)n,
                                      [METRIC_NONFINITE] = nonfinite};
    for (int w = 0; w < 2 && nonfinite && !in[2].v[2 * METRIC_NONFINITE]; w++)
        in[2].v[2 * METRIC_SOUND + w] = in[2].v[2 * METRIC_SAMPLES + w];
    for (int m = 0; m < METRIC_WORDS; m++) {
        const double total = in[2].v[2 * m] + 4294967296.0 * in[2].v[2 * m + 1] + add[m];
        in[2].v[2 * m + 1] = floor(total / 4294967296.0);
        in[2].v[2 * m] = fmod(total, 4294967296.0);
    }
}

/* Metrics as they stand before the batch: the counts are close below a carry into the high word. */
static const double metrics_before[2 * METRIC_WORDS] = {12345, 7, 4294967295.0, 3, 4294967290.0, 0,
                                                        5,     0, 4294967200.0, 0};
/* The same without a loss that was no number. */
static const double metrics_sound[2 * METRIC_WORDS] = {
    12345, 7, 4294967295.0, 3, 4294967290.0, 2, 0, 0, 0, 0};

static struct op_case loss_case(size_t n, size_t c, const double *logits, const double *labels) {
    return (struct op_case){.label = "softmax_cross_entropy",
                            .op = &cln_op_softmax_cross_entropy,
                            .input = {{.name = "logits",
                                       .rank = 2,
                                       .dim = {n, c},
                                       .low = -4,
                                       .high = 4,
                                       .values = logits,
                                       .differentiable = true},
                                      {.name = "labels",
                                       .rank = 1,
                                       .dim = {n},
                                       .dtype = CLN_U32,
                                       .low = 0,
                                       .high = (double)c - 1 + (c == 1) * 0.1,
                                       .values = labels},
                                      {.name = "metrics",
                                       .rank = 1,
                                       .dim = {2 * METRIC_WORDS},
                                       .dtype = CLN_U32,
                                       .values = metrics_before,
                                       .updated = true}},
                            .input_count = 3,
                            .reference = loss_reference,
                            .tolerance = LOSS_TOLERANCE,
                            .gradient_tolerance = GRADIENT_TOLERANCE,
                            .seed = n * 31 + c};
}

static void loss_is_right(void **state) {
    (void)state;
    for (size_t i = 1; i < COUNT(shapes); i++) {
        const struct op_case c = loss_case(shapes[i][0], shapes[i][1], NULL, NULL);
        op_check(&c);
        grad_check(&c);
    }
}

/* Logits so far apart that probabilities vanish: log(softmax) would be infinite or clipped. The
 * last row's loss counts as METRIC_LOSS_MAX. */
static void large_logits_lose_nothing(void **state) {
    (void)state;
    const double logits[] = {0, 80, -60, 1000, 0, 3, -1e4, 5, 1e6, 1e38, 0, -1e38};
    const double labels[] = {0, 1, 0, 2};
    const struct op_case c = loss_case(4, 3, logits, labels);
    op_check(&c);
}

/* Equal logits count for the first class alone, as argmax has it. */
static void ties_go_to_the_lowest_class(void **state) {
    (void)state;
    const double logits[] = {1, 1, 1, 1, 0, 2, 2, 2, 0, 0, 0, 0};
    const double labels[] = {0, 1, 1};
    const struct op_case c = loss_case(3, 4, logits, labels);
    op_check(&c);
}

/* Neither a NaN, nor an infinity, nor a label that is no class gets into the sum of losses. */
static void nonfinite_losses_are_counted(void **state) {
    (void)state;
    const double logits[] = {NAN, 0, 0, NAN, INFINITY, 0, -INFINITY, 0, 1, 2, 3, 4};
    const double labels[] = {0, 1, 0, 0, 2, 1};
    struct op_case c = loss_case(6, 2, logits, labels);
    op_check(&c);
    c.input[2].values = metrics_sound; /* the first of them: METRIC_SOUND says where */
    op_check(&c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(softmax_is_right),
        cmocka_unit_test(loss_is_right),
        cmocka_unit_test(large_logits_lose_nothing),
        cmocka_unit_test(ties_go_to_the_lowest_class),
        cmocka_unit_test(nonfinite_losses_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
