/* clnoise validate: checks an experiment file and says which cells it has. */
#include <stdio.h>

#include "cli/command.h"
#include "experiment/experiment.h"

static enum cln_status run(const struct cln_options *options) {
    struct cln_experiment *experiment;
    CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                options->operand_count - 1, &experiment));
    printf("%s: valid, %d cell%s\n", experiment->path, experiment->cell_count,
           experiment->cell_count == 1 ? "" : "s");
    for (int i = 0; i < experiment->cell_count && !options->quiet; i++)
        printf("%s  %s\n", experiment->cells[i].id, experiment->cells[i].label);
    cln_experiment_free(experiment);
    return CLN_OK;
}

static const struct cln_option options[] = {
    CLN_OPTION("--quiet", NULL, quiet, "do not list the cells"),
    CLN_OPTION_END,
};

const struct cln_command cln_command_validate = {
    .name = "validate",
    .help = "check an experiment file and list its cells",
    .operands = "FILE [dotted.key=value ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details =
        "Prints the id and the choices of every cell. Needs no device, and no data but files of\n"
        "your own, if the experiment names any: it looks at their shape.\n",
    .examples = "clnoise validate experiments/sweep.yaml train.epochs=1",
    .options = options,
    .run = run,
};
