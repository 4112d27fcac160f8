/* `clnoise worker`: one cell, for the `clnoise run` that started it. Not in the help. */
#include "cli/command.h"
#include "clnoise/run.h"

static enum cln_status run(const struct cln_options *options) {
    (void)options;
    return cln_run_worker();
}

const struct cln_command cln_command_worker = {
    .name = "worker",
    .hidden = true,
    .help = "train one cell, as told on stdin",
    .operands = "",
    .details = "For clnoise run, which starts one for each cell.\n",
    .examples = "clnoise run experiments/quick.yaml",
    .run = run,
};
