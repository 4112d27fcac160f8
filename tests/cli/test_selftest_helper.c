/* When a second process is started to compile for a self-test, and that it takes the other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "cli/scratch_folder.h"
#include "cli/selftest_helper.h"
#include "runtime/device.h"
#include "runtime/program.h"
#include "selftest/selftest.h"
#include "support/device.h"

#define PROGRAMS 5

static char *folder, program[4096]; /* a program that compiles for ever */

/* With so many programs built that it may begin. */
static int set_up(void **state) {
    (void)state;
    static const char *const options[PROGRAMS] = {"-DACTIVATION=1", "-DACTIVATION=1 -DA=1",
                                                  "-DACTIVATION=1 -DA=2", "-DACTIVATION=1 -DA=3",
                                                  "-DACTIVATION=1 -DA=4"};
    struct cln_program_request requests[PROGRAMS];
    setenv("CLNOISE_CACHE", "off", 1); /* from source */
    for (int i = 0; i < PROGRAMS; i++)
        requests[i] = (struct cln_program_request){.file = "activation.cl", .options = options[i]};
    TEST_OK(cln_programs_build(test_context(), requests, PROGRAMS, NULL, NULL));
    assert_int_equal(cln_programs_count(test_context()).built, PROGRAMS);
    TEST_OK(cln_scratch_folder_make(&folder));
    snprintf(program, sizeof program, "%s/program", folder);
    FILE *file = fopen(program, "w");
    if (!file)
        return 1;
    fprintf(file, "#!/bin/sh\nexec sleep 600\n");
    return fclose(file) || chmod(program, 0700);
}

static int tear_down(void **state) {
    (void)state;
    cln_scratch_folder_remove(folder);
    return 0;
}

/* A helper of a test that has been going on for so long. */
static struct cln_selftest_helper helper_after(const struct cln_options *options, double seconds) {
    return (struct cln_selftest_helper){
        .options = options, .context = test_context(), .began = cln_clock_seconds() - seconds};
}

static void it_starts_once_where_kernels_take_time(void **state) {
    (void)state;
    const struct cln_options options = {.program = program};
    struct cln_selftest_helper helper = helper_after(&options, 0.02 * PROGRAMS);
    cln_selftest_helper_note(&helper);
    assert_int_equal(helper.child, 0); /* a cache gave them */
    helper.began -= 1;
    cln_selftest_helper_note(&helper);
    const pid_t child = helper.child;
    assert_true(child > 0);
    cln_selftest_helper_note(&helper);
    assert_int_equal(helper.child, child);
    cln_selftest_helper_stop(&helper);
    assert_int_equal(kill(child, 0), -1);
    assert_int_equal(errno, ESRCH);
    cln_selftest_helper_note(&helper);
    assert_int_equal(helper.child, 0);
    cln_selftest_helper_stop(&helper); /* nothing to do */
}

static void it_does_not_start_where_it_cannot_help(void **state) {
    (void)state;
    const struct cln_options options = {.program = program}, nowhere = {.program = "/nowhere/at"};
    struct cln_device *device = (struct cln_device *)cln_context_device(test_context());
    const bool was = device->simulator;
    struct cln_selftest_helper helper = helper_after(&options, 100);
    device->simulator = true;
    cln_selftest_helper_note(&helper);
    device->simulator = was;
    assert_int_equal(helper.child, 0);
    helper = helper_after(&nowhere, 100);
    cln_selftest_helper_note(&helper);
    assert_int_equal(helper.child, 0);
}

/* Both find the same, the last first. */
static void it_goes_from_the_other_end(void **state) {
    (void)state;
    struct cln_selftest *tests[2];
    for (int i = 0; i < 2; i++) {
        const struct cln_selftest_form form = {.brief = true, .backwards = i};
        TEST_OK(cln_selftest_run(test_context(), &form, NULL, &tests[i]));
    }
    const int count = tests[0]->count;
    assert_int_equal(tests[1]->count, count);
    assert_string_equal(tests[0]->items[0].check, tests[1]->items[count - 1].check);
    assert_string_equal(tests[0]->items[count - 1].check, tests[1]->items[0].check);
    for (int i = 0; i < count; i++) {
        const struct cln_selftest_item *item = &tests[0]->items[i];
        bool found = false;
        for (int k = 0; k < count && !found; k++)
            found = !strcmp(item->subject, tests[1]->items[k].subject) &&
                    item->error == tests[1]->items[k].error;
        if (!found)
            fail_msg("backwards there is no '%s'", item->subject);
    }
    for (int i = 0; i < 2; i++)
        cln_selftest_free(tests[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_starts_once_where_kernels_take_time),
        cmocka_unit_test(it_does_not_start_where_it_cannot_help),
        cmocka_unit_test(it_goes_from_the_other_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
