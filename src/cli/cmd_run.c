/* `clnoise run FILE`: trains every cell of an experiment; says how far it is and what came of it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/command.h"
#include "cli/compile_helper.h"
#include "cli/data_messages.h"
#include "cli/error_print.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/tuning.h"
#include "clnoise/run.h"

struct display {
    bool quiet;
    const struct cln_run_cell *cells;
    struct cln_compile_helper helper;
    struct cln_progress *progress; /* NULL when quiet */
    struct cln_progress_cell *progress_cells;
    char last_failure[sizeof((struct cln_error *)0)->message]; /* as told on stderr */
};

static enum cln_status on_start(void *context, const struct cln_run_info *info) {
    struct display *display = context;
    display->cells = info->cells;
    if (display->quiet)
        return CLN_OK;
    fprintf(stderr, "Device: %s (%s; %s)\n", info->device, info->platform, info->device_reason);
    if (info->cells_done || info->cells_begun)
        fprintf(stderr, "Going on in %s: %d of %d cells done, %d begun\n", info->folder,
                info->cells_done, info->cell_count, info->cells_begun);
    display->progress_cells = calloc((size_t)info->cell_count + 1, sizeof *display->progress_cells);
    if (!display->progress_cells)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", info->cell_count);
    for (int i = 0; i < info->cell_count; i++)
        display->progress_cells[i] =
            (struct cln_progress_cell){.model = info->cells[i].model,
                                       .noise_scale = info->cells[i].noise_scale,
                                       .more = info->cells[i].more,
                                       .epochs = info->cells[i].epochs};
    struct cln_terminal terminal = cln_terminal_find(stderr);
    return cln_progress_create(&terminal, display->progress_cells, (size_t)info->cell_count,
                               &display->progress);
}

static void on_tune(void *context, const struct cln_tune_progress *progress) {
    struct display *display = context;
    cln_progress_clear(display->progress);
    cln_tuning_progress(progress);
}

static void on_cell(void *context, int cell) {
    struct display *display = context;
    display->helper.cell = cell;
    cln_progress_begin(display->progress, (size_t)cell);
}

static void on_prepare(void *context, int cell, const struct cln_prepare_progress *progress) {
    struct display *display = context;
    (void)cell;
    cln_compile_helper_note(&display->helper, progress);
    cln_progress_prepare(display->progress, progress);
}

static enum cln_status on_epoch(void *context, int cell, const struct cln_epoch_metrics *metrics) {
    struct display *display = context;
    (void)cell;
    return cln_progress_epoch(display->progress, metrics);
}

static enum cln_status on_progress(void *context, int cell,
                                   const struct cln_train_progress *progress) {
    struct display *display = context;
    (void)cell;
    return cln_progress_step(display->progress, progress);
}

/* Tells of a cell's failure, after which the next cell has its turn. The same build log once for
 * each noise scale would bury the rest, so it follows only a message not told just before. */
static void on_failure(void *context, int cell, const struct cln_error *error) {
    struct display *display = context;
    cln_progress_clear(display->progress);
    fprintf(stderr, "clnoise: cell %s (%s) failed: ", display->cells[cell].id,
            display->cells[cell].label);
    if (!strcmp(display->last_failure, error->message)) {
        fprintf(stderr, "as the one before\n");
        return;
    }
    cln_error_print(stderr, error);
    snprintf(display->last_failure, sizeof display->last_failure, "%s", error->message);
}

static void on_end(void *context, const struct cln_run_info *info,
                   const struct cln_run_outcome *outcomes) {
    struct display *display = context;
    cln_progress_clear(display->progress);
    cln_results_print(stdout, info->cells, outcomes, (size_t)info->cell_count);
    printf("Results: %s\n", info->folder);
}

static enum cln_status run(const struct cln_options *options) {
    const char *cell = getenv(CLN_COMPILE_VARIABLE);
    if (cell)
        return cln_compile_cell(options, cell);
    struct display display = {.quiet = options->quiet, .helper = {.options = options}};
    const struct cln_run_request request = {.file = options->operands[0],
                                            .overrides = options->operands + 1,
                                            .override_count = options->operand_count - 1,
                                            .device = options->device,
                                            .out = options->out,
                                            .data_dir = options->data_dir,
                                            .trace = options->trace};
    struct cln_run_observer observer = {.context = &display,
                                        .on_start = on_start,
                                        .on_note = cln_data_messages_note,
                                        .on_cell = on_cell,
                                        .on_prepare = on_prepare,
                                        .on_epoch = on_epoch,
                                        .on_failure = on_failure,
                                        .on_end = on_end,
                                        .interrupted = cln_interrupted};
    if (!options->quiet)
        observer.on_download = cln_data_messages_progress;
    if (!options->quiet)
        observer.on_tune = on_tune;
    if (!options->quiet && cln_terminal_find(stderr).redraw)
        observer.on_progress = on_progress;
    cln_interrupt_listen();
    enum cln_status status = cln_run(&request, &observer);
    struct cln_error error;
    cln_error_save(&error);
    cln_compile_helper_stop(&display.helper);
    cln_progress_clear(display.progress);
    cln_progress_free(display.progress);
    free(display.progress_cells);
    if (status != CLN_OK)
        return cln_error_restore(&error);
    cln_error_drop(&error);
    return CLN_OK;
}

static const struct cln_option options[] = {
    CLN_OPTION_DEVICE,
    CLN_OPTION_OUT,
    CLN_OPTION_DATA_DIR,
    CLN_OPTION("--trace", "FILE", trace,
               "write when the first cell's last 8 full steps were enqueued and ran, for Perfetto "
               "(https://ui.perfetto.dev) or chrome://tracing"),
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
        "Writes config.yaml, metrics.csv, summary.json, the weights of each cell and plots into\n"
        "a folder, and a table of the cells to stdout. Any key of the file can be set, and\n"
        "sweep.KEY=[a, b] sweeps it. A cell that fails leaves the others to go on. Ctrl-C stops\n"
        "after the step and keeps what is there; a second one stops at once.\n",
    .examples = "clnoise run experiments/quick.yaml\n"
                "clnoise run experiments/sweep.yaml model=mlp train.epochs=5\n"
                "clnoise run experiments/sweep.yaml 'sweep.noise.scale=[0, 1]' --out runs/two",
    .options = options,
    .run = run,
};
