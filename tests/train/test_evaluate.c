/*
 * What is made of a trained net: that a test at a scale is what validation at that scale is, to the
 * bit, that predictions, confusion matrix and counts say the same, and that images set aside are
 * validated on and not trained on.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cl/control.clh"
#include "data/noise.h"
#include "data/split.h"
#include "support/device.h"
#include "support/nets.h"
#include "train/evaluate.h"
#include "train/train.h"

#define PIXELS  784
#define CLASSES 10
#define TRAIN   90
#define TEST    45
#define SEED    5

static const char *const linear =
    "{m: {layers: [flatten, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: {sgd: {learning_rate: 0.01}}}}";
/* No weight changes: 1e-30 is lost beside any weight but zero, and a bias of it in the logits. */
static const char *const still =
    "{m: {layers: [flatten, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: {sgd: {learning_rate: 1.0e-30}}}}";

struct run {
    struct cln_experiment *experiment;
    struct cln_dataset *data;
    struct cln_trainer *trainer;
    struct cln_epoch_metrics last;
};

static struct cln_train_job job_of(const struct run *run) {
    return (struct cln_train_job){
        .model = &run->experiment->cells[0].model,
        .dataset = run->data,
        .noise = {.scale = 0.3, .test_scale = 0.7},
        .train = {.epochs = 2, .batch = 32, .seed = SEED},
    };
}

static struct run make(const char *models) {
    return (struct run){.experiment = test_experiment(models), .data = test_images(TRAIN, TEST)};
}

static void start(struct run *run, const struct cln_train_job *job) {
    TEST_OK(cln_trainer_create(test_context(), job, &run->trainer));
}

static void end(struct run *run) {
    cln_trainer_free(run->trainer);
    test_images_free(run->data);
    cln_experiment_free(run->experiment);
}

static enum cln_status note_epoch(void *context, const struct cln_epoch_metrics *metrics) {
    struct run *run = context;
    run->last = *metrics;
    return CLN_OK;
}

static void train(struct run *run) {
    const struct cln_train_observer observer = {.context = run, .on_epoch = note_epoch};
    TEST_OK(cln_trainer_run(run->trainer, &observer));
}

static uint32_t trace_of(const struct cln_evaluation *e, uint32_t *sum) {
    uint32_t trace = 0;
    *sum = 0;
    for (uint32_t i = 0; i < e->classes * e->classes; i++) {
        *sum += e->confusion[i];
        trace += i % (e->classes + 1) ? 0 : e->confusion[i];
    }
    return trace;
}

static void a_test_is_the_last_validation(void **state) {
    (void)state;
    static const struct {
        int kind, draw;
        int64_t batch; /* 7 leaves 3, 1000 is more than there are */
    } cases[] = {{CLN_NOISE_GAUSSIAN, CLN_DRAW_ONCE, 32},
                 {CLN_NOISE_GAUSSIAN, CLN_DRAW_EPOCH, 7},
                 {CLN_NOISE_UNIFORM, CLN_DRAW_ONCE, 1000},
                 {CLN_NOISE_SALT_AND_PEPPER, CLN_DRAW_EPOCH, 32},
                 {CLN_NOISE_SPECKLE, CLN_DRAW_ONCE, 32}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run = make(linear);
        struct cln_train_job job = job_of(&run);
        struct cln_evaluation own, clean;
        double loss, accuracy;
        uint32_t sum;
        job.noise.kind = cases[i].kind;
        job.noise.draw = cases[i].draw;
        job.train.batch = cases[i].batch;
        start(&run, &job);
        train(&run);
        TEST_OK(cln_trainer_test(run.trainer, 0.0, NULL, &clean));
        TEST_OK(cln_trainer_test(run.trainer, 0.7, NULL, &own));
        TEST_OK(cln_trainer_evaluate(run.trainer, &loss, &accuracy));
        assert_true(own.loss == run.last.val_loss && own.accuracy == run.last.val_accuracy);
        assert_true(own.loss == loss && own.accuracy == accuracy);
        assert_true(clean.loss != own.loss);
        assert_int_equal(own.count, TEST);
        assert_int_equal(trace_of(&own, &sum), own.correct);
        assert_int_equal(sum, TEST);
        assert_true((double)own.correct / TEST == own.accuracy);
        cln_evaluation_done(&own);
        cln_evaluation_done(&clean);
        end(&run);
    }
}

/* The weights of one trainer in another that has never trained and has another scale compiled in,
 * if anything is: the same bits at every scale. */
