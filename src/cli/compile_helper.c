#include "cli/compile_helper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/child.h"
#include "cli/open_device.h"
#include "graph/tune.h"
#include "runtime/device.h"
#include "selftest/host.h"
#include "train/train.h"

/* Programs that come from a cache are all there long before that, and each in less. */
#define COLD_SECONDS           0.4
#define COLD_SECONDS_A_PROGRAM 0.1

static void start(struct cln_compile_helper *helper) {
    const char **arguments = cln_child_arguments(helper->options, (const char *[]){"run", NULL});
    char cell[16];
    if (!arguments) /* then there is no help */
        return;
    snprintf(cell, sizeof cell, "%d", helper->cell);
    const struct cln_child_variable variables[] = {{CLN_COMPILE_VARIABLE, cell}, {NULL, NULL}};
    helper->child = cln_child_start(arguments, variables);
    free(arguments);
}

void cln_compile_helper_note(struct cln_compile_helper *helper,
                             const struct cln_prepare_progress *progress) {
    double now = cln_clock_seconds(), seconds = now - helper->began;
    if (progress->building && progress->done == 0) {
        cln_compile_helper_stop(helper); /* a build before may have failed */
        helper->began = now;
    } else if (progress->building && helper->began > 0 && seconds > COLD_SECONDS &&
               seconds > COLD_SECONDS_A_PROGRAM * progress->done) {
        helper->began = 0; /* once is enough */
        start(helper);
    } else if (!progress->building && progress->done == progress->count)
        cln_compile_helper_stop(helper);
}

void cln_compile_helper_tune(struct cln_compile_helper *helper,
                             const struct cln_tune_progress *progress) {
    if (!helper->child && progress->left > 0 && progress->done < progress->total)
        start(helper);
}

void cln_compile_helper_stop(struct cln_compile_helper *helper) {
    cln_child_stop(helper->child);
    helper->child = 0;
    helper->began = 0;
}

struct work {
    pid_t helped; /* the process that started this one */
    struct cln_experiment *experiment;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_tuner *tuner;
    struct cln_dataset *dataset;
    struct cln_trainer *trainer;
};

static enum cln_status look_for_helped(const struct work *work) {
    return getppid() == work->helped ? CLN_OK
                                     : CLN_FAIL(INTERRUPTED, "nobody is left to compile for");
}

static enum cln_status on_prepare(void *context, const struct cln_prepare_progress *progress) {
    (void)progress;
    return look_for_helped(context);
}

static enum cln_status on_tune(void *context, const struct cln_tune_progress *progress) {
    (void)progress;
    return look_for_helped(context);
}

/* Times nothing: that is done by the process that is helped, and stands in the file once all is. */
static enum cln_status open_tuner(struct work *work) {
    const struct cln_tune_options options = {.budget_seconds = 1e-9,
                                             .helps = true,
                                             .host = &cln_host_hooks,
                                             .context = work,
                                             .on_progress = on_tune};
    const char *cache = getenv("CLNOISE_CACHE");
    bool off;
    CLN_TRY(cln_tune_is_off(&off));
    off |= cache && !strcmp(cache, "off");
    return off ? CLN_OK : cln_tuner_create(work->context, &options, &work->tuner);
}

static enum cln_status compile(struct work *work, const struct cln_options *options, int index) {
    const struct cln_data_source source = {.data_dir = options->data_dir, .offline = true};
    CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                options->operand_count - 1, &work->experiment));
    if (index < 0 || index >= work->experiment->cell_count)
        return CLN_FAIL(CONFIG, "%s: there is no cell %d", CLN_COMPILE_VARIABLE, index);
    const struct cln_cell *cell = &work->experiment->cells[index];
    CLN_TRY(cln_open_device(options, &work->devices, NULL, &work->context));
    CLN_TRY(open_tuner(work));
    CLN_TRY(cln_dataset_open(&cell->data, &source, &work->dataset));
    struct cln_train_job job = cln_cell_train_job(cell, work->dataset);
    job.recorder = "in-order"; /* any will do: none is timed */
    job.tuner = work->tuner;
    job.backwards = true;
    job.on_prepare = on_prepare;
    job.prepare_context = work;
    return cln_trainer_create(work->context, &job, &work->trainer);
}

enum cln_status cln_compile_cell(const struct cln_options *options, const char *cell) {
    struct work work = {.helped = getppid()};
    enum cln_status status = compile(&work, options, atoi(cell));
    cln_trainer_free(work.trainer);
    cln_dataset_free(work.dataset);
    cln_tuner_free(work.tuner);
    cln_context_free(work.context);
    cln_devices_free(work.devices);
    cln_experiment_free(work.experiment);
    return status;
}
