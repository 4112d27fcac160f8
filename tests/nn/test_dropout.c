/*
 * dropout: the mask is that of the host's random words, bit for bit, forward and backward; the
 * share kept is what the rate says; and nothing of it is left in a graph for evaluation.
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
#include "nn/activation.h"
#include "nn/registry.h"
#include "support/op_check.h"

#define SEED  0xfedcba9876543210u
#define EPOCH 2

static void fill_control(double control[CONTROL_WORDS]) {
    memset(control, 0, CONTROL_WORDS * sizeof *control);
    control[CONTROL_EPOCH] = EPOCH;
    control[CONTROL_SEED_LOW] = (double)(SEED & UINT32_MAX);
    control[CONTROL_SEED_HIGH] = (double)(SEED >> 32);
}

static bool is_kept(const struct cln_dropout_attrs *a, double sample, size_t element) {
    return cln_random_word(SEED, (uint32_t)element, (uint32_t)sample, EPOCH, a->stream) >=
           a->rate * 4294967296.0 - 0.5;
}

static void reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_dropout_attrs *a = attrs;
    const size_t rows = in[0].dim[0], elems = in[0].elems / rows;
    for (size_t row = 0; row < rows; row++)
        for (size_t e = 0; e < elems; e++)
            out[0].v[row * elems + e] =
                is_kept(a, in[1].v[row], e) ? in[0].v[row * elems + e] / (1 - a->rate) : 0;
}

static void check_shape(const char *label, const struct cln_dropout_attrs *attrs, const size_t *dim,
                        uint64_t seed) {
    static const double samples[] = {59999, 0, 17, 3, 1u << 31};
    double control[CONTROL_WORDS];
    fill_control(control);
    struct op_case c = {
        .label = label,
        .op = &cln_op_dropout,
        .attrs = attrs,
        .input =
            {{.name = "x",
              .rank = 4,
              .dim = {dim[0], dim[1], dim[2], dim[3]},
              .differentiable = true},
             {.name = "samples", .rank = 1, .dim = {dim[0]}, .dtype = CLN_U32, .values = samples},
             {.name = "control",
              .rank = 1,
              .dim = {CONTROL_WORDS},
              .dtype = CLN_U32,
              .values = control}},
        .input_count = 3,
        .reference = reference,
        .tolerance = 1.2e-7,        /* 1 / (1 - rate) and the product: a rounding each */
        .gradient_tolerance = 1e-6, /* differences of a linear function: 1e-10 / 1e-5 */
        .seed = seed,
        .all_widths = true,
    };
    op_check(&c);
    grad_check(&c);
}

/* A rate that is just the word of an element: that element is kept, the next higher rate drops it.
 */
static void test_edge_of_the_rate(void **state) {
    (void)state;
    const size_t dim[4] = {1, 20, 1, 1};
    struct cln_dropout_attrs attrs = {.stream = STREAM_DROPOUT};
    const double word = cln_random_word(SEED, 13, 59999, EPOCH, STREAM_DROPOUT);
    attrs.rate = word / 4294967296.0;
    assert_true(is_kept(&attrs, 59999, 13));
    check_shape("a rate equal to a word", &attrs, dim, 1);
    attrs.rate = (word + 1) / 4294967296.0;
    assert_false(is_kept(&attrs, 59999, 13));
    check_shape("a rate just above a word", &attrs, dim, 1);
}

static void test_shapes(void **state) {
    (void)state;
    static const size_t shapes[][4] = {{1, 1, 1, 1},  {3, 7, 1, 1},    {2, 64, 1, 1},
                                       {5, 65, 1, 1}, {2, 1100, 1, 1}, {3, 5, 4, 9}};
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        const struct cln_dropout_attrs attrs = {.rate = i % 2 ? 0.5 : 0.2,
                                                .stream = STREAM_DROPOUT + 3};
        char label[64];
        snprintf(label, sizeof label, "dropout of %zu x %zu x %zu x %zu", shapes[i][0],
                 shapes[i][1], shapes[i][2], shapes[i][3]);
        check_shape(label, &attrs, shapes[i], i);
    }
}

/* (y, dy[, samples, control]), where y came out of the activation and the dropout */
static void gradient_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_activation_dropout_attrs *a = attrs;
    const size_t rows = in[0].dim[0], elems = in[0].elems / rows;
    for (size_t i = 0; i < in[0].elems; i++) {
        const double f = in[0].v[i] * (1 - a->dropout.rate);
        const double slope = a->kind == CLN_ACTIVATION_RELU      ? f > 0
                             : a->kind == CLN_ACTIVATION_TANH    ? 1 - f * f
                             : a->kind == CLN_ACTIVATION_SIGMOID ? f * (1 - f)
                                                                 : 1;
        const bool kept =
            a->kind == CLN_ACTIVATION_RELU || is_kept(&a->dropout, in[2].v[i / elems], i % elems);
        out[0].v[i] = kept ? slope * in[1].v[i] / (1 - a->dropout.rate) : 0;
    }
}

