/* What becomes of cells and devices when workers end in one way or another; no device is needed. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/supervisor_private.h"
#include "support/device.h"
#include "support/scratch.h"

static const char experiment[] = "name: t\n"
                                 "models: {net: {layers: [flatten, {dense: {units: 10, activation: "
                                 "softmax}}], optimizer: sgd}}\n"
                                 "sweep: {train.seed: [1, 2, 3]}\n";

enum { CELLS = 3, PLACES = 2 };

static struct bench {
    char *folder, note[512];
    int failures_told;
    struct cln_run_request request;
    struct cln_run run;
    struct cln_device devices[PLACES];
    struct cln_place places[PLACES];
    struct cln_task tasks[CELLS];
    struct cln_supervisor supervisor;
} bench;

static void on_note(void *context, const char *line) {
    (void)context;
    snprintf(bench.note, sizeof bench.note, "%s", line);
}

static void on_failure(void *context, int cell, const struct cln_error *error) {
    (void)context;
    (void)cell;
    (void)error;
    bench.failures_told++;
}

static int make(void **state) {
    (void)state;
    memset(&bench, 0, sizeof bench);
    bench.folder = scratch_make();
    bench.request.retries = 1;
    bench.run.request = &bench.request;
    bench.run.observer.on_note = on_note;
    bench.run.observer.on_failure = on_failure;
    TEST_OK(cln_experiment_load_text("test", experiment, NULL, 0, &bench.run.experiment));
    TEST_OK(cln_run_folder_open(bench.folder, bench.run.experiment, &bench.run.folder));
    bench.run.states = calloc(CELLS, sizeof *bench.run.states);
    bench.supervisor = (struct cln_supervisor){
        .run = &bench.run, .places = bench.places, .tasks = bench.tasks, .place_count = PLACES};
    for (int i = 0; i < PLACES; i++) {
        bench.devices[i].index = i;
        snprintf(bench.devices[i].name, sizeof bench.devices[i].name, "device-%c", 'a' + i);
        bench.places[i].device = &bench.devices[i];
    }
    return 0;
}

static int clear(void **state) {
    (void)state;
    cln_run_folder_free(bench.run.folder);
    cln_experiment_free(bench.run.experiment);
    free(bench.run.states);
    scratch_remove(bench.folder);
    return 0;
}

/* What waitpid() says of a process that ended by that signal; 0: by itself. */
static int state_after(int number) {
    int state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (number) {
            signal(number, SIG_DFL); /* cmocka has handlers of its own */
            kill(getpid(), number);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(child, &state, 0), child);
    return state;
}

/* The worker of `cell` on `place` ends by a signal, or 0: with that status and a message. */
static enum cln_status end(int cell, int place, int number, enum cln_status status) {
    char message[] = "as the test has it";
    struct cln_worker_slot slot = {.cell = cell,
                                   .place = &bench.places[place],
                                   .ended = !number,
                                   .status = status,
                                   .message = message};
    bench.note[0] = '\0';
    bench.tasks[cell].state = CLN_TASK_RUNNING;
    return cln_supervisor_ended(&bench.supervisor, &slot, state_after(number));
}

static int next(int place) {
    return cln_supervisor_next(&bench.supervisor, &bench.places[place]);
}

static void a_crash_is_tried_again_elsewhere(void **state) {
    (void)state;
    TEST_OK(end(0, 0, SIGSEGV, CLN_OK));
    assert_int_equal(bench.tasks[0].state, CLN_TASK_WAITING);
    assert_non_null(strstr(bench.note, "was killed by SIGSEGV"));
    assert_non_null(strstr(bench.note, "trying again"));
    assert_int_equal(next(0), 1); /* not where it crashed, */
    assert_int_equal(next(1), 0); /* as long as there is another place */
    bench.places[1].set_aside = true;
    assert_int_equal(next(0), 0);
}

static void once_too_often_is_a_failure(void **state) {
    (void)state;
    TEST_OK(end(0, 0, SIGKILL, CLN_OK));
    TEST_OK(end(0, 1, SIGKILL, CLN_OK));
    assert_int_equal(bench.tasks[0].state, CLN_TASK_ENDED);
    assert_int_equal(bench.run.failed, 1);
    assert_int_equal(bench.failures_told, 1);
    assert_string_equal(bench.run.states[0].status, "failed"); /* as its record says */
    assert_false(bench.run.states[0].diverged);                /* so another run tries again */
}

