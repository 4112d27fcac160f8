/* summary.json: what a run's folder holds and means is in it, and it keeps to its schema. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "clnoise/version.h"
#include "report/summary.h"
#include "support/run_fixture.h"
#include "support/scratch.h"

static struct cln_results *read_folder(const char *folder) {
    struct cln_results *results;
    assert_int_equal(cln_results_read(&folder, 1, &results), CLN_OK);
    return results;
}

static cJSON *summary_of(const char *folder) {
    struct cln_results *results = read_folder(folder);
    char *path = cln_path_join(folder, "summary.json"), *bytes;
    size_t length;
    assert_int_equal(cln_summary_write_results(path, results, NULL), CLN_OK);
    assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
    assert_int_equal(bytes[length - 1], '\n');
    cJSON *root = cJSON_Parse(bytes);
    assert_non_null(root);
    free(bytes);
    free(path);
    cln_results_free(results);
    return root;
}

/* Walks a path such as "cells.0.model". */
static const cJSON *at(const cJSON *item, const char *path) {
    char copy[128];
    assert_true(strlen(path) < sizeof copy);
    strcpy(copy, path);
    for (char *word = strtok(copy, "."); word; word = strtok(NULL, ".")) {
        item = cJSON_IsArray(item) ? cJSON_GetArrayItem(item, atoi(word))
                                   : cJSON_GetObjectItemCaseSensitive(item, word);
        if (!item)
            fail_msg("nothing at %s", path);
    }
    return item;
}

static void expect_text(const cJSON *root, const char *path, const char *text) {
    const char *value = cJSON_GetStringValue(at(root, path));
    assert_non_null(value);
    assert_string_equal(value, text);
}

/* The figures are those of the file, or of short sums: 1e-12 is rounding. */
static void expect_number(const cJSON *root, const char *path, double number) {
    assert_true(cJSON_IsNumber(at(root, path)));
    if (!(fabs(at(root, path)->valuedouble - number) < 1e-12))
        fail_msg("%s: %.17g instead of %.17g", path, at(root, path)->valuedouble, number);
}

static void a_whole_run(void **state) {
    (void)state;
    char *folder = scratch_make();
    run_fixture_whole(folder);
    cJSON *root = summary_of(folder);
    expect_number(root, "summary_version", CLN_SUMMARY_VERSION);
    expect_text(root, "clnoise", cln_version());
    expect_text(root, "name", "fixture");
    expect_text(root, "started", "2026-01-02T03:04:05+0000");
    expect_text(root, "status", "done");
    expect_text(root, "device.name", "made up");
    assert_true(cJSON_IsNull(at(root, "device.vendor")));
    expect_text(root, "data.requested", "mnist");
    assert_true(cJSON_IsFalse(at(root, "data.substituted")));
    expect_text(root, "data.files.0.sha256", "ba89");
    expect_text(root, "cells.0.model", "convnet");
    expect_text(root, "cells.1.choices", "model=convnet noise.scale=1");
    expect_number(root, "cells.1.parameters", 1001);
    expect_text(root, "cells.1.device.name", "made up");
    expect_number(root, "cells.0.val_accuracy", .25);
    expect_number(root, "cells.3.best_epoch", 3);
    expect_text(root, "cells.0.kernel_variants.0.variant", "cpu");
    expect_text(root, "cells.0.diagnosis.code", "too_short");
    assert_true(strlen(cJSON_GetStringValue(at(root, "cells.0.diagnosis.sentence"))) > 20);
    assert_true(cJSON_IsNull(at(root, "cells.0.diagnosis.epoch")));
    assert_false(cJSON_HasObjectItem(at(root, "cells.0"), "error"));
    expect_number(root, "cells.0.evaluations.1.noise_scale", 1);
    expect_number(root, "cells.0.evaluations.0.accuracy", .8);
    assert_true(at(root, "cells.0.evaluations.0.low")->valuedouble < .8);
    expect_number(root, "cells.2.seconds", 4.5);
    assert_true(strlen(cJSON_GetStringValue(at(root, "host.system"))) > 0);
    assert_true(strlen(cJSON_GetStringValue(at(root, "host.compiler"))) > 0);
    cJSON_Delete(root);
    scratch_remove(folder);
}

