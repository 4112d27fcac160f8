/* Axes end at round numbers, number labels read well, labels at line ends keep apart. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "report/axis.h"
#include "report/end_labels.h"

static void values_lie_within_round_ends(void **state) {
    (void)state;
    for (int i = -40; i <= 40; i++)
        for (int j = 1; j <= 400; j += 7) {
            double low = i * 0.0371, high = low + j * 0.0173;
            struct cln_axis axis = cln_axis_values(low, high, 6);
            double room = 1e-6 * (high - low + fabs(high)); /* ticks are multiples, rounded */
            assert_true(axis.low <= low + room && axis.high >= high - room);
            assert_true(axis.tick_count >= 2 && axis.tick_count <= 8);
            assert_true(axis.ticks[0] == axis.low);
            assert_true(axis.ticks[axis.tick_count - 1] == axis.high);
            double step = axis.ticks[1] - axis.ticks[0];
            double lead = step / pow(10, floor(log10(step * 1.0001)));
            assert_true(fabs(lead - 1) < 1e-6 || fabs(lead - 2) < 1e-6 || fabs(lead - 5) < 1e-6);
            /* The labels tell the ticks apart: they have decimals enough for the step. */
            double unit = pow(10, -axis.decimals);
            assert_true(fabs(step / unit - round(step / unit)) < 1e-6);
        }
}

static void accuracies_get_the_usual_axis(void **state) {
    (void)state;
    struct cln_axis axis = cln_axis_values(0.1, 0.998, 6);
    assert_true(axis.low == 0 && fabs(axis.high - 1) < 1e-12);
    assert_int_equal(axis.tick_count, 6);
    assert_int_equal(axis.decimals, 1);
    axis = cln_axis_values(0.95, 0.991, 6); /* far from zero: not squeezed into the top */
    assert_true(axis.low > 0.9);
    assert_int_equal(axis.decimals, 2);
    axis = cln_axis_values(0.5, 0.5, 6);
    assert_true(axis.low < 0.5 && axis.high > 0.5);
    axis = cln_axis_values(INFINITY, -INFINITY, 6); /* no value at all */
    assert_true(axis.low == 0 && axis.high == 1);
}

static void epochs_get_whole_ticks(void **state) {
    (void)state;
    for (int last = 1; last <= 3000; last++) {
        struct cln_axis axis = cln_axis_epochs(last);
        assert_true(axis.low <= 1 && axis.high >= last && axis.high > axis.low);
        assert_true(axis.tick_count >= 1 && axis.tick_count <= 10);
        assert_true(axis.ticks[0] == 1);
        for (int t = 1; t < axis.tick_count; t++)
            assert_true(axis.ticks[t] == floor(axis.ticks[t]) &&
                        axis.ticks[t] > axis.ticks[t - 1] && axis.ticks[t] <= last);
    }
}

static void numbers_read_well(void **state) {
    (void)state;
    char text[64];
    assert_string_equal(cln_number_format(text, sizeof text, 0.8805, 3), "0.880");
    assert_string_equal(cln_number_format(text, sizeof text, -4, 0), "\xe2\x88\x92"
                                                                     "4");
    assert_string_equal(cln_number_format(text, sizeof text, -0.0001, 2), "0.00");
}

static void decades_hold_every_value(void **state) {
    (void)state;
    struct cln_axis axis = cln_axis_decades(0.3, 250);
    assert_true(axis.tick_count == 5 && axis.ticks[0] == 0.1 && axis.ticks[4] == 1000);
    axis = cln_axis_decades(1, 100); /* ends that are powers of ten stay */
    assert_true(axis.low == 1 && axis.high == 100 && axis.tick_count == 3);
    axis = cln_axis_decades(10, 10);
    assert_true(axis.low == 10 && axis.high == 100);
    for (int power = -20; power < 20; power++)
        for (int decades = 0; decades < 30; decades++) {
            double low = 3 * pow(10, power), high = 2 * pow(10, power + decades + 1);
            axis = cln_axis_decades(low, high);
            assert_true(axis.low <= low && axis.high >= high);
            assert_true(axis.tick_count >= 2 && axis.tick_count <= CLN_AXIS_TICKS);
            for (int t = 0; t < axis.tick_count; t++)
                assert_true(axis.ticks[t] >= axis.low && axis.ticks[t] <= axis.high);
        }
    axis = cln_axis_decades(0, (double)NAN);
    assert_true(axis.low == 1 && axis.high == 10);
}

static void labels_keep_apart(void **state) {
    (void)state;
    srand(1);
    for (int round = 0; round < 2000; round++) {
        struct cln_end_label labels[12];
        size_t count = 1 + (size_t)(rand() % 12);
        for (size_t l = 0; l < count; l++)
            labels[l] = (struct cln_end_label){.y = 100 + rand() % (round % 2 ? 10 : 200)};
        assert_true(cln_end_labels_spread(labels, count, 100, 300, 14));
        for (size_t l = 0; l < count; l++) {
            assert_true(labels[l].text_y >= 100 - 1e-9 && labels[l].text_y <= 300 + 1e-9);
            assert_true(!l || labels[l].y >= labels[l - 1].y);
            assert_true(!l || labels[l].text_y - labels[l - 1].text_y >= 14 - 1e-9);
        }
    }
    struct cln_end_label alone = {.y = 150}, many[20] = {{0}};
    assert_true(cln_end_labels_spread(&alone, 1, 100, 300, 14));
    assert_true(alone.text_y == 150); /* stays at its line */
    struct cln_end_label two[] = {{.y = 204}, {.y = 200}};
    assert_true(cln_end_labels_spread(two, 2, 100, 300, 14));
    assert_true(two[0].y == 200 && two[0].text_y == 195 && two[1].text_y == 209);
    assert_false(cln_end_labels_spread(many, 20, 100, 300, 14));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_lie_within_round_ends),
        cmocka_unit_test(accuracies_get_the_usual_axis),
        cmocka_unit_test(epochs_get_whole_ticks),
        cmocka_unit_test(numbers_read_well),
        cmocka_unit_test(decades_hold_every_value),
        cmocka_unit_test(labels_keep_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
