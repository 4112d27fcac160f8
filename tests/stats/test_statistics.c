/* Statistics against SciPy's (tests/golden/statistics.txt), and cases worked by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "clnoise/statistics.h"
#include "stats/distribution.h"
#include "stats/trend.h"

/* Doubles computed in another order: 1e-9 is far above their rounding, and far below any use. */
#define CLOSE 1e-9

#define MAX 40

struct golden {
    char name[32];
    double in[MAX], out[MAX];
    int in_count, out_count;
};

static void expect_near(double is, double should, double tolerance, const char *what) {
    if (!(fabs(is - should) <= tolerance))
        fail_msg("%s: %.17g instead of %.17g", what, is, should);
}

/* "name number ... : number ..." */
static bool parse(char *line, struct golden *g) {
    char *word = strtok(line, " \n");
    if (!word || *word == '#')
        return false;
    *g = (struct golden){0};
    snprintf(g->name, sizeof g->name, "%s", word);
    bool result = false;
    while ((word = strtok(NULL, " \n"))) {
        if (!strcmp(word, ":")) {
            result = true;
            continue;
        }
        char *end;
        double value = strtod(word, &end);
        assert_true(*end == '\0' && g->in_count < MAX && g->out_count < MAX);
        if (result)
            g->out[g->out_count++] = value;
        else
            g->in[g->in_count++] = value;
    }
    assert_true(g->out_count > 0);
    return true;
}

static void check_bootstrap(const struct golden *g) {
    struct cln_interval interval;
    assert_int_equal(cln_bootstrap_mean(g->in, g->in_count, &interval), CLN_OK);
    /* SciPy drew other resamples. The standard error of the 2.5 % quantile of 10,000 normal numbers
     * is sqrt(.025 * .975 / 10,000) / .0584 = .027 deviations; .12 are four of them and a bit for
     * the means being few different ones. */
    struct cln_mean mean = cln_mean_of(g->in, g->in_count);
    double tolerance = .12 * mean.sd / sqrt(g->in_count);
    expect_near(interval.low, g->out[0], tolerance, "bootstrap, low");
    expect_near(interval.high, g->out[1], tolerance, "bootstrap, high");
}

static void check_mean(const struct golden *g) {
    struct cln_mean mean = cln_mean_of(g->in, g->in_count);
    expect_near(mean.mean, g->out[0], CLOSE, "mean");
    expect_near(mean.sd, g->out[1], CLOSE, "sd");
    expect_near(mean.low, g->out[2], CLOSE, "mean, low");
    expect_near(mean.high, g->out[3], CLOSE, "mean, high");
}

static void check_wilson(const struct golden *g) {
    struct cln_interval interval = cln_wilson(g->in[0], g->in[1]);
    expect_near(interval.low, g->out[0], CLOSE, "wilson, low");
    expect_near(interval.high, g->out[1], CLOSE, "wilson, high");
}

static void check_holm(const struct golden *g) {
    double adjusted[MAX];
    assert_int_equal(cln_holm(g->in, g->in_count, adjusted), CLN_OK);
    for (int i = 0; i < g->in_count; i++)
        expect_near(adjusted[i], g->out[i], CLOSE, "holm");
}

static void check_curve(const struct golden *g) {
    int count = (g->in_count - 1) / 2;
    struct cln_scale_curve curve = {g->in + 1, g->in + 1 + count, count};
    struct cln_sigma50 half = cln_sigma50_of(&curve, g->in[0]);
    assert_int_equal(half.censored, CLN_EXACT);
    /* the minimiser that made the golden value is good for six digits */
    expect_near(half.sigma, g->out[0], 1e-5, "sigma_50");
    expect_near(cln_log_area(&curve), g->out[1], CLOSE, "log area");
}

static void check_trend(const struct golden *g) {
    double slope;
    assert_int_equal(cln_trend_slope(g->in, g->in_count, &slope), CLN_OK);
    expect_near(slope, g->out[0], CLOSE, "slope");
    expect_near(cln_trend_z(g->in, g->in_count), g->out[1], CLOSE, "trend");
}

