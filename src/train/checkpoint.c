#include "train/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "clnoise/version.h"
#include "runtime/device.h"
#include "train/checkpoint_private.h"

#define NAME       "checkpoint-"
#define MOST_TEXTS (CLN_IDENTITY_ROWS + METRIC_WORDS + 16)

char *cln_checkpoint_path(const char *folder, int generation) {
    char name[sizeof NAME + 8];
    snprintf(name, sizeof name, NAME "%d", generation);
    return cln_path_join(folder, name);
}

/* The metadata, and the memory of numbers that stand in them. */
struct texts {
    struct cln_safetensors_text rows[MOST_TEXTS];
    char numbers[METRIC_WORDS + 4][32], keys[METRIC_WORDS][24];
    char device[512], sha256[CLN_SHA256_HEX_SIZE];
    size_t count;
    int number_count;
};

static void add_text(struct texts *texts, const char *key, const char *value) {
    texts->rows[texts->count++] = (struct cln_safetensors_text){key, value};
}

static void add_number(struct texts *texts, const char *key, uint64_t value) {
    char *number = texts->numbers[texts->number_count++];
    snprintf(number, sizeof *texts->numbers, "%llu", (unsigned long long)value);
    add_text(texts, key, number);
}

static void add_position(struct texts *texts, const struct cln_train_state *state, size_t steps) {
    add_number(texts, "epoch", (uint64_t)state->epoch);
    add_number(texts, "step", state->step);
    add_number(texts, "steps", steps);
    add_number(texts, "microseconds", (uint64_t)(state->seconds * 1e6));
    for (int m = 0; m < METRIC_WORDS; m++) {
        snprintf(texts->keys[m], sizeof *texts->keys, "metric.%d", m);
        add_number(texts, texts->keys[m], state->metrics[m]);
    }
}

static void make_texts(struct cln_trainer *trainer, const struct cln_train_state *state,
                       const struct cln_identity *identity, const char *kernels,
                       struct texts *texts) {
    const struct cln_device *device = cln_context_device(trainer->context);
    texts->count = 0;
    texts->number_count = 0;
    snprintf(texts->device, sizeof texts->device, "%s, driver %s", device->name, device->driver);
    add_text(texts, "checkpoint", CLN_CHECKPOINT_FORMAT);
    add_text(texts, "clnoise", cln_version());
    for (int i = 0; i < CLN_IDENTITY_ROWS; i++)
        add_text(texts, identity->rows[i].key, identity->rows[i].value);
    add_position(texts, state, cln_side_step_count(&trainer->sides[CLN_SIDE_TRAIN]));
    add_text(texts, "device", texts->device);
    add_text(texts, "kernels", kernels ? kernels : "");
    add_text(texts, "recorder", cln_trainer_recorder(trainer));
}

static enum cln_status write_file(struct cln_trainer *trainer, const struct cln_train_state *state,
                                  const char *path, const char *cell) {
    struct cln_checkpoint_tensors tensors = {0};
    struct cln_identity identity;
    struct cln_text kernels = {0};
    struct texts texts;
    enum cln_status status;
    CLN_TRY_GOTO(cln_checkpoint_tensors_make(trainer, state, &tensors));
    CLN_TRY_GOTO(cln_identity_make(trainer, cell, &identity));
    CLN_TRY_GOTO(cln_trainer_kernels(trainer, &kernels));
    make_texts(trainer, state, &identity, kernels.chars, &texts);
    CLN_TRY_GOTO(
        cln_checkpoint_hash(tensors.tensors, tensors.count, texts.rows, texts.count, texts.sha256));
    add_text(&texts, "sha256", texts.sha256);
    status = cln_safetensors_write(path, tensors.tensors, tensors.count, texts.rows, texts.count);
fail:
    cln_text_free(&kernels);
    cln_checkpoint_tensors_done(&tensors);
    return status;
}

enum cln_status cln_checkpoint_write(struct cln_trainer *trainer, const char *folder,
                                     const char *cell) {
    struct cln_train_state read = {0};
    const struct cln_train_state *state = &trainer->base;
    if (trainer->job.evaluate_only)
        return CLN_FAIL(INTERNAL, "a trainer that only evaluates has no state to keep");
    if (!trainer->has_checkpoint)
        CLN_TRY(cln_checkpoint_remove(folder));
    char *path = cln_checkpoint_path(folder, trainer->generation);
    enum cln_status status = path ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a checkpoint");
    if (!state->values || state->epoch != trainer->epoch || state->step != trainer->step) {
        state = &read;
        if (status == CLN_OK)
            status = cln_state_init(trainer, &read);
        if (status == CLN_OK)
            status = cln_state_read(trainer, &read);
    }
    if (status == CLN_OK && !state->metrics[METRIC_NONFINITE]) {
        status = write_file(trainer, state, path, cell);
        if (status == CLN_OK) {
            trainer->has_checkpoint = true;
            trainer->generation = (trainer->generation + 1) % CLN_GENERATIONS;
        }
    }
    free(path);
    cln_state_done(&read);
    return status;
}

enum cln_status cln_checkpoint_remove(const char *folder) {
    return cln_folder_remove(folder, NAME);
}
