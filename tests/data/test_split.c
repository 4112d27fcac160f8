/* Images set aside for validation: how many of each class, which, and that none is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "data/split.h"

#define COUNT   3001
#define CLASSES 10

/* Classes of very different sizes: class c has a share of about (c + 1) / 55. */
static void make_labels(uint8_t labels[COUNT]) {
    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t at = cln_random_word(3, i, 0, 0, 0) % 55;
        labels[i] = 0;
        while (at > labels[i])
            at -= ++labels[i];
    }
}

static struct cln_split split(const uint8_t *labels, uint32_t count, int64_t validation,
                              uint64_t seed) {
    struct cln_split out;
    assert_int_equal(cln_split_make(labels, count, validation, seed, &out), CLN_OK);
    return out;
}

/* Both ascending, and together every number once. */
static void assert_whole(const struct cln_split *split, uint32_t count) {
    uint32_t t = 0, v = 0;
    assert_int_equal(split->train_count + split->validation_count, count);
    for (uint32_t i = 0; i < count; i++)
        if (t < split->train_count && split->train[t] == i)
            t++;
        else if (v < split->validation_count && split->validation[v] == i)
            v++;
        else
            fail_msg("sample %u is on neither side, or out of order", i);
}

static void classes_keep_their_shares(void **state) {
    (void)state;
    uint8_t labels[COUNT];
    uint32_t size[CLASSES] = {0};
    make_labels(labels);
    for (uint32_t i = 0; i < COUNT; i++)
        size[labels[i]]++;
    static const uint32_t wanted[] = {1, 7, 10, 500, 1500, COUNT - 1};
    for (size_t w = 0; w < sizeof wanted / sizeof *wanted; w++) {
        struct cln_split s = split(labels, COUNT, wanted[w], 0);
        uint32_t aside[CLASSES] = {0};
        assert_int_equal(s.validation_count, wanted[w]);
        assert_whole(&s, COUNT);
        for (uint32_t i = 0; i < s.validation_count; i++)
            aside[labels[s.validation[i]]]++;
        for (int c = 0; c < CLASSES; c++) {
            const double exact = (double)size[c] * wanted[w] / COUNT;
            assert_true(aside[c] > exact - 1 && aside[c] < exact + 1);
        }
        cln_split_done(&s);
    }
}

static void the_seed_says_which(void **state) {
    (void)state;
    uint8_t labels[COUNT];
    make_labels(labels);
    struct cln_split a = split(labels, COUNT, 300, 1), b = split(labels, COUNT, 300, 1);
    struct cln_split c = split(labels, COUNT, 300, 2);
    assert_memory_equal(a.validation, b.validation, 300 * sizeof *a.validation);
    uint32_t same = 0;
    for (uint32_t i = 0, k = 0; i < 300; i++) {
        while (k < 300 && c.validation[k] < a.validation[i])
            k++;
        same += k < 300 && c.validation[k] == a.validation[i];
    }
    /* By chance a tenth of 300, with a standard deviation of 5. */
    assert_in_range(same, 5, 55);
    cln_split_done(&a);
    cln_split_done(&b);
    cln_split_done(&c);
}

/* No class is set aside from one end of the file: the numbers' mean is that of all numbers, with a
 * standard deviation of 3001 / sqrt(12 * 300) = 50; the bound is 4 of them. */
static void they_come_from_all_over_the_file(void **state) {
    (void)state;
    uint8_t labels[COUNT];
    make_labels(labels);
    struct cln_split s = split(labels, COUNT, 300, 0);
    double mean = 0;
    for (uint32_t i = 0; i < 300; i++)
        mean += s.validation[i] / 300.0;
    assert_true(mean > 1300 && mean < 1700);
    cln_split_done(&s);
}

static void more_contain_fewer(void **state) {
    (void)state;
    uint8_t labels[1000];
    for (int i = 0; i < 1000; i++)
        labels[i] = (uint8_t)(i % 10);
    struct cln_split few = split(labels, 1000, 100, 0), many = split(labels, 1000, 200, 0);
    for (uint32_t i = 0, k = 0; i < 100; i++) {
        while (k < 200 && many.validation[k] < few.validation[i])
            k++;
        assert_true(k < 200 && many.validation[k] == few.validation[i]);
    }
    cln_split_done(&few);
    cln_split_done(&many);
}

static void without_validation_all_are_trained_on(void **state) {
    (void)state;
    const uint8_t labels[5] = {3, 1, 2, 255, 0};
    struct cln_split s = split(labels, 5, 0, 9);
    assert_whole(&s, 5);
    assert_int_equal(s.validation_count, 0);
    cln_split_done(&s);
    for (int64_t validation = 5; validation >= -1; validation -= 6) {
        assert_int_equal(cln_split_make(labels, 5, validation, 0, &s), CLN_CONFIG);
        assert_non_null(strstr(cln_error_last()->message, "of 5 training images"));
        cln_split_done(&s);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes_keep_their_shares),
        cmocka_unit_test(the_seed_says_which),
        cmocka_unit_test(they_come_from_all_over_the_file),
        cmocka_unit_test(more_contain_fewer),
        cmocka_unit_test(without_validation_all_are_trained_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
