/* cln_run(): every cell of an experiment, one after another, on one device, into a run folder. */
#include "clnoise/run.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "graph/trace.h"
#include "graph/tune.h"
#include "report/run_folder.h"
#include "runtime/program.h"

struct job {
    const struct cln_run_request *request;
    struct cln_run_observer observer;
    struct cln_experiment *experiment;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_tuner *tuner; /* NULL: CLNOISE_TUNE is off */
    char device_reason[256];
    struct cln_dataset *dataset; /* of the cell before; cells mostly share it */
    struct cln_data_spec data;   /* what `dataset` was opened with */
    struct cln_run_folder *folder;
    struct cln_run_cell *cells; /* as the observer sees them */
    struct cln_run_info info;
    int cell;
    int failed;
    enum cln_status first_failure;
};

static enum cln_status on_epoch(void *context, const struct cln_epoch_metrics *metrics) {
    struct job *job = context;
    const struct cln_run_observer *observer = &job->observer;
    CLN_TRY(cln_run_folder_epoch(job->folder, job->cell, metrics));
    return observer->on_epoch ? observer->on_epoch(observer->context, job->cell, metrics) : CLN_OK;
}

static enum cln_status on_progress(void *context, const struct cln_train_progress *progress) {
    struct job *job = context;
    return job->observer.on_progress(job->observer.context, job->cell, progress);
}

static bool interrupted(void *context) {
    struct job *job = context;
    return job->observer.interrupted && job->observer.interrupted(job->observer.context);
}

static void on_download(void *context, const struct cln_data_progress *progress) {
    struct job *job = context;
    if (job->observer.on_download)
        job->observer.on_download(job->observer.context, progress);
}

static enum cln_status on_prepare(void *context, const struct cln_prepare_progress *progress) {
    struct job *job = context;
    if (interrupted(job))
        return CLN_FAIL(INTERRUPTED, "interrupted while kernels were compiled");
    if (job->observer.on_prepare)
        job->observer.on_prepare(job->observer.context, progress);
    return CLN_OK;
}

static enum cln_status on_keep(void *context, int done, int count) {
    const struct cln_prepare_progress progress = {"Keeping kernels for the next start", done, count,
                                                  false};
    return on_prepare(context, &progress);
}

static enum cln_status on_tune(void *context, const struct cln_tune_progress *progress) {
    struct job *job = context;
    if (job->observer.on_tune)
        job->observer.on_tune(job->observer.context, progress);
    return interrupted(job) ? CLN_FAIL(INTERRUPTED, "interrupted while tuning") : CLN_OK;
}

static void on_tune_note(void *context, const char *line) {
    struct job *job = context;
    if (job->observer.on_note)
        job->observer.on_note(job->observer.context, line);
}

static enum cln_status open_tuner(struct job *job) {
    const struct cln_tune_options options = {.budget_seconds = CLN_TUNE_BUDGET,
                                             .context = job,
                                             .on_progress = on_tune,
                                             .on_note = on_tune_note};
    bool off;
    CLN_TRY(cln_tune_is_off(&off));
    return off ? CLN_OK : cln_tuner_create(job->context, &options, &job->tuner);
}

static enum cln_status open_device(struct job *job) {
    const struct cln_device *device;
    CLN_TRY(cln_devices_list(&job->devices));
    CLN_TRY(cln_device_select(job->devices, job->request->device, &device, job->device_reason));
    CLN_TRY(cln_context_create(device, &job->context));
    return open_tuner(job);
}

static bool same_data(const struct cln_data_spec *a, const struct cln_data_spec *b) {
    return !strcmp(a->dataset, b->dataset) && !strcmp(a->otherwise, b->otherwise) &&
           a->train_limit == b->train_limit && a->test_limit == b->test_limit;
}

static enum cln_status open_data(struct job *job, const struct cln_data_spec *spec) {
    if (job->dataset && same_data(&job->data, spec))
        return CLN_OK;
    cln_dataset_free(job->dataset);
    job->dataset = NULL;
    struct cln_data_source source = {.data_dir = job->request->data_dir,
                                     .context = job,
                                     .on_progress = on_download,
                                     .interrupted = interrupted};
    CLN_TRY(cln_dataset_open(spec, &source, &job->dataset));
    job->data = *spec;
    const struct cln_run_observer *observer = &job->observer;
    return observer->on_note ? cln_dataset_notes(job->dataset, observer->on_note, observer->context)
                             : CLN_OK;
}