static void any_trainer_with_the_weights_tests_alike(void **state) {
    (void)state;
    static const double scales[] = {0, 0.7, 0.1, 4};
    struct run run = make(linear), other = make(linear);
    struct cln_train_job job = job_of(&run), only = job_of(&other);
    only.noise = (struct cln_noise_spec){0};
    only.evaluate_only = true;
    other.data->train.count = 0; /* none are needed */
    start(&run, &job);
    train(&run);
    start(&other, &only);
    assert_null(cln_trainer_step_plan(other.trainer));
    const struct cln_model_graph *model = cln_trainer_model(run.trainer);
    float weights[PIXELS * CLASSES];
    for (int i = 0; i < model->variable_count; i++) {
        TEST_OK(cln_trainer_read_variable(run.trainer, i, weights));
        TEST_OK(cln_trainer_write_variable(other.trainer, i, weights));
    }
    for (int i = 0; i < 4; i++) {
        struct cln_evaluation a, b;
        TEST_OK(cln_trainer_test(run.trainer, scales[i], NULL, &a));
        TEST_OK(cln_trainer_test(other.trainer, scales[i], NULL, &b));
        assert_true(a.loss == b.loss && a.correct == b.correct);
        assert_memory_equal(a.confusion, b.confusion, CLASSES * CLASSES * sizeof *a.confusion);
        cln_evaluation_done(&a);
        cln_evaluation_done(&b);
    }
    end(&other);
    end(&run);
}

/* Logits of x * weights + bias in double precision. */
static void multiply(const float *weights, const float *x, double *logits) {
    for (int c = 0; c < CLASSES; c++)
        logits[c] = (double)weights[PIXELS * CLASSES + c];
    for (int p = 0; p < PIXELS; p++)
        for (int c = 0; c < CLASSES; c++)
            logits[c] += (double)x[p] * (double)weights[p * CLASSES + c];
}

static void read_weights(struct run *run, float weights[PIXELS * CLASSES + CLASSES]) {
    TEST_OK(cln_trainer_read_variable(run->trainer, 0, weights));
    TEST_OK(cln_trainer_read_variable(run->trainer, 1, weights + PIXELS * CLASSES));
}

static double log_sum(const double *logits) {
    double sum = 0;
    for (int c = 0; c < CLASSES; c++)
        sum += exp(logits[c]);
    return log(sum);
}

/* A logit is a sum of 784 products of at most 5 and .09 in float32, off by less than 1e-5; so is
 * the logarithm of a probability, and a probability by less than that. */
static void predictions_equal_those_by_hand(void **state) {
    (void)state;
    static float weights[PIXELS * CLASSES + CLASSES], p[TEST * CLASSES], again[TEST * CLASSES];
    struct run run = make(linear), small = make(linear);
    struct cln_train_job job = job_of(&run), other = job_of(&small);
    struct cln_noise_spec noise = {0};
    job.train.epochs = 0;
    start(&run, &job);
    other.train.epochs = 0;
    other.train.batch = 7;
    start(&small, &other);
    read_weights(&run, weights);
    TEST_OK(cln_trainer_predict(run.trainer, 0.5, p));
    TEST_OK(cln_trainer_predict(small.trainer, 0.5, again));
    for (uint32_t s = 0; s < TEST; s++) {
        const struct cln_noise_place place = {SEED, s, 0, STREAM_NOISE_TEST};
        float x[PIXELS];
        double logits[CLASSES], sum = 0;
        cln_noise_apply(&noise, 0.5, &place, run.data->test.images + s * PIXELS, PIXELS, x);
        multiply(weights, x, logits);
        for (int c = 0; c < CLASSES; c++) {
            const double want = exp(logits[c] - log_sum(logits));
            assert_true(fabs((double)p[s * CLASSES + (uint32_t)c] - want) < 1e-5);
            assert_true(fabs((double)again[s * CLASSES + (uint32_t)c] - want) < 1e-5);
            sum += (double)p[s * CLASSES + (uint32_t)c];
        }
        assert_true(fabs(sum - 1) < 1e-6);
    }
    end(&small);
    end(&run);
}

/* Loss of some samples by hand, each with its noise. */
static double loss_of(struct run *run, const float *weights, const uint32_t *samples,
                      uint32_t count, double scale, uint32_t stream) {
    const struct cln_noise_spec noise = {0};
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct cln_noise_place place = {SEED, samples[i], 0, stream};
        const struct cln_dataset_split *images =
            stream == STREAM_NOISE_TEST ? &run->data->test : &run->data->train;
        float x[PIXELS];
        double logits[CLASSES];
        cln_noise_apply(&noise, scale, &place, images->images + samples[i] * PIXELS, PIXELS, x);
        multiply(weights, x, logits);
        sum += log_sum(logits) - logits[images->labels[samples[i]]];
    }
    return sum / count;
}

static void validation_is_done_on_what_is_set_aside(void **state) {
    (void)state;
    static const int64_t validations[] = {1, 32, 40}; /* with a batch of 32: a rest, none, both */
    static float weights[PIXELS * CLASSES + CLASSES];
    uint32_t all[TEST];
    for (uint32_t i = 0; i < TEST; i++)
        all[i] = i;
    for (int v = 0; v < 3; v++) {
        struct run run = make(still);
        struct cln_train_job job = job_of(&run);
        struct cln_split split;
        job.train.epochs = 1;
        job.validation = validations[v];
        job.split_seed = 3;
        start(&run, &job);
        train(&run);
        read_weights(&run, weights);
        TEST_OK(cln_split_make(run.data->train.labels, TRAIN, validations[v], 3, &split));
        const double train_loss =
            loss_of(&run, weights, split.train, split.train_count, 0.3, STREAM_NOISE_TRAIN);
        const double val_loss = loss_of(&run, weights, split.validation, split.validation_count,
                                        0.7, STREAM_NOISE_VALIDATION);
        const double test_loss = loss_of(&run, weights, all, TEST, 0.7, STREAM_NOISE_TEST);
        /* as in test_train.c: an image left out or taken twice is off by 1e-3 and more */
        assert_true(fabs(run.last.loss - train_loss) < 1e-5);
        assert_true(fabs(run.last.val_loss - val_loss) < 1e-5);
        assert_true(run.last.has_test && fabs(run.last.test_loss - test_loss) < 1e-5);
        cln_split_done(&split);
        end(&run);
    }
}

