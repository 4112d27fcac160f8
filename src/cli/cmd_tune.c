/* `clnoise tune [FILE]`: measures the kernel variants of an experiment's models. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cell_models.h"
#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/open_device.h"
#include "cli/tune_table.h"
#include "cli/tuning.h"
#include "data/registry.h"
#include "runtime/device.h"

#define DEFAULT_FILE "experiments/sweep.yaml"

struct tune {
    const struct cln_options *options;
    struct cln_device_list *devices;
    const struct cln_device *device;
    struct cln_context *context;
    struct cln_experiment *experiment;
    struct cln_tuner *tuner;
};

/* The graphs of a cell as training has them: of each side full batches and what remains. */
struct graphs {
    struct cln_model_graph models[2 * CLN_SIDES];
    struct cln_graph *all[2 * CLN_SIDES + 1];
    int model_count, count;
};

static enum cln_status add_graph(struct graphs *graphs, const struct cln_cell *cell, int64_t batch,
                                 enum cln_side side) {
    struct cln_cell copy = *cell;
    copy.train.batch = batch;
    if (batch < 1)
        return CLN_OK;
    struct cln_model_graph *model = &graphs->models[graphs->model_count];
    CLN_TRY(cln_cell_build(&copy, side, model));
    graphs->model_count++;
    graphs->all[graphs->count++] = model->graph;
    return CLN_OK;
}

static enum cln_status build_graphs(const struct cln_cell *cell, struct graphs *graphs) {
    for (int side = 0; side < CLN_SIDES; side++) {
        int64_t samples, batch = cell->train.batch;
        CLN_TRY(cln_cell_samples(cell, side, &samples));
        if (samples >= batch)
            CLN_TRY(add_graph(graphs, cell, batch, side));
        CLN_TRY(add_graph(graphs, cell, samples % batch, side));
    }
    CLN_TRY(cln_model_build_init(&graphs->models[0], &graphs->all[graphs->count]));
    graphs->count++;
    return CLN_OK;
}

static void graphs_done(struct graphs *graphs) {
    if (graphs->count > graphs->model_count)
        cln_graph_free(graphs->all[graphs->count - 1]); /* the initial values' */
    for (int i = 0; i < graphs->model_count; i++)
        cln_model_graph_done(&graphs->models[i]);
}

static enum cln_status tune_cell(struct tune *tune, const struct cln_cell *cell) {
    struct graphs graphs = {0};
    const char *pins = *cell->kernel_variant ? cell->kernel_variant : NULL, *recorder;
    enum cln_status status = build_graphs(cell, &graphs);
    if (status == CLN_OK)
        status = cln_tuner_prepare(tune->tuner, graphs.all, graphs.count, pins);
    if (status == CLN_OK)
        status = cln_tuner_recorder(tune->tuner, graphs.all[0], pins, &recorder);
    graphs_done(&graphs);
    return status;
}

static enum cln_status tune_models(struct tune *tune) {
    const struct cln_experiment *experiment = tune->experiment;
    const struct cln_cell **cells = calloc((size_t)experiment->cell_count + 1, sizeof *cells);
    enum cln_status status = cells ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the models");
    int count = cells ? cln_cell_models(experiment, cells) : 0;
    for (int i = 0; i < count && status == CLN_OK; i++)
        status = tune_cell(tune, cells[i]);
    free(cells);
    return status;
}

static enum cln_status run_tune(struct tune *tune) {
    const struct cln_options *options = tune->options;
    const char *file = options->operand_count ? options->operands[0] : DEFAULT_FILE;
    int overrides = options->operand_count ? options->operand_count - 1 : 0;
    CLN_TRY(cln_experiment_load(file, options->operands + 1, overrides, &tune->experiment));
    CLN_TRY(cln_open_device(options, &tune->devices, &tune->device, &tune->context));
    CLN_TRY(cln_tuning_open(tune->context, 0, options->full, NULL, &tune->tuner));
    if (!tune->tuner)
        return CLN_FAIL(CONFIG, "CLNOISE_TUNE=off, so there is nothing to tune");
    cln_interrupt_listen();
    CLN_TRY(tune_models(tune));
    int count;
    const struct cln_tune_row *rows = cln_tuner_rows(tune->tuner, &count);
    if (options->json)
        return cln_tune_json_print(tune->device, rows, count);
    cln_tune_table_print(tune->device, rows, count);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct tune tune = {.options = options};
    enum cln_status status = run_tune(&tune);
    cln_tuner_free(tune.tuner);
    cln_context_free(tune.context);
    cln_devices_free(tune.devices);
    cln_experiment_free(tune.experiment);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_DEVICE,
    CLN_OPTION("--full", NULL, full, "measure everything anew, more often, and more variants"),
    CLN_OPTION_JSON,
    CLN_OPTION_END,
};

const struct cln_command cln_command_tune = {
    .name = "tune",
    .help = "find out which kernels are right and fastest here",
    .operands = "[FILE [dotted.key=value ...]]",
    .min_operands = 0,
    .max_operands = -1,
    .details =
        "`run` and `bench` do this by themselves the first time they meet a layer of some shape\n"
        "on a device, for at most 7 seconds; CLNOISE_TUNE=off keeps them from it. What is\n"
        "found is kept in the cache folder, under tuning/. Without FILE the models "
        "of\n" DEFAULT_FILE " are measured. off: the largest difference from the reference's\n"
        "outputs over their root mean square, and what rounding explains of it.\n",
    .examples = "clnoise tune\n"
                "clnoise tune experiments/sweep.yaml train.batch=512 --full",
    .options = options,
    .run = run,
};
