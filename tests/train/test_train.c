/*
 * The epoch loop: that it learns, that it does so to the same bits, that every sample counts once,
 * and that it can be stopped.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/rng.h"
#include "cl/control.clh"
#include "graph/plan.h"
#include "support/device.h"
#include "support/nets.h"
#include "train/train.h"

#define PIXELS      784
#define CLASSES     10
#define MOST_EPOCHS 8
#define SEED        5

/* A learning rate so small that no weight changes: 1e-30 is lost beside any weight but zero, and a
 * bias of 1e-30 is lost in the logits. */
#define STILL "{sgd: {learning_rate: 1.0e-30}}"

static const char *const linear =
    "{m: {layers: [flatten, {dense: {units: 10, activation: softmax}}], optimizer: " STILL "}}";

static const char *const convnet =
    "{m: {layers: [{conv2d: {filters: 8, kernel: 3, activation: relu}},\n"
    "  {max_pool2d: 2}, {dropout: 0.25}, flatten, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: {adam: {learning_rate: 0.002}}}}";

static const char *const mlp =
    "{m: {layers: [flatten, {dense: {units: 64, activation: relu}}, {dropout: 0.1},\n"
    "  {dense: {units: 10, activation: softmax}}], optimizer: {rmsprop: {learning_rate: "
    "0.001}}}}";

/* What an epoch loop told, and when to break it off. */
struct watch {
    struct cln_epoch_metrics epochs[MOST_EPOCHS];
    int epoch_count;
    int steps_left; /* negative: never stop */
    enum cln_status answer;
};

static enum cln_status note_epoch(void *context, const struct cln_epoch_metrics *metrics) {
    struct watch *watch = context;
    assert_in_range(watch->epoch_count, 0, MOST_EPOCHS - 1);
    watch->epochs[watch->epoch_count++] = *metrics;
    return watch->answer;
}

static bool stop(void *context) {
    struct watch *watch = context;
    return watch->steps_left >= 0 && watch->steps_left-- == 0;
}

struct run {
    struct cln_experiment *experiment;
    struct cln_trainer *trainer;
};

static struct run start(const char *models, const struct cln_dataset *data, double noise,
                        int64_t epochs, int64_t batch) {
    struct run run = {.experiment = test_experiment(models)};
    const struct cln_train_job job = {.model = &run.experiment->cells[0].model,
                                      .dataset = data,
                                      .noise = {.scale = noise, .test_scale = noise},
                                      .train = {.epochs = epochs, .batch = batch, .seed = SEED}};
    TEST_OK(cln_trainer_create(test_context(), &job, &run.trainer));
    return run;
}

static void assert_close(double got, double want, double tolerance) {
    if (!(fabs(got - want) <= tolerance))
        fail_msg("%.9g is not %.9g within %g", got, want, tolerance);
}

static void end(struct run *run) {
    cln_trainer_free(run->trainer);
    cln_experiment_free(run->experiment);
}

static void train(struct run *run, struct watch *watch) {
    const struct cln_train_observer observer = {.context = watch, .on_epoch = note_epoch};
    *watch = (struct watch){.steps_left = -1};
    TEST_OK(cln_trainer_run(run->trainer, &observer));
}

/* All variables, one after another; free() them. */
static float *read_weights(struct cln_trainer *trainer, size_t *count) {
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    *count = cln_model_parameters(model);
    float *weights = malloc(*count * sizeof *weights), *at = weights;
    assert_non_null(weights);
    for (int i = 0; i < model->variable_count; i++) {
        TEST_OK(cln_trainer_read_variable(trainer, i, at));
        at += cln_tensor_elems(&model->graph->tensors[model->variables[i].tensor]);
    }
    return weights;
}

static void assert_same_weights(struct run *a, struct run *b) {
    size_t a_count, b_count;
    float *x = read_weights(a->trainer, &a_count), *y = read_weights(b->trainer, &b_count);
    assert_int_equal(a_count, b_count);
    assert_memory_equal(x, y, a_count * sizeof *x);
    free(x);
    free(y);
}

static void assert_same_epochs(const struct watch *a, const struct watch *b) {
    assert_int_equal(a->epoch_count, b->epoch_count);
    for (int i = 0; i < a->epoch_count; i++) {
        const struct cln_epoch_metrics *x = &a->epochs[i], *y = &b->epochs[i];
        const double first[] = {x->loss, x->accuracy, x->val_loss, x->val_accuracy};
        const double second[] = {y->loss, y->accuracy, y->val_loss, y->val_accuracy};
        assert_memory_equal(first, second, sizeof first);
    }
}

