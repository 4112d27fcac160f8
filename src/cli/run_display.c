#include "cli/run_display.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compile_helper.h"
#include "cli/data_messages.h"
#include "cli/error_print.h"
#include "cli/interrupt.h"
#include "cli/progress.h"
#include "cli/results.h"
#include "cli/tuning.h"
#include "report/titles.h"

struct display {
    bool quiet;
    const struct cln_run_cell *cells;
    struct cln_compile_helper helper;
    struct cln_progress *progress; /* NULL when quiet */
    struct cln_progress_cell *progress_cells;
    char last_failure[sizeof((struct cln_error *)0)->message]; /* as told on stderr */
};

static void print_start(const struct cln_run_info *info) {
    int left = 0;
    for (int i = 0; i < info->cell_count; i++)
        left += !info->cells[i].left_out;
    for (int i = 0; i < info->device_count; i++) {
        const struct cln_run_device *device = &info->devices[i];
        fprintf(stderr, "Device: %s (%s; %s", device->name, device->platform, device->reason);
        if (device->jobs > 1 && left > 1)
            fprintf(stderr, "; %d cells at a time", device->jobs);
        fprintf(stderr, ")\n");
    }
    if (info->cells_done || info->cells_begun)
        fprintf(stderr, "Going on in %s: %d of %d cells done, %d begun\n", info->folder,
                info->cells_done, info->cell_count, info->cells_begun);
}

static enum cln_status on_start(void *context, const struct cln_run_info *info) {
    struct display *display = context;
    display->cells = info->cells;
    if (display->quiet)
        return CLN_OK;
    print_start(info);
    display->progress_cells = calloc((size_t)info->cell_count + 1, sizeof *display->progress_cells);
    if (!display->progress_cells)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", info->cell_count);
    for (int i = 0; i < info->cell_count; i++)
        display->progress_cells[i] =
            (struct cln_progress_cell){.model = cln_display_name(info->cells[i].model),
                                       .noise_scale = info->cells[i].noise_scale,
                                       .more = info->cells[i].more,
                                       .epochs = info->cells[i].epochs,
                                       .left_out = info->cells[i].left_out};
    struct cln_terminal terminal = cln_terminal_find(stderr);
    return cln_progress_create(&terminal, display->progress_cells, (size_t)info->cell_count,
                               &display->progress);
}

/* An interrupt is told of at once, below what is drawn. */
static struct cln_progress *progress_of(const struct display *display) {
    if (cln_interrupted(NULL))
        cln_progress_stop(display->progress);
    return display->progress;
}

static void on_tune(void *context, const struct cln_tune_progress *progress) {
    struct display *display = context;
    cln_compile_helper_tune(&display->helper, progress);
    if (display->quiet)
        return;
    cln_progress_clear(progress_of(display));
    cln_tuning_progress(progress);
}

static void on_note(void *context, const char *line) {
    struct display *display = context;
    cln_progress_clear(progress_of(display));
    cln_data_messages_note(context, line);
}

static void on_cell(void *context, int cell) {
    struct display *display = context;
    if (!display->helper.child)
        display->helper.cell = cell;
    cln_progress_begin(progress_of(display), (size_t)cell);
}

static void on_prepare(void *context, int cell, const struct cln_prepare_progress *progress) {
    struct display *display = context;
    if (display->helper.cell == cell) /* it helps one cell at a time */
        cln_compile_helper_note(&display->helper, progress);
    cln_progress_prepare(progress_of(display), (size_t)cell, progress);
}

/* The cell needs no help any more, though it may not have told of its last launch. */
static void end_help(struct display *display, int cell) {
    if (display->helper.cell == cell)
        cln_compile_helper_stop(&display->helper);
}

static enum cln_status on_epoch(void *context, int cell, const struct cln_epoch_metrics *metrics) {
    struct display *display = context;
    end_help(display, cell);
    cln_progress_epoch(progress_of(display), (size_t)cell, metrics);
    return CLN_OK;
}

static enum cln_status on_progress(void *context, int cell,
                                   const struct cln_train_progress *progress) {
    struct display *display = context;
    cln_progress_step(progress_of(display), (size_t)cell, progress);
    return CLN_OK;
}

/* Tells of a cell's failure, after which the next cell has its turn. The same build log once for
 * each noise scale would bury the rest, so it follows only a message not told just before. */
static void on_failure(void *context, int cell, const struct cln_error *error) {
    struct display *display = context;
    cln_progress_clear(progress_of(display));
    fprintf(stderr, "clnoise: cell %s (%s) failed: ", display->cells[cell].id,
            display->cells[cell].label);
    if (!strcmp(display->last_failure, error->message)) {
        fprintf(stderr, "as the one before\n");
        return;
    }
    cln_error_print(stderr, error);
    snprintf(display->last_failure, sizeof display->last_failure, "%s", error->message);
}

static void on_cell_end(void *context, int cell, const struct cln_run_outcome *outcome) {
    struct display *display = context;
    end_help(display, cell);
    if (strcmp(outcome->status, "interrupted") != 0)
        cln_progress_end(progress_of(display), (size_t)cell, !strcmp(outcome->status, "done"));
}

static void on_worker(void *context, int cell, long process, bool alive) {
    (void)context;
    (void)cell;
    cln_interrupt_child(process, alive);
}

static enum cln_status on_end(void *context, const struct cln_run_info *info,
                              const struct cln_run_outcome *outcomes) {
    struct display *display = context;
    cln_progress_clear(progress_of(display));
    (void)outcomes; /* the folder knows more of them */
    enum cln_status status = cln_results_print_folder(stdout, info->folder);
    if (status != CLN_OK)
        status = cln_error_raise(status, __FILE__, __LINE__, "no table of the results: %s",
                                 cln_error_last()->message);
    printf("Results: %s\n", info->folder);
    if (cln_interrupted(NULL))
        fprintf(stderr, "clnoise: `clnoise resume %s` goes on from here\n", info->folder);
    return status;
}

enum cln_status cln_run_and_show(const struct cln_run_request *request,
                                 const struct cln_options *options) {
    struct display display = {.quiet = options->quiet, .helper = {.options = options}};
    struct cln_run_observer observer = {.context = &display,
                                        .on_start = on_start,
                                        .on_note = on_note,
                                        .on_cell = on_cell,
                                        .on_prepare = on_prepare,
                                        .on_tune = on_tune,
                                        .on_epoch = on_epoch,
                                        .on_failure = on_failure,
                                        .on_cell_end = on_cell_end,
                                        .on_worker = on_worker,
                                        .on_end = on_end,
                                        .interrupted = cln_interrupted};
    if (!options->quiet)
        observer.on_download = cln_data_messages_progress;
    if (!options->quiet && cln_terminal_find(stderr).redraw)
        observer.on_progress = on_progress;
    cln_interrupt_listen();
    enum cln_status status = cln_run(request, &observer);
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
