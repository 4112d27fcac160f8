#include "cli/selftest_helper.h"

#include <stdlib.h>

#include "base/clock.h"
#include "cli/child.h"
#include "runtime/device.h"
#include "runtime/program.h"

/* In the helper's environment. */
#define VARIABLE "CLNOISE_SELFTEST_HELPER"

/* On PoCL a program takes 0.25 s with what is computed by it, and 0.03 s from its cache. */
#define COLD_PROGRAMS          4
#define COLD_SECONDS_A_PROGRAM 0.12

static void start(struct cln_selftest_helper *helper) {
    const char *const words[] = {"selftest", helper->options->brief ? "--brief" : NULL, NULL};
    const struct cln_child_variable variables[] = {{VARIABLE, "1"}, {NULL, NULL}};
    const char **arguments = cln_child_arguments(helper->options, words);
    if (!arguments) /* then there is no help */
        return;
    helper->child = cln_child_start(arguments, variables);
    free(arguments);
}

void cln_selftest_helper_note(struct cln_selftest_helper *helper) {
    const int built = cln_programs_count(helper->context).built;
    const double now = cln_clock_seconds();
    if (helper->began <= 0)
        helper->began = now;
    if (helper->tried || cln_context_device(helper->context)->simulator || built < COLD_PROGRAMS ||
        now - helper->began < COLD_SECONDS_A_PROGRAM * built)
        return;
    helper->tried = true;
    start(helper);
}

void cln_selftest_helper_stop(struct cln_selftest_helper *helper) {
    cln_child_stop(helper->child);
    helper->child = 0;
}

bool cln_selftest_is_helper(void) {
    return getenv(VARIABLE) != NULL;
}
