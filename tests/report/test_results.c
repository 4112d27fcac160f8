/* Results: what run folders hold, at any moment of a run, whatever is in them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "report/records.h"
#include "support/run_fixture.h"
#include "support/scratch.h"

static char *folder, *other;
static struct cln_results *results;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    other = scratch_make();
    return 0;
}

static int clear(void **state) {
    (void)state;
    cln_results_free(results);
    results = NULL;
    scratch_remove(folder);
    scratch_remove(other);
    return 0;
}

static enum cln_status read_one(void) {
    const char *folders[] = {folder};
    return cln_results_read(folders, 1, &results);
}

static enum cln_status read_both(void) {
    const char *folders[] = {folder, other};
    return cln_results_read(folders, 2, &results);
}

static void a_whole_run_is_read(void **state) {
    (void)state;
    run_fixture_whole(folder);
    assert_int_equal(read_one(), CLN_OK);
    assert_int_equal(results->cell_count, RUN_FIXTURE_CELLS);
    assert_int_equal(results->by_status[CLN_CELL_DONE], RUN_FIXTURE_CELLS);
    const struct cln_result_cell *cell = &results->cells[3];
    assert_string_equal(cell->model, "mlp");
    assert_true(cell->noise_scale == 1);
    assert_int_equal(cell->parameters, 1003);
    assert_string_equal(cell->device.name, "made up");
    assert_string_equal(cell->data.dataset, "mnist");
    assert_int_equal(cell->data.train_images, 60000);
    assert_int_equal(cell->data.file_count, 1);
    assert_string_equal(cell->data.files[0].sha256, "ba89");
    assert_string_equal(cell->variants[0].variant, "cpu");
    assert_int_equal(cell->epoch_count, 3);
    assert_true(fabs(cell->epochs[2].val_accuracy - .253) < 1e-12);
    assert_true(isnan(cell->epochs[2].test_accuracy));
    assert_int_equal(cell->best_epoch, 3);
    assert_int_equal(cell->evaluation_count, 2);
    assert_int_equal(cell->classes, 10);
    assert_int_equal(cell->evaluations[0].confusion[0], 500);
    assert_int_equal(cell->evaluations[0].confusion[1], 500);
    assert_int_equal(cell->evaluations[0].confusion[99], 500);
    assert_int_equal(cell->mistake_count, 1);
    assert_int_equal(cell->mistakes[0].predicted, 9);
    assert_int_equal(cell->epoch_seconds_count, 3);
    assert_true(cell->seconds == 4.5);
}

static void a_run_that_goes_on_is_read(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(folder, experiment, 0, "done", 3, "");
    run_fixture_cell(folder, experiment, 1, "running", 1, "");
    run_fixture_cell(folder, experiment, 2, "failed", 0,
                     ", \"error\": {\"status\": \"CLN_OPENCL\", \"message\": \"no\", "
                     "\"detail\": null}, \"diverged\": {\"epoch\": 2, \"step\": 37, \"layer\": "
                     "\"dense_1\"}");
    cln_experiment_free(experiment);
    assert_int_equal(read_one(), CLN_OK);
    assert_int_equal(results->by_status[CLN_CELL_DONE], 1);
    assert_int_equal(results->by_status[CLN_CELL_RUNNING], 1);
    assert_int_equal(results->by_status[CLN_CELL_FAILED], 1);
    assert_int_equal(results->by_status[CLN_CELL_WAITING], 1);
    assert_string_equal(results->cells[2].error_message, "no");
    assert_null(results->cells[2].error_detail);
    assert_true(results->cells[2].diverged);
    assert_int_equal(results->cells[2].diverged_step, 37);
    assert_null(results->cells[3].folder);
    assert_null(cln_result_last(&results->cells[3]));
    assert_int_equal(cln_result_last(&results->cells[1])->epoch, 1);
}

static void write_journal(const char *id, const char *text) {
    char name[64] = "cells/";
    strcat(strcat(name, id), "/metrics.jsonl");
    scratch_write(folder, name, text, strlen(text));
}

static void a_torn_line_is_left_out(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(folder, experiment, 0, "interrupted", 0, "");
    write_journal(experiment->cells[0].id,
                  "{\"epoch\":1,\"loss\":null,\"val_accuracy\":0.5}\n{\"epoch\":2,\"lo");
    cln_experiment_free(experiment);
    assert_int_equal(read_one(), CLN_OK);
    assert_int_equal(results->cells[0].epoch_count, 1);
    assert_true(isnan(results->cells[0].epochs[0].loss));
    assert_true(results->cells[0].epochs[0].val_accuracy == .5);
}

/* Each is refused with the file's name and what is wrong. */
static void bad_files_are_refused(void **state) {
    (void)state;
    static const char *const journals[][2] = {
        {"{\"epoch\":2}\n", ":1: epoch 2 where 1 has its place"},
        {"{\"epoch\":1}\n{\"epoch\":1}\n", ":2: epoch 1 where 2"},
        {"[]\n", ":1: not a JSON object"},
        {"{\"epoch\":1}\n\n", ":2: not a JSON object"},
    };
    static const char *const cells[][2] = {
        {"", "not JSON"},
        {"[1]", "not a JSON object"},
        {"{\"status\": \"asleep\"}", "'asleep' is not accepted"},
        {"{\"status\": \"done\", \"id\": \"123\"}", "this is of cell 123"},
        {"{\"status\": \"done\"} x", "not JSON"},
    };
    struct cln_experiment *experiment = run_fixture_begin(folder);
    for (size_t j = 0; j < sizeof journals / sizeof *journals; j++) {
        run_fixture_cell(folder, experiment, 0, "running", 0, "");
        write_journal(experiment->cells[0].id, journals[j][0]);
        assert_int_equal(read_one(), CLN_FILE);
        assert_non_null(strstr(cln_error_last()->message, journals[j][1]));
    }
    char name[64] = "cells/";
    strcat(strcat(name, experiment->cells[0].id), "/cell.json");
    for (size_t c = 0; c < sizeof cells / sizeof *cells; c++) {
        scratch_write(folder, name, cells[c][0], strlen(cells[c][0]));
        assert_int_equal(read_one(), CLN_FILE);
        assert_non_null(strstr(cln_error_last()->message, cells[c][1]));
        assert_non_null(strstr(cln_error_last()->message, "cell.json"));
    }
    cln_experiment_free(experiment);
}