static void check_normal(const struct golden *g) {
    double z = cln_normal_quantile(g->in[0]);
    /* of the p next to 1 no more digits are left */
    expect_near(z, g->out[0], 1e-7, "normal");
    expect_near(cln_normal_below(z), g->in[0], 1e-15, "normal and back");
}

static void check_t(const struct golden *g) {
    double t = cln_t_quantile(g->in[0], (int)g->in[1]);
    expect_near(t, g->out[0], CLOSE * fabs(g->out[0]), "t");
}

static void check_sign_flip(const struct golden *g) {
    expect_near(cln_sign_flip(g->in, g->in_count), g->out[0], CLOSE, "sign flip");
}

static const struct {
    const char *name;
    void (*check)(const struct golden *g);
} CHECKS[] = {
    {"normal", check_normal}, {"t", check_t},         {"wilson", check_wilson},
    {"mean", check_mean},     {"holm", check_holm},   {"sign_flip", check_sign_flip},
    {"curve", check_curve},   {"trend", check_trend}, {"bootstrap", check_bootstrap},
};

static void as_scipy_has_it(void **state) {
    (void)state;
    FILE *file = fopen("tests/golden/statistics.txt", "r");
    assert_non_null(file);
    char line[2048];
    int seen[sizeof CHECKS / sizeof *CHECKS] = {0};
    while (fgets(line, sizeof line, file)) {
        struct golden g;
        if (!parse(line, &g))
            continue;
        size_t c = 0;
        while (c < sizeof CHECKS / sizeof *CHECKS && strcmp(CHECKS[c].name, g.name))
            c++;
        if (c == sizeof CHECKS / sizeof *CHECKS)
            fail_msg("nothing checks '%s'", g.name);
        CHECKS[c].check(&g);
        seen[c]++;
    }
    fclose(file);
    for (size_t c = 0; c < sizeof CHECKS / sizeof *CHECKS; c++)
        assert_true(seen[c] > 0);
}

static void means_of_few_and_of_failed(void **state) {
    (void)state;
    const double values[] = {NAN, .5, NAN, .7};
    struct cln_mean none = cln_mean_of(values, 1), one = cln_mean_of(values, 2),
                    two = cln_mean_of(values, 4);
    assert_true(none.count == 0 && none.left_out == 1 && isnan(none.mean) && isnan(none.low));
    assert_true(one.count == 1 && one.mean == .5 && isnan(one.sd) && isnan(one.high));
    assert_true(two.count == 2 && two.left_out == 2);
    expect_near(two.mean, .6, CLOSE, "mean");
    /* t(.975, 1) = 12.706, sd = .1414, divided by sqrt(2): 1.2706 */
    expect_near(two.high - two.mean, 1.27062047361747, CLOSE, "half width");
}

static void pairs_say_what_they_can(void **state) {
    (void)state;
    const double a[] = {.9, .91, .92, .93, .94, .95, NAN}, b[] = {.8, .8, .8, .8, .8, .8, .8};
    struct cln_comparison c;
    for (int n = 0; n <= 7; n++) {
        assert_int_equal(cln_pairs_compare(a, b, n, &c), CLN_OK);
        int pairs = n < 7 ? n : 6;
        assert_int_equal(c.pairs, pairs);
        assert_int_equal(c.left_out, n - pairs);
        assert_true(c.enough == (pairs >= 6));
        /* all of one sign: the smallest p there can be, reached by these signs and their opposites
         */
        if (pairs > 0)
            assert_true(c.p == c.smallest_p && c.p == 2 / pow(2, pairs));
        else
            assert_true(isnan(c.p) && isnan(c.difference));
        assert_true(isnan(c.low) == (pairs < 2));
    }
    assert_true(c.p < CLN_SIGNIFICANCE);
    expect_near(c.difference, .125, CLOSE, "difference");
    assert_true(c.low > .1 && c.low < .125 && c.high > .125 && c.high < .15);
    struct cln_comparison back;
    assert_int_equal(cln_pairs_compare(b, a, 7, &back), CLN_OK);
    assert_true(back.p == c.p);
    expect_near(back.difference, -.125, CLOSE, "difference the other way");
}

