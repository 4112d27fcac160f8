/*
 * A second process that makes the same self-test from the other end, for the sake of what drivers
 * keep of the kernels it compiles; cli/compile_helper.h says why. What it finds out is not asked:
 * all that is told comes from the first process.
 */
#ifndef CLN_CLI_SELFTEST_HELPER_H
#define CLN_CLI_SELFTEST_HELPER_H

#include <sys/types.h>

#include "cli/command.h"
#include "runtime/context.h"

struct cln_selftest_helper {
    const struct cln_options *options;
    const struct cln_context *context; /* on which the first process tests */
    double began;                      /* the clock at its first note; 0: none yet */
    bool tried;
    pid_t child; /* 0: none */
};

/* To be called between parts of the test: starts the helper once kernels turn out to take their
 * time. Not on a simulator, which keeps nothing. */
void cln_selftest_helper_note(struct cln_selftest_helper *helper);

/* Ends it, if there is one. */
void cln_selftest_helper_stop(struct cln_selftest_helper *helper);

/* Whether this process is the helper of another, which is its parent. */
bool cln_selftest_is_helper(void);

#endif
