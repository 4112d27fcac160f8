/*
 * load_batch and step_end against the host's noise: every comparison is of bits, because the noise
 * is defined to the last one. The reference knows only (element, sample number, draw, stream,
 * seed), so what passes cannot depend on the batch or on the vector width. tests/data/test_noise.c
 * holds the host's noise against the formulas.
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

#include "base/rng.h"
#include "cl/control.clh"
#include "cl/noise_kind.clh"
#include "data/noise.h"
#include "nn/load_batch.h"
#include "nn/registry.h"
#include "support/op_check.h"

#define SEED  0x0123456789abcdefu
#define EPOCH 3
#define DRAW  2 /* another than the epoch: they may not be taken for one another */

static void fill_control(double control[CONTROL_WORDS], double batch_start, double scale) {
    const float narrow = (float)scale;
    uint32_t bits;
    memcpy(&bits, &narrow, sizeof bits);
    memset(control, 0, CONTROL_WORDS * sizeof *control);
    control[CONTROL_STEP] = 41;
    control[CONTROL_EPOCH] = EPOCH;
    control[CONTROL_BATCH_START] = batch_start;
    control[CONTROL_SEED_LOW] = (double)(SEED & UINT32_MAX);
    control[CONTROL_SEED_HIGH] = (double)(SEED >> 32);
    control[CONTROL_NOISE_SCALE] = bits;
    control[CONTROL_NOISE_DRAW] = DRAW;
}

static double scale_of(const double control[CONTROL_WORDS]) {
    const uint32_t bits = (uint32_t)control[CONTROL_NOISE_SCALE];
    float scale;
    memcpy(&scale, &bits, sizeof scale);
    return (double)scale;
}

static void load_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_load_batch_attrs *a = attrs;
    const struct cln_noise_spec noise = {.kind = a->noise_kind, .clip = a->clip};
    const size_t elems = in[0].elems / in[0].dim[0];
    uint8_t *pixels = malloc(elems);
    float *x = malloc(elems * sizeof *x);
    assert_true(pixels && x);
    for (size_t row = 0; row < (size_t)a->batch; row++) {
        const size_t sample = (size_t)in[2].v[(size_t)in[3].v[CONTROL_BATCH_START] + row];
        const struct cln_noise_place place = {SEED, (uint32_t)sample, DRAW, a->stream};
        out[1].v[row] = in[1].v[sample];
        out[2].v[row] = (double)sample;
        for (size_t e = 0; e < elems; e++)
            pixels[e] = (uint8_t)in[0].v[sample * elems + e];
        cln_noise_apply(&noise, scale_of(in[3].v), &place, pixels, elems, x);
        for (size_t e = 0; e < elems; e++)
            out[0].v[row * elems + e] = (double)x[e];
    }
    free(pixels);
    free(x);
}

struct load_case {
    const char *label;
    size_t total, height, width, channels, places, start;
    double scale;
    struct cln_load_batch_attrs attrs;
};

static void check_load(const struct load_case *l) {
    double control[CONTROL_WORDS], *order = malloc(l->places * sizeof *order);
    uint32_t *permutation = malloc(l->total * sizeof *permutation);
    assert_true(order && permutation);
    fill_control(control, (double)l->start, l->scale);
    cln_random_permutation(8, 0, permutation, (uint32_t)l->total);
    for (size_t i = 0; i < l->places; i++)
        order[i] = permutation[i];
    struct op_case c = {
        .label = l->label,
        .op = &cln_op_load_batch,
        .attrs = &l->attrs,
        .input =
            {{.name = "images",
              .rank = 4,
              .dim = {l->total, l->height, l->width, l->channels},
              .dtype = CLN_U8,
              .high = 255},
             {.name = "labels", .rank = 1, .dim = {l->total}, .dtype = CLN_U8, .high = 9},
             {.name = "order", .rank = 1, .dim = {l->places}, .dtype = CLN_U32, .values = order},
             {.name = "control",
              .rank = 1,
              .dim = {CONTROL_WORDS},
              .dtype = CLN_U32,
              .values = control}},
        .input_count = 4,
        .reference = load_reference,
        .tolerance = 0, /* the same bits */
        .seed = 4,
        .all_widths = true,
    };
    op_check(&c);
    free(order);
    free(permutation);
}

#define TRAIN STREAM_NOISE_TRAIN

static void check_loads(const struct load_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++)
        check_load(&cases[i]);
}

static void test_shapes(void **state) {
    (void)state;
    static const struct load_case cases[] = {
        {"no noise", 20, 28, 28, 1, 20, 3, 0, {7, 0, false, false, TRAIN}},
        {"noise", 20, 28, 28, 1, 20, 3, 0.5, {7, 0, false, true, TRAIN}},
        {"noise of the test", 20, 28, 28, 1, 20, 13, 4, {7, 0, false, true, STREAM_NOISE_TEST}},
        {"three channels", 5, 5, 5, 3, 5, 0, 1, {5, 0, false, true, TRAIN}},
        {"one pixel", 3, 1, 1, 1, 3, 1, 0.1, {2, 0, false, true, TRAIN}},
        {"one chunk exactly", 4, 8, 8, 1, 4, 0, 2, {4, 0, false, true, TRAIN}},
        {"more than a work-item", 3, 41, 27, 1, 3, 0, 2, {3, 0, false, true, TRAIN}},
        {"some of the images", 20, 9, 7, 1, 11, 8, 1, {3, 0, false, true, TRAIN}},
    };
    check_loads(cases, sizeof cases / sizeof *cases);
}

/* Each kind once, for a program is built for each and every width; kind and clipping have nothing
 * to do with one another, and tests/data/test_noise.c has all pairs of them. */