static void equal_differences_have_no_width(void **state) {
    (void)state;
    const double a[] = {.3, .2, .1}, b[] = {.2, .1, .0};
    struct cln_comparison c;
    assert_int_equal(cln_pairs_compare(a, b, 3, &c), CLN_OK);
    expect_near(c.low, .1, CLOSE, "low");
    expect_near(c.high, .1, CLOSE, "high");
    assert_int_equal(cln_pairs_compare(a, a, 3, &c), CLN_OK);
    assert_true(c.difference == 0 && c.p == 1 && c.low == 0 && c.high == 0);
}

/* By hand: of the 2^3 sums of +-1 +-2 +-4 those at least as far from 0 as 1 - 2 + 4 = 3 are
 * 7, 5, 3 and their opposites; 1 and -1 are not. */
static void sign_flips_by_hand(void **state) {
    (void)state;
    const double values[] = {1, -2, 4};
    assert_true(cln_sign_flip(values, 3) == 6. / 8);
}

/* Beyond 20 values signs are drawn. The exact p of n equal values with k negative ones is a
 * binomial tail: of 24 with 6 negative ones, p = 2 P(X <= 6) = .022656. Its standard error at
 * 100,000 draws is .00047; four of them are allowed. */
static void many_pairs_are_sampled(void **state) {
    (void)state;
    double values[24], tail = 0, choose = 1;
    for (int i = 0; i < 24; i++)
        values[i] = i < 6 ? -.01 : .01;
    for (int k = 0; k <= 6; k++) {
        tail += choose;
        choose = choose * (24 - k) / (k + 1);
    }
    expect_near(2 * tail / pow(2, 24), .022656, 1e-6, "binomial tail");
    expect_near(cln_sign_flip(values, 24), 2 * tail / pow(2, 24), .0019, "sampled p");
    assert_true(cln_sign_flip(values, 24) == cln_sign_flip(values, 24));
    double wide[300]; /* more than one block of random words */
    for (int i = 0; i < 300; i++)
        wide[i] = i % 2 ? .01 : -.01;
    assert_true(cln_sign_flip(wide, 300) == 1);
}

static void corruption_errors_by_hand(void **state) {
    (void)state;
    const double scales[] = {0, 1, 2, 4}, shuffled[] = {2, 0, 1};
    const double ours[] = {.9, .8, .6, NAN}, reference[] = {.6, .95, .8};
    struct cln_scale_curve a = {scales, ours, 4}, b = {shuffled, reference, 3};
    /* (.2 + .4) / (.2 + .4); against clean: (.1 + .3) / (.15 + .35) */
    expect_near(cln_corruption_error(&a, &b), 1, CLOSE, "CE");
    expect_near(cln_relative_corruption_error(&a, &b), .8, CLOSE, "relative CE");
    const double kinds[] = {.5, NAN, 1.5};
    expect_near(cln_mean_corruption_error(kinds, 3), 1, CLOSE, "mCE");
    struct cln_scale_curve none = {scales, ours, 1};
    assert_true(isnan(cln_corruption_error(&a, &none)));
    assert_true(isnan(cln_corruption_error(&none, &b)));
    const double perfect[] = {1, 1, 1};
    struct cln_scale_curve best = {shuffled, perfect, 3};
    assert_true(isnan(cln_corruption_error(&a, &best)));
    assert_true(cln_corruption_error(&best, &a) == 0);
}

