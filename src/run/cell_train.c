#include "run/cell_train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clnoise/version.h"
#include "graph/trace.h"
#include "report/weights.h"
#include "run/cell_record.h"
#include "train/checkpoint.h"

struct work {
    const struct cln_cell_job *job;
    struct cln_cell_record *record;
    struct cln_checkpoint *checkpoint; /* to go on from; NULL: from the beginning */
    struct cln_trainer *trainer;
    bool divergence_noted;
};

static enum cln_status on_prepare(void *context, const struct cln_prepare_progress *progress) {
    const struct cln_cell_job *job = ((struct work *)context)->job;
    if (job->interrupted && job->interrupted(job->user))
        return CLN_FAIL(INTERRUPTED, "interrupted while kernels were compiled");
    return job->on_prepare ? job->on_prepare(job->user, progress) : CLN_OK;
}

static enum cln_status on_epoch(void *context, const struct cln_epoch_metrics *metrics) {
    struct work *work = context;
    const struct cln_cell_job *job = work->job;
    CLN_TRY(cln_cell_record_epoch(work->record, metrics));
    return job->on_epoch ? job->on_epoch(job->user, metrics) : CLN_OK;
}

static enum cln_status on_progress(void *context, const struct cln_train_progress *progress) {
    const struct cln_cell_job *job = ((struct work *)context)->job;
    return job->on_progress(job->user, progress);
}

static bool interrupted(void *context) {
    const struct cln_cell_job *job = ((struct work *)context)->job;
    return job->interrupted && job->interrupted(job->user);
}

/* What the profiled trainer's last steps were like. */
static enum cln_status write_trace(const struct work *work) {
    struct cln_plan *plan = cln_trainer_step_plan(work->trainer);
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
    CLN_TRY_GOTO(cln_trace_add(trace, work->job->cell->label, &timeline, launches));
    status = cln_trace_write(trace, work->job->trace);
fail:
    cln_trace_free(trace);
    free(timeline.rows);
    free(launches);
    return status;
}

static void note(const struct work *work, const char *line) {
    if (work->job->on_note)
        work->job->on_note(work->job->user, line);
}

/* Of a training that goes on although it has lost its numbers. */
static enum cln_status note_divergence(struct work *work) {
    const struct cln_divergence *where = cln_trainer_divergence(work->trainer);
    struct cln_text line = {0};
    if (!where->epoch || work->divergence_noted)
        return CLN_OK;
    CLN_TRY(cln_cell_record_diverged(work->record, where));
    work->divergence_noted = true;
    cln_text_add(&line,
                 "cell %s (%s): lost its numbers in epoch %d, step %lld, in %s; goes on, as "
                 "train.on_nonfinite is record",
                 work->job->cell->id, work->job->cell->label, where->epoch, (long long)where->step,
                 *where->where ? where->where : "the loss");
    if (line.chars)
        note(work, line.chars);
    cln_text_free(&line);
    return CLN_OK;
}

static enum cln_status on_checkpoint(void *context) {
    struct work *work = context;
    CLN_TRY(note_divergence(work));
    return cln_checkpoint_write(work->trainer, cln_cell_record_folder(work->record),
                                work->job->cell->id);
}