/* What the profiled trainer's last steps were like. */
static enum cln_status write_trace(const struct job *job, struct cln_trainer *trainer) {
    struct cln_plan *plan = cln_trainer_step_plan(trainer);
    struct cln_trace *trace = NULL;
    struct cln_timeline timeline = {0};
    struct cln_launch_info *launches =
        calloc((size_t)cln_plan_launch_count(plan) + 1, sizeof *launches);
    enum cln_status status = CLN_OK;
    if (!launches)
        return CLN_FAIL(MEMORY, "out of memory for the trace");
    CLN_TRY_GOTO(cln_plan_launches(plan, launches));
    CLN_TRY_GOTO(cln_plan_timeline(plan, &timeline));
    CLN_TRY_GOTO(cln_trace_create(&trace));
    CLN_TRY_GOTO(cln_trace_add(trace, job->cells[job->cell].label, &timeline, launches));
    status = cln_trace_write(trace, job->request->trace);
fail:
    cln_trace_free(trace);
    free(timeline.rows);
    free(launches);
    return status;
}

static enum cln_status train_cell(struct job *job) {
    struct cln_cell *cell = &job->experiment->cells[job->cell];
    struct cln_train_job train = cln_cell_train_job(cell, NULL);
    train.tuner = job->tuner;
    train.on_prepare = on_prepare;
    train.prepare_context = job;
    struct cln_train_observer observer = {
        .context = job, .on_epoch = on_epoch, .interrupted = interrupted};
    if (job->observer.on_progress)
        observer.on_progress = on_progress;
    CLN_TRY(open_data(job, &cell->data));
    if (job->dataset->substituted)
        CLN_TRY(cln_cell_stand_in(cell, job->dataset->name));
    CLN_TRY(cln_run_folder_data(job->folder, job->dataset));
    train.dataset = job->dataset;
    train.profile = job->request->trace && job->cell == 0;
    struct cln_trainer *trainer;
    double began = cln_clock_seconds();
    CLN_TRY(cln_trainer_create(job->context, &train, &trainer));
    cln_run_folder_time(job->folder, "prepare", cln_clock_seconds() - began);
    began = cln_clock_seconds();
    enum cln_status status = cln_trainer_run(trainer, &observer);
    cln_run_folder_time(job->folder, "train", cln_clock_seconds() - began);
    if (status == CLN_OK)
        status = cln_run_folder_trained(job->folder, job->cell, trainer);
    if (status == CLN_OK && train.profile)
        status = write_trace(job, trainer);
    cln_trainer_free(trainer);
    return status;
}

/* What no other cell would fare better with ends the run; any other failure is its cell's own. */
static bool ends_run(enum cln_status status) {
    return status == CLN_INTERRUPTED || status == CLN_FILE || status == CLN_DATA ||
           status == CLN_CONFIG;
}

/* CLN_OK if the run goes on. */
static enum cln_status cell_failed(struct job *job, enum cln_status status) {
    const struct cln_run_observer *observer = &job->observer;
    struct cln_error error;
    cln_error_save(&error);
    enum cln_status noted = cln_run_folder_failed(job->folder, job->cell, status);
    if (ends_run(status))
        return cln_error_restore(&error);
    if (observer->on_failure)
        observer->on_failure(observer->context, job->cell, &error);
    cln_error_drop(&error);
    if (!job->failed++)
        job->first_failure = status;
    return noted;
}

static enum cln_status train_cells(struct job *job) {
    const struct cln_run_observer *observer = &job->observer;
    for (job->cell = 0; job->cell < job->experiment->cell_count; job->cell++) {
        if (observer->on_cell)
            observer->on_cell(observer->context, job->cell);
        enum cln_status status = train_cell(job);
        if (status != CLN_OK)
            CLN_TRY(cell_failed(job, status));
    }
    return CLN_OK;
}