/* Values of the wrong kind or size are taken for not said; none is trusted. */
static void odd_values_are_not_said(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(
        folder, experiment, 0, "done", 1,
        ", \"seconds\": \"soon\", \"mistaken\": [{\"sample\": -1}, 3, {\"sample\": "
        "1e300, \"label\": 1, \"predicted\": 2}], \"evaluations\": [{\"noise_scale\": "
        "1, \"confusion\": [[1, 2], [3]]}, {\"noise_scale\": \"x\"}, {\"noise_scale\": "
        "2, \"confusion\": [[1, -2], [3, 4]]}], \"epoch_seconds\": {\"a\": 1}");
    cln_experiment_free(experiment);
    assert_int_equal(read_one(), CLN_OK);
    const struct cln_result_cell *cell = &results->cells[0];
    assert_true(isnan(cell->seconds));
    assert_int_equal(cell->mistake_count, 0);
    assert_int_equal(cell->evaluation_count, 2);
    assert_null(cell->evaluations[0].confusion);
    assert_null(cell->evaluations[1].confusion);
    assert_int_equal(cell->epoch_seconds_count, 0);
}

static void what_is_no_run_folder_is_told(void **state) {
    (void)state;
    assert_int_equal(read_one(), CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, "no run folder"));
    assert_non_null(strstr(cln_error_last()->message, folder));
}

static void a_data_set_that_stands_in_is_found(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    assert_int_equal(cln_cell_stand_in(&experiment->cells[1], "fashion-mnist"), CLN_OK);
    run_fixture_cell(folder, experiment, 1, "done", 2, "");
    assert_int_equal(read_one(), CLN_OK);
    assert_string_equal(results->cells[1].id, experiment->cells[1].id);
    assert_int_equal(results->cells[1].epoch_count, 2);
    assert_int_equal(results->by_status[CLN_CELL_WAITING], 3);
    cln_experiment_free(experiment);
}

static void shards_are_joined(void **state) {
    (void)state;
    struct cln_experiment *first = run_fixture_begin(folder), *second = run_fixture_begin(other);
    run_fixture_cell(folder, first, 0, "done", 3, "");
    run_fixture_cell(folder, first, 1, "interrupted", 2, "");
    run_fixture_cell(folder, first, 2, "failed", 0, "");
    run_fixture_cell(other, second, 0, "done", 3, "");
    run_fixture_cell(other, second, 1, "interrupted", 1, "");
    run_fixture_cell(other, second, 2, "interrupted", 1, "");
    run_fixture_cell(other, second, 3, "done", 3, "");
    assert_int_equal(read_both(), CLN_OK);
    assert_int_equal(results->by_status[CLN_CELL_DONE], 2);
    assert_memory_equal(results->cells[0].folder, folder, strlen(folder));
    assert_int_equal(results->cells[1].epoch_count, 2);
    assert_memory_equal(results->cells[2].folder, other, strlen(other));
    assert_memory_equal(results->cells[3].folder, other, strlen(other));
    cln_results_free(results);
    results = NULL;
    run_fixture_cell(other, second, 0, "done", 2, ""); /* finished, and otherwise */
    assert_int_equal(read_both(), CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, "different results"));
    cln_experiment_free(first);
    cln_experiment_free(second);
}

