/* `clnoise run FILE` and `clnoise resume DIR`: train every cell of an experiment that is not done.
 */
#include <stdlib.h>

#include "base/file.h"
#include "cli/command.h"
#include "cli/compile_helper.h"
#include "cli/run_display.h"
#include "cli/run_options.h"

static enum cln_status run(const struct cln_options *options) {
    const char *cell = getenv(CLN_COMPILE_VARIABLE), *worker[3];
    if (cell)
        return cln_compile_cell(options, cell);
    struct cln_run_request request = {.file = options->operands[0],
                                      .overrides = options->operands + 1,
                                      .override_count = options->operand_count - 1,
                                      .out = options->out,
                                      .trace = options->trace};
    CLN_TRY(cln_run_options_read(options, worker, &request));
    return cln_run_and_show(&request, options);
}

static enum cln_status resume_config(const struct cln_options *options, const char *config) {
    const char *worker[3], *operands[] = {config, NULL};
    struct cln_run_request request = {.file = config, .out = options->operands[0]};
    struct cln_options own = *options; /* for what compiles beside it: a run of that file */
    own.operands = operands;
    own.operand_count = 1;
    CLN_TRY(cln_run_options_read(options, worker, &request));
    return cln_run_and_show(&request, &own);
}

static enum cln_status resume(const struct cln_options *options) {
    char *config = cln_path_join(options->operands[0], "config.yaml");
    if (!config)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    enum cln_status status = cln_file_exists(config)
                                 ? resume_config(options, config)
                                 : CLN_FAIL(FILE, "%s holds no run: there is no config.yaml in it",
                                            options->operands[0]);
    free(config);
    return status;
}

static const struct cln_option run_options[] = {
    CLN_OPTION_OUT,
    CLN_RUN_OPTIONS,
    CLN_OPTION("--trace", "FILE", trace,
               "write when the first cell's last 8 full steps were enqueued and ran, for Perfetto "
               "(https://ui.perfetto.dev) or chrome://tracing"),
    CLN_OPTION_QUIET,
    CLN_OPTION_END,
};

static const struct cln_option resume_options[] = {
    CLN_RUN_OPTIONS,
    CLN_OPTION_QUIET,
    CLN_OPTION_END,
};

const struct cln_command cln_command_run = {
    .name = "run",
    .help = "train every cell of an experiment",
    .operands = "FILE [dotted.key=value ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details =
        "Writes report.html, plots, metrics.csv, summary.json and the weights of each cell into\n"
        "a folder, and a table of the cells to stdout. Any key of the file can be set, and\n"
        "sweep.KEY=[a, b] sweeps it. A folder that holds a run of the same configuration is gone\n"
        "on with: cells that are done are left alone. Each cell is trained in a process of its\n"
        "own; one that crashes, hangs or fails in OpenCL is tried again, and one that fails "
        "leaves\n"
        "the others to go on. Ctrl-C stops after the step and keeps what is there; a second one\n"
        "stops at once.\n",
    .examples = "clnoise run experiments/quick.yaml\n"
                "clnoise run experiments/sweep.yaml model=mlp train.epochs=5\n"
                "clnoise run experiments/sweep.yaml 'sweep.noise.scale=[0, 1]' --out runs/two\n"
                "clnoise run experiments/sweep.yaml --device all --jobs 2",
    .options = run_options,
    .run = run,
};

const struct cln_command cln_command_resume = {
    .name = "resume",
    .help = "go on with a run that was broken off",
    .operands = "DIR",
    .min_operands = 1,
    .max_operands = 1,
    .details =
        "Trains the cells of the run in the folder that are not done: those that were broken off\n"
        "from where they were, those that failed once more, but for those whose training "
        "diverged,\n"
        "which would diverge again. The results are the same, to the byte, as if the run had "
        "never\n"
        "been broken off, on the same device and driver.\n",
    .examples = "clnoise resume runs/convnet-vs-mlp-20240131-120000",
    .options = resume_options,
    .run = resume,
};
