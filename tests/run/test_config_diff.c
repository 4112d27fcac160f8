/* What is said of two configurations that differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "run/config_diff.h"

static void assert_diff(const char *before, const char *after, int count, const char *wanted) {
    struct cln_text out = {0};
    int counted;
    assert_int_equal(cln_config_diff(before, after, &out, &counted), CLN_OK);
    assert_string_equal(out.chars ? out.chars : "", wanted);
    assert_int_equal(counted, count);
    cln_text_free(&out);
}

static void keys_are_told_with_both_values(void **state) {
    (void)state;
    assert_diff("a: 1\nb: {c: 2, d: 3}\n", "b: {d: 3, c: 2}\na: 1\n", 0, "");
    assert_diff("a: 1\nb: {c: 2, d: 3}\n", "a: 1\nb: {c: 2, d: 4}\n", 1, "b.d: 3 -> 4");
    assert_diff("a: 1\nb: {c: 2}\n", "a: one\nb: {c: 2, e: [1, 2]}\n", 2,
                "a: 1 -> one\nb.e: (none) -> [1, 2]");
    assert_diff("b: {c: 2}\n", "b: 7\n", 1, "b: {c: 2} -> 7");
    assert_diff("a: 1\nb: x\n", "a: 1\n", 1, "b: x -> (none)");
    assert_diff("l: [{x: 1}, y]\n", "l: [{x: 2}, y]\n", 1, "l: [{x: 1}, y] -> [{x: 2}, y]");
}

static void long_values_are_cut(void **state) {
    (void)state;
    char before[400] = "a: ", after[400] = "a: b\n", *at = before + 3;
    memset(at, 'x', 300);
    strcpy(at + 300, "\n");
    struct cln_text out = {0};
    int count;
    assert_int_equal(cln_config_diff(before, after, &out, &count), CLN_OK);
    assert_int_equal(count, 1);
    assert_int_equal(out.length, strlen("a: ") + 120 + strlen("... -> b"));
    cln_text_free(&out);
}

static void what_is_no_yaml_is_an_error(void **state) {
    (void)state;
    struct cln_text out = {0};
    int count;
    assert_int_equal(cln_config_diff("a: [", "a: 1\n", &out, &count), CLN_CONFIG);
    cln_text_free(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_told_with_both_values),
        cmocka_unit_test(long_values_are_cut),
        cmocka_unit_test(what_is_no_yaml_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
