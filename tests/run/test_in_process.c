/*
 * cln_run() without workers, as a C program uses it: what it tells, that a run which was stopped
 * again and again ends with the same bytes, and what it refuses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "clnoise/run.h"
#include "support/device.h"
#include "support/scratch.h"
#include "support/stripes.h"

static char *folder;

static const char experiment[] =
    "name: stripes\n" STRIPES_DATA "noise: {scale: 0.5, draw: epoch}\n"
    "train: {epochs: 4, batch: 16}\n"
    "models: {net: {layers: [flatten, {dense: 8}, {dropout: 0.2}, {dense: {units: 2, activation: "
    "softmax}}], optimizer: adam}}\n"
    "sweep: {train.seed: [1, 2]}\n";

static int make(void **state) {
    (void)state;
    if (!test_context())
        return 0;
    folder = scratch_make();
    stripes_write(folder);
    scratch_write(folder, "stripes.yaml", experiment, sizeof experiment - 1);
    return 0;
}

static int clear(void **state) {
    (void)state;
    if (folder)
        scratch_remove(folder);
    return 0;
}

static enum cln_status on_end_returns = CLN_OK;

struct watch {
    int asked, stop_at; /* how often whether to stop; the time to say yes; 0: never */
    int begun, epochs, ended, cells_done;
    char statuses[64]; /* of the outcomes, one after another */
};

static bool interrupted(void *context) {
    struct watch *watch = context;
    return watch->stop_at && ++watch->asked >= watch->stop_at;
}

static enum cln_status on_start(void *context, const struct cln_run_info *info) {
    struct watch *watch = context;
    assert_int_equal(info->cell_count, 2);
    assert_int_equal(info->device_count, 1);
    watch->cells_done = info->cells_done;
    return CLN_OK;
}

static void on_cell(void *context, int cell) {
    (void)cell;
    ((struct watch *)context)->begun++;
}

static enum cln_status on_epoch(void *context, int cell, const struct cln_epoch_metrics *metrics) {
    (void)cell;
    assert_in_range(metrics->epoch, 1, 4);
    ((struct watch *)context)->epochs++;
    return CLN_OK;
}

static enum cln_status on_end(void *context, const struct cln_run_info *info,
                              const struct cln_run_outcome *outcomes) {
    struct watch *watch = context;
    for (int i = 0; i < info->cell_count; i++)
        snprintf(watch->statuses + strlen(watch->statuses),
                 sizeof watch->statuses - strlen(watch->statuses), "%s ", outcomes[i].status);
    watch->ended++;
    return on_end_returns;
}

static char *path_of(const char *name) {
    char *path = cln_path_join(folder, name);
    assert_non_null(path);
    return path;
}

static enum cln_status run(const char *out, const char *override, int stop_at,
                           struct watch *watch) {
    char *file = path_of("stripes.yaml"), *results = path_of(out);
    const struct cln_run_request request = {
        .file = file, .overrides = &override, .override_count = override != NULL, .out = results};
    *watch = (struct watch){.stop_at = stop_at};
    const struct cln_run_observer observer = {.context = watch,
                                              .on_start = on_start,
                                              .on_cell = on_cell,
                                              .on_epoch = on_epoch,
                                              .on_end = on_end,
                                              .interrupted = interrupted};
    enum cln_status status = cln_run(&request, &observer);
    free(file);
    free(results);
    return status;
}

static void assert_same(const char *a, const char *b, const char *name) {
    struct cln_text one = {0}, other = {0};
    char *bytes[2];
    size_t length[2];
    cln_text_add(&one, "%s/%s/%s", folder, a, name);
    cln_text_add(&other, "%s/%s/%s", folder, b, name);
    TEST_OK(cln_file_read(one.chars, &bytes[0], &length[0]));
    TEST_OK(cln_file_read(other.chars, &bytes[1], &length[1]));
    assert_int_equal(length[0], length[1]);
    assert_memory_equal(bytes[0], bytes[1], length[0]);
    free(bytes[0]);
    free(bytes[1]);
    cln_text_free(&one);
    cln_text_free(&other);
}

static void a_run_tells_what_it_does(void **state) {
    (void)state;
    struct watch watch;
    TEST_OK(run("whole", NULL, 0, &watch));
    assert_int_equal(watch.begun, 2);
    assert_int_equal(watch.epochs, 8);
    assert_int_equal(watch.ended, 1);
    assert_string_equal(watch.statuses, "done done ");
    /* once more: there is nothing left to do */
    TEST_OK(run("whole", NULL, 0, &watch));
    assert_int_equal(watch.cells_done, 2);
    assert_int_equal(watch.begun, 0);
    assert_string_equal(watch.statuses, "done done ");
}

/* Stopped some steps further each time, also while kernels are compiled and between cells. */
static void a_run_that_is_stopped_goes_on_to_the_same_bytes(void **state) {
    (void)state;
    struct watch watch;
    enum cln_status status;
    int stops = 0;
    TEST_OK(run("whole", NULL, 0, &watch));
    while ((status = run("parts", NULL, 5 + 5 * stops, &watch)) == CLN_INTERRUPTED) {
        assert_true(strstr(watch.statuses, "interrupted") || strstr(watch.statuses, "waiting"));
        assert_true(++stops < 100);
    }
    TEST_OK(status);
    assert_true(stops >= 2); /* or this test has tested nothing */
    assert_same("whole", "parts", "metrics.csv");
    assert_same("whole", "parts", "metrics.jsonl");
    assert_same("whole", "parts", "config.yaml");
}

static void another_configuration_is_refused(void **state) {
    (void)state;
    struct watch watch;
    TEST_OK(run("whole", NULL, 0, &watch));
    assert_int_equal(run("whole", "train.epochs=5", 0, &watch), CLN_CONFIG);
    assert_string_equal(cln_error_last()->detail, "train.epochs: 4 -> 5");
    assert_int_equal(watch.begun + watch.ended, 0);
}

/* Such as one that has nowhere to print its table. */
static void a_run_of_which_nobody_can_be_told_is_no_success(void **state) {
    (void)state;
    struct watch watch;
    on_end_returns = CLN_FAIL(FILE, "nowhere to print");
    assert_int_equal(run("whole", NULL, 0, &watch), CLN_FILE);
    assert_int_equal(run("stopped", NULL, 5, &watch), CLN_INTERRUPTED);
    on_end_returns = CLN_OK;
    assert_int_equal(watch.ended, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_tells_what_it_does),
        cmocka_unit_test(a_run_that_is_stopped_goes_on_to_the_same_bytes),
        cmocka_unit_test(another_configuration_is_refused),
        cmocka_unit_test(a_run_of_which_nobody_can_be_told_is_no_success),
    };
    return cmocka_run_group_tests(tests, make, clear);
}