static void test_kinds(void **state) {
    (void)state;
    static const struct load_case cases[] = {
        {"uniform, clipped", 6, 9, 7, 3, 6, 0, 0.5, {6, NOISE_UNIFORM, true, true, TRAIN}},
        {"uniform, off", 6, 9, 7, 1, 6, 0, 0, {6, NOISE_UNIFORM, true, false, TRAIN}},
        {"salt", 6, 9, 7, 1, 6, 0, 0.3, {6, NOISE_SALT_AND_PEPPER, false, true, TRAIN}},
        {"all salt", 6, 9, 7, 3, 6, 0, 1, {6, NOISE_SALT_AND_PEPPER, false, true, TRAIN}},
        {"speckle", 6, 9, 7, 1, 6, 0, 0.7, {6, NOISE_SPECKLE, false, true, TRAIN}},
    };
    check_loads(cases, sizeof cases / sizeof *cases);
}

static void test_batch_sizes(void **state) {
    (void)state;
    static const struct load_case cases[] = {
        {"batch 1", 130, 9, 7, 1, 130, 77, 1, {1, 0, false, true, TRAIN}},
        {"batch 7", 130, 9, 7, 1, 130, 77, 1, {7, 0, false, true, TRAIN}},
        {"batch 128", 130, 9, 7, 1, 130, 2, 1, {128, 0, false, true, TRAIN}},
    };
    check_loads(cases, sizeof cases / sizeof *cases);
}

/* All 256 bytes: the kernel's product with its correction is the quotient, rounded once. */
static void test_every_byte(void **state) {
    (void)state;
    double control[CONTROL_WORDS], bytes[256], zero = 0;
    fill_control(control, 0, 0);
    for (int i = 0; i < 256; i++)
        bytes[i] = i;
    const struct cln_load_batch_attrs attrs = {.batch = 1, .stream = STREAM_NOISE_TRAIN};
    struct op_case c = {
        .label = "every byte",
        .op = &cln_op_load_batch,
        .attrs = &attrs,
        .input =
            {{.name = "images", .rank = 4, .dim = {1, 16, 16, 1}, .dtype = CLN_U8, .values = bytes},
             {.name = "labels", .rank = 1, .dim = {1}, .dtype = CLN_U8, .values = &zero},
             {.name = "order", .rank = 1, .dim = {1}, .dtype = CLN_U32, .values = &zero},
             {.name = "control",
              .rank = 1,
              .dim = {CONTROL_WORDS},
              .dtype = CLN_U32,
              .values = control}},
        .input_count = 4,
        .reference = load_reference,
        .all_widths = true,
    };
    op_check(&c);
}

static void step_end_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    const struct cln_step_end_attrs *a = attrs;
    (void)out;
    in[0].v[CONTROL_BATCH_START] += (double)a->batch;
    in[0].v[CONTROL_STEP] += a->training ? 1 : 0;
}

static void test_step_end(void **state) {
    (void)state;
    double control[CONTROL_WORDS];
    fill_control(control, 256, 1);
    for (int training = 0; training < 2; training++) {
        const struct cln_step_end_attrs attrs = {.batch = 96, .training = training};
        struct op_case c = {
            .label = training ? "end of a training step" : "end of an evaluation step",
            .op = &cln_op_step_end,
            .attrs = &attrs,
            .input = {{.name = "control",
                       .rank = 1,
                       .dim = {CONTROL_WORDS},
                       .dtype = CLN_U32,
                       .values = control,
                       .updated = true}},
            .input_count = 1,
            .reference = step_end_reference,
        };
        op_check(&c);
    }
}

static void test_refusals(void **state) {
    (void)state;
    struct cln_graph *graph;
    int bytes, words;
    cln_tensor_id input[4];
    assert_int_equal(cln_graph_create(&graph), CLN_OK);
    assert_int_equal(cln_graph_slot(graph, "bytes", CLN_U8, &bytes), CLN_OK);
    assert_int_equal(cln_graph_slot(graph, "words", CLN_U32, &words), CLN_OK);
    cln_graph_tensor(graph, "images", CLN_U8, 4, (size_t[]){5, 2, 2, 1}, bytes, &input[0]);
    cln_graph_tensor(graph, "labels", CLN_U8, 1, (size_t[]){5}, bytes, &input[1]);
    cln_graph_tensor(graph, "order", CLN_U32, 1, (size_t[]){5}, words, &input[2]);
    cln_graph_tensor(graph, "control", CLN_U32, 1, (size_t[]){CONTROL_WORDS}, words, &input[3]);
    struct cln_load_batch_attrs attrs = {.batch = 6};
    assert_int_equal(cln_graph_add(graph, &cln_op_load_batch, "load", &attrs, input, 4, NULL),
                     CLN_CONFIG);
    assert_non_null(strstr(cln_error_last()->message, "1 to the 5 samples"));
    attrs.batch = 0;
    assert_int_equal(cln_graph_add(graph, &cln_op_load_batch, "load", &attrs, input, 4, NULL),
                     CLN_CONFIG);
    attrs.batch = 5;
    attrs.noise_kind = NOISE_KINDS;
    assert_int_equal(cln_graph_add(graph, &cln_op_load_batch, "load", &attrs, input, 4, NULL),
                     CLN_INTERNAL);
    attrs.noise_kind = 0;
    assert_int_equal(cln_graph_add(graph, &cln_op_load_batch, "load", &attrs, input, 3, NULL),
                     CLN_INTERNAL);
    assert_int_equal(cln_graph_add(graph, &cln_op_load_batch, "load", &attrs, input, 4, NULL),
                     CLN_OK);
    cln_graph_free(graph);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),      cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_batch_sizes), cmocka_unit_test(test_every_byte),
        cmocka_unit_test(test_step_end),    cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