/* Loss and accuracy of x * weights + bias on a split, in double precision. */
static void evaluate_by_hand(const float *weights, const struct cln_dataset_split *split,
                             double noise, uint32_t stream, double *loss, double *accuracy) {
    double sum = 0;
    size_t correct = 0;
    for (uint32_t s = 0; s < split->count; s++) {
        double logits[CLASSES], total = 0;
        for (int c = 0; c < CLASSES; c++)
            logits[c] = weights[PIXELS * CLASSES + c];
        for (uint32_t p = 0; p < PIXELS; p++) {
            double x = split->images[(size_t)s * PIXELS + p] / 255.0;
            if (noise != 0)
                x += noise * cln_random_normal(SEED, p, s, 0, stream);
            for (int c = 0; c < CLASSES; c++)
                logits[c] += x * weights[p * CLASSES + (uint32_t)c];
        }
        int best = 0;
        for (int c = 0; c < CLASSES; c++) {
            total += exp(logits[c]);
            best = logits[c] > logits[best] ? c : best;
        }
        sum += log(total) - logits[split->labels[s]];
        correct += best == split->labels[s];
    }
    *loss = sum / split->count;
    *accuracy = (double)correct / split->count;
}

/*
 * The weights do not move, so the running means of an epoch are an evaluation of the whole split.
 * A logit is a sum of 784 products of at most 5 and .09 in float32, off by less than 1e-5 each; a
 * batch left out or counted twice, or another draw of noise, is off by 1e-3 and more.
 */
static void metrics_equal_an_evaluation_by_hand(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(70, 45);
    const struct {
        double noise;
        int64_t batch; /* 32 leaves 6 and 13, 1000 is more than there are */
    } cases[] = {{0, 32}, {0, 70}, {0.7, 32}, {0.7, 9}, {0.7, 1000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run = start(linear, data, cases[i].noise, 1, cases[i].batch);
        struct watch watch;
        train(&run, &watch);
        size_t count;
        double loss, accuracy;
        float *weights = read_weights(run.trainer, &count);
        assert_int_equal(count, PIXELS * CLASSES + CLASSES);
        evaluate_by_hand(weights, &data->train, cases[i].noise, STREAM_NOISE_TRAIN, &loss,
                         &accuracy);
        assert_close(watch.epochs[0].loss, loss, 1e-5);
        assert_close(watch.epochs[0].accuracy, accuracy, 1e-12);
        evaluate_by_hand(weights, &data->test, cases[i].noise, STREAM_NOISE_TEST, &loss, &accuracy);
        assert_close(watch.epochs[0].val_loss, loss, 1e-5);
        assert_close(watch.epochs[0].val_accuracy, accuracy, 1e-12);
        TEST_OK(cln_trainer_evaluate(run.trainer, &loss, &accuracy));
        assert_true(loss == watch.epochs[0].val_loss && accuracy == watch.epochs[0].val_accuracy);
        free(weights);
        end(&run);
    }
    test_images_free(data);
}

static void first_weights_do_not_depend_on_the_batch(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(70, 20);
    struct run small = start(convnet, data, 0, 1, 7), large = start(convnet, data, 0, 1, 64);
    assert_same_weights(&small, &large);
    end(&small);
    end(&large);
    test_images_free(data);
}

static void one_cell_gives_the_same_bytes_twice(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(150, 40);
    struct run a = start(convnet, data, 0.5, 3, 32), b = start(convnet, data, 0.5, 3, 32);
    struct watch first, second;
    train(&a, &first);
    train(&b, &second);
    assert_int_equal(first.epoch_count, 3);
    assert_same_epochs(&first, &second);
    assert_same_weights(&a, &b);
    /* and training did something: */
    struct run untrained = start(convnet, data, 0.5, 3, 32);
    size_t count;
    float *x = read_weights(a.trainer, &count), *y = read_weights(untrained.trainer, &count);
    assert_memory_not_equal(x, y, count * sizeof *x);
    free(x);
    free(y);
    end(&untrained);
    end(&a);
    end(&b);
    test_images_free(data);
}

/* Counts what a trainer tells while its kernels are compiled. */
struct prepared {
    int builds, launches, stop_after;
};

static enum cln_status count_prepared(void *context, const struct cln_prepare_progress *progress) {
    struct prepared *prepared = context;
    assert_in_range(progress->done, 0, progress->count);
    int *calls = strstr(progress->what, "Building") ? &prepared->builds : &prepared->launches;
    if (++*calls == prepared->stop_after)
        return CLN_FAIL(INTERRUPTED, "stopped while preparing");
    return CLN_OK;
}

static enum cln_status prepare(struct cln_context *context, const struct cln_dataset *data,
                               struct prepared *prepared, struct run *run) {
    *run = (struct run){.experiment = test_experiment(convnet)};
    const struct cln_train_job job = {.model = &run->experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 2, .batch = 32, .seed = SEED},
                                      .on_prepare = count_prepared,
                                      .prepare_context = prepared};
    return cln_trainer_create(context, &job, &run->trainer);
}

/* The first trainer of a context launches every kernel once beforehand, the second finds that
 * done: both train to the same bits. */
