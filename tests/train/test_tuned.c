/*
 * The tuner on whole models: on this device every variant of every node is right, whatever inputs
 * the ops' examples make of random ones, and training with what it chose gives the same bits twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/tune.h"
#include "support/device.h"
#include "support/nets.h"
#include "support/scratch.h"
#include "train/train.h"

/* Every layer and optimizer there is; odd sizes, remainder batches, fused and unfused layers. */
static const char *const nets[] = {
    "{m: {layers: [{conv2d: {filters: 8, kernel: 3, activation: relu}},\n"
    "  {conv2d: {filters: 20, kernel: 3, activation: relu}}, {max_pool2d: 2}, {dropout: 0.25},\n"
    "  flatten, {dense: {units: 33, activation: relu}}, {dropout: 0.5},\n"
    "  {dense: {units: 10, activation: softmax}}], optimizer: adadelta}}",
    "{m: {layers: [{conv2d: {filters: 5, kernel: 4, stride: 2}}, batch_norm, tanh,\n"
    "  {average_pool2d: 2}, {conv2d: {filters: 7, kernel: 2, padding: same}}, {max_pool2d: 2},\n"
    "  sigmoid, {dropout: 0.1}, flatten, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: adam}}",
    ("{m: {layers: [flatten, {dense: 17}, relu, {dense: {units: 10, activation: softmax}}],\n"
     "  optimizer: rmsprop}}"),
};

struct outcome {
    float first_weights[32];
    int measured;
};

static void check_rows(const struct cln_tuner *tuner) {
    int count;
    const struct cln_tune_row *rows = cln_tuner_rows(tuner, &count);
    assert_true(count > 4);
    for (int i = 0; i < count; i++)
        for (int c = 0; c < rows[i].entry->count; c++) {
            const struct cln_tune_candidate *candidate = &rows[i].entry->candidates[c];
            if (candidate->verdict == CLN_TUNE_WRONG || candidate->verdict == CLN_TUNE_FAILED)
                fail_msg("%s (%s) of %s is %s: off by %g, accepted %g", candidate->name,
                         rows[i].entry->op, rows[i].node, cln_tune_verdict_name(candidate->verdict),
                         candidate->error, candidate->tolerance);
        }
}

static struct outcome train(const char *net) {
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_dataset *data = test_images(80, 40);
    struct cln_trainer *trainer;
    struct cln_tuner *tuner;
    struct outcome outcome;
    TEST_OK(cln_tuner_create(test_context(), &(struct cln_tune_options){.full = false}, &tuner));
    const struct cln_train_job job = {.model = &experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 1, .batch = 32, .seed = 3},
                                      .tuner = tuner};
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    TEST_OK(cln_trainer_run(trainer, NULL));
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    const struct cln_tensor *first = &model->graph->tensors[model->variables[0].tensor];
    float *weights = malloc(cln_tensor_elems(first) * sizeof *weights);
    assert_non_null(weights);
    TEST_OK(cln_trainer_read_variable(trainer, 0, weights));
    memcpy(outcome.first_weights, weights, sizeof outcome.first_weights);
    outcome.measured = cln_tuner_measured(tuner);
    check_rows(tuner);
    free(weights);
    cln_trainer_free(trainer);
    cln_tuner_free(tuner);
    test_images_free(data);
    cln_experiment_free(experiment);
    return outcome;
}

static void all_variants_are_right_and_choices_stay(void **state) {
    (void)state;
    char *folder = scratch_make();
    setenv("XDG_CACHE_HOME", folder, 1);
    unsetenv("CLNOISE_CACHE");
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        struct outcome first = train(nets[i]), second = train(nets[i]);
        assert_true(first.measured > 0);
        assert_int_equal(second.measured, 0);
        assert_memory_equal(first.first_weights, second.first_weights, sizeof first.first_weights);
    }
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_variants_are_right_and_choices_stay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