/* Behind a relu the mask is in y, for y is zero where an element was dropped: half of these are. */
static void test_gradient_through_an_activation_before(void **state) {
    (void)state;
    static const double samples[] = {59999, 0, 17};
    static const size_t widths[] = {5, 64, 1100};
    double control[CONTROL_WORDS];
    fill_control(control);
    for (int kind = CLN_ACTIVATION_NONE; kind <= CLN_ACTIVATION_SIGMOID; kind++)
        for (size_t i = 0; i < 3; i++) {
            const struct cln_activation_dropout_attrs attrs = {
                kind, {.rate = 0.3, .stream = STREAM_DROPOUT + 2}};
            struct test_values y = test_values_make(2, (size_t[]){3, widths[i]});
            for (size_t e = 0; e < y.elems; e++)
                y.v[e] = fmax(-0.5 + (double)(e * 7 % 11) / 10, 0);
            const struct op_case c = {
                .label = cln_activation_pointwise_names[kind],
                .op = &cln_op_activation_dropout_backward,
                .attrs = &attrs,
                .input = {{.name = "y", .rank = 2, .dim = {3, widths[i]}, .values = y.v},
                          {.name = "dy", .rank = 2, .dim = {3, widths[i]}},
                          {.name = "samples",
                           .rank = 1,
                           .dim = {3},
                           .dtype = CLN_U32,
                           .values = samples},
                          {.name = "control",
                           .rank = 1,
                           .dim = {CONTROL_WORDS},
                           .dtype = CLN_U32,
                           .values = control}},
                .input_count = kind == CLN_ACTIVATION_RELU ? 2 : 4,
                .reference = gradient_reference,
                .tolerance = 4e-7, /* six roundings */
                .seed = i,
                .all_widths = true,
            };
            op_check(&c);
            test_values_done(&y);
        }
}

/* Of n independent draws the share kept deviates by sqrt(p (1 - p) / n); 4.5 of that. */
static void test_share_kept(void **state) {
    (void)state;
    static const double rates[] = {0.01, 0.2, 0.25, 0.5, 0.9};
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        const struct cln_dropout_attrs attrs = {.rate = rates[i], .stream = STREAM_DROPOUT + 1};
        const double n = 500000;
        double kept = 0;
        for (uint32_t sample = 0; sample < 500; sample++)
            for (size_t e = 0; e < 1000; e++)
                kept += is_kept(&attrs, sample, e);
        const double p = 1 - rates[i];
        print_message("rate %g: kept %g\n", rates[i], kept / n);
        assert_true(fabs(kept / n - p) < 4.5 * sqrt(p * (1 - p) / n));
    }
}

static void test_threshold(void **state) {
    (void)state;
    assert_int_equal(cln_dropout_threshold(0), 0);
    assert_int_equal(cln_dropout_threshold(0.25), 0x40000000);
    assert_int_equal(cln_dropout_threshold(0.5), 0x80000000);
    assert_int_equal(cln_dropout_threshold(1 - 1e-12), UINT32_MAX);
}

/* Adds the layer to a graph over x (4, 10); returns the number of nodes it made. */
static int build_layer(bool training, double rate, bool *same_tensor) {
    struct cln_graph *graph;
    struct cln_builder builder = {.training = training, .layer_name = "dropout_1"};
    builder.layer_index = 5;
    assert_int_equal(cln_graph_create(&graph), CLN_OK);
    builder.graph = graph;
    int floats, words;
    assert_int_equal(cln_graph_slot(graph, "floats", CLN_F32, &floats), CLN_OK);
    assert_int_equal(cln_graph_slot(graph, "words", CLN_U32, &words), CLN_OK);
    cln_graph_tensor(graph, "x", CLN_F32, 2, (size_t[]){4, 10}, floats, &builder.x);
    cln_graph_tensor(graph, "samples", CLN_U32, 1, (size_t[]){4}, words, &builder.samples);
    cln_graph_tensor(graph, "control", CLN_U32, 1, (size_t[]){CONTROL_WORDS}, words,
                     &builder.control);
    const cln_tensor_id before = builder.x;
    const struct cln_dropout_attrs attrs = {.rate = rate};
    assert_int_equal(cln_op_dropout.build(&builder, &attrs), CLN_OK);
    *same_tensor = builder.x == before;
    const int nodes = graph->node_count;
    if (nodes) {
        const struct cln_dropout_attrs *built = graph->nodes[0].attrs;
        assert_int_equal(built->stream, STREAM_DROPOUT + 5);
        assert_string_equal(graph->nodes[0].name, "dropout_1");
    }
    cln_graph_free(graph);
    return nodes;
}

static void test_only_in_training(void **state) {
    (void)state;
    bool same;
    assert_int_equal(build_layer(true, 0.5, &same), 1);
    assert_false(same);
    assert_int_equal(build_layer(false, 0.5, &same), 0);
    assert_true(same);
    assert_int_equal(build_layer(true, 0, &same), 0);
    assert_true(same);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_edge_of_the_rate),
        cmocka_unit_test(test_share_kept),
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_only_in_training),
        cmocka_unit_test(test_gradient_through_an_activation_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