static void first_launches_leave_no_trace(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(150, 40);
    struct cln_context *context;
    setenv("CLNOISE_CACHE", "off", 1);
    TEST_OK(cln_context_create(cln_context_device(test_context()), &context));
    struct run a, b;
    struct watch first, second;
    struct prepared prepared = {0}, again = {0}, stopped = {.stop_after = 1};
    assert_int_equal(prepare(context, data, &stopped, &a), CLN_INTERRUPTED);
    cln_experiment_free(a.experiment);
    TEST_OK(prepare(context, data, &prepared, &a));
    TEST_OK(prepare(context, data, &again, &b));
    assert_true(prepared.builds > 0);
    /* Full batches and the rest, training and test, and the first values. */
    assert_true(prepared.launches > 2 * cln_plan_launch_count(cln_trainer_step_plan(a.trainer)));
    assert_int_equal(again.builds, 0);
    assert_int_equal(again.launches, 0);
    train(&a, &first);
    train(&b, &second);
    assert_same_epochs(&first, &second);
    assert_same_weights(&a, &b);
    end(&a);
    end(&b);
    cln_context_free(context);
    unsetenv("CLNOISE_CACHE");
    test_images_free(data);
}

static void a_batch_larger_than_the_data_is_all_of_it(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(50, 20);
    struct run exact = start(convnet, data, 0, 2, 50), larger = start(convnet, data, 0, 2, 4096);
    struct watch first, second;
    train(&exact, &first);
    train(&larger, &second);
    /* The test set of 20 is one step either way. */
    assert_same_epochs(&first, &second);
    assert_same_weights(&exact, &larger);
    end(&exact);
    end(&larger);
    test_images_free(data);
}

static void it_stops_when_asked(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(64, 16);
    struct watch watch = {.steps_left = 6}; /* an epoch asks 4 + 1 times */
    const struct cln_train_observer observer = {
        .context = &watch, .on_epoch = note_epoch, .interrupted = stop};
    struct run run = start(linear, data, 0, 4, 16);
    assert_int_equal(cln_trainer_run(run.trainer, &observer), CLN_INTERRUPTED);
    assert_int_equal(watch.epoch_count, 1);
    end(&run);

    watch = (struct watch){.steps_left = -1, .answer = CLN_FILE};
    run = start(linear, data, 0, 4, 16);
    assert_int_equal(cln_trainer_run(run.trainer, &observer), CLN_FILE);
    assert_int_equal(watch.epoch_count, 1);
    end(&run);
    test_images_free(data);
}

static enum cln_status refused(const struct cln_dataset *data, int64_t batch) {
    struct cln_experiment *experiment = test_experiment(linear);
    struct cln_trainer *trainer = NULL;
    const struct cln_train_job job = {.model = &experiment->cells[0].model,
                                      .dataset = data,
                                      .train = {.epochs = 1, .batch = batch, .seed = SEED}};
    enum cln_status status = cln_trainer_create(test_context(), &job, &trainer);
    assert_null(trainer);
    cln_experiment_free(experiment);
    return status;
}

static void nothing_to_train_on_is_an_error(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(0, 10);
    assert_int_equal(refused(data, 32), CLN_DATA);
    assert_non_null(strstr(cln_error_last()->message, "no training images"));
    test_images_free(data);
    data = test_images(10, 0);
    assert_int_equal(refused(data, 32), CLN_DATA);
    assert_non_null(strstr(cln_error_last()->message, "no test images"));
    test_images_free(data);
    data = test_images(10, 10);
    assert_int_equal(refused(data, 0), CLN_CONFIG);
    assert_int_equal(refused(data, -1), CLN_CONFIG);
    test_images_free(data);
}

/* Chance is .1. On Fashion-MNIST, the harder of the two, these runs end at .79 and .83; what is
 * asked of them leaves room for the rounding of other devices. */
static void it_learns(void **state) {
    (void)state;
    struct cln_dataset *data = test_real_images(3000, 1000);
    const struct {
        const char *models;
        double accuracy;
    } cases[] = {{mlp, 0.74}, {convnet, 0.77}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run = start(cases[i].models, data, 0, 4, 64);
        struct watch watch;
        train(&run, &watch);
        const struct cln_epoch_metrics *last = &watch.epochs[3];
        assert_true(last->val_accuracy >= cases[i].accuracy);
        assert_true(last->loss < watch.epochs[0].loss);
        end(&run);
    }
    cln_dataset_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_equal_an_evaluation_by_hand),
        cmocka_unit_test(first_weights_do_not_depend_on_the_batch),
        cmocka_unit_test(one_cell_gives_the_same_bytes_twice),
        cmocka_unit_test(first_launches_leave_no_trace),
        cmocka_unit_test(a_batch_larger_than_the_data_is_all_of_it),
        cmocka_unit_test(it_stops_when_asked),
        cmocka_unit_test(nothing_to_train_on_is_an_error),
        cmocka_unit_test(it_learns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
