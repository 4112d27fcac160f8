/* When a second process is started to compile, and that none is left behind. */
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
#include <time.h>
#include <unistd.h>

#include "cli/compile_helper.h"
#include "cli/scratch_folder.h"

static char *folder, program[4096]; /* a program that compiles for ever */

static int set_up(void **state) {
    (void)state;
    if (cln_scratch_folder_make(&folder) != CLN_OK)
        return 1;
    snprintf(program, sizeof program, "%s/program", folder);
    FILE *file = fopen(program, "w");
    if (!file)
        return 1;
    fputs("#!/bin/sh\nexec sleep 600\n", file);
    return fclose(file) || chmod(program, 0700);
}

static int tear_down(void **state) {
    (void)state;
    cln_scratch_folder_remove(folder);
    return 0;
}

static void note(struct cln_compile_helper *helper, const char *what, int done, int count) {
    const struct cln_prepare_progress progress = {what, done, count,
                                                  !strcmp(what, "Building kernels")};
    cln_compile_helper_note(helper, &progress);
}

/* Tells of a build that takes its time; returns the process that was started. */
static pid_t build_slowly(struct cln_compile_helper *helper) {
    const struct timespec slowly = {0, 450000000};
    note(helper, "Building kernels", 0, 10);
    assert_int_equal(helper->child, 0);
    nanosleep(&slowly, NULL);
    note(helper, "Building kernels", 1, 10);
    assert_true(helper->child > 0);
    note(helper, "Building kernels", 2, 10); /* one is enough */
    return helper->child;
}

static void assert_ended(pid_t child) {
    assert_int_equal(kill(child, 0), -1);
    assert_int_equal(errno, ESRCH);
}

static void it_ends_after_the_last_launch(void **state) {
    (void)state;
    const struct cln_options options = {.program = program};
    struct cln_compile_helper helper = {.options = &options};
    pid_t child = build_slowly(&helper);
    note(&helper, "Launching kernels for the first time", 9, 10);
    assert_int_equal(helper.child, child);
    note(&helper, "Launching kernels for the first time", 10, 10);
    assert_ended(child);
    cln_compile_helper_stop(&helper); /* nothing to do */
}

/* The next cell's build begins where a kernel of the cell before did not build. */
static void it_ends_when_another_build_begins(void **state) {
    (void)state;
    const struct cln_options options = {.program = program};
    struct cln_compile_helper helper = {.options = &options};
    pid_t first = build_slowly(&helper), second = build_slowly(&helper);
    assert_ended(first);
    cln_compile_helper_stop(&helper);
    assert_ended(second);
}

static void a_program_that_is_nowhere_is_no_failure(void **state) {
    (void)state;
    const struct timespec slowly = {0, 450000000};
    const struct cln_options options = {.program = "/nowhere/at/all"};
    struct cln_compile_helper helper = {.options = &options};
    note(&helper, "Building kernels", 0, 10);
    nanosleep(&slowly, NULL);
    note(&helper, "Building kernels", 1, 10);
    assert_int_equal(helper.child, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_after_the_last_launch),
        cmocka_unit_test(it_ends_when_another_build_begins),
        cmocka_unit_test(a_program_that_is_nowhere_is_no_failure),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
