/* The cells one after another in this process: for programs that bring no worker with them. */
#include <stdlib.h>

#include "base/file.h"
#include "run/cell_train.h"
#include "run/run_private.h"
#include "runtime/program.h"
#include "selftest/first_use.h"
#include "selftest/host.h"

struct work {
    struct cln_run *run;
    int cell;
    struct cln_context *context;
    struct cln_tuner *tuner; /* NULL: CLNOISE_TUNE is off */
    char *frozen;            /* the folder of the run's choices of kernels */
};

static enum cln_status on_prepare(void *user, const struct cln_prepare_progress *progress) {
    const struct work *work = user;
    const struct cln_run_observer *observer = &work->run->observer;
    if (observer->on_prepare)
        observer->on_prepare(observer->context, work->cell, progress);
    return CLN_OK;
}

static enum cln_status on_epoch(void *user, const struct cln_epoch_metrics *metrics) {
    const struct work *work = user;
    return cln_run_epoch(work->run, work->cell, metrics);
}

static enum cln_status on_progress(void *user, const struct cln_train_progress *progress) {
    const struct work *work = user;
    const struct cln_run_observer *observer = &work->run->observer;
    return observer->on_progress(observer->context, work->cell, progress);
}

static bool interrupted(void *user) {
    const struct work *work = user;
    return cln_run_interrupted(work->run);
}

static enum cln_status on_tune(void *user, const struct cln_tune_progress *progress) {
    const struct work *work = user;
    const struct cln_run_observer *observer = &work->run->observer;
    if (observer->on_tune)
        observer->on_tune(observer->context, progress);
    return interrupted(user) ? CLN_FAIL(INTERRUPTED, "interrupted while tuning") : CLN_OK;
}

static void on_note(void *user, const char *line) {
    const struct work *work = user;
    const struct cln_run_observer *observer = &work->run->observer;
    if (observer->on_note)
        observer->on_note(observer->context, line);
}

static enum cln_status open_tuner(struct work *work) {
    bool off;
    CLN_TRY(cln_tune_is_off(&off));
    if (off)
        return CLN_OK;
    work->frozen = cln_path_join(cln_run_folder_path(work->run->folder), "kernels");
    if (!work->frozen)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    const struct cln_tune_options options = {.budget_seconds = CLN_TUNE_BUDGET,
                                             .host = &cln_host_hooks,
                                             .frozen_folder = work->frozen,
                                             .context = work,
                                             .on_progress = on_tune,
                                             .on_note = on_note};
    return cln_tuner_create(work->context, &options, &work->tuner);
}

static enum cln_status train_cell(struct work *work) {
    struct cln_run *run = work->run;
    struct cln_cell_job job = {.folder = cln_run_folder_path(run->folder),
                               .cell = &run->experiment->cells[work->cell],
                               .context = work->context,
                               .tuner = work->tuner,
                               .trace = work->cell == 0 ? run->request->trace : NULL,
                               .checkpoint_seconds = run->request->checkpoint_seconds,
                               .user = work,
                               .on_prepare = on_prepare,
                               .on_note = on_note,
                               .on_epoch = on_epoch,
                               .interrupted = interrupted};
    if (run->observer.on_progress)
        job.on_progress = on_progress;
    CLN_TRY(cln_run_dataset(run, work->cell, &job.dataset));
    return cln_cell_train(&job);
}

static enum cln_status train_cells(struct work *work) {
    struct cln_run *run = work->run;
    const struct cln_first_use first_use = {
        .context = work, .on_note = on_note, .interrupted = interrupted};
    CLN_TRY(cln_selftest_first_use(work->context, &first_use));
    CLN_TRY(open_tuner(work));
    for (work->cell = 0; work->cell < run->experiment->cell_count; work->cell++) {
        if (!cln_run_wants(run, work->cell))
            continue;
        if (run->observer.on_cell)
            run->observer.on_cell(run->observer.context, work->cell);
        CLN_TRY(cln_run_cell_ended(run, work->cell, train_cell(work)));
    }
    return CLN_OK;
}

static enum cln_status on_keep(void *user, int done, int count) {
    const struct cln_prepare_progress progress = {"Keeping kernels for the next start", done, count,
                                                  false};
    struct work *work = user;
    return interrupted(work) ? CLN_FAIL(INTERRUPTED, "interrupted") : on_prepare(work, &progress);
}

enum cln_status cln_run_in_process(struct cln_run *run) {
    struct work work = {.run = run};
    if (run->device_count > 1)
        return CLN_FAIL(CONFIG, "%d devices; accepted where there are no workers: one",
                        run->device_count);
    CLN_TRY(cln_context_create(run->chosen[0], &work.context));
    enum cln_status status = train_cells(&work);
    work.cell = run->experiment->cell_count - 1;
    if (status == CLN_OK) /* everything is written: to stop now is no failure */
        (void)cln_programs_keep(work.context, on_keep, &work);
    cln_tuner_free(work.tuner);
    free(work.frozen);
    cln_context_free(work.context);
    return status;
}