static void other_experiments_do_not_mix(void **state) {
    (void)state;
    run_fixture_whole(folder);
    run_fixture_whole(other);
    struct cln_text config = {0};
    cln_text_add(&config, "%s", run_fixture_config);
    *strstr(config.chars, "seed: 1") = ' ';
    memcpy(strstr(config.chars, " eed: 1"), "seed: 2", 7);
    scratch_write(other, "config.yaml", config.chars, config.length);
    cln_text_free(&config);
    assert_int_equal(read_both(), CLN_CONFIG);
    assert_non_null(strstr(cln_error_last()->message, "--compare"));
}

static void the_tables_are_in_the_plans_order(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(folder, experiment, 2, "done", 1, ", \"epoch_seconds\": [2.5]");
    run_fixture_cell(folder, experiment, 0, "running", 1, "");
    write_journal(experiment->cells[2].id,
                  "{\"epoch\":1,\"loss\":null,\"accuracy\":0.25,\"val_loss\":1.5,"
                  "\"val_accuracy\":0.125}\n");
    assert_int_equal(read_one(), CLN_OK);
    assert_int_equal(cln_records_write(results, folder), CLN_OK);
    struct cln_text wanted[3] = {{0}};
    const char *first = experiment->cells[0].id, *third = experiment->cells[2].id;
    cln_text_add(&wanted[0],
                 "cell,model,noise_scale,seed,epoch,loss,accuracy,val_loss,val_accuracy\n"
                 "%s,convnet,0,1,1,2,0.1,2.1,0.05\n%s,mlp,0,1,1,nan,0.25,1.5,0.125\n",
                 first, third);
    cln_text_add(&wanted[1],
                 "{\"cell\":\"%s\",\"model\":\"convnet\",\"noise_scale\":0,\"seed\":1,"
                 "\"choices\":\"model=convnet noise.scale=0\",\"epoch\":1,\"loss\":2,"
                 "\"accuracy\":0.1,\"val_loss\":2.1,\"val_accuracy\":0.05}\n"
                 "{\"cell\":\"%s\",\"model\":\"mlp\",\"noise_scale\":0,\"seed\":1,"
                 "\"choices\":\"model=mlp noise.scale=0\",\"epoch\":1,\"loss\":null,"
                 "\"accuracy\":0.25,\"val_loss\":1.5,\"val_accuracy\":0.125}\n",
                 first, third);
    cln_text_add(&wanted[2], "cell,model,noise_scale,seed,epoch,seconds\n%s,mlp,0,1,1,2.5\n",
                 third);
    static const char *const names[] = {"metrics.csv", "metrics.jsonl", "timings.csv"};
    for (int f = 0; f < 3; f++) {
        char *path = cln_path_join(folder, names[f]), *bytes;
        size_t length;
        assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
        assert_string_equal(bytes, wanted[f].chars);
        free(bytes);
        free(path);
        cln_text_free(&wanted[f]);
    }
    cln_experiment_free(experiment);
}

/* A validation split brings columns of the test images with it. */
static void test_figures_have_columns_where_there_are_any(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(folder, experiment, 0, "done", 0, "");
    write_journal(experiment->cells[0].id, "{\"epoch\":1,\"test_loss\":1,\"test_accuracy\":0.5}\n");
    cln_experiment_free(experiment);
    assert_int_equal(read_one(), CLN_OK);
    struct cln_text csv = {0}, lines = {0};
    cln_records_metrics_csv(results, &csv);
    cln_records_metrics_jsonl(results, &lines);
    assert_non_null(strstr(csv.chars, "val_accuracy,test_loss,test_accuracy\n"));
    assert_non_null(strstr(csv.chars, ",nan,nan,nan,nan,1,0.5\n"));
    assert_non_null(strstr(lines.chars, "\"val_accuracy\":null,\"test_loss\":1"));
    cln_text_free(&csv);
    cln_text_free(&lines);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        TEST(a_whole_run_is_read),
        TEST(a_run_that_goes_on_is_read),
        TEST(a_torn_line_is_left_out),
        TEST(bad_files_are_refused),
        TEST(odd_values_are_not_said),
        TEST(what_is_no_run_folder_is_told),
        TEST(a_data_set_that_stands_in_is_found),
        TEST(shards_are_joined),
        TEST(other_experiments_do_not_mix),
        TEST(the_tables_are_in_the_plans_order),
        TEST(test_figures_have_columns_where_there_are_any),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
