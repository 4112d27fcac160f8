/*
 * A training that is broken off at any step and goes on in a new trainer ends with the same bits as
 * one that was not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "support/broken.h"
#include "support/device.h"
#include "support/scratch.h"

static const char *const optimizers[] = {
    "{sgd: {learning_rate: 0.05}}",
    "{sgd: {learning_rate: 0.05, momentum: 0.9, nesterov: true}}",
    "{rmsprop: {learning_rate: 0.002}}",
    "{adadelta: {learning_rate: 0.5}}",
    "{adam: {learning_rate: 0.01}}",
};

/* What an unbroken training comes to. */
struct outcome {
    struct run run;
    float *weights;
    size_t count;
};

static struct outcome train_unbroken(const struct setting *setting,
                                     const struct cln_dataset *data) {
    struct outcome outcome = {.run = {.steps_left = -1}};
    run_make(&outcome.run, setting, data);
    TEST_OK(run_train(&outcome.run));
    assert_int_equal(outcome.run.offers, EPOCHS);
    outcome.weights = run_weights(&outcome.run, &outcome.count);
    run_end(&outcome.run);
    return outcome;
}

static void assert_same(const struct outcome *want, const struct run *got) {
    assert_int_equal(got->row_count, EPOCHS);
    for (int i = 0; i < EPOCHS; i++) {
        const struct cln_epoch_metrics *x = &want->run.rows[i], *y = &got->rows[i];
        const double first[] = {x->loss,         x->accuracy,  x->val_loss,
                                x->val_accuracy, x->test_loss, x->test_accuracy};
        const double second[] = {y->loss,         y->accuracy,  y->val_loss,
                                 y->val_accuracy, y->test_loss, y->test_accuracy};
        assert_memory_equal(first, second, sizeof first);
    }
    size_t count;
    float *weights = run_weights(got, &count);
    assert_int_equal(count, want->count);
    assert_memory_equal(weights, want->weights, count * sizeof *weights);
    free(weights);
}

/* A new trainer where the folder's checkpoint says; the rows it has told before are those of the
 * epochs that are done, as a journal that is cut there has them. */
static void go_on(struct run *run, const struct setting *setting, const struct cln_dataset *data) {
    run_make(run, setting, data);
    struct cln_checkpoint *checkpoint = run_checkpoint(run->folder);
    TEST_OK(cln_trainer_restore(run->trainer, checkpoint, CELL));
    run->row_count = checkpoint->epoch;
    cln_checkpoint_free(checkpoint);
}

/* Interrupted after so many questions (an epoch asks before each step of training, validation and
 * test) and continued in a new trainer. */
static void break_and_go_on(const struct setting *setting, const struct cln_dataset *data,
                            const struct outcome *want, int first, int again) {
    struct run run = {.steps_left = first, .folder = scratch_make()};
    run_make(&run, setting, data);
    assert_int_equal(run_train(&run), CLN_INTERRUPTED);
    run_end(&run);
    run.steps_left = again;
    go_on(&run, setting, data);
    if (again >= 0) {
        assert_int_equal(run_train(&run), CLN_INTERRUPTED);
        run_end(&run);
        run.steps_left = -1;
        go_on(&run, setting, data);
    }
    TEST_OK(run_train(&run));
    assert_same(want, &run);
    run_end(&run);
    scratch_remove((char *)run.folder);
}

static void broken_off_at_every_step(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    const struct outcome want = train_unbroken(&usual, data);
    /* five steps, and two of the test set */
    for (int at = 0; at < EPOCHS * (STEPS + 2); at++)
        break_and_go_on(&usual, data, &want, at, -1);
    break_and_go_on(&usual, data, &want, 3, 1);
    break_and_go_on(&usual, data, &want, 3, 9);
    free(want.weights);
    test_images_free(data);
}

static void every_optimizer(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    for (size_t i = 0; i < sizeof optimizers / sizeof *optimizers; i++) {
        struct setting setting = usual;
        setting.optimizer = optimizers[i];
        const struct outcome want = train_unbroken(&setting, data);
        break_and_go_on(&setting, data, &want, 2, -1);
        break_and_go_on(&setting, data, &want, 2 * (STEPS + 2), 4);
        free(want.weights);
    }
    test_images_free(data);
}

/* No remainder, nothing but one, noise drawn once, images set aside for validation. */
static void other_batches_noise_and_splits(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    const struct {
        enum cln_noise_draw draw;
        int64_t validation, batch;
        int stops[3];
    } cases[] = {{CLN_DRAW_ONCE, 0, 10, {3, 7, 12}},
                 {CLN_DRAW_EPOCH, 0, 100, {1, 2, 3}},
                 {CLN_DRAW_ONCE, 20, 16, {4, 5, 7}}}; /* 4 steps, 2 to validate, 2 to test */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct setting setting = usual;
        setting.draw = cases[i].draw;
        setting.validation = cases[i].validation;
        setting.batch = cases[i].batch;
        const struct outcome want = train_unbroken(&setting, data);
        for (int s = 0; s < 3; s++)
            break_and_go_on(&setting, data, &want, cases[i].stops[s], -1);
        free(want.weights);
    }
    test_images_free(data);
}

/* As after a crash: the trainer goes, and what was told since the last checkpoint with it. */
static void a_crash_costs_what_came_after_the_last_checkpoint(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    const struct outcome want = train_unbroken(&usual, data);
    struct run run = {.steps_left = STEPS + 2 + 3, .folder = scratch_make()};
    run_make(&run, &usual, data);
    assert_int_equal(run_train(&run), CLN_INTERRUPTED);
    run_end(&run);
    /* the newer one is that of the interruption, step 3 of epoch 2; the older epoch 1's */
    char *newer = cln_path_join(run.folder, "checkpoint-1");
    struct cln_checkpoint *checkpoint = run_checkpoint(run.folder);
    assert_int_equal(checkpoint->epoch, 1);
    assert_int_equal(checkpoint->step, 3);
    assert_string_equal(checkpoint->path, newer);
    cln_checkpoint_free(checkpoint);
    assert_int_equal(remove(newer), 0);
    run.steps_left = -1;
    go_on(&run, &usual, data);
    assert_int_equal(run.row_count, 1);
    TEST_OK(run_train(&run));
    assert_same(&want, &run);
    run_end(&run);
    free(newer);
    scratch_remove((char *)run.folder);
    free(want.weights);
    test_images_free(data);
}

static void every_step_offers_a_checkpoint_if_asked(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    const struct outcome want = train_unbroken(&usual, data);
    struct run run = {.steps_left = -1, .folder = scratch_make(), .always = true};
    run_make(&run, &usual, data);
    TEST_OK(run_train(&run));
    assert_int_equal(run.offers, EPOCHS * (STEPS + 1));
    assert_same(&want, &run);
    run_end(&run);
    /* The last epoch is over: nothing is left to be trained, and the weights are there. */
    go_on(&run, &usual, data);
    assert_int_equal(run.row_count, EPOCHS);
    TEST_OK(run_train(&run));
    assert_same(&want, &run);
    run_end(&run);
    scratch_remove((char *)run.folder);
    free(want.weights);
    test_images_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_off_at_every_step),
        cmocka_unit_test(every_optimizer),
        cmocka_unit_test(other_batches_noise_and_splits),
        cmocka_unit_test(a_crash_costs_what_came_after_the_last_checkpoint),
        cmocka_unit_test(every_step_offers_a_checkpoint_if_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
