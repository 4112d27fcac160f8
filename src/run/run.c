/*
 * cln_run(): reads the experiment, finds device and data, looks at what an earlier run left in the
 * folder, has the cells trained that are left, and has everything else derived from their records.
 */
#include "clnoise/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "experiment/select.h"
#include "report/report.h"
#include "run/run_private.h"

#define DERIVE_SECONDS 2.0 /* at least, from one writing of the tables to the next, */
#define DERIVE_SHARE   50  /* and so many times as long as it takes */

bool cln_run_interrupted(void *user) {
    const struct cln_run *run = user;
    return run->observer.interrupted && run->observer.interrupted(run->observer.context);
}

/* Written seldom enough to be no burden, however many cells there are. */
static enum cln_status derive(struct cln_run *run, const char *status) {
    double began = cln_clock_seconds();
    CLN_TRY(cln_report_write(cln_run_folder_path(run->folder), status));
    double ended = cln_clock_seconds(), pause = DERIVE_SHARE * (ended - began);
    run->derive_next = ended + (pause > DERIVE_SECONDS ? pause : DERIVE_SECONDS);
    return CLN_OK;
}

static void note_error(const struct cln_run *run) {
    if (run->observer.on_note)
        run->observer.on_note(run->observer.context, cln_error_last()->message);
}

/* What is derived can be derived again: if it cannot be written now, training need not end. */
static void derive_meanwhile(struct cln_run *run) {
    if (cln_clock_seconds() < run->derive_next || derive(run, "running") == CLN_OK)
        return;
    run->derive_next = INFINITY; /* told once, and tried again at the end */
    note_error(run);
}

enum cln_status cln_run_epoch(struct cln_run *run, int cell,
                              const struct cln_epoch_metrics *metrics) {
    const struct cln_run_observer *observer = &run->observer;
    derive_meanwhile(run);
    return observer->on_epoch ? observer->on_epoch(observer->context, cell, metrics) : CLN_OK;
}

/* What no other cell would fare better with ends the run, and what the experiment says shall; any
 * other failure is its cell's own. */
static bool ends_run(enum cln_status status) {
    return status == CLN_INTERRUPTED || status == CLN_FILE || status == CLN_DATA ||
           status == CLN_CONFIG || status == CLN_DIVERGED || status == CLN_SELFTEST;
}

static struct cln_run_outcome outcome_of(const struct cln_cell_state *state) {
    return (struct cln_run_outcome){.status = state->status,
                                    .epochs = state->epochs,
                                    .loss = state->last.loss,
                                    .accuracy = state->last.accuracy,
                                    .val_loss = state->last.val_loss,
                                    .val_accuracy = state->last.val_accuracy,
                                    .has_test = state->last.has_test,
                                    .test_loss = state->last.test_loss,
                                    .test_accuracy = state->last.test_accuracy,
                                    .seconds = state->seconds};
}

static void tell_cell_end(const struct cln_run *run, int cell, const struct cln_error *error) {
    const struct cln_run_observer *observer = &run->observer;
    const struct cln_run_outcome outcome = outcome_of(&run->states[cell]);
    if (error && observer->on_failure)
        observer->on_failure(observer->context, cell, error);
    if (observer->on_cell_end)
        observer->on_cell_end(observer->context, cell, &outcome);
}

/* Raises what a cell ends the run with. */
static enum cln_status end_by(const struct cln_run *run, int cell, struct cln_error *error) {
    const struct cln_cell *named = &run->experiment->cells[cell];
    if (error->status != CLN_DIVERGED)
        return cln_error_restore(error);
    const enum cln_status status =
        CLN_FAIL(DIVERGED, "cell %s (%s): %s; train.on_nonfinite is abort: the run ends", named->id,
                 named->label, error->message);
    cln_error_drop(error);
    return status;
}

enum cln_status cln_run_cell_ended(struct cln_run *run, int cell, enum cln_status status) {
    struct cln_error error = {0};
    if (status != CLN_OK)
        cln_error_save(&error);
    enum cln_status noted = cln_run_read_state(run, cell);
    if (status == CLN_OK || ends_run(status)) {
        tell_cell_end(run, cell, NULL);
        return status == CLN_OK ? noted : end_by(run, cell, &error);
    }
    tell_cell_end(run, cell, &error);
    cln_error_drop(&error);
    if (!run->failed++)
        run->first_failure = status;
    return noted;
}

static enum cln_status fail_cells(const struct cln_run *run) {
    int cells = run->experiment->cell_count;
    enum cln_status status =
        run->failed == cells && run->first_failure ? run->first_failure : CLN_CELL;
    return cln_error_raise(status, __FILE__, __LINE__,
                           "%d of %d cell%s failed; see %s/summary.json", run->failed, cells,
                           cells == 1 ? "" : "s", cln_run_folder_path(run->folder));
}

