/*
 * How long it takes from the start of the process to the end of the first training step, with the
 * caches of kernels warm and cold. The program starts itself with caches in new folders for each
 * cold start, and several times more in the last of them for the warm ones.
 */
#ifndef CLN_CLI_STARTUP_H
#define CLN_CLI_STARTUP_H

#include "cli/command.h"
#include "experiment/experiment.h"

/* What a start spends its time on, in this order. */
enum cln_startup_phase {
    CLN_STARTUP_PROCESS,  /* until the program has read the experiment */
    CLN_STARTUP_DEVICE,   /* devices listed, one opened */
    CLN_STARTUP_DATA,     /* data set read and checked */
    CLN_STARTUP_GRAPHS,   /* graphs built, planned and laid out */
    CLN_STARTUP_KERNELS,  /* kernels built or loaded */
    CLN_STARTUP_LAUNCHES, /* launched for the first time, where that compiles them again */
    CLN_STARTUP_UPLOAD,   /* recorders timed once; data and first values on the device */
    CLN_STARTUP_STEP,     /* the first step */
    CLN_STARTUP_PHASES
};

struct cln_startup_times {
    double seconds[CLN_STARTUP_PHASES];
};

/* Set in the environment of a child: "<model> <keep kernels: 0 or 1> <clock at its start>". */
#define CLN_STARTUP_VARIABLE "CLNOISE_BENCH_STARTUP"

/* `clnoise bench FILE --startup`. Blocks; a minute or more. */
enum cln_status cln_startup_bench(const struct cln_options *options,
                                  const struct cln_experiment *experiment);

/* What the child does, told by the variable's value: starts training, prints a line of seconds. */
enum cln_status cln_startup_once(const struct cln_options *options,
                                 const struct cln_experiment *experiment, const char *variable);

#endif
