/* `clnoise bench [FILE]`: the device's peaks, and where a training step's time goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/bench_output.h"
#include "cli/bench_shapes.h"
#include "cli/cell_models.h"
#include "cli/command.h"
#include "data/registry.h"

#define STEPS_DEFAULT 40
#define STEPS_A_ROUND 8
#define STEPS_MOST    8000

struct bench {
    const struct cln_options *options;
    const struct cln_device *device;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_experiment *experiment; /* NULL: no file was given */
    struct cln_peak peak;
    int rounds;
    cJSON *json; /* NULL: print tables */
};

static enum cln_status parse_steps(const char *text, int *rounds) {
    long steps = STEPS_DEFAULT;
    char *end = NULL;
    if (text) {
        errno = 0;
        steps = strtol(text, &end, 10);
        if (errno || !*text || *end || steps < 1 || steps > STEPS_MOST)
            return CLN_FAIL(CONFIG, "--steps %s: not a number of steps; accepted: 1 to %d", text,
                            STEPS_MOST);
    }
    *rounds = (int)((steps + STEPS_A_ROUND - 1) / STEPS_A_ROUND);
    return CLN_OK;
}

static enum cln_status bench_cell(struct bench *bench, const struct cln_cell *cell) {
    const struct cln_data_entry *entry;
    CLN_TRY(cln_data_entry_find(cell->data.dataset, &entry));
    struct cln_bench_spec spec = {
        .model = &cell->model,
        .shape = {entry->height, entry->width, entry->channels, entry->classes},
        .noise = cell->noise,
        .batch = cell->train.batch,
        .variants = *cell->kernel_variant ? cell->kernel_variant : NULL,
        .rounds = bench->rounds,
        .steps = STEPS_A_ROUND};
    struct cln_bench_result result;
    CLN_TRY(cln_bench_model(bench->context, &spec, &result));
    struct cln_bench_entry found = {.model = cell->model.name,
                                    .batch = (int)cell->train.batch,
                                    .rounds = bench->rounds,
                                    .steps_a_round = STEPS_A_ROUND,
                                    .peak = &bench->peak,
                                    .result = &result};
    if (bench->json)
        cln_bench_json_add(bench->json, &found);
    else
        cln_bench_entry_print(&found);
    cln_bench_result_done(&result);
    return CLN_OK;
}

static enum cln_status bench_models(struct bench *bench) {
    const struct cln_experiment *experiment = bench->experiment;
    if (!experiment)
        return CLN_OK;
    const struct cln_cell **cells = calloc((size_t)experiment->cell_count + 1, sizeof *cells);
    enum cln_status status = cells ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the models");
    int count = cells ? cln_cell_models(experiment, cells) : 0;
    for (int i = 0; i < count && status == CLN_OK; i++)
        status = bench_cell(bench, cells[i]);
    free(cells);
    return status;
}

static enum cln_status start_json(struct bench *bench) {
    bench->json = cln_bench_json_create(bench->device, &bench->peak);
    return bench->json ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the report");
}

static enum cln_status print_json(const struct bench *bench) {
    char *text = cJSON_Print(bench->json);
    if (!text)
        return CLN_FAIL(MEMORY, "out of memory for the report");
    puts(text);
    cJSON_free(text);
    return CLN_OK;
}

/* What the command line and the file say is checked before a device is touched. */
static enum cln_status run_bench(struct bench *bench) {
    const struct cln_options *options = bench->options;
    CLN_TRY(parse_steps(options->steps, &bench->rounds));
    if (options->shapes)
        CLN_TRY(cln_bench_shapes_check(options->shapes));
    if (options->operand_count)
        CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                    options->operand_count - 1, &bench->experiment));
    CLN_TRY(cln_devices_list(&bench->devices));
    CLN_TRY(cln_device_select(bench->devices, options->device, &bench->device, NULL));
    CLN_TRY(cln_context_create(bench->device, &bench->context));
    CLN_TRY(cln_peak_measure(bench->context, &bench->peak));
    if (options->json)
        CLN_TRY(start_json(bench));
    else
        cln_bench_peak_print(bench->device, &bench->peak);
    CLN_TRY(bench_models(bench));
    if (options->shapes)
        CLN_TRY(cln_bench_shapes(bench->context, options->shapes, bench->rounds, bench->json));
    return bench->json ? print_json(bench) : CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct bench bench = {.options = options};
    enum cln_status status = run_bench(&bench);
    cJSON_Delete(bench.json);
    cln_context_free(bench.context);
    cln_devices_free(bench.devices);
    cln_experiment_free(bench.experiment);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_DEVICE,
    CLN_OPTION("--steps", "N", steps,
               "training steps to time for each model, in rounds of 8 (default: 40)"),
    CLN_OPTION("--shapes", "LIST", shapes,
               "layers by themselves: 1024x1024x1024 is a matrix product, 128x26x26x32x64x3 a "
               "convolution of 128 images of 26 x 26 x 32 by 64 filters of 3 x 3"),
    CLN_OPTION_JSON,
    CLN_OPTION_END,
};

const struct cln_command cln_command_bench = {
    .name = "bench",
    .help = "measure the device's peaks and each model's training step",
    .operands = "[FILE [dotted.key=value ...]]",
    .min_operands = 0,
    .max_operands = -1,
    .details =
        "Times steps on made-up images: no data set is needed. The roofline column is the\n"
        "share of what the measured peaks allow for a launch's flops and bytes. Convolutions\n"
        "count as direct ones, so a launch that does with fewer flops may pass 100 %; so may\n"
        "one whose data a cache still holds.\n",
    .examples = "clnoise bench\n"
                "clnoise bench experiments/sweep.yaml --steps 80",
    .options = options,
    .run = run,
};
