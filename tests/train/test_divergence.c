/*
 * A training that loses its numbers says in which epoch, at which step and in which layer that
 * began. Where it must be is planted, or found here by looking at the weights after every step.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/device_data.h"
#include "support/device.h"
#include "support/nets.h"
#include "support/scratch.h"
#include "train/checkpoint.h"
#include "train/train_private.h"

#define EPOCHS 3
#define BATCH  16
#define TRAIN  70 /* four batches, and one of 6: five steps */
#define STEPS  5
#define TEST   20
#define HUGE_  3e38f

/* Activation, optimizer. */
#define MODELS                                                                                     \
    "{m: {layers: [flatten, {dense: {units: 12, activation: %s}}, {dropout: 0.1},\n"               \
    "  {dense: {units: 10, activation: softmax}}], optimizer: %s}}"

static const char *const optimizers[] = {
    "{sgd: {learning_rate: 0.01}}",      "{sgd: {learning_rate: 0.01, momentum: 0.9}}",
    "{rmsprop: {learning_rate: 0.001}}", "{adadelta: {learning_rate: 0.5}}",
    "{adam: {learning_rate: 0.001}}",
};

struct run {
    struct cln_experiment *experiment;
    struct cln_dataset *data;
    struct cln_trainer *trainer;
    int64_t batch;
    double noise;
    bool linear;             /* no activation; else relu */
    int policy;              /* enum cln_nonfinite_policy */
    int questions_left;      /* before it is interrupted; negative: never */
    int epochs, lost_epochs; /* told of, and such without a loss */
    bool known;              /* some accuracy of the last one */
};

static void start(struct run *run, const char *optimizer) {
    char models[512];
    snprintf(models, sizeof models, MODELS, run->linear ? "none" : "relu", optimizer);
    run->experiment = test_experiment(models);
    run->data = test_images(TRAIN, TEST);
    run->questions_left = -1;
    const struct cln_train_job job = {.model = &run->experiment->cells[0].model,
                                      .dataset = run->data,
                                      .noise = {.scale = run->noise, .test_scale = 0},
                                      .train = {.epochs = EPOCHS,
                                                .batch = run->batch ? run->batch : BATCH,
                                                .seed = 5,
                                                .on_nonfinite = run->policy}};
    TEST_OK(cln_trainer_create(test_context(), &job, &run->trainer));
}

static void end(struct run *run) {
    cln_trainer_free(run->trainer);
    cln_experiment_free(run->experiment);
    test_images_free(run->data);
}

static bool stop(void *context) {
    struct run *run = context;
    return run->questions_left >= 0 && run->questions_left-- == 0;
}

static enum cln_status note_epoch(void *context, const struct cln_epoch_metrics *metrics) {
    struct run *run = context;
    run->epochs = metrics->epoch;
    run->lost_epochs += isnan(metrics->loss) != 0;
    run->known = !isnan(metrics->accuracy) || !isnan(metrics->val_accuracy);
    return CLN_OK;
}

static enum cln_status train(struct run *run) {
    const struct cln_train_observer observer = {
        .context = run, .on_epoch = note_epoch, .interrupted = stop};
    return cln_trainer_run(run->trainer, &observer);
}

/* Of the variables: 0 dense_1/kernel, 1 dense_1/bias, 2 dense_2/kernel, 3 dense_2/bias. */
static float *read_variable(struct run *run, int variable, size_t *elems) {
    const struct cln_model_graph *model = cln_trainer_model(run->trainer);
    *elems = cln_tensor_elems(&model->graph->tensors[model->variables[variable].tensor]);
    float *values = malloc(*elems * sizeof *values);
    assert_non_null(values);
    TEST_OK(cln_trainer_read_variable(run->trainer, variable, values));
    return values;
}

/* Every `apart`th value of a variable becomes `value`. */
static void plant(struct run *run, int variable, float value, size_t apart) {
    size_t elems;
    float *values = read_variable(run, variable, &elems);
    for (size_t i = 0; i < elems; i += apart)
        values[i] = value;
    TEST_OK(cln_trainer_write_variable(run->trainer, variable, values));
    free(values);
}

static bool variables_are_finite(struct run *run) {
    bool finite = true;
    for (int v = 0; v < 4; v++) {
        size_t elems;
        float *values = read_variable(run, v, &elems);
        for (size_t i = 0; i < elems; i++)
            finite = finite && isfinite(values[i]);
        free(values);
    }
    return finite;
}

static void assert_diverges(struct run *run, int epoch, int64_t step, const char *layer,
                            const char *where) {
    assert_int_equal(train(run), CLN_CELL);
    const struct cln_divergence *found = cln_trainer_divergence(run->trainer);
    if (found->epoch != epoch || found->step != step || strcmp(found->layer, layer) ||
        strcmp(found->where, where))
        fail_msg("epoch %d, step %lld, layer %s: %s", found->epoch, (long long)found->step,
                 found->layer, found->where);
    char message[256];
    snprintf(message, sizeof message,
             "training diverged in epoch %d, step %lld: first non-finite values in %s; a smaller "
             "learning_rate may help",
             epoch, (long long)step, where);
    assert_string_equal(cln_error_last()->message, message);
    assert_int_equal(run->epochs, epoch);
    /* That was all. */
    assert_int_equal(train(run), CLN_CELL);
    assert_int_equal(run->epochs, epoch);
}

