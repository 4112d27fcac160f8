/*
 * The device's random numbers: the published known answers, and thousands of words and normal
 * numbers against the host's, bit for bit, for scalars and every vector width. tests/platforms runs
 * this on a second implementation of OpenCL.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "nn/registry.h"
#include "support/op_check.h"

static void reference(const void *attrs, struct test_values *in, struct test_values *out) {
    (void)attrs;
    const uint32_t key[2] = {(uint32_t)in[1].v[0], (uint32_t)in[1].v[1]};
    for (size_t i = 0; i < in[0].dim[0]; i++) {
        uint32_t counter[4], words[4];
        float normals[4];
        for (size_t j = 0; j < 4; j++)
            counter[j] = (uint32_t)in[0].v[4 * i + j];
        cln_philox(counter, key, words);
        cln_gauss(words, normals);
        for (size_t j = 0; j < 4; j++) {
            out[0].v[4 * i + j] = words[j];
            out[1].v[4 * i + j] = normals[j];
        }
    }
}

/* The words are the published ones, not the host's. */
static void known_reference(const void *attrs, struct test_values *in, struct test_values *out) {
    reference(attrs, in, out);
    for (int i = 0; i < CLN_PHILOX_KNOWN; i++) {
        bool same = true;
        for (int j = 0; j < 4; j++)
            same &= in[0].v[j] == cln_philox_known[i].counter[j];
        for (int j = 0; j < 4 && same; j++)
            out[0].v[j] = cln_philox_known[i].words[j];
    }
}

static void check(const char *label, size_t count, const double *counters, const double *key,
                  op_reference *by) {
    struct op_case c = {
        .label = label,
        .op = &cln_op_philox,
        .input = {{.name = "counters",
                   .rank = 2,
                   .dim = {count, 4},
                   .dtype = CLN_U32,
                   .values = counters},
                  {.name = "key", .rank = 1, .dim = {2}, .dtype = CLN_U32, .values = key}},
        .input_count = 2,
        .reference = by,
        .tolerance = 0, /* the same bits */
        .all_widths = true,
    };
    op_check(&c);
}

static void test_known_answers(void **state) {
    (void)state;
    for (int i = 0; i < CLN_PHILOX_KNOWN; i++) {
        double counter[4], key[2];
        for (int j = 0; j < 4; j++)
            counter[j] = cln_philox_known[i].counter[j];
        for (int j = 0; j < 2; j++)
            key[j] = cln_philox_known[i].key[j];
        check("published known answer", 1, counter, key, known_reference);
    }
}

static void test_many_counters(void **state) {
    (void)state;
    enum { COUNT = 1003 };
    static double counters[4 * COUNT];
    const double key[2] = {0xdeadbeef, 0x01234567};
    uint64_t random = 12;
    for (int i = 0; i < 4 * COUNT; i++)
        counters[i] = floor(test_uniform(&random) * 0x1p32);
    check("many counters", COUNT, counters, key, reference);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_answers),
        cmocka_unit_test(test_many_counters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