static void retention_by_hand(void **state) {
    (void)state;
    expect_near(cln_retention(.55, .9, .1), .5625, CLOSE, "retention");
    expect_near(cln_retention(.05, .9, .1), -.0625, CLOSE, "below chance");
    assert_true(isnan(cln_retention(.1, .1, .1)));
    assert_true(isnan(cln_retention(NAN, .9, .1)));
}

static void sigma50_is_censored_and_said_so(void **state) {
    (void)state;
    const double scales[] = {4, 0, .1, 1}; /* in no order */
    const struct {
        double accuracies[4];
        double sigma;
        enum cln_censored censored;
        bool smoothed;
    } cases[] = {
        {{.6, .9, .9, .8}, 4, CLN_ABOVE, false},
        {{.1, .9, .3, .2}, .1, CLN_BELOW, false},
        {{.3, .9, .9, .7}, 2, CLN_EXACT, false},         /* half of the way from log 1 to log 4 */
        {{.3, .9, .7, .7}, 2, CLN_EXACT, false},         /* level is no rise */
        {{.3, .9, .6, .8}, 2, CLN_EXACT, true},          /* .6 and .8 pool to .7 */
        {{.3, .8, 1., .7}, 2, CLN_EXACT, true},          /* .8 and 1 pool to .9 */
        {{.3, .1, .1, .1}, NAN, CLN_NOT_DEFINED, false}, /* at chance without noise */
        {{.1, .1, .1, .1}, NAN, CLN_NOT_DEFINED, false},
        {{.3, NAN, .9, .7}, NAN, CLN_NOT_DEFINED, false}, /* without a clean one */
        {{NAN, .9, NAN, NAN}, NAN, CLN_NOT_DEFINED, false},
        {{NAN, .9, .8, .2}, .31622776602, CLN_EXACT, false}, /* half of the way from .1 to 1 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct cln_scale_curve curve = {scales, cases[i].accuracies, 4};
        struct cln_sigma50 half = cln_sigma50_of(&curve, .1);
        assert_int_equal(half.censored, cases[i].censored);
        assert_true(half.smoothed == cases[i].smoothed);
        if (isnan(cases[i].sigma))
            assert_true(isnan(half.sigma));
        else
            expect_near(half.sigma, cases[i].sigma, 1e-6, "sigma_50");
    }
}

static void area_by_hand(void **state) {
    (void)state;
    const double scales[] = {0, .1, 1, 100}, accuracies[] = {1, .8, .6, .2};
    struct cln_scale_curve curve = {scales, accuracies, 4};
    /* one decade at .7 and two at .4 */
    expect_near(cln_log_area(&curve), 1.5 / 3, CLOSE, "area");
    curve.count = 2;
    assert_true(isnan(cln_log_area(&curve)));
}

static void trends_of_nothing(void **state) {
    (void)state;
    const double level[] = {2, 2, 2}, outlier[] = {5, 4, 3, 90, 1, 0};
    assert_true(cln_trend_z(level, 3) == 0 && cln_trend_z(level, 1) == 0);
    /* all ten pairs of five rise: (10 - 1) / sqrt(5 * 4 * 15 / 18) */
    const double rising[] = {1, 2, 3, 5, 8};
    expect_near(cln_trend_z(rising, 5), 9 / sqrt(300. / 18), CLOSE, "rising trend");
    double slope;
    assert_int_equal(cln_trend_slope(outlier, 6, &slope), CLN_OK);
    expect_near(slope, -1, CLOSE, "slope beside an outlier");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_scipy_has_it),
        cmocka_unit_test(means_of_few_and_of_failed),
        cmocka_unit_test(pairs_say_what_they_can),
        cmocka_unit_test(equal_differences_have_no_width),
        cmocka_unit_test(sign_flips_by_hand),
        cmocka_unit_test(many_pairs_are_sampled),
        cmocka_unit_test(corruption_errors_by_hand),
        cmocka_unit_test(retention_by_hand),
        cmocka_unit_test(sigma50_is_censored_and_said_so),
        cmocka_unit_test(area_by_hand),
        cmocka_unit_test(trends_of_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