static void what_it_means(void **state) {
    (void)state;
    char *folder = scratch_make();
    run_fixture_whole(folder);
    cJSON *root = summary_of(folder);
    expect_number(root, "chance", .1);
    assert_int_equal(cJSON_GetArraySize(at(root, "groups")), 4);
    expect_text(root, "groups.2.model", "mlp");
    expect_number(root, "groups.2.accuracy.mean", .6);
    assert_true(cJSON_IsNull(at(root, "groups.2.accuracy.sd"))); /* of one */
    assert_true(at(root, "groups.2.wilson.high")->valuedouble > .6);
    expect_number(root, "groups.2.diagnoses.too_short", 1);
    expect_text(root, "comparisons.0.a.model", "convnet");
    expect_number(root, "comparisons.0.difference", .2);
    expect_text(root, "comparisons.0.verdict", "apart");
    assert_true(cJSON_IsTrue(at(root, "comparisons.2.overall")));
    assert_true(cJSON_IsNull(at(root, "comparisons.2.noise_scale")));
    assert_true(cJSON_IsTrue(at(root, "robustness.0.tested_as_trained")));
    expect_number(root, "robustness.0.curve.1.retention", (.7 - .1) / (.8 - .1));
    expect_text(root, "robustness.0.sigma_50.censored", "above");
    expect_number(root, "robustness.0.corruption_error", 1); /* against itself */
    assert_true(cJSON_GetArraySize(at(root, "conclusion.findings")) > 0);
    assert_true(cJSON_GetArraySize(at(root, "conclusion.cautions")) > 0);
    cJSON_Delete(root);
    scratch_remove(folder);
}

/* Whatever drivers and errors say becomes JSON. */
static void a_run_on_its_way(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_experiment *experiment = run_fixture_begin(folder);
    cJSON *root = summary_of(folder);
    expect_text(root, "status", "waiting");
    cJSON_Delete(root);
    run_fixture_cell(folder, experiment, 0, "running", 1, "");
    run_fixture_cell(folder, experiment, 1, "failed", 0,
                     ", \"error\": {\"status\": \"CLN_OPENCL\", \"message\": \"a \\\"bad\\\" "
                     "\\u0001 one \xff\"}");
    root = summary_of(folder);
    expect_text(root, "status", "running");
    expect_text(root, "cells.0.diagnosis.code", "unfinished");
    expect_text(root, "cells.1.error", "a \"bad\" ? one ?");
    expect_text(root, "cells.1.diagnosis.code", "failed");
    assert_false(cJSON_HasObjectItem(at(root, "cells.1"), "accuracy"));
    assert_true(cJSON_IsNull(at(root, "cells.3.parameters")));
    cJSON_Delete(root);
    cln_experiment_free(experiment);
    scratch_remove(folder);
}

static void expect_schema(const char *folder) {
    struct cln_text command = {0};
    cln_text_add(&command,
                 "python3 tests/report/check_schema.py docs/summary.schema.json "
                 "'%s/summary.json'",
                 folder);
    assert_int_equal(cln_text_check(&command), CLN_OK);
    int status = system(command.chars);
    cln_text_free(&command);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 127)
        skip();
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void it_keeps_to_its_schema(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_experiment *experiment = run_fixture_begin(folder);
    cJSON_Delete(summary_of(folder));
    expect_schema(folder);
    run_fixture_cell(folder, experiment, 1, "failed", 1,
                     ", \"error\": {\"status\": \"CLN_CELL\", \"message\": \"diverged\"}, "
                     "\"diverged\": {\"epoch\": 2, \"step\": 5, \"layer\": \"conv2d_1\"}");
    cJSON_Delete(summary_of(folder));
    expect_schema(folder);
    cln_experiment_free(experiment);
    run_fixture_whole(folder);
    cJSON_Delete(summary_of(folder));
    expect_schema(folder);
    scratch_remove(folder);
}

static void no_folder_is_an_error(void **state) {
    (void)state;
    char *folder = scratch_make();
    run_fixture_whole(folder);
    struct cln_results *results = read_folder(folder);
    assert_int_equal(cln_summary_write_results("/nowhere/summary.json", results, NULL), CLN_FILE);
    cln_results_free(results);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_run),           cmocka_unit_test(what_it_means),
        cmocka_unit_test(a_run_on_its_way),      cmocka_unit_test(it_keeps_to_its_schema),
        cmocka_unit_test(no_folder_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
