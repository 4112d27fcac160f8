/*
 * A training in this process, as a C program would do it, for the faults of faults/opencl:
 * train RECORDER FILE prints the last epoch's figures and a hash of the weights. RECORDER is one of
 * cln_recorders(), "profiled" (the time of every launch is kept), "part" (on one core of the
 * device) or "run" (cln_run() without workers, into the folder "out").
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "clnoise/run.h"
#include "experiment/experiment.h"
#include "graph/plan.h"
#include "graph/trace.h"
#include "model/model.h"
#include "runtime/device.h"
#include "runtime/device_part.h"
#include "train/evaluate.h"

struct session {
    struct cln_device_list *devices;
    struct cln_device part;
    struct cln_context *context;
    struct cln_experiment *experiment;
    struct cln_dataset *dataset;
    struct cln_trainer *trainer;
};

static enum cln_status on_epoch(void *user, const struct cln_epoch_metrics *metrics) {
    *(struct cln_epoch_metrics *)user = *metrics;
    return CLN_OK;
}

static enum cln_status open_device(struct session *session, bool part) {
    const struct cln_device *device;
    CLN_TRY(cln_devices_list(&session->devices));
    CLN_TRY(cln_device_select(session->devices, NULL, &device, NULL));
    if (part) {
        CLN_TRY(cln_device_part(device, 1, &session->part));
        device = &session->part;
    }
    return cln_context_create(device, &session->context);
}

/* Of all variables, one after another. */
static enum cln_status print_weights(struct cln_trainer *trainer) {
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    for (int i = 0; i < model->variable_count; i++) {
        const struct cln_tensor *tensor = &model->graph->tensors[model->variables[i].tensor];
        const size_t elems = cln_tensor_elems(tensor);
        float *values = calloc(elems, sizeof *values);
        char hash[CLN_SHA256_HEX_SIZE];
        enum cln_status status = values ? cln_trainer_read_variable(trainer, i, values)
                                        : CLN_FAIL(MEMORY, "out of memory");
        if (status == CLN_OK)
            status = cln_sha256(values, elems * sizeof *values, hash);
        free(values);
        CLN_TRY(status);
        printf("%s\n", hash);
    }
    return CLN_OK;
}

/* What was timed must be there; how long it took differs. */
static enum cln_status look_at_times(struct cln_trainer *trainer) {
    struct cln_timeline timeline = {0};
    CLN_TRY(cln_plan_timeline(cln_trainer_step_plan(trainer), &timeline));
    printf("%d replays timed\n", timeline.replays);
    free(timeline.rows);
    return CLN_OK;
}

static enum cln_status train(struct session *session, const char *recorder) {
    const bool profiled = !strcmp(recorder, "profiled"), part = !strcmp(recorder, "part");
    struct cln_cell *cell = &session->experiment->cells[0];
    struct cln_epoch_metrics last = {0};
    const struct cln_train_observer observer = {.context = &last, .on_epoch = on_epoch};
    CLN_TRY(open_device(session, part));
    CLN_TRY(cln_dataset_open(&cell->data, NULL, &session->dataset));
    struct cln_train_job job = cln_cell_train_job(cell, session->dataset);
    job.profile = profiled;
    job.recorder = profiled || part ? NULL : recorder;
    CLN_TRY(cln_trainer_create(session->context, &job, &session->trainer));
    CLN_TRY(cln_trainer_run(session->trainer, &observer));
    printf("%.9g %.9g %.9g %.9g\n", last.loss, last.accuracy, last.val_loss, last.val_accuracy);
    CLN_TRY(print_weights(session->trainer));
    return profiled ? look_at_times(session->trainer) : CLN_OK;
}

static enum cln_status train_and_close(const char *recorder, const char *file) {
    struct session session = {0};
    enum cln_status status = cln_experiment_load(file, NULL, 0, &session.experiment);
    if (status == CLN_OK)
        status = train(&session, recorder);
    cln_trainer_free(session.trainer);
    cln_dataset_free(session.dataset);
    cln_context_free(session.context);
    cln_device_part_done(&session.part);
    cln_devices_free(session.devices);
    cln_experiment_free(session.experiment);
    return status;
}

static void on_failure(void *user, int cell, const struct cln_error *error) {
    (void)user;
    fprintf(stderr, "train: cell %d failed: %s\n", cell, error->message);
}

static enum cln_status run(const char *file) {
    const struct cln_run_request request = {.file = file, .out = "out"};
    const struct cln_run_observer observer = {.on_failure = on_failure};
    return cln_run(&request, &observer);
}

int main(int count, char **arguments) {
    if (count != 3) {
        fprintf(stderr, "usage: train RECORDER FILE\n");
        return 2;
    }
    enum cln_status status = strcmp(arguments[1], "run")
                                 ? train_and_close(arguments[1], arguments[2])
                                 : run(arguments[2]);
    if (status != CLN_OK)
        fprintf(stderr, "train: %s\n", cln_error_last()->message);
    return status == CLN_OK ? 0 : cln_status_exit_code(status);
}