static void planted_weights_are_found(void **state) {
    (void)state;
    static const struct {
        int variable;
        float value;
        const char *layer, *where;
    } cases[] = {
        {0, HUGE_, "dense_1", "the output of dense_1"}, /* 784 pixels of it overflow */
        {2, NAN, "dense_2", "dense_2/kernel before the step"},
        {1, INFINITY, "dense_1", "dense_1/bias before the step"},
        {3, HUGE_, "loss", "the loss"}, /* every other class: HUGE_ - (-HUGE_) in the loss only */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run = {0};
        start(&run, "{sgd: {learning_rate: 0.01}}");
        plant(&run, cases[i].variable, cases[i].value, 1);
        if (cases[i].variable == 3) {
            plant(&run, 3, -HUGE_, 2);
            assert_diverges(&run, 1, 1, cases[i].layer, cases[i].where);
        } else {
            assert_diverges(&run, 1, 1, cases[i].layer, cases[i].where);
        }
        end(&run);
    }
}

static void noise_can_be_too_much(void **state) {
    (void)state;
    struct run run = {.noise = 1e39}; /* infinite as a float */
    start(&run, "{sgd: {learning_rate: 0.01}}");
    assert_diverges(&run, 1, 1, "load", "the images with their noise");
    end(&run);
}

/* In the second epoch, after so many steps of it. */
static void each_optimizer_in_a_later_epoch(void **state) {
    (void)state;
    const int eval_steps = 2;
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        struct run run = {0};
        start(&run, optimizers[i]);
        run.questions_left = STEPS + eval_steps + 3;
        assert_int_equal(train(&run), CLN_INTERRUPTED);
        plant(&run, 0, HUGE_, 1);
        assert_diverges(&run, 2, 4, "dense_1", "the output of dense_1");
        end(&run);
    }
}

/* The units of dense_1 give 1e38, which makes gradients of dense_2's kernel of that size, and a
 * learning rate of 1e6 makes those infinite; the loss of that step still is a number. */
static void plant_large_gradients(struct run *run) {
    plant(run, 1, 1e38f, 1);
    plant(run, 2, 1e-37f, 1);
    plant(run, 2, -1e-37f, 3);
}

static void the_step_before_the_loss_is_named(void **state) {
    (void)state;
    struct run run = {.batch = 35}; /* two steps: the second has the loss */
    start(&run, "{sgd: {learning_rate: 1.0e+6}}");
    plant_large_gradients(&run);
    assert_diverges(&run, 1, 1, "dense_2", "dense_2/kernel after the step");
    end(&run);
    run = (struct run){.batch = 100}; /* one step: the test set finds it */
    start(&run, "{sgd: {learning_rate: 1.0e+6}}");
    plant_large_gradients(&run);
    assert_diverges(&run, 1, 1, "dense_2", "dense_2/kernel after the step");
    end(&run);
}

/* How many steps of the first epoch leave all variables finite. */
static int count_sound_steps(const char *optimizer) {
    for (int steps = 1; steps <= STEPS; steps++) {
        struct run run = {.linear = true};
        start(&run, optimizer);
        run.questions_left = steps;
        assert_int_equal(train(&run), CLN_INTERRUPTED);
        const bool finite = variables_are_finite(&run);
        end(&run);
        if (!finite)
            return steps - 1;
    }
    return STEPS;
}

/* Without a plan: what grows by itself until it overflows. */
static void a_huge_learning_rate(void **state) {
    (void)state;
    const char *optimizer = "{sgd: {learning_rate: 1.0e+6}}";
    struct run run = {.linear = true};
    start(&run, optimizer);
    assert_int_equal(train(&run), CLN_CELL);
    const struct cln_divergence *found = cln_trainer_divergence(run.trainer);
    const int sound = count_sound_steps(optimizer);
    print_message("%d sound steps; %s\n", sound, cln_error_last()->message);
    assert_in_range(sound, 1, STEPS - 1); /* else this tests nothing */
    assert_int_equal(found->epoch, 1);
    assert_int_equal(found->step, sound + 1);
    assert_true(*found->layer && *found->where);
    end(&run);
}

/* A checkpoint that is due when the numbers are lost is not written: the one before stays, and a
 * training that goes on from there comes to the same end. */
static enum cln_status keep(void *context) {
    struct run *run = context;
    return cln_checkpoint_write(run->trainer, *(char **)(run + 1), "cell");
}