static void a_split_leaves_something_to_train_on(void **state) {
    (void)state;
    struct run run = make(linear);
    struct cln_train_job job = job_of(&run);
    job.validation = TRAIN;
    assert_int_equal(cln_trainer_create(test_context(), &job, &run.trainer), CLN_CONFIG);
    assert_non_null(strstr(cln_error_last()->message, "data.validation: 90 of 90"));
    end(&run);
}

static enum cln_status test_within(void *context, const struct cln_epoch_metrics *metrics) {
    struct run *run = context;
    struct cln_evaluation evaluation;
    run->last = *metrics;
    TEST_OK(cln_trainer_test(run->trainer, 2, NULL, &evaluation));
    cln_evaluation_done(&evaluation);
    return CLN_OK;
}

static void a_test_between_epochs_changes_nothing(void **state) {
    (void)state;
    static float first[PIXELS * CLASSES + CLASSES], second[PIXELS * CLASSES + CLASSES];
    struct run run = make(linear), tested = make(linear);
    struct cln_train_job job = job_of(&run), other = job_of(&tested);
    const struct cln_train_observer observer = {.context = &tested, .on_epoch = test_within};
    start(&run, &job);
    start(&tested, &other);
    train(&run);
    TEST_OK(cln_trainer_run(tested.trainer, &observer));
    read_weights(&run, first);
    read_weights(&tested, second);
    assert_memory_equal(first, second, sizeof first);
    assert_true(run.last.val_loss == tested.last.val_loss);
    end(&tested);
    end(&run);
}

static bool stop_at_third(void *context) {
    int *asked = context;
    return ++*asked == 3;
}

static void a_test_can_be_interrupted(void **state) {
    (void)state;
    struct run run = make(linear);
    struct cln_train_job job = job_of(&run);
    struct cln_evaluation evaluation;
    int asked = 0;
    const struct cln_train_observer observer = {.context = &asked, .interrupted = stop_at_third};
    job.train.batch = 9; /* five steps */
    start(&run, &job);
    assert_int_equal(cln_trainer_test(run.trainer, 1, &observer, &evaluation), CLN_INTERRUPTED);
    assert_int_equal(asked, 3);
    assert_null(evaluation.confusion);
    end(&run);
}

static void confusion_and_mistakes_come_from_the_logits(void **state) {
    (void)state;
    enum { COUNT = 24 };
    float logits[COUNT][3] = {{5, 1, 1},   {1, 1, 0},        {0, 0, 9},
                              {NAN, 0, 1}, {INFINITY, 0, 1}, {0, -INFINITY, 3}};
    uint8_t labels[COUNT] = {0, 1, 2, 0, 0, 2, 3};
    for (int s = 7; s < COUNT;
         s++) { /* more mistakes than are kept, of which the last two are alike */
        logits[s][1] = s < 23 ? (float)s / 4 : 22.0f / 4;
        labels[s] = 2;
    }
    struct cln_evaluation e = {.noise_scale = 7};
    assert_int_equal(cln_evaluation_fill(&e, &logits[0][0], labels, COUNT, 3), CLN_OK);
    const uint32_t confusion[9] = {1, 0, 0, /**/ 1, 0, 0, /**/ 0, 17, 2};
    assert_memory_equal(e.confusion, confusion, sizeof confusion);
    assert_int_equal(e.count, COUNT);
    assert_int_equal(e.mistake_count, CLN_MOST_MISTAKES);
    assert_int_equal(e.mistakes[0].sample, 22); /* as sure as 23, and before it */
    assert_int_equal(e.mistakes[1].sample, 23);
    assert_int_equal(e.mistakes[15].sample, 8);
    assert_int_equal(e.mistakes[0].label, 2);
    assert_int_equal(e.mistakes[0].predicted, 1);
    assert_true(fabs(e.mistakes[0].probability - exp(5.5) / (exp(5.5) + 2)) < 1e-12);
    assert_true(e.noise_scale == 7);
    cln_evaluation_done(&e);
    assert_null(e.confusion);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(confusion_and_mistakes_come_from_the_logits),
        cmocka_unit_test(a_test_is_the_last_validation),
        cmocka_unit_test(any_trainer_with_the_weights_tests_alike),
        cmocka_unit_test(predictions_equal_those_by_hand),
        cmocka_unit_test(validation_is_done_on_what_is_set_aside),
        cmocka_unit_test(a_split_leaves_something_to_train_on),
        cmocka_unit_test(a_test_between_epochs_changes_nothing),
        cmocka_unit_test(a_test_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
