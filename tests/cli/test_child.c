/* Processes of our own: their output, their environment, and how they may end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/child.h"

static enum cln_status run(const char *script, struct cln_text *output) {
    const char *const arguments[] = {"sh", "-c", script, NULL};
    const struct cln_child_variable variables[] = {
        {"CLN_TEST_VARIABLE", "a=b c"}, {"CLN_TEST_NEW", "new"}, {NULL, NULL}};
    return cln_child_run(arguments, variables, output);
}

static void output_and_environment_pass(void **state) {
    (void)state;
    struct cln_text output = {0};
    setenv("CLN_TEST_VARIABLE", "of the parent", 1);
    setenv("CLN_TEST_VARIABLE_2", "another", 1);
    assert_int_equal(run("echo \"$CLN_TEST_VARIABLE/$CLN_TEST_NEW/$CLN_TEST_VARIABLE_2\"", &output),
                     CLN_OK);
    assert_string_equal(output.chars, "a=b c/new/another\n");
    assert_string_equal(getenv("CLN_TEST_VARIABLE"), "of the parent");
    cln_text_free(&output);
    /* More than a pipe holds. */
    assert_int_equal(run("i=0; while [ $i -lt 20000 ]; do echo 1234567; i=$((i+1)); done", &output),
                     CLN_OK);
    assert_int_equal(output.length, 160000);
    cln_text_free(&output);
}

static void failures_are_told(void **state) {
    (void)state;
    struct cln_text output = {0};
    assert_int_equal(run("exit 5", &output), CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, "exit code 5"));
    assert_int_equal(run("kill -9 $$", &output), CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, "signal 9"));
    const char *const nothing[] = {"/nowhere/at/all", NULL};
    assert_int_equal(
        cln_child_run(nothing, (const struct cln_child_variable[]){{NULL, NULL}}, &output),
        CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, "/nowhere/at/all"));
    cln_text_free(&output);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_environment_pass),
        cmocka_unit_test(failures_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