static void a_lost_state_is_not_kept(void **state) {
    (void)state;
    struct {
        struct run run;
        char *folder;
    } kept = {.run = {.linear = true}, .folder = scratch_make()};
    struct cln_train_observer observer = {.context = &kept.run,
                                          .on_epoch = note_epoch,
                                          .on_checkpoint = keep,
                                          .checkpoint_seconds = 1e-9};
    start(&kept.run, "{sgd: {learning_rate: 1.0e+6}}");
    assert_int_equal(cln_trainer_run(kept.run.trainer, &observer), CLN_CELL);
    const struct cln_divergence first = *cln_trainer_divergence(kept.run.trainer);
    end(&kept.run);
    struct cln_checkpoint *checkpoint;
    struct cln_text notes = {0};
    TEST_OK(cln_checkpoint_read(kept.folder, &checkpoint, &notes));
    assert_non_null(checkpoint);
    assert_int_equal(checkpoint->epoch, 0);
    assert_in_range(checkpoint->step, 1, STEPS - 1);
    start(&kept.run, "{sgd: {learning_rate: 1.0e+6}}");
    TEST_OK(cln_trainer_restore(kept.run.trainer, checkpoint, "cell"));
    assert_int_equal(cln_trainer_run(kept.run.trainer, &observer), CLN_CELL);
    const struct cln_divergence *again = cln_trainer_divergence(kept.run.trainer);
    print_message("%s: %s\n", first.where, again->where);
    assert_int_equal(again->epoch, first.epoch);
    assert_true(again->step >= first.step);
    assert_true(*again->where);
    end(&kept.run);
    cln_checkpoint_free(checkpoint);
    scratch_remove(kept.folder);
}

/* That an epoch is broken off as soon as that is noticed must not show in its figures. */
static void an_epoch_that_ends_early_has_no_figures(void **state) {
    (void)state;
    struct run run = {.linear = true, .policy = CLN_NONFINITE_ABORT};
    start(&run, "{sgd: {learning_rate: 1.0e+6}}");
    assert_int_equal(train(&run), CLN_DIVERGED);
    assert_int_equal(run.epochs, 1);
    assert_int_equal(run.lost_epochs, 1);
    assert_false(run.known);
    assert_int_equal(cln_trainer_divergence(run.trainer)->epoch, 1);
    assert_int_equal(train(&run), CLN_CELL); /* it cannot go on */
    end(&run);
}

/* Recorded, the place is the one that the other policies name, and all epochs are trained. */
static void what_is_recorded_goes_on(void **state) {
    (void)state;
    const char *optimizer = "{sgd: {learning_rate: 1.0e+6}}";
    struct run stopped = {.linear = true}, run = {.linear = true, .policy = CLN_NONFINITE_RECORD};
    start(&stopped, optimizer);
    assert_int_equal(train(&stopped), CLN_CELL);
    const struct cln_divergence wanted = *cln_trainer_divergence(stopped.trainer);
    end(&stopped);
    start(&run, optimizer);
    TEST_OK(train(&run));
    const struct cln_divergence *found = cln_trainer_divergence(run.trainer);
    assert_int_equal(found->epoch, wanted.epoch);
    assert_int_equal(found->step, wanted.step);
    assert_string_equal(found->layer, wanted.layer);
    assert_string_equal(found->where, wanted.where);
    assert_int_equal(run.epochs, EPOCHS);
    assert_int_equal(run.lost_epochs, EPOCHS);
    assert_true(run.known);
    assert_false(variables_are_finite(&run));
    end(&run);
}

/* The search for the place does steps again; what the training holds afterwards is what it held. */
static void the_search_leaves_no_trace(void **state) {
    (void)state;
    struct run run = {.policy = CLN_NONFINITE_RECORD}, plain = {.policy = CLN_NONFINITE_RECORD};
    size_t elems;
    start(&run, "{sgd: {learning_rate: 0.01}}");
    start(&plain, "{sgd: {learning_rate: 0.01}}");
    plant(&run, 3, HUGE_, 1); /* the loss alone is infinite: see above; weights stay numbers */
    plant(&run, 3, -HUGE_, 2);
    plant(&plain, 3, HUGE_, 1);
    plant(&plain, 3, -HUGE_, 2);
    run.questions_left = plain.questions_left = -1;
    TEST_OK(train(&run));
    assert_int_equal(cln_trainer_divergence(run.trainer)->epoch, 1);
    /* Told nobody: no search, the same steps. */
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        struct cln_metrics metrics;
        struct cln_pass pass = cln_pass_make(plain.trainer, CLN_SIDE_TRAIN, epoch, NULL);
        TEST_OK(cln_device_data_shuffle(plain.trainer->store, &plain.trainer->split, 5,
                                        (uint32_t)epoch));
        TEST_OK(cln_pass_run(&pass, &metrics));
    }
    for (int v = 0; v < 4; v++) {
        float *one = read_variable(&run, v, &elems), *other = read_variable(&plain, v, &elems);
        assert_memory_equal(one, other, elems * sizeof *one);
        free(one);
        free(other);
    }
    end(&run);
    end(&plain);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planted_weights_are_found),
        cmocka_unit_test(noise_can_be_too_much),
        cmocka_unit_test(each_optimizer_in_a_later_epoch),
        cmocka_unit_test(the_step_before_the_loss_is_named),
        cmocka_unit_test(a_huge_learning_rate),
        cmocka_unit_test(a_lost_state_is_not_kept),
        cmocka_unit_test(an_epoch_that_ends_early_has_no_figures),
        cmocka_unit_test(what_is_recorded_goes_on),
        cmocka_unit_test(the_search_leaves_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
