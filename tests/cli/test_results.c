/* The table at the end of a run and the sentences below it, of folders made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "cli/results.h"
#include "support/run_fixture.h"
#include "support/scratch.h"

/* The caller frees what is printed. */
static char *print(const char *folder) {
    char *output = NULL;
    size_t length;
    FILE *stream = open_memstream(&output, &length);
    assert_non_null(stream);
    assert_int_equal(cln_results_print_folder(stream, folder), CLN_OK);
    fclose(stream);
    for (const char *line = output; *line; line += strcspn(line, "\n") + 1)
        assert_in_range(strcspn(line, "\n"), 0, CLN_RESULTS_COLUMNS);
    return output;
}

static void expect_in(const char *output, const char *part) {
    if (!strstr(output, part))
        fail_msg("'%s' is not in:\n%s", part, output);
}

static void one_seed_has_wilson_intervals(void **state) {
    (void)state;
    char *folder = scratch_make();
    run_fixture_whole(folder);
    char *output = print(folder);
    /* 1.96 sqrt(.8 * .2 / 10,000) = .0078 */
    static const char table[] = "model    noise   train              test  training    time\n"
                                "----------------------------------------------------------\n"
                                "ConvNet   none  0.3000  0.8000 +- 0.0078  few epochs  4.5s\n"
                                "             1  0.3010  0.7000 +- 0.0090  few epochs  4.5s\n"
                                "MLP       none  0.3020  0.6000 +- 0.0096  few epochs  4.5s\n"
                                "             1  0.3030  0.5000 +- 0.0098  few epochs  4.5s\n"
                                "\nWhat this says:\n- ConvNet has 80.0 % of the images right";
    if (strncmp(output, table, strlen(table)))
        fail_msg("%s", output);
    expect_in(output, "\nBut:\n- ");
    free(output);
    scratch_remove(folder);
}

static void cells_that_have_not_begun_are_left_out(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_experiment *experiment = run_fixture_begin(folder);
    run_fixture_cell(folder, experiment, 0, "running", 2, "");
    run_fixture_cell(folder, experiment, 2, "failed", 0, "");
    char *output = print(folder);
    assert_string_equal(output, "model    noise   train  test  training    time\n"
                                "----------------------------------------------\n"
                                "ConvNet   none  0.2000     -  unfinished  0.0s\n"
                                "MLP       none       -     -  failed      0.0s\n"
                                "2 of 4 cells have not begun.\n");
    free(output);
    cln_experiment_free(experiment);
    scratch_remove(folder);
}

/* Two models under two choices with a validation split, three seeds, one of them failed. */
static const char many[] =
    "name: many\n"
    "data: {dataset: mnist, validation: 5000}\n"
    "noise: {scale: 0.5}\n"
    "train: {epochs: 1}\n"
    "models:\n"
    "  a: {layers: [flatten, dense: {units: 10, activation: softmax}],\n"
    "      optimizer: {sgd: {learning_rate: 0.1}}}\n"
    "  a-model-of-a-long-name: {layers: [flatten, dense: {units: 10, activation: softmax}],\n"
    "      optimizer: {sgd: {learning_rate: 0.1}}}\n"
    "sweep: {model: [a, a-model-of-a-long-name], noise.draw: [once, epoch], train.seed: [1, 2, "
    "3]}\n";

static void write_many(const char *folder, const struct cln_experiment *experiment, int index) {
    struct cln_text path = {0}, cell = {0}, journal = {0};
    const char *id = experiment->cells[index].id;
    cln_text_add(&path, "cells/%s/cell.json", id);
    cln_text_add(&cell,
                 "{\"status\": \"%s\", \"epochs\": 1, \"seconds\": 60, \"data\": {\"classes\": 10, "
                 "\"test_images\": 10000, \"validation_images\": 5000}}",
                 index == 4 ? "failed" : "done");
    scratch_write(folder, path.chars, cell.chars, cell.length);
    cln_text_free(&path);
    cln_text_add(&path, "cells/%s/metrics.jsonl", id);
    cln_text_add(&journal,
                 "{\"epoch\":1,\"loss\":1,\"accuracy\":0.7,\"val_loss\":1,\"val_accuracy\":0.6,"
                 "\"test_loss\":1,\"test_accuracy\":%g}\n",
                 .5 + .01 * (index % 3));
    scratch_write(folder, path.chars, journal.chars, journal.length);
    cln_text_free(&path);
    cln_text_free(&cell);
    cln_text_free(&journal);
}

static void seeds_are_taken_together(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_experiment *experiment;
    scratch_write(folder, "config.yaml", many, strlen(many));
    assert_int_equal(cln_experiment_load_text("many", many, NULL, 0, &experiment), CLN_OK);
    assert_int_equal(experiment->cell_count, 12);
    for (int c = 0; c < 12; c++)
        write_many(folder, experiment, c);
    char *output = print(folder);
    /* .50, .51, .52: t(.975, 2) * .01 / sqrt(3) = .0248; .50, .52: 12.7 * .0141 / sqrt(2) = .1271
     */
    static const char table[] =
        "noise  seeds   train     val              test  training        time\n"
        "--------------------------------------------------------------------\n"
        "a, noise.draw=once:\n"
        "  0.5      3  0.7000  0.6000  0.5100 +- 0.0248  few epochs      3:00\n"
        "a, noise.draw=epoch:\n"
        "  0.5    2/3  0.7000  0.6000  0.5100 +- 0.1271  few epochs 2/3  3:00\n"
        "a-model-of-a-long-name, noise.draw=once:\n";
    if (strncmp(output, table, strlen(table)))
        fail_msg("%s", output);
    free(output);
    cln_experiment_free(experiment);
    scratch_remove(folder);
}

static void no_run_folder_is_an_error(void **state) {
    (void)state;
    assert_int_equal(cln_results_print_folder(stdout, "/nowhere"), CLN_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_seed_has_wilson_intervals),
        cmocka_unit_test(cells_that_have_not_begun_are_left_out),
        cmocka_unit_test(seeds_are_taken_together),
        cmocka_unit_test(no_run_folder_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
