/* Numbers as text: exact, and the same in a locale that writes 0,5. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <locale.h>
#include <string.h>

#include "base/number.h"

static void integers(void **state) {
    (void)state;
    int64_t value = 7;
    assert_true(cln_integer_parse("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    assert_true(cln_integer_parse("+12", &value));
    assert_true(value == 12);
    const char *const refused[] = {"",   "-", "1 ", " 1", "1.0", "0x10", "9223372036854775808",
                                   "1e3"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(cln_integer_parse(refused[i], &value));
}

static void integers_for_people(void **state) {
    (void)state;
    char text[CLN_NUMBER_SIZE];
    assert_string_equal(cln_integer_print(text, 0), "0");
    assert_string_equal(cln_integer_print(text, 999), "999");
    assert_string_equal(cln_integer_print(text, 60000), "60,000");
    assert_string_equal(cln_integer_print(text, -123), "-123");
    assert_string_equal(cln_integer_print(text, -1234567), "-1,234,567");
    assert_string_equal(cln_integer_print(text, INT64_MIN), "-9,223,372,036,854,775,808");
}

static void check_numbers(void) {
    static const struct {
        const char *text;
        double value;
    } accepted[] = {{"1.0e-7", 1.0e-7}, {"1e-3", 1e-3}, {".5", .5},   {"-.5", -.5},
                    {"3", 3},           {"3.", 3},      {"+2E2", 200}};
    double value;
    for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
        assert_true(cln_number_parse(accepted[i].text, &value));
        assert_true(value == accepted[i].value);
    }
    const char *const refused[] = {"",      ".",   "e5",   "1e", "1e+", "inf",   ".inf", "nan",
                                   "0x1p3", "1,5", "1.5x", " 1", "--1", "1e999", "1.2.3"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_false(cln_number_parse(refused[i], &value));
}

static void check_round_trip(void) {
    static const double values[] = {0, 0.1, 1e-7, 1.0 / 3, 123456789, DBL_MAX, DBL_MIN, -2.5};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        char text[CLN_NUMBER_SIZE];
        double back;
        cln_number_print(text, values[i]);
        assert_null(strchr(text, ','));
        assert_true(cln_number_parse(text, &back));
        assert_true(back == values[i]);
    }
    char text[CLN_NUMBER_SIZE];
    cln_number_print(text, 0.1);
    assert_string_equal(text, "0.1");
    cln_number_print(text, 1e-7);
    assert_string_equal(text, "1e-07");
}

static void numbers(void **state) {
    (void)state;
    check_numbers();
    check_round_trip();
}

static void numbers_in_another_locale(void **state) {
    (void)state;
    const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8"};
    const char *set = NULL;
    for (size_t i = 0; i < sizeof names / sizeof *names && !set; i++)
        set = setlocale(LC_NUMERIC, names[i]);
    if (!set)
        skip(); /* no locale with a comma on this machine */
    check_numbers();
    check_round_trip();
    setlocale(LC_NUMERIC, "C");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers),
        cmocka_unit_test(integers_for_people),
        cmocka_unit_test(numbers),
        cmocka_unit_test(numbers_in_another_locale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
