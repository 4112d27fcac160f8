/* `clnoise bench [FILE]`: the device's peaks, and where a training step's time goes. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "cli/bench_cell.h"
#include "cli/bench_compare.h"
#include "cli/bench_output.h"
#include "cli/bench_plot.h"
#include "cli/bench_scaling.h"
#include "cli/bench_shapes.h"
#include "cli/bench_variants.h"
#include "cli/cell_models.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/open_device.h"
#include "cli/startup.h"
#include "cli/tuning.h"

#define STEPS_DEFAULT 40
#define STEPS_MOST    8000

struct bench {
    const struct cln_options *options;
    const struct cln_device *device;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_tuner *tuner;           /* NULL: CLNOISE_TUNE is off */
    struct cln_experiment *experiment; /* NULL: no file was given */
    struct cln_peak peak;
    struct cln_bench_cells cells;
    struct cln_trace *trace; /* NULL: none wanted */
    cJSON *report;
    cJSON *old; /* the report to compare with; NULL: none */
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
    *rounds = (int)((steps + CLN_BENCH_ROUND_STEPS - 1) / CLN_BENCH_ROUND_STEPS);
    return CLN_OK;
}

static enum cln_status bench_cell(struct bench *bench, const struct cln_cell *cell) {
    const struct cln_bench_change as_it_is = {0};
    struct cln_bench_result result;
    enum cln_status status;
    CLN_TRY(cln_bench_cell(&bench->cells, cell, &as_it_is, &result));
    struct cln_bench_entry found = {.model = cell->model.name,
                                    .batch = (int)cell->train.batch,
                                    .rounds = bench->cells.rounds,
                                    .steps_a_round = CLN_BENCH_ROUND_STEPS,
                                    .peak = &bench->peak,
                                    .result = &result};
    CLN_TRY_GOTO(cln_peak_raise(bench->context, &bench->peak));
    cln_bench_json_add(bench->report, &found);
    if (!bench->options->json)
        cln_bench_entry_print(&found);
    if (bench->options->variants)
        CLN_TRY_GOTO(cln_bench_variants(bench->context, cell, &result, &bench->peak,
                                        bench->options->json ? bench->report : NULL));
    if (bench->trace)
        status =
            cln_trace_add(bench->trace, cell->model.name, &result.timeline, result.training.rows);
fail:
    cln_bench_result_done(&result);
    return status;
}

static enum cln_status bench_models(struct bench *bench) {
    const struct cln_experiment *experiment = bench->experiment;
    if (!experiment)
        return CLN_OK;
    const struct cln_cell **cells = calloc((size_t)experiment->cell_count + 1, sizeof *cells);
    enum cln_status status = cells ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the models");
    int count = cells ? cln_cell_models(experiment, cells) : 0;
    if (status == CLN_OK && cln_bench_scaling_wanted(bench->options))
        status = cln_bench_scaling(&bench->cells, cells, count, bench->options, bench->report);
    else
        for (int i = 0; i < count && status == CLN_OK; i++)
            status = bench_cell(bench, cells[i]);
    free(cells);
    return status;
}

/* What needs an experiment has one, and what needs the launches measured goes with nothing that
 * measures something else. */
static enum cln_status check_files(const struct cln_options *options) {
    const struct {
        const char *name;
        bool given, instead; /* of the launches */
    } rows[] = {{"--trace", options->trace, false},     {"--plot", options->plot, false},
                {"--compare", options->compare, false}, {"--variants", options->variants, false},
                {"--batches", options->batches, true},  {"--widths", options->widths, true},
                {"--cores", options->cores, true},      {"--startup", options->startup, true}};
    enum { COUNT = sizeof rows / sizeof *rows };
    if (options->startup && (options->shapes || cln_bench_scaling_wanted(options)))
        return CLN_FAIL(CONFIG, "bench: --startup measures nothing else; leave --%s out",
                        options->shapes    ? "shapes"
                        : options->batches ? "batches"
                        : options->widths  ? "widths"
                                           : "cores");
    for (int i = 0; i < COUNT; i++) {
        if (rows[i].given && !options->operand_count)
            return CLN_FAIL(CONFIG, "bench: %s needs an experiment FILE with models to measure",
                            rows[i].name);
        for (int j = 0; j < i && rows[i].instead; j++)
            if (rows[i].given && rows[j].given && !rows[j].instead)
                return CLN_FAIL(CONFIG, "bench: %s takes the place of the launches, which %s needs",
                                rows[i].name, rows[j].name);
    }
    return CLN_OK;
}

/* Files to be written, before anything is measured. */
static enum cln_status try_files(const struct cln_options *options) {
    const char *const paths[] = {options->trace, options->plot};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        if (paths[i])
            CLN_TRY(cln_file_try(paths[i]));
    return CLN_OK;
}

