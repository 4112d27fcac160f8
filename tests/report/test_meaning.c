/* A run's folder is read, diagnosed and summed up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/meaning.h"
#include "support/run_fixture.h"
#include "support/scratch.h"

static struct cln_results *read_folder(const char *folder) {
    struct cln_results *results;
    assert_int_equal(cln_results_read(&folder, 1, &results), CLN_OK);
    return results;
}

static void a_whole_run(void **state) {
    (void)state;
    char *folder = scratch_make();
    run_fixture_whole(folder);
    struct cln_results *results = read_folder(folder);
    struct cln_meaning *meaning;
    assert_int_equal(cln_meaning_make(results, &meaning), CLN_OK);
    /* 1000 images of each of ten classes */
    assert_true(fabs(meaning->chance - .1) < 1e-12);
    double images;
    assert_true(cln_result_accuracy(&results->cells[1], &images) == .7 && images == 10000);
    assert_int_equal(meaning->study->variant_count, 2);
    assert_int_equal(meaning->study->group_count, 4);
    assert_true(meaning->study->groups[1].accuracy.mean == .7);
    /* each model at its own scales, and each cell at both */
    assert_int_equal(meaning->study->robustness_count, 2 + 4);
    for (int c = 0; c < RUN_FIXTURE_CELLS; c++)
        assert_int_equal(meaning->diagnoses[c].code, CLN_DIAGNOSIS_TOO_SHORT);
    assert_int_equal(meaning->study->contrasts[0].verdict, CLN_VERDICT_APART);
    assert_true(meaning->conclusion.count >= 4);
    cln_meaning_free(meaning);
    cln_results_free(results);
    scratch_remove(folder);
}

static void a_run_on_its_way(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(folder, experiment, 0, "done", 3, "");
    run_fixture_cell(folder, experiment, 1, "failed", 1,
                     ", \"error\": {\"status\": \"CLN_CELL\", \"message\": \"diverged\"}, "
                     "\"diverged\": {\"epoch\": 2, \"step\": 5, \"layer\": \"conv2d_1\"}");
    run_fixture_cell(folder, experiment, 2, "failed", 0, "");
    struct cln_results *results = read_folder(folder);
    struct cln_meaning *meaning;
    assert_int_equal(cln_meaning_make(results, &meaning), CLN_OK);
    assert_true(meaning->chance == .1); /* from the number of classes */
    /* no evaluation is recorded: what the last epoch says of the test images */
    double images;
    assert_true(fabs(cln_result_accuracy(&results->cells[0], &images) - .25) < 1e-9);
    assert_true(isnan(cln_result_accuracy(&results->cells[3], &images)));
    assert_int_equal(meaning->diagnoses[1].code, CLN_DIAGNOSIS_DIVERGED);
    assert_non_null(strstr(meaning->diagnoses[1].sentence, "in layer conv2d_1"));
    assert_int_equal(meaning->diagnoses[2].code, CLN_DIAGNOSIS_FAILED);
    assert_int_equal(meaning->diagnoses[3].code, CLN_DIAGNOSIS_UNFINISHED);
    assert_int_equal(meaning->study->groups[0].done, 1);
    assert_int_equal(meaning->study->groups[1].accuracy.count, 0);
    assert_int_equal(meaning->study->contrasts[0].verdict, CLN_VERDICT_NONE);
    cln_meaning_free(meaning);
    cln_results_free(results);
    cln_experiment_free(experiment);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_run),
        cmocka_unit_test(a_run_on_its_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
