/* `clnoise summary FILE`: layers, shapes and parameters of each model of an experiment. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cell_models.h"
#include "cli/command.h"
#include "cli/model_table.h"

static enum cln_status print_models(const struct cln_experiment *experiment,
                                    const struct cln_cell **cells) {
    int count = cln_cell_models(experiment, cells);
    for (int i = 0; i < count; i++) {
        struct cln_model_graph model;
        CLN_TRY(cln_cell_build(cells[i], CLN_SIDE_TRAIN, &model));
        if (i)
            putchar('\n');
        cln_model_table_print(cells[i]->model.name, &model);
        cln_model_graph_done(&model);
    }
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct cln_experiment *experiment;
    CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                options->operand_count - 1, &experiment));
    const struct cln_cell **cells = calloc((size_t)experiment->cell_count + 1, sizeof *cells);
    enum cln_status status = cells ? print_models(experiment, cells)
                                   : CLN_FAIL(MEMORY, "out of memory for the table of models");
    free(cells);
    cln_experiment_free(experiment);
    return status;
}

const struct cln_command cln_command_summary = {
    .name = "summary",
    .help = "print the layers, shapes and parameters of the models",
    .operands = "FILE [dotted.key=value ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details = "A table a model, as its first cell has it. Needs no device and no data.\n",
    .examples = "clnoise summary experiments/sweep.yaml\n"
                "clnoise summary experiments/sweep.yaml models.mlp.layers.1.dense.units=64",
    .run = run,
};
