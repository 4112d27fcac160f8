/*
 * Checkpoints: a training that is broken off at any step and goes on in a new trainer ends with the
 * same bits as one that was not; damaged files are noticed; what does not fit is refused.
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

#include "base/file.h"
#include "support/device.h"
#include "support/nets.h"
#include "support/scratch.h"
#include "train/checkpoint.h"

#define EPOCHS 3
#define BATCH  16
#define TRAIN  70 /* four batches, and one of 6: five steps */
#define STEPS  5
#define TEST   20 /* a batch, and one of 4 */
#define CELL   "0123456789abcdef"

#define LAYERS                                                                                     \
    "{m: {layers: [flatten, {dense: {units: 12, activation: relu}}, batch_norm, {dropout: "        \
    "0.25},\n"                                                                                     \
    "  {dense: {units: 10, activation: softmax}}], optimizer: "

static const char *const optimizers[] = {
    "{sgd: {learning_rate: 0.05}}",
    "{sgd: {learning_rate: 0.05, momentum: 0.9, nesterov: true}}",
    "{rmsprop: {learning_rate: 0.002}}",
    "{adadelta: {learning_rate: 0.5}}",
    "{adam: {learning_rate: 0.01}}",
};

struct setting {
    const char *optimizer;
    enum cln_noise_draw draw;
    int64_t validation, batch, seed;
};

static const struct setting usual = {.optimizer = "{adam: {learning_rate: 0.01}}",
                                     .draw = CLN_DRAW_EPOCH,
                                     .batch = BATCH,
                                     .seed = 5};

/* A trainer and all that it has told; the rows go on over several trainers of one training. */
struct run {
    struct cln_experiment *experiment;
    struct cln_trainer *trainer;
    const char *folder; /* of its checkpoints; NULL: none are written */
    int steps_left;     /* before it is interrupted; negative: never */
    bool always;        /* a checkpoint at every chance */
    int offers;
    struct cln_epoch_metrics rows[EPOCHS];
    int row_count;
};

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