/* Each line by itself. */
static void note_lines(const struct work *work, struct cln_text *lines) {
    char *line = lines->chars, *end;
    for (; line && (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        note(work, line);
    }
}

/* Finds where to go on; without a checkpoint, at the beginning. One that is ahead of the journal is
 * of no use: the epochs between would be missing. */
static enum cln_status find_checkpoint(struct work *work) {
    struct cln_text notes = {0};
    struct cln_cell_state state;
    CLN_TRY(cln_cell_record_state(work->record, &state));
    enum cln_status status =
        cln_checkpoint_read(cln_cell_record_folder(work->record), &work->checkpoint, &notes);
    note_lines(work, &notes);
    cln_text_free(&notes);
    if (status != CLN_OK || !work->checkpoint || work->checkpoint->epoch <= state.epochs)
        return status;
    note(work, "a checkpoint is ahead of metrics.jsonl; the cell begins anew");
    cln_checkpoint_free(work->checkpoint);
    work->checkpoint = NULL;
    return CLN_OK;
}

/* The kernels the cell was begun with, for the same bits; elsewhere they mean nothing. */
static void keep_kernels(const struct work *work, struct cln_train_job *train) {
    const struct cln_checkpoint *checkpoint = work->checkpoint;
    const struct cln_device *device = cln_context_device(work->job->context);
    char here[2 * CLN_DEVICE_TEXT_SIZE + 16];
    snprintf(here, sizeof here, "%s, driver %s", device->name, device->driver);
    if (!checkpoint || strcmp(checkpoint->device, here) != 0 ||
        strcmp(checkpoint->version, cln_version()) != 0)
        return;
    train->variants = checkpoint->kernels;
    train->recorder = checkpoint->recorder;
}

static enum cln_status make_trainer(struct work *work) {
    const struct cln_cell_job *job = work->job;
    struct cln_train_job train = cln_cell_train_job(job->cell, job->dataset);
    train.tuner = job->tuner;
    train.profile = job->trace != NULL;
    train.on_prepare = on_prepare;
    train.prepare_context = work;
    keep_kernels(work, &train);
    CLN_TRY(cln_trainer_create(job->context, &train, &work->trainer));
    return work->checkpoint ? cln_trainer_restore(work->trainer, work->checkpoint, job->cell->id)
                            : CLN_OK;
}

static enum cln_status train(struct work *work) {
    const struct cln_cell_job *job = work->job;
    const struct cln_train_observer observer = {.context = work,
                                                .on_epoch = on_epoch,
                                                .on_progress =
                                                    job->on_progress ? on_progress : NULL,
                                                .interrupted = interrupted,
                                                .on_checkpoint = on_checkpoint,
                                                .checkpoint_seconds = job->checkpoint_seconds};
    const struct cln_device *device = cln_context_device(job->context);
    CLN_TRY(find_checkpoint(work));
    CLN_TRY(cln_cell_record_begin(work->record, device, job->dataset,
                                  work->checkpoint ? work->checkpoint->epoch : 0));
    CLN_TRY(make_trainer(work));
    CLN_TRY(cln_cell_record_model(work->record, work->trainer));
    if (job->on_ready)
        job->on_ready(job->user);
    CLN_TRY(cln_trainer_run(work->trainer, &observer));
    CLN_TRY(cln_cell_record_done(work->record, work->trainer, job->dataset, &observer));
    CLN_TRY(cln_checkpoint_remove(cln_cell_record_folder(work->record)));
    return job->trace ? write_trace(work) : CLN_OK;
}

/* The net of a cell that is done, at the scales that `evaluate` asks for by now. */
static enum cln_status test_again(struct work *work) {
    const struct cln_cell_job *job = work->job;
    const struct cln_train_observer observer = {.context = work,
                                                .on_progress =
                                                    job->on_progress ? on_progress : NULL,
                                                .interrupted = interrupted};
    struct cln_train_job only = cln_cell_train_job(job->cell, job->dataset);
    only.evaluate_only = true;
    only.tuner = job->tuner;
    only.on_prepare = on_prepare;
    only.prepare_context = work;
    CLN_TRY(cln_trainer_create(job->context, &only, &work->trainer));
    char *path = cln_cell_record_path(work->record, "model.safetensors");
    enum cln_status status =
        path ? cln_weights_read(path, work->trainer) : CLN_FAIL(MEMORY, "out of memory for a path");
    free(path);
    CLN_TRY(status);
    if (job->on_ready)
        job->on_ready(job->user);
    return cln_cell_record_retest(work->record, work->trainer, job->dataset, &observer);
}

static bool is_done(const struct cln_cell_record *record) {
    struct cln_cell_state state;
    return cln_cell_record_state(record, &state) == CLN_OK && !strcmp(state.status, "done");
}

enum cln_status cln_cell_train(const struct cln_cell_job *job) {
    struct work work = {.job = job};
    CLN_TRY(cln_cell_record_open(job->folder, job->cell, &work.record));
    const bool done = is_done(work.record);
    enum cln_status status = done ? test_again(&work) : train(&work);
    if (status != CLN_OK && !done) { /* what is done stays done */
        const bool by_itself = status == CLN_CELL || status == CLN_DIVERGED;
        struct cln_error error;
        cln_error_save(&error);
        if (by_itself && work.trainer && cln_trainer_divergence(work.trainer)->epoch)
            (void)cln_cell_record_diverged(work.record, cln_trainer_divergence(work.trainer));
        /* On a full disk this fails as well; the first failure is the one to tell. */
        (void)cln_cell_record_fail(work.record, &error);
        if (by_itself) /* it would come to the same again */
            (void)cln_checkpoint_remove(cln_cell_record_folder(work.record));
        (void)cln_error_restore(&error);
    }
    cln_checkpoint_free(work.checkpoint);
    cln_trainer_free(work.trainer);
    cln_cell_record_free(work.record);
    return status;
}
