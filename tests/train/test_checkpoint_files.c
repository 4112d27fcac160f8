/*
 * Checkpoints on disk: damaged ones are noticed, what does not fit is refused, old ones go.
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

/* A folder with the checkpoints of a whole training: the last is generation 0, the one before 1. */
static char *make_two(const struct cln_dataset *data) {
    struct run run = {.steps_left = -1, .folder = scratch_make()};
    run_make(&run, &usual, data);
    TEST_OK(run_train(&run));
    run_end(&run);
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
    struct cln_checkpoint *checkpoint = run_checkpoint(folder);
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
    run_make(&run, &usual, data);
    assert_int_equal(run_train(&run), CLN_INTERRUPTED);
    run_end(&run);
    assert_int_equal(scratch_count_files(folder), 2);
    struct cln_checkpoint *checkpoint = run_checkpoint(folder);
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
    run_make(&run, setting, data);
    size_t count;
    float *before = run_weights(&run, &count);
    assert_int_equal(cln_trainer_restore(run.trainer, checkpoint, cell), status);
    if (!strstr(cln_error_last()->message, words))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, words);
    float *after = run_weights(&run, &count);
    assert_memory_equal(before, after, count * sizeof *before);
    TEST_OK(run_train(&run)); /* from the beginning */
    free(before);
    free(after);
    run_end(&run);
}

static void what_does_not_fit_is_refused(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST), *fewer = test_images(TRAIN - 1, TEST);
    char *folder = make_two(data);
    struct cln_checkpoint *checkpoint = run_checkpoint(folder);
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
    struct cln_checkpoint *checkpoint = run_checkpoint(folder);
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
        run_end(&run);
    }
    cln_checkpoint_free(checkpoint);
    scratch_remove(folder);
    test_images_free(data);
}

/* Whatever was chosen, the pins choose it again. */
static void kernels_can_be_pinned(void **state) {
    (void)state;
    struct cln_dataset *data = test_images(TRAIN, TEST);
    struct cln_experiment *experiment =
        test_experiment("{m: {layers: [flatten, {dense: {units: 12, activation: relu}},\n"
                        "{dense: {units: 10, activation: softmax}}], optimizer: adam}}");
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
        cmocka_unit_test(a_damaged_one_falls_back_to_the_other),
        cmocka_unit_test(an_empty_folder_has_none),
        cmocka_unit_test(the_first_of_a_new_training_removes_older_ones),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(another_model_is_refused),
        cmocka_unit_test(kernels_can_be_pinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