/* The last summary and the plots, also for a run that broke off: nothing computed is lost. */
static enum cln_status finish(struct job *job, enum cln_status status) {
    int cells = job->experiment->cell_count;
    if (status != CLN_OK) {
        struct cln_error error;
        cln_error_save(&error);
        cln_run_folder_finish(job->folder, job->dataset, status);
        return cln_error_restore(&error);
    }
    if (job->failed)
        status = job->failed == cells ? job->first_failure : CLN_CELL;
    CLN_TRY(cln_run_folder_finish(job->folder, job->dataset, status));
    if (status == CLN_OK)
        return CLN_OK;
    return cln_error_raise(status, __FILE__, __LINE__,
                           "%d of %d cell%s failed; see %s/summary.json", job->failed, cells,
                           cells == 1 ? "" : "s", cln_run_folder_path(job->folder));
}

static enum cln_status tell_start(struct job *job) {
    const struct cln_experiment *experiment = job->experiment;
    const struct cln_device *device = cln_context_device(job->context);
    job->cells = calloc((size_t)experiment->cell_count + 1, sizeof *job->cells);
    if (!job->cells)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", experiment->cell_count);
    for (int i = 0; i < experiment->cell_count; i++) {
        const struct cln_cell *cell = &experiment->cells[i];
        job->cells[i] = (struct cln_run_cell){.id = cell->id,
                                              .label = cell->label,
                                              .more = cell->more,
                                              .model = cell->model.name,
                                              .noise_scale = cell->noise.scale,
                                              .seed = cell->train.seed,
                                              .epochs = (int)cell->train.epochs};
    }
    job->info = (struct cln_run_info){.name = experiment->name,
                                      .folder = cln_run_folder_path(job->folder),
                                      .device = device->name,
                                      .platform = device->platform,
                                      .device_reason = job->device_reason,
                                      .cells = job->cells,
                                      .cell_count = experiment->cell_count};
    const struct cln_run_observer *observer = &job->observer;
    return observer->on_start ? observer->on_start(observer->context, &job->info) : CLN_OK;
}

static enum cln_status tell_end(struct job *job) {
    const struct cln_run_observer *observer = &job->observer;
    if (!observer->on_end)
        return CLN_OK;
    int count = job->experiment->cell_count;
    struct cln_run_outcome *outcomes = calloc((size_t)count + 1, sizeof *outcomes);
    if (!outcomes)
        return CLN_FAIL(MEMORY, "out of memory for %d outcomes", count);
    for (int i = 0; i < count; i++) {
        const struct cln_summary_cell *cell = cln_run_folder_cell(job->folder, i);
        outcomes[i] = (struct cln_run_outcome){.status = cell->status,
                                               .epochs = cell->epochs,
                                               .loss = cell->loss,
                                               .accuracy = cell->accuracy,
                                               .val_loss = cell->val_loss,
                                               .val_accuracy = cell->val_accuracy,
                                               .seconds = cell->seconds};
    }
    observer->on_end(observer->context, &job->info, outcomes);
    free(outcomes);
    return CLN_OK;
}

static enum cln_status run_experiment(struct job *job) {
    const struct cln_run_request *request = job->request;
    CLN_TRY(cln_experiment_load(request->file, request->overrides, request->override_count,
                                &job->experiment));
    CLN_TRY(open_device(job));
    /* Before there is a folder: without data nothing should stand in the way of the next try. */
    CLN_TRY(open_data(job, &job->experiment->cells[0].data));
    CLN_TRY(cln_run_folder_create(request->out, job->experiment, cln_context_device(job->context),
                                  &job->folder));
    CLN_TRY(tell_start(job));
    enum cln_status status = finish(job, train_cells(job));
    struct cln_error error;
    if (status == CLN_OK) {
        CLN_TRY(tell_end(job));
        /* Everything is written: to stop now is no failure. */
        (void)cln_programs_keep(job->context, on_keep, job);
        return CLN_OK;
    }
    cln_error_save(&error);
    tell_end(job);
    return cln_error_restore(&error);
}

enum cln_status cln_run(const struct cln_run_request *request,
                        const struct cln_run_observer *observer) {
    struct job job = {.request = request};
    if (observer)
        job.observer = *observer;
    enum cln_status status = run_experiment(&job);
    free(job.cells);
    cln_run_folder_free(job.folder);
    cln_dataset_free(job.dataset);
    cln_tuner_free(job.tuner);
    cln_context_free(job.context);
    cln_devices_free(job.devices);
    cln_experiment_free(job.experiment);
    return status;
}
