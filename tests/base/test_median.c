/* The median of odd and even numbers of values, and the order it leaves them in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/median.h"

static void values_in_the_middle(void **state) {
    (void)state;
    double one[] = {7}, odd[] = {3, -1, 2}, even[] = {4, 1, 3, 9}, equal[] = {5, 5, 5, 1};
    assert_true(cln_median(one, 1) == 7);
    assert_true(cln_median(odd, 3) == 2);
    assert_true(cln_median(even, 4) == 3.5);
    assert_true(cln_median(equal, 4) == 5);
}

static void values_are_sorted(void **state) {
    (void)state;
    double values[] = {0.5, 8, -2, 1e9, 3};
    (void)cln_median(values, 5);
    for (int i = 1; i < 5; i++)
        assert_true(values[i - 1] < values[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_in_the_middle),
        cmocka_unit_test(values_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
