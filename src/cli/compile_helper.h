/*
 * A second process that compiles the same kernels from the other end. Some drivers compile one
 * kernel at a time in a process, however many threads ask, but keep what any process compiled on
 * disk; so the two meet in the middle, and all cores have had work. Where a driver keeps nothing,
 * the second one's work is lost and the first one's as it would have been.
 */
#ifndef CLN_CLI_COMPILE_HELPER_H
#define CLN_CLI_COMPILE_HELPER_H

#include <sys/types.h>

#include "cli/command.h"
#include "clnoise/progress.h"
#include "experiment/experiment.h"

/* In the helper's environment: the index of the cell whose kernels are wanted. */
#define CLN_COMPILE_VARIABLE "CLNOISE_COMPILE_CELL"

struct cln_compile_helper {
    const struct cln_options *options; /* with the experiment's file and overrides as operands */
    int cell;
    double began; /* the clock; 0: nothing is being built */
    pid_t child;  /* 0: none */
};

/* Fits on_prepare of a trainer's job or a run: starts the helper once builds turn out to take
 * their time, and ends it after the last launch. */
void cln_compile_helper_note(struct cln_compile_helper *helper,
                             const struct cln_prepare_progress *progress);

/* Likewise, of a tuner: starts the helper once the tuner's time is up, for what it then compares
 * has to be compiled first. Building programs ends it, and may start another. */
void cln_compile_helper_tune(struct cln_compile_helper *helper,
                             const struct cln_tune_progress *progress);

/* Ends it, if there is one. */
void cln_compile_helper_stop(struct cln_compile_helper *helper);

/* What the helper does. Blocks. */
enum cln_status cln_compile_cell(const struct cln_options *options, const char *cell);

#endif