/* The last tables and the plots, also for a run that broke off: nothing computed is lost. */
static enum cln_status derive_all(struct cln_run *run, enum cln_status status) {
    const char *word = status == CLN_INTERRUPTED              ? "interrupted"
                       : status != CLN_OK || run->failed != 0 ? "failed"
                                                              : "done";
    return derive(run, word);
}

static enum cln_status finish(struct cln_run *run, enum cln_status status) {
    if (status == CLN_OK) {
        CLN_TRY(derive_all(run, status));
        return run->failed ? fail_cells(run) : CLN_OK;
    }
    struct cln_error error;
    cln_error_save(&error);
    (void)derive_all(run, status);
    return cln_error_restore(&error);
}

static enum cln_status tell_start(struct cln_run *run) {
    const struct cln_experiment *experiment = run->experiment;
    run->cells = calloc((size_t)experiment->cell_count + 1, sizeof *run->cells);
    if (!run->cells)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", experiment->cell_count);
    for (int i = 0; i < experiment->cell_count; i++) {
        const struct cln_cell *cell = &experiment->cells[i];
        run->cells[i] = (struct cln_run_cell){.id = cell->id,
                                              .label = cell->label,
                                              .more = cell->more,
                                              .model = cell->model.name,
                                              .noise_scale = cell->noise.scale,
                                              .seed = cell->train.seed,
                                              .epochs = (int)cell->train.epochs,
                                              .left_out = !cln_run_wants(run, i)};
    }
    run->info.name = experiment->name;
    run->info.folder = cln_run_folder_path(run->folder);
    run->info.devices = run->told;
    run->info.device_count = run->device_count;
    run->info.cells = run->cells;
    run->info.cell_count = experiment->cell_count;
    const struct cln_run_observer *observer = &run->observer;
    return observer->on_start ? observer->on_start(observer->context, &run->info) : CLN_OK;
}

static enum cln_status tell_end(struct cln_run *run) {
    const struct cln_run_observer *observer = &run->observer;
    if (!observer->on_end)
        return CLN_OK;
    int count = run->experiment->cell_count;
    struct cln_run_outcome *outcomes = calloc((size_t)count + 1, sizeof *outcomes);
    if (!outcomes)
        return CLN_FAIL(MEMORY, "out of memory for %d outcomes", count);
    for (int i = 0; i < count; i++)
        outcomes[i] = outcome_of(&run->states[i]);
    enum cln_status status = observer->on_end(observer->context, &run->info, outcomes);
    free(outcomes);
    return status;
}

static enum cln_status pick_cells(struct cln_run *run) {
    const struct cln_selection selection = {run->request->cells, run->request->cell_count,
                                            run->request->shard};
    run->picked = calloc((size_t)run->experiment->cell_count, sizeof *run->picked);
    if (!run->picked)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", run->experiment->cell_count);
    return cln_experiment_select(run->experiment, &selection, run->picked);
}

static enum cln_status run_experiment(struct cln_run *run) {
    const struct cln_run_request *request = run->request;
    CLN_TRY(cln_experiment_load(request->file, request->overrides, request->override_count,
                                &run->experiment));
    CLN_TRY(pick_cells(run));
    if (request->trace) /* not to be found out when the cell is trained */
        CLN_TRY(cln_file_try(request->trace));
    cln_run_start_spare(run);
    CLN_TRY(cln_run_find_devices(run));
    CLN_TRY(cln_run_find_data(run));
    CLN_TRY(cln_run_folder_open(request->out, run->experiment, &run->folder));
    CLN_TRY(cln_run_look_back(run));
    CLN_TRY(cln_run_folder_begin(run->folder));
    CLN_TRY(tell_start(run));
    enum cln_status status =
        finish(run, request->worker ? cln_run_supervised(run) : cln_run_in_process(run));
    if (status == CLN_OK)
        return tell_end(run);
    struct cln_error error;
    cln_error_save(&error);
    if (tell_end(run) != CLN_OK)
        note_error(run);
    return cln_error_restore(&error);
}

enum cln_status cln_run(const struct cln_run_request *request,
                        const struct cln_run_observer *observer) {
    struct cln_run run = {.request = request};
    if (observer)
        run.observer = *observer;
    enum cln_status status = run_experiment(&run);
    cln_run_end_spare(&run);
    free(run.cells);
    free(run.states);
    free(run.chosen);
    free(run.told);
    free(run.reasons);
    free(run.picked);
    cln_run_folder_free(run.folder);
    cln_run_data_done(&run);
    cln_devices_free(run.devices);
    cln_experiment_free(run.experiment);
    return status;
}