static void make_trainer(struct run *run, const struct setting *setting,
                         const struct cln_dataset *data) {
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

static enum cln_status train(struct run *run) {
    const struct cln_train_observer observer = {.context = run,
                                                .on_epoch = note_epoch,
                                                .on_checkpoint = offered,
                                                .checkpoint_seconds = run->always ? 1e-9 : 0,
                                                .interrupted = stop};
    return cln_trainer_run(run->trainer, &observer);
}

static void end(struct run *run) {
    cln_trainer_free(run->trainer);
    cln_experiment_free(run->experiment);
    run->trainer = NULL;
    run->experiment = NULL;
}

/* All variables, one after another; free() them. */
static float *read_weights(const struct run *run, size_t *count) {
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

/* What an unbroken training comes to. */
struct outcome {
    struct run run;
    float *weights;
    size_t count;
};

static struct outcome train_unbroken(const struct setting *setting,
                                     const struct cln_dataset *data) {
    struct outcome outcome = {.run = {.steps_left = -1}};
    make_trainer(&outcome.run, setting, data);
    TEST_OK(train(&outcome.run));
    assert_int_equal(outcome.run.offers, EPOCHS);
    outcome.weights = read_weights(&outcome.run, &outcome.count);
    end(&outcome.run);
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
    float *weights = read_weights(got, &count);
    assert_int_equal(count, want->count);
    assert_memory_equal(weights, want->weights, count * sizeof *weights);
    free(weights);
}

static struct cln_checkpoint *read_checkpoint(const char *folder) {
    struct cln_checkpoint *checkpoint;
    struct cln_text notes = {0};
    TEST_OK(cln_checkpoint_read(folder, &checkpoint, &notes));
    assert_null(notes.chars);
    assert_non_null(checkpoint);
    return checkpoint;
}

/* A new trainer where the folder's checkpoint says; the rows it has told before are those of the
 * epochs that are done, as a journal that is cut there has them. */
static void go_on(struct run *run, const struct setting *setting, const struct cln_dataset *data) {
    make_trainer(run, setting, data);
    struct cln_checkpoint *checkpoint = read_checkpoint(run->folder);
    TEST_OK(cln_trainer_restore(run->trainer, checkpoint, CELL));
    run->row_count = checkpoint->epoch;
    cln_checkpoint_free(checkpoint);
}

/* Interrupted after so many questions (an epoch asks before each step of training, validation and
 * test) and continued in a new trainer. */
static void break_and_go_on(const struct setting *setting, const struct cln_dataset *data,
                            const struct outcome *want, int first, int again) {
    struct run run = {.steps_left = first, .folder = scratch_make()};
    make_trainer(&run, setting, data);
    assert_int_equal(train(&run), CLN_INTERRUPTED);
    end(&run);
    run.steps_left = again;
    go_on(&run, setting, data);
    if (again >= 0) {
        assert_int_equal(train(&run), CLN_INTERRUPTED);
        end(&run);
        run.steps_left = -1;
        go_on(&run, setting, data);
    }
    TEST_OK(train(&run));
    assert_same(want, &run);
    end(&run);
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
    make_trainer(&run, &usual, data);
    assert_int_equal(train(&run), CLN_INTERRUPTED);
    end(&run);
    /* the newer one is that of the interruption, step 3 of epoch 2; the older epoch 1's */
    char *newer = cln_path_join(run.folder, "checkpoint-1");
    struct cln_checkpoint *checkpoint = read_checkpoint(run.folder);
    assert_int_equal(checkpoint->epoch, 1);
    assert_int_equal(checkpoint->step, 3);
    assert_string_equal(checkpoint->path, newer);
    cln_checkpoint_free(checkpoint);
    assert_int_equal(remove(newer), 0);
    run.steps_left = -1;
    go_on(&run, &usual, data);
    assert_int_equal(run.row_count, 1);
    TEST_OK(train(&run));
    assert_same(&want, &run);
    end(&run);
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
    make_trainer(&run, &usual, data);
    TEST_OK(train(&run));
    assert_int_equal(run.offers, EPOCHS * (STEPS + 1));
    assert_same(&want, &run);
    end(&run);
    /* The last epoch is over: nothing is left to be trained, and the weights are there. */
    go_on(&run, &usual, data);
    assert_int_equal(run.row_count, EPOCHS);
    TEST_OK(train(&run));
    assert_same(&want, &run);
    end(&run);
    scratch_remove((char *)run.folder);
    free(want.weights);
    test_images_free(data);
}

/* A folder with the checkpoints of a whole training: the last is generation 0, the one before 1. */
static char *make_two(const struct cln_dataset *data) {
    struct run run = {.steps_left = -1, .folder = scratch_make()};
    make_trainer(&run, &usual, data);
    TEST_OK(train(&run));
    end(&run);
    return (char *)run.folder;
}

/* Damages a byte or cuts the file, and puts it right again. */
static void assert_falls_back(const char *folder, const char *name, size_t at, size_t length,
                              const char *whole, bool cut) {
    char *bytes = malloc(length + 1);
    assert_non_null(bytes);
    memcpy(bytes, whole, length);
    bytes[at] = (char)(bytes[at] ^ 0x10);
    scratch_write(folder, name, bytes, cut ? at : length);
    struct cln_checkpoint *checkpoint;
    struct cln_text notes = {0};
    TEST_OK(cln_checkpoint_read(folder, &checkpoint, &notes));
    if (!checkpoint || checkpoint->epoch != EPOCHS - 1)
        fail_msg("byte %zu of %zu %s: not the older one", at, length, cut ? "cut" : "changed");
    assert_non_null(notes.chars);
    assert_non_null(strstr(notes.chars, name));
    cln_text_free(&notes);
    cln_checkpoint_free(checkpoint);
    free(bytes);
}

static void a_damaged_one_falls_back_to_the_other(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    char *folder = make_two(data), *path = cln_path_join(folder, "checkpoint-0"), *bytes;
    size_t length;
    TEST_OK(cln_file_read(path, &bytes, &length));
    struct cln_checkpoint *checkpoint = read_checkpoint(folder);
    assert_int_equal(checkpoint->epoch, EPOCHS);
    assert_int_equal(checkpoint->generation, 0);
    cln_checkpoint_free(checkpoint);
    /* Any byte: of the header (but in the word "clnoise" that says whose format it is) and of the
     * values. */
    const char *format = "\"format\":\"clnoise\"";
    const size_t header = 8 + ((unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8);
    size_t says = 8;
    while (says < header && memcmp(bytes + says, format, strlen(format)))
        says++;
    assert_true(says < header);
    for (size_t at = 0; at < length; at += at < header ? 3 : 211) {
        if ((at >= says && at < says + strlen(format)) || (at < header && bytes[at] == ' '))
            continue; /* padding too is not part of what it says */
        assert_falls_back(folder, "checkpoint-0", at, length, bytes, false);
    }
    for (size_t at = 0; at < length; at += 997)
        assert_falls_back(folder, "checkpoint-0", at, length, bytes, true);
    /* Both: none is left. */
    scratch_write(folder, "checkpoint-1", bytes, length / 2);
    scratch_write(folder, "checkpoint-0", bytes, length / 2);
    struct cln_text notes = {0};
    TEST_OK(cln_checkpoint_read(folder, &checkpoint, &notes));
    assert_null(checkpoint);
    assert_non_null(strstr(notes.chars, "checkpoint-0"));
    assert_non_null(strstr(notes.chars, "checkpoint-1"));
    cln_text_free(&notes);
    free(bytes);
    free(path);
    scratch_remove(folder);
    test_images_free(data);
}

static void an_empty_folder_has_none(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_checkpoint *checkpoint;
    struct cln_text notes = {0};
    TEST_OK(cln_checkpoint_read(folder, &checkpoint, &notes));
    assert_null(checkpoint);
    assert_null(notes.chars);
    TEST_OK(cln_checkpoint_read("/nowhere at all", &checkpoint, &notes));
    assert_null(checkpoint);
    TEST_OK(cln_checkpoint_remove("/nowhere at all"));
    scratch_remove(folder);
}

/* A training that begins anew must not find itself behind an older one's checkpoints. */
static void the_first_of_a_new_training_removes_older_ones(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    char *folder = make_two(data);
    scratch_write(folder, "checkpoint-1.Xy12ab", "torn", 4);
    scratch_write(folder, "metrics.jsonl", "kept", 4);
    struct run run = {.steps_left = 2, .folder = folder};
    make_trainer(&run, &usual, data);
    assert_int_equal(train(&run), CLN_INTERRUPTED);
    end(&run);
    assert_int_equal(scratch_count_files(folder), 2);
    struct cln_checkpoint *checkpoint = read_checkpoint(folder);
    assert_int_equal(checkpoint->epoch, 0);
    assert_int_equal(checkpoint->step, 2);
    cln_checkpoint_free(checkpoint);
    TEST_OK(cln_checkpoint_remove(folder));
    assert_int_equal(scratch_count_files(folder), 1);
    scratch_remove(folder);
    test_images_free(data);
}

static void assert_refused(const struct setting *setting, const struct cln_dataset *data,
                           const struct cln_checkpoint *checkpoint, const char *cell,
                           enum cln_status status, const char *words) {
    struct run run = {.steps_left = -1};
    make_trainer(&run, setting, data);
    size_t count;
    float *before = read_weights(&run, &count);
    assert_int_equal(cln_trainer_restore(run.trainer, checkpoint, cell), status);
    if (!strstr(cln_error_last()->message, words))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, words);
    float *after = read_weights(&run, &count);
    assert_memory_equal(before, after, count * sizeof *before);
    TEST_OK(train(&run)); /* from the beginning */
    free(before);
    free(after);
    end(&run);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST), *fewer = test_images(TRAIN - 1, TEST);
    char *folder = make_two(data);
    struct cln_checkpoint *checkpoint = read_checkpoint(folder);
    struct setting other = usual;
    other.seed = 6;
    assert_refused(&other, data, checkpoint, CELL, CLN_CONFIG, "seed 5, not 6");
    other = usual;
    other.batch = 32;
    assert_refused(&other, data, checkpoint, CELL, CLN_CONFIG, "batch 16, not 32");
    other = usual;
    other.optimizer = "{rmsprop: {learning_rate: 0.01}}";
    assert_refused(&other, data, checkpoint, CELL, CLN_CONFIG, "optimizer adam, not rmsprop");
    other = usual;
    other.validation = 10;
    assert_refused(&other, data, checkpoint, CELL, CLN_CONFIG, "training images 70, not 60");
    assert_refused(&usual, data, checkpoint, "fedcba", CLN_CONFIG, "cell " CELL ", not fedcba");
    assert_refused(&usual, fewer, checkpoint, CELL, CLN_CONFIG, "training images 70, not 69");
    data->files[0].name = "train-images";
    memset(data->files[0].sha256, 'a', 64);
    data->file_count = 1;
    assert_refused(&usual, data, checkpoint, CELL, CLN_DATA, "other data: data with the hash ");
    data->file_count = 0;
    cln_checkpoint_free(checkpoint);
    scratch_remove(folder);
    test_images_free(data);
    test_images_free(fewer);
}

/* The same names and settings, other layers. */
static void another_model_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *models, *words;
    } cases[] = {
        {"{m: {layers: [flatten, {dense: {units: 13, activation: relu}}, batch_norm,\n"
         "  {dense: {units: 10, activation: softmax}}], optimizer: adam}}",
         "dense_1/kernel (784, 12), not dense_1/kernel (784, 13)"},
        {"{m: {layers: [flatten, {dense: {units: 12, activation: relu}},\n"
         "  {dense: {units: 10, activation: softmax}}], optimizer: adam}}",
         "batch_norm_1/gamma (12), not dense_2/kernel (12, 10)"},
    };
    struct cln_dataset *data = test_images(TRAIN, TEST);
    char *folder = make_two(data);
    struct cln_checkpoint *checkpoint = read_checkpoint(folder);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct run run = {.experiment = test_experiment(cases[i].models)};
        const struct cln_train_job job = {
            .model = &run.experiment->cells[0].model,
            .dataset = data,
            .train = {.epochs = EPOCHS, .batch = BATCH, .seed = usual.seed}};
        TEST_OK(cln_trainer_create(test_context(), &job, &run.trainer));
        assert_int_equal(cln_trainer_restore(run.trainer, checkpoint, CELL), CLN_CONFIG);
        if (!strstr(cln_error_last()->message, cases[i].words))
            fail_msg("message: %s\nwanted: %s", cln_error_last()->message, cases[i].words);
        end(&run);
    }
    cln_checkpoint_free(checkpoint);
    scratch_remove(folder);
    test_images_free(data);
}

