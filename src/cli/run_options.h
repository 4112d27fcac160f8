/* The options that say how cells are trained, as `clnoise run` and `clnoise resume` take them. */
#ifndef CLN_CLI_RUN_OPTIONS_H
#define CLN_CLI_RUN_OPTIONS_H

#include "cli/command.h"
#include "clnoise/run.h"

/* Rows of a command's table. */
#define CLN_RUN_OPTIONS                                                                            \
    CLN_OPTION("--device", "SEL", device,                                                          \
               "an index, cpu, gpu, or part of a name; several with commas between, or all "       \
               "(default: CLNOISE_DEVICE, else the best)"),                                        \
        CLN_OPTION_DATA_DIR, CLN_OPTION_CELL, CLN_OPTION_SHARD,                                    \
        CLN_OPTION("--jobs", "N", jobs,                                                            \
                   "cells at a time on each device (default: as many as pay, which is two on a "   \
                   "CPU with two "                                                                 \
                   "cores)"),                                                                      \
        CLN_OPTION("--retries", "N", retries,                                                      \
                   "after a crash, a hang or a failure in OpenCL (default: 1)"),                   \
        CLN_OPTION("--heartbeat", "SECONDS", heartbeat,                                            \
                   "a cell that makes no step for so long hangs, and ten times as long while "     \
                   "kernels compile; 0: never (default: 120)"),                                    \
        CLN_OPTION("--cell-timeout", "SECONDS", cell_timeout,                                      \
                   "no cell may take longer; 0: no limit (default)"),                              \
        CLN_OPTION("--checkpoint-minutes", "M", checkpoint_minutes,                                \
                   "save within an epoch that often, besides after each; 0: never (default: 10)")

/* Fills in what the options say; `worker` (3 texts) gets the command line of a worker, and must
 * live as long as the request. CLN_CONFIG for what is no number. */
enum cln_status cln_run_options_read(const struct cln_options *options, const char **worker,
                                     struct cln_run_request *request);

#endif
