#include "run/cell_train.h"

#include <stdlib.h>

#include "graph/trace.h"
#include "run/cell_record.h"

struct work {
    const struct cln_cell_job *job;
    struct cln_cell_record *record;
    struct cln_trainer *trainer;
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

static enum cln_status train(struct work *work) {
    const struct cln_cell_job *job = work->job;
    struct cln_train_job train = cln_cell_train_job(job->cell, job->dataset);
    train.tuner = job->tuner;
    train.profile = job->trace != NULL;
    train.on_prepare = on_prepare;
    train.prepare_context = work;
    const struct cln_train_observer observer = {.context = work,
                                                .on_epoch = on_epoch,
                                                .on_progress =
                                                    job->on_progress ? on_progress : NULL,
                                                .interrupted = interrupted};
    const struct cln_device *device = cln_context_device(job->context);
    CLN_TRY(cln_cell_record_begin(work->record, device, job->dataset, 0));
    CLN_TRY(cln_trainer_create(job->context, &train, &work->trainer));
    CLN_TRY(cln_cell_record_model(work->record, work->trainer));
    if (job->on_ready)
        job->on_ready(job->user);
    CLN_TRY(cln_trainer_run(work->trainer, &observer));
    CLN_TRY(cln_cell_record_done(work->record, work->trainer));
    return job->trace ? write_trace(work) : CLN_OK;
}

enum cln_status cln_cell_train(const struct cln_cell_job *job) {
    struct work work = {.job = job};
    CLN_TRY(cln_cell_record_open(job->folder, job->cell, &work.record));
    enum cln_status status = train(&work);
    if (status != CLN_OK) {
        struct cln_error error;
        cln_error_save(&error);
        /* On a full disk this fails as well; the first failure is the one to tell. */
        (void)cln_cell_record_fail(work.record, &error);
        (void)cln_error_restore(&error);
    }
    cln_trainer_free(work.trainer);
    cln_cell_record_free(work.record);
    return status;
}