static void a_device_that_fails_twice_is_set_aside(void **state) {
    (void)state;
    TEST_OK(end(0, 0, 0, CLN_OPENCL));
    assert_false(bench.places[0].set_aside);
    TEST_OK(end(1, 0, SIGABRT, CLN_OK));
    assert_true(bench.places[0].set_aside);
    assert_non_null(strstr(bench.note, "device 0 (device-a) is set aside"));
    assert_int_equal(bench.tasks[1].failures, 0); /* that one was the device's */
    /* the last one stays: then it is the cells that fail */
    TEST_OK(end(1, 1, SIGSEGV, CLN_OK));
    TEST_OK(end(2, 1, SIGSEGV, CLN_OK));
    assert_false(bench.places[1].set_aside);
    assert_int_equal(next(1), 0);
}

static void a_cell_that_is_done_makes_up_for_it(void **state) {
    (void)state;
    TEST_OK(end(0, 0, SIGSEGV, CLN_OK));
    TEST_OK(end(1, 0, 0, CLN_OK));
    TEST_OK(end(2, 0, SIGSEGV, CLN_OK));
    assert_false(bench.places[0].set_aside);
}

static void a_device_that_does_not_open_is_set_aside_at_once(void **state) {
    (void)state;
    TEST_OK(end(0, 0, 0, CLN_DEVICE));
    assert_true(bench.places[0].set_aside);
    assert_int_equal(bench.tasks[0].failures, 0);
    assert_int_equal(next(1), 0);
    /* where there is no other, the cell is tried again: one call that failed is enough for that */
    TEST_OK(end(0, 1, 0, CLN_DEVICE));
    assert_non_null(strstr(bench.note, "trying again"));
    assert_int_equal(bench.tasks[0].failures, 1);
    assert_int_equal(next(1), 0);
    TEST_OK(end(0, 1, 0, CLN_DEVICE));
    assert_int_equal(bench.run.failed, 1);
    assert_int_equal(bench.run.first_failure, CLN_DEVICE);
}

static void a_device_that_computes_wrong_is_set_aside_at_once(void **state) {
    (void)state;
    TEST_OK(end(0, 0, 0, CLN_SELFTEST));
    assert_true(bench.places[0].set_aside);
    assert_non_null(strstr(bench.note, "device 0 (device-a) is set aside"));
    assert_int_equal(bench.tasks[0].failures, 0);
    assert_int_equal(next(1), 0);
    assert_int_equal(end(0, 1, 0, CLN_SELFTEST), CLN_SELFTEST); /* nothing is left to train on */
}

static void what_another_attempt_does_not_mend_is_not_tried_again(void **state) {
    (void)state;
    TEST_OK(end(0, 0, 0, CLN_CELL)); /* diverged */
    assert_int_equal(bench.tasks[0].state, CLN_TASK_ENDED);
    assert_int_equal(bench.places[0].failures, 0);
    assert_true(bench.run.states[0].diverged);
    /* nor would another cell fare better with these */
    assert_int_equal(end(1, 0, 0, CLN_FILE), CLN_FILE);
    assert_int_equal(end(1, 0, 0, CLN_DATA), CLN_DATA);
    assert_int_equal(end(1, 0, 0, CLN_CONFIG), CLN_CONFIG);
}

static void who_was_told_to_stop_is_not_tried_again(void **state) {
    (void)state;
    bench.supervisor.stopping = true;
    assert_int_equal(end(0, 0, 0, CLN_INTERRUPTED), CLN_INTERRUPTED);
    assert_int_equal(bench.tasks[0].state, CLN_TASK_ENDED);
    assert_int_equal(bench.run.failed, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_crash_is_tried_again_elsewhere),
        TEST(once_too_often_is_a_failure),
        TEST(a_device_that_fails_twice_is_set_aside),
        TEST(a_cell_that_is_done_makes_up_for_it),
        TEST(a_device_that_does_not_open_is_set_aside_at_once),
        TEST(a_device_that_computes_wrong_is_set_aside_at_once),
        TEST(what_another_attempt_does_not_mend_is_not_tried_again),
        TEST(who_was_told_to_stop_is_not_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