/* Whatever was chosen, the pins choose it again. */
static void kernels_can_be_pinned(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    struct cln_experiment *experiment = test_experiment(LAYERS "adam}}");
    struct cln_train_job job = {.model = &experiment->cells[0].model,
                                .dataset = data,
                                .train = {.epochs = 1, .batch = BATCH, .seed = 1},
                                .variants = "reference"};
    struct cln_trainer *trainer;
    struct cln_text plain = {0}, chosen = {0}, pinned = {0};
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    TEST_OK(cln_trainer_kernels(trainer, &plain));
    cln_trainer_free(trainer);
    assert_non_null(strstr(plain.chars, "dense@dense_2=reference"));
    job.variants = plain.chars;
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    TEST_OK(cln_trainer_kernels(trainer, &pinned));
    cln_trainer_free(trainer);
    assert_string_equal(pinned.chars, plain.chars);
    job.variants = "";
    TEST_OK(cln_trainer_create(test_context(), &job, &trainer));
    TEST_OK(cln_trainer_kernels(trainer, &chosen));
    assert_non_null(cln_trainer_recorder(trainer));
    cln_trainer_free(trainer);
    if (cln_context_caps(test_context())->is_cpu)
        assert_string_not_equal(chosen.chars, plain.chars);
    cln_text_free(&plain);
    cln_text_free(&chosen);
    cln_text_free(&pinned);
    cln_experiment_free(experiment);
    test_images_free(data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_off_at_every_step),
        cmocka_unit_test(every_optimizer),
        cmocka_unit_test(other_batches_noise_and_splits),
        cmocka_unit_test(a_crash_costs_what_came_after_the_last_checkpoint),
        cmocka_unit_test(every_step_offers_a_checkpoint_if_asked),
        cmocka_unit_test(a_damaged_one_falls_back_to_the_other),
        cmocka_unit_test(an_empty_folder_has_none),
        cmocka_unit_test(the_first_of_a_new_training_removes_older_ones),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(another_model_is_refused),
        cmocka_unit_test(kernels_can_be_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
