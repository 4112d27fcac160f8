/* Two runs side by side, and the notebook beside the runs that repeat it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "report/compare.h"
#include "report/reference.h"
#include "support/run_fixture.h"
#include "support/scratch.h"

static char *folders[2];
static struct cln_results *results[2];
static struct cln_differences differences;

static int make(void **state) {
    (void)state;
    folders[0] = scratch_make();
    folders[1] = scratch_make();
    return 0;
}

static int clear(void **state) {
    (void)state;
    cln_differences_done(&differences);
    for (int side = 0; side < 2; side++) {
        cln_results_free(results[side]);
        results[side] = NULL;
        scratch_remove(folders[side]);
    }
    return 0;
}

static void compare(void) {
    for (int side = 0; side < 2; side++) {
        const char *const folder[] = {folders[side]};
        assert_int_equal(cln_results_read(folder, 1, &results[side]), CLN_OK);
    }
    assert_int_equal(cln_differences_make(results[0], results[1], &differences), CLN_OK);
}

static void write_cell(int side, const struct cln_experiment *experiment, int index, int correct,
                       int count) {
    struct cln_text extra = {0};
    cln_text_add(&extra,
                 ", \"evaluations\": [{\"noise_scale\": %g, \"accuracy\": %.17g, \"correct\": %d, "
                 "\"count\": %d}]",
                 experiment->cells[index].noise.scale, (double)correct / count, correct, count);
    run_fixture_cell(folders[side], experiment, index, "done", 1, extra.chars);
    cln_text_free(&extra);
}

/* 56 of 70 and 48 of 80 differ by .2, from .0524 to .3339: Newcombe 1998, table II, method 10,
 * first column, to its four digits. */
static void single_runs_are_compared_as_newcombe_does(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folders[0]);
    cln_experiment_free(run_fixture_begin(folders[1]));
    write_cell(0, experiment, 0, 48, 80);
    write_cell(1, experiment, 0, 56, 70);
    write_cell(0, experiment, 2, 40, 80); /* the second run has not got there */
    cln_experiment_free(experiment);
    compare();
    const struct cln_difference *row = &differences.rows[0];
    assert_true(fabs(row->difference - .2) < 1e-12);
    assert_true(fabs(row->low - .0524) < 5e-5);
    assert_true(fabs(row->high - .3339) < 5e-5);
    assert_true(isnan(row->p));
    assert_int_equal(row->pairs, 1);
    assert_string_equal(cln_difference_words(row), "one run each, apart");
    assert_string_equal(differences.rows[2].kind, "mlp");
    assert_string_equal(cln_difference_words(&differences.rows[2]), "not in the second");
    assert_int_equal(differences.count, RUN_FIXTURE_CELLS);
}

/* Runs of `seeds` seeds of one model; the second's are `gain` better, but for a little that swings.
 */
static void write_seeds(int side, int seeds, double gain) {
    struct cln_text config = {0};
    const char *sweep = strstr(run_fixture_config, "sweep: ");
    cln_text_append(&config, run_fixture_config, (size_t)(sweep - run_fixture_config));
    cln_text_add(&config, "sweep: {model: [mlp], seeds: %d}\n", seeds);
    scratch_write(folders[side], "config.yaml", config.chars, config.length);
    cln_text_free(&config);
    char *path = cln_path_join(folders[side], "config.yaml");
    struct cln_experiment *experiment;
    assert_int_equal(cln_experiment_load(path, NULL, 0, &experiment), CLN_OK);
    free(path);
    for (int s = 0; s < seeds; s++)
        write_cell(side, experiment, s, 5000 + 37 * s + (int)(side * (10000 * gain + s % 3)),
                   10000);
    cln_experiment_free(experiment);
}

static void seeds_are_paired(void **state) {
    (void)state;
    write_seeds(0, 6, 0);
    write_seeds(1, 6, .02);
    compare();
    assert_int_equal(differences.count, 1);
    const struct cln_difference *row = &differences.rows[0];
    assert_int_equal(row->pairs, 6);
    /* 200 images and 0, 1, 2, 0, 1, 2 of 10,000: .0201 on average; all six signs alike, p = 2/64.
     */
    assert_true(fabs(row->difference - .0201) < 1e-12);
    assert_true(row->low > .0199 && row->low < .0201 && row->high > .0201 && row->high < .0203);
    assert_true(fabs(row->p - 2. / 64) < 1e-12);
    assert_string_equal(cln_difference_words(row), "different");
}

static void few_seeds_say_little(void **state) {
    (void)state;
    write_seeds(0, 3, 0);
    write_seeds(1, 3, .02);
    compare();
    assert_int_equal(differences.rows[0].pairs, 3);
    assert_string_equal(cln_difference_words(&differences.rows[0]), "too few seeds");
}

/* The committed run repeats the notebook's; the figures are those of notebook.csv. */
static void the_notebook_is_beside_what_repeats_it(void **state) {
    (void)state;
    const char *const folder[] = {"experiments/results/notebook"};
    struct cln_reference_curve curve;
    assert_int_equal(cln_results_read(folder, 1, &results[0]), CLN_OK);
    assert_true(cln_reference_find(results[0], "convnet", 0, &curve));
    assert_int_equal(curve.epochs, 20);
    assert_true(curve.loss[0] == 2.2890 && curve.val_accuracy[19] == .8805);
    assert_true(cln_reference_find(results[0], "convnet", 1, &curve));
    assert_true(curve.val_accuracy[19] == .6702); /* of the sweep, not of the run before it */
    assert_true(cln_reference_find(results[0], "mlp", 4, &curve));
    assert_true(curve.val_accuracy[19] == .1904);
    assert_false(cln_reference_find(results[0], "mlp", 0, &curve)); /* was not run */
}

/* Other nets under the same names are not the notebook's. */
static void the_notebook_is_not_beside_anything_else(void **state) {
    (void)state;
    struct cln_reference_curve curve;
    run_fixture_whole(folders[0]);
    const char *const folder[] = {folders[0]};
    assert_int_equal(cln_results_read(folder, 1, &results[0]), CLN_OK);
    assert_false(cln_reference_find(results[0], "convnet", 0, &curve));
    assert_false(cln_reference_find(results[0], "mlp", 1, &curve));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        TEST(single_runs_are_compared_as_newcombe_does),
        TEST(seeds_are_paired),
        TEST(few_seeds_say_little),
        TEST(the_notebook_is_beside_what_repeats_it),
        TEST(the_notebook_is_not_beside_anything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
