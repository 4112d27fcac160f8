/*
 * The recorders: in-order, out-of-order and, where the device has it, command-buffer give the same
 * bits over several epochs of training, remainder batches and dropout included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/plan_private.h"
#include "runtime/recorder.h"
#include "support/device.h"
#include "support/nets.h"
#include "train/train.h"

#define EPOCHS 3

static const char *const net =
    "{m: {layers: [{conv2d: {filters: 8, kernel: 3, activation: relu}}, {max_pool2d: 2},\n"
    "  batch_norm, {conv2d: {filters: 4, kernel: 3}}, tanh, {dropout: 0.25}, flatten,\n"
    "  {dense: {units: 16, activation: relu}}, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: {adam: {learning_rate: 0.01}}}}";

/* Everything that training left: the metrics of each epoch and all variables. */
struct outcome {
    double metrics[4 * EPOCHS];
    int epochs;
    float *weights;
    size_t weight_count;
    char recorder[32];
};

static enum cln_status note_epoch(void *context, const struct cln_epoch_metrics *m) {
    struct outcome *outcome = context;
    const double metrics[] = {m->loss, m->accuracy, m->val_loss, m->val_accuracy};
    memcpy(outcome->metrics + (size_t)4 * (size_t)outcome->epochs++, metrics, sizeof metrics);
    return CLN_OK;
}

static void read_weights(struct cln_trainer *trainer, struct outcome *out) {
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    out->weight_count = cln_model_parameters(model);
    out->weights = malloc(out->weight_count * sizeof *out->weights);
    assert_non_null(out->weights);
    float *at = out->weights;
    for (int i = 0; i < model->variable_count; i++) {
        TEST_OK(cln_trainer_read_variable(trainer, i, at));
        at += cln_tensor_elems(&model->graph->tensors[model->variables[i].tensor]);
    }
}

static struct outcome train(const char *recorder, bool profile) {
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_dataset *data = test_images(150, 40);
    struct cln_trainer *trainer;
    struct outcome outcome = {0};
    const struct cln_train_observer observer = {.context = &outcome, .on_epoch = note_epoch};
    const struct cln_train_job job = {
        .model = &experiment->cells[0].model,
        .dataset = data,
        .noise = {.scale = 0.5, .test_scale = 0.5, .draw = CLN_DRAW_EPOCH},
        .train = {.epochs = EPOCHS, .batch = 32, .seed = 3},
        .recorder = recorder,
        .profile = profile};
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    TEST_OK(cln_trainer_run(trainer, &observer));
    read_weights(trainer, &outcome);
    strcpy(outcome.recorder, cln_plan_recorder(cln_trainer_step_plan(trainer)));
    cln_trainer_free(trainer);
    test_images_free(data);
    cln_experiment_free(experiment);
    return outcome;
}

static void assert_same(const struct outcome *a, const struct outcome *b) {
    assert_int_equal(a->epochs, EPOCHS);
    assert_int_equal(a->weight_count, b->weight_count);
    assert_memory_equal(a->metrics, b->metrics, sizeof a->metrics);
    assert_memory_equal(a->weights, b->weights, a->weight_count * sizeof *a->weights);
}

static void every_recorder_gives_the_same_bits(void **state) {
    (void)state;
    struct outcome first = train("in-order", false);
    assert_string_equal(first.recorder, "in-order");
    assert_memory_not_equal(first.metrics, first.metrics + 4, 4 * sizeof *first.metrics);
    /* Copied: the list is the library's own, made anew at every call. */
    const char *names[8] = {NULL};
    const char *const *listed = cln_recorders(test_context());
    for (int i = 0; listed[i]; i++)
        names[i] = listed[i];
    for (int i = 0; names[i]; i++) {
        struct outcome other = train(names[i], false);
        print_message("%s\n", other.recorder);
        assert_string_equal(other.recorder, names[i]);
        assert_same(&first, &other);
        free(other.weights);
    }
    free(first.weights);
}

static void profiling_changes_no_bit(void **state) {
    (void)state;
    struct outcome plain = train(NULL, false), profiled = train(NULL, true);
    assert_same(&plain, &profiled);
    free(plain.weights);
    free(profiled.weights);
}

/* Launches may be listed before anything has run; afterwards each has a time. */
static void profiled_launches_have_times(void **state) {
    (void)state;
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_dataset *data = test_images(64, 32);
    struct cln_trainer *trainer;
    const struct cln_train_job job = {.model = &experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 1, .batch = 32, .seed = 3},
                                      .profile = true};
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    struct cln_plan *plan = cln_trainer_step_plan(trainer);
    int count = cln_plan_launch_count(plan);
    struct cln_launch_info *rows = calloc((size_t)count, sizeof *rows);
    assert_non_null(rows);
    TEST_OK(cln_plan_launches(plan, rows));
    for (int i = 0; i < count; i++)
        assert_true(rows[i].seconds == 0);
    TEST_OK(cln_trainer_run(trainer, NULL));
    TEST_OK(cln_plan_launches(plan, rows));
    double sum = 0;
    for (int i = 0; i < count; i++)
        sum += rows[i].seconds;
    assert_true(sum > 0 && sum < 60);
    free(rows);
    cln_trainer_free(trainer);
    test_images_free(data);
    cln_experiment_free(experiment);
}

static void an_unknown_recorder_is_refused(void **state) {
    (void)state;
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_dataset *data = test_images(8, 8);
    struct cln_trainer *trainer = NULL;
    const struct cln_train_job job = {.model = &experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 1, .batch = 8, .seed = 3},
                                      .recorder = "in-ordr"};
    assert_int_equal(cln_trainer_create(test_context(), &job, &trainer), CLN_CONFIG);
    assert_null(trainer);
    assert_non_null(strstr(cln_error_last()->message, "did you mean 'in-order'?"));
    test_images_free(data);
    cln_experiment_free(experiment);
}

/* Groups that the engine chooses keep to what the device takes in each dimension. */
static void chosen_groups_fit_the_device(void **state) {
    (void)state;
    struct cln_caps *caps = test_caps(), kept = *caps;
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_dataset *data = test_images(32, 32);
    struct cln_trainer *trainer;
    const struct cln_train_job job = {.model = &experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 1, .batch = 32, .seed = 3}};
    const size_t most[3] = {8, 1, 1};
    memcpy(caps->max_item_sizes, most, sizeof most);
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    TEST_OK(cln_trainer_run(trainer, NULL));
    const struct cln_plan *plan = cln_trainer_step_plan(trainer);
    int chosen = 0;
    for (int i = 0; i < plan->recording->count; i++) {
        const struct cln_recorded *command = &plan->recording->commands[i];
        if (plan->layout.lowering.launches[i].local[0] || !command->kernel)
            continue;
        chosen++;
        for (cl_uint d = 0; d < command->dimensions; d++) {
            assert_true(command->local[d] >= 1 && command->local[d] <= most[d]);
            assert_int_equal(command->global[d] % command->local[d], 0);
        }
    }
    assert_true(chosen > 0);
    *caps = kept;
    cln_trainer_free(trainer);
    test_images_free(data);
    cln_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorder_gives_the_same_bits),
        cmocka_unit_test(profiling_changes_no_bit),
        cmocka_unit_test(profiled_launches_have_times),
        cmocka_unit_test(an_unknown_recorder_is_refused),
        cmocka_unit_test(chosen_groups_fit_the_device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