/* What the command line and the files say is checked before a device is touched. */
static enum cln_status check(struct bench *bench) {
    const struct cln_options *options = bench->options;
    CLN_TRY(parse_steps(options->steps, &bench->cells.rounds));
    if (options->shapes)
        CLN_TRY(cln_bench_shapes_check(options->shapes));
    CLN_TRY(check_files(options));
    if (options->plot)
        CLN_TRY(cln_bench_plot_check(options->plot));
    CLN_TRY(try_files(options));
    CLN_TRY(cln_bench_scaling_check(options));
    if (options->compare && options->json)
        return CLN_FAIL(CONFIG, "bench: --compare prints a table; leave --json out");
    if (options->compare)
        CLN_TRY(cln_bench_report_read(options->compare, &bench->old));
    if (options->operand_count)
        CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                    options->operand_count - 1, &bench->experiment));
    return CLN_OK;
}

static enum cln_status run_bench(struct bench *bench) {
    const struct cln_options *options = bench->options;
    CLN_TRY(check(bench));
    if (options->startup) {
        const char *child = getenv(CLN_STARTUP_VARIABLE);
        return child ? cln_startup_once(options, bench->experiment, child)
                     : cln_startup_bench(options, bench->experiment);
    }
    CLN_TRY(cln_open_device(options, &bench->devices, &bench->device, &bench->context));
    CLN_TRY(cln_tuning_open(bench->context, CLN_TUNE_BUDGET, false, NULL, &bench->tuner));
    bench->cells.context = bench->context;
    bench->cells.tuner = bench->tuner;
    bench->cells.data_dir = options->data_dir;
    if (options->trace)
        CLN_TRY(cln_trace_create(&bench->trace));
    CLN_TRY(cln_peak_measure(bench->context, &bench->peak));
    bench->report = cln_bench_json_create(bench->device, &bench->peak);
    if (!bench->report)
        return CLN_FAIL(MEMORY, "out of memory for the report");
    if (!options->json)
        cln_bench_peak_print(bench->device, &bench->peak);
    CLN_TRY(bench_models(bench));
    if (options->shapes)
        CLN_TRY(cln_bench_shapes(bench->context, options->shapes, bench->cells.rounds,
                                 options->json ? bench->report : NULL));
    if (bench->trace)
        CLN_TRY(cln_trace_write(bench->trace, options->trace));
    if (options->plot)
        CLN_TRY(cln_bench_plot_write(bench->report, options->plot));
    if (bench->old)
        cln_bench_compare_print(stdout, bench->old, options->compare, bench->report);
    return options->json ? cln_print_json(bench->report) : CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct bench bench = {.options = options};
    enum cln_status status = run_bench(&bench);
    cJSON_Delete(bench.report);
    cJSON_Delete(bench.old);
    cln_trace_free(bench.trace);
    cln_bench_cells_done(&bench.cells);
    cln_tuner_free(bench.tuner);
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
    CLN_OPTION_DATA_DIR,
    CLN_OPTION("--trace", "FILE", trace,
               "write when 8 steady steps of each model were enqueued and ran, for Perfetto "
               "(https://ui.perfetto.dev) or chrome://tracing"),
    CLN_OPTION("--batches", "LIST", batches,
               "instead of launches, the step at these batches: --batches 32,128,512"),
    CLN_OPTION("--widths", "LIST", widths,
               "the step with so many times the filters and units in all layers but the last"),
    CLN_OPTION("--variants", NULL, variants,
               "the time of each kernel variant that fits a node, and why one is chosen; `tune "
               "--full` measures all of them anew"),
    CLN_OPTION("--cores", "LIST", cores, "the step on so many cores: --cores 1,2"),
    CLN_OPTION("--plot", "FILE", plot, "draw the roofline of each model, as .png or .svg"),
    CLN_OPTION("--compare", "OLD", compare,
               "beside an earlier output of bench --json: old, new and ratio of every step and "
               "node, as measured and relative to the peaks"),
    CLN_OPTION("--startup", NULL, startup,
               "instead: the time from the start of the process to the end of the first training "
               "step, with the caches of kernels warm and cold; a minute or more"),
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
        "Times steps on the experiment's data set if it is on this machine, else on random\n"
        "images, and each launch of a step of training and of evaluation. The roofline column is "
        "the share of what the measured peaks allow for a\n"
        "launch's flops and bytes. Convolutions count as direct ones, so a launch that does with\n"
        "fewer flops may pass 100 %; so may one whose data a cache still holds.\n",
    .examples = "clnoise bench\n"
                "clnoise bench experiments/sweep.yaml --steps 80\n"
                "clnoise bench experiments/quick.yaml --startup\n"
                "clnoise bench experiments/quick.yaml --trace steps.json\n"
                "clnoise bench experiments/quick.yaml --json >old.json\n"
                "clnoise bench experiments/quick.yaml --compare old.json",
    .options = options,
    .run = run,
};
