/* Workers that end in odd ways, by shell scripts in their place: the run must end all the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "clnoise/run.h"
#include "support/device.h"
#include "support/scratch.h"
#include "support/stripes.h"

/* Far more than the run may wait for such a worker, far less than what the scripts sleep. */
#define LONGEST_SECONDS 60.0

static const char experiment[] = "name: odd\n" STRIPES_DATA "train: {epochs: 1, batch: 16}\n"
                                 "models: {net: {layers: [flatten, {dense: {units: 2, activation: "
                                 "softmax}}], optimizer: sgd}}\n";

static char *folder;

static int make(void **state) {
    (void)state;
    if (!test_context())
        return 0;
    folder = scratch_make();
    stripes_write(folder);
    scratch_write(folder, "odd.yaml", experiment, sizeof experiment - 1);
    return 0;
}

static int clear(void **state) {
    (void)state;
    if (folder)
        scratch_remove(folder);
    return 0;
}

static char *path_of(const char *name) {
    char *path = cln_path_join(folder, name);
    assert_non_null(path);
    return path;
}

static void on_failure(void *context, int cell, const struct cln_error *error) {
    (void)cell;
    snprintf(context, sizeof error->message, "%s", error->message);
}

/* A run whose worker is that script; what is said of its cell goes to `message`. */
static enum cln_status run(const char *script,
                           char message[sizeof((struct cln_error *)0)->message]) {
    char *file = path_of("odd.yaml"), *out = path_of("out");
    const char *const worker[] = {"/bin/sh", "-c", script, NULL};
    const struct cln_run_request request = {.file = file, .out = out, .worker = worker};
    const struct cln_run_observer observer = {.context = message, .on_failure = on_failure};
    const double began = cln_clock_seconds();
    message[0] = '\0';
    enum cln_status status = cln_run(&request, &observer);
    assert_true(cln_clock_seconds() - began < LONGEST_SECONDS);
    free(file);
    free(out);
    return status;
}

/* As in a driver that hangs while the process ends. The request has no heartbeat. */
static void one_that_does_not_end_after_its_last_word_is_ended(void **state) {
    (void)state;
    char message[sizeof((struct cln_error *)0)->message];
    if (!folder)
        skip();
    assert_int_equal(
        run("read job; echo '{\"type\":\"end\",\"status\":1,\"message\":\"so be it\"}' >&3; "
            "exec sleep 600",
            message),
        CLN_CELL);
    assert_string_equal(message, "so be it");
}

/* As a compiler that a driver has started: it has all that the worker had open. */
static void one_that_leaves_a_process_behind_is_not_waited_for(void **state) {
    (void)state;
    char message[sizeof((struct cln_error *)0)->message];
    if (!folder)
        skip();
    assert_int_equal(run("read job; sleep 90 >/dev/null 2>&1 & kill -9 $$", message), CLN_INTERNAL);
    assert_non_null(strstr(message, "was killed by SIGKILL"));
}

/* What it had said before counts, though nothing closes its pipe. */
static void what_it_said_before_counts(void **state) {
    (void)state;
    char message[sizeof((struct cln_error *)0)->message];
    if (!folder)
        skip();
    assert_int_equal(
        run("read job; sleep 90 >/dev/null 2>&1 & i=0; while [ $i -lt 200 ]; do echo "
            "'{\"type\":\"beat\"}'; "
            "i=$((i + 1)); done >&3; "
            "echo '{\"type\":\"end\",\"status\":1,\"message\":\"last word\"}' >&3; kill -9 $$",
            message),
        CLN_CELL);
    assert_string_equal(message, "last word");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(one_that_does_not_end_after_its_last_word_is_ended),
        TEST(one_that_leaves_a_process_behind_is_not_waited_for),
        TEST(what_it_said_before_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
