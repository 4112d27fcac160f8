#include "support/broken.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "support/device.h"

#define LAYERS                                                                                     \
    "{m: {layers: [flatten, {dense: {units: 12, activation: relu}}, batch_norm, {dropout: "        \
    "0.25},\n"                                                                                     \
    "  {dense: {units: 10, activation: softmax}}], optimizer: "

const struct setting usual = {.optimizer = "{adam: {learning_rate: 0.01}}",
                              .draw = CLN_DRAW_EPOCH,
                              .batch = BATCH,
                              .seed = 5};

static enum cln_status note_epoch(void *context, const struct cln_epoch_metrics *metrics) {
    struct run *run = context;
    assert_int_equal(metrics->epoch, run->row_count + 1);
    run->rows[run->row_count++] = *metrics;
    return CLN_OK;
}

static enum cln_status offered(void *context) {
    struct run *run = context;
    run->offers++;
    return run->folder ? cln_checkpoint_write(run->trainer, run->folder, CELL) : CLN_OK;
}

static bool stop(void *context) {
    struct run *run = context;
    return run->steps_left >= 0 && run->steps_left-- == 0;
}

void run_make(struct run *run, const struct setting *setting, const struct cln_dataset *data) {
    char models[512];
    snprintf(models, sizeof models, LAYERS "%s}}", setting->optimizer);
    run->experiment = test_experiment(models);
    const struct cln_train_job job = {
        .model = &run->experiment->cells[0].model,
        .dataset = data,
        .noise = {.scale = 0.5, .test_scale = NAN, .draw = setting->draw},
        .train = {.epochs = EPOCHS, .batch = setting->batch, .seed = setting->seed},
        .validation = setting->validation};
    TEST_OK(cln_trainer_create(test_context(), &job, &run->trainer));
}

enum cln_status run_train(struct run *run) {
    const struct cln_train_observer observer = {.context = run,
                                                .on_epoch = note_epoch,
                                                .on_checkpoint = offered,
                                                .checkpoint_seconds = run->always ? 1e-9 : 0,
                                                .interrupted = stop};
    return cln_trainer_run(run->trainer, &observer);
}

void run_end(struct run *run) {
    cln_trainer_free(run->trainer);
    cln_experiment_free(run->experiment);
    run->trainer = NULL;
    run->experiment = NULL;
}

float *run_weights(const struct run *run, size_t *count) {
    const struct cln_model_graph *model = cln_trainer_model(run->trainer);
    *count = cln_model_parameters(model);
    float *weights = malloc(*count * sizeof *weights), *at = weights;
    assert_non_null(weights);
    for (int i = 0; i < model->variable_count; i++) {
        TEST_OK(cln_trainer_read_variable(run->trainer, i, at));
        at += cln_tensor_elems(&model->graph->tensors[model->variables[i].tensor]);
    }
    return weights;
}

struct cln_checkpoint *run_checkpoint(const char *folder) {
    struct cln_checkpoint *checkpoint;
    struct cln_text notes = {0};
    TEST_OK(cln_checkpoint_read(folder, &checkpoint, &notes));
    assert_null(notes.chars);
    assert_non_null(checkpoint);
    return checkpoint;
}
