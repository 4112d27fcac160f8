/* Reading checkpoints, which may be damaged, and putting a trainer where one says. */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "train/checkpoint_private.h"

/* A whole number, digits only, up to `most`. */
static bool parse_number(const char *text, uint64_t most, uint64_t *out) {
    char *end;
    if (!text || !isdigit((unsigned char)*text))
        return false;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    *out = value;
    return !errno && !*end && value <= most;
}

static const char *text_of(const struct cln_checkpoint *checkpoint, const char *key) {
    const char *text = cln_safetensors_find(&checkpoint->file, key);
    return text ? text : "";
}

static enum cln_status number_of(const struct cln_checkpoint *checkpoint, const char *key,
                                 uint64_t most, uint64_t *out) {
    if (!parse_number(text_of(checkpoint, key), most, out))
        return CLN_FAIL(FILE, "%s: its %s is '%s', which is no number up to %llu", checkpoint->path,
                        key, text_of(checkpoint, key), (unsigned long long)most);
    return CLN_OK;
}

static enum cln_status check_content(const struct cln_checkpoint *checkpoint) {
    const struct cln_safetensors *file = &checkpoint->file;
    char sha256[CLN_SHA256_HEX_SIZE];
    CLN_TRY(cln_checkpoint_hash(file->tensors, file->count, file->texts, file->text_count, sha256));
    if (strcmp(text_of(checkpoint, "sha256"), sha256))
        return CLN_FAIL(FILE, "%s: damaged: its content has not the SHA-256 that it says",
                        checkpoint->path);
    if (strcmp(text_of(checkpoint, "checkpoint"), CLN_CHECKPOINT_FORMAT))
        return CLN_FAIL(FILE,
                        "%s: a checkpoint of another version of clnoise: format '%s', "
                        "accepted: " CLN_CHECKPOINT_FORMAT,
                        checkpoint->path, text_of(checkpoint, "checkpoint"));
    return CLN_OK;
}

static enum cln_status read_position(struct cln_checkpoint *checkpoint) {
    uint64_t epoch, steps, step;
    CLN_TRY(number_of(checkpoint, "epoch", INT_MAX, &epoch));
    CLN_TRY(number_of(checkpoint, "steps", UINT32_MAX, &steps));
    CLN_TRY(number_of(checkpoint, "step", steps, &step));
    checkpoint->epoch = (int)epoch;
    checkpoint->step = (int64_t)step;
    checkpoint->cell = text_of(checkpoint, "cell");
    checkpoint->version = text_of(checkpoint, "clnoise");
    checkpoint->device = text_of(checkpoint, "device");
    checkpoint->kernels = text_of(checkpoint, "kernels");
    checkpoint->recorder = text_of(checkpoint, "recorder");
    checkpoint->data_sha256 = text_of(checkpoint, "data_sha256");
    return CLN_OK;
}

/* One generation; NULL in `*out` if there is no file. */
static enum cln_status read_generation(const char *folder, int generation,
                                       struct cln_checkpoint **out) {
    struct cln_checkpoint *checkpoint = calloc(1, sizeof *checkpoint);
    enum cln_status status = CLN_OK;
    *out = NULL;
    if (checkpoint)
        checkpoint->path = cln_checkpoint_path(folder, generation);
    if (!checkpoint || !checkpoint->path) {
        status = CLN_FAIL(MEMORY, "out of memory for a checkpoint");
        goto fail;
    }
    if (!cln_file_exists(checkpoint->path))
        goto fail;
    checkpoint->generation = generation;
    CLN_TRY_GOTO(cln_safetensors_read(checkpoint->path, &checkpoint->file));
    CLN_TRY_GOTO(check_content(checkpoint));
    CLN_TRY_GOTO(read_position(checkpoint));
    *out = checkpoint;
    return CLN_OK;
fail:
    cln_checkpoint_free(checkpoint);
    return status;
}

static bool is_further(const struct cln_checkpoint *a, const struct cln_checkpoint *b) {
    return a->epoch > b->epoch || (a->epoch == b->epoch && a->step > b->step);
}

enum cln_status cln_checkpoint_read(const char *folder, struct cln_checkpoint **out,
                                    struct cln_text *notes) {
    *out = NULL;
    for (int g = 0; g < CLN_GENERATIONS; g++) {
        struct cln_checkpoint *one;
        const enum cln_status status = read_generation(folder, g, &one);
        if (status == CLN_FILE) {
            cln_text_add(notes, "%s\n", cln_error_last()->message);
        } else if (status != CLN_OK) {
            cln_checkpoint_free(*out);
            *out = NULL;
            return status;
        }
        if (one && (!*out || is_further(one, *out))) {
            cln_checkpoint_free(*out);
            *out = one;
        } else {
            cln_checkpoint_free(one);
        }
    }
    return CLN_OK;
}

void cln_checkpoint_free(struct cln_checkpoint *checkpoint) {
    if (!checkpoint)
        return;
    cln_safetensors_done(&checkpoint->file);
    free(checkpoint->path);
    free(checkpoint);
}

static enum cln_status check_identity(const struct cln_trainer *trainer,
                                      const struct cln_checkpoint *checkpoint, const char *cell) {
    struct cln_identity identity;
    struct cln_text differs = {0};
    bool data_alone = true;
    CLN_TRY(cln_identity_make(trainer, cell, &identity));
    for (int i = 0; i < CLN_IDENTITY_ROWS; i++) {
        const char *was = text_of(checkpoint, identity.rows[i].key), *is = identity.rows[i].value;
        if (!strcmp(was, is))
            continue;
        data_alone = data_alone && !strncmp(identity.rows[i].key, "data", 4);
        cln_text_add(&differs, "%s%s %s, not %s", differs.length ? "; " : "",
                     identity.rows[i].label, was, is);
    }
    enum cln_status status = cln_text_check(&differs);
    if (status == CLN_OK && differs.length)
        status = data_alone ? CLN_FAIL(DATA, "%s was trained on other data: %s", checkpoint->path,
                                       differs.chars)
                            : CLN_FAIL(CONFIG, "%s is of another training: %s", checkpoint->path,
                                       differs.chars);
    cln_text_free(&differs);
    return status;
}

static void add_shape(struct cln_text *out, const struct cln_safetensor *tensor) {
    cln_text_add(out, "%s (", tensor->name);
    for (int d = 0; d < tensor->rank; d++)
        cln_text_add(out, "%s%lld", d ? ", " : "", (long long)tensor->shape[d]);
    cln_text_add(out, ")");
}

static bool same_tensor(const struct cln_safetensor *a, const struct cln_safetensor *b) {
    return !strcmp(a->name, b->name) && a->rank == b->rank &&
           !memcmp(a->shape, b->shape, (size_t)a->rank * sizeof *a->shape);
}

/* The same variables in the same order, of the same shapes. */
static enum cln_status check_tensors(const struct cln_checkpoint_tensors *wanted,
                                     const struct cln_checkpoint *checkpoint) {
    const struct cln_safetensors *file = &checkpoint->file;
    for (size_t t = 0; t < wanted->count || t < file->count; t++) {
        const struct cln_safetensor *is = t < wanted->count ? &wanted->tensors[t] : NULL;
        const struct cln_safetensor *was = t < file->count ? &file->tensors[t] : NULL;
        if (is && was && same_tensor(is, was))
            continue;
        struct cln_text words = {0};
        if (was)
            add_shape(&words, was);
        cln_text_add(&words, was ? ", not " : "nothing where the model has ");
        if (is)
            add_shape(&words, is);
        else
            cln_text_add(&words, "in the model");
        enum cln_status status = cln_text_check(&words);
        if (status == CLN_OK)
            status = CLN_FAIL(CONFIG, "%s is of another model: it has %s", checkpoint->path,
                              words.chars);
        cln_text_free(&words);
        return status;
    }
    return CLN_OK;
}

static enum cln_status take_state(const struct cln_trainer *trainer,
                                  const struct cln_checkpoint *checkpoint,
                                  struct cln_train_state *state) {
    static const char *const keys[] = {"metric.0", "metric.1", "metric.2", "metric.3",
                                       "metric.4", "metric.5", "metric.6", "metric.7"};
    struct cln_checkpoint_tensors tensors = {0};
    const struct cln_safetensors *file = &checkpoint->file;
    const size_t steps = cln_side_step_count(&trainer->sides[CLN_SIDE_TRAIN]);
    uint64_t microseconds;
    enum cln_status status;
    _Static_assert(METRIC_WORDS <= sizeof keys / sizeof *keys, "a key for each metric");
    CLN_TRY_GOTO(cln_checkpoint_tensors_make(trainer, state, &tensors));
    CLN_TRY_GOTO(check_tensors(&tensors, checkpoint));
    for (size_t t = 0; t < tensors.count; t++) {
        size_t elems = 1;
        for (int d = 0; d < tensors.tensors[t].rank; d++)
            elems *= (size_t)tensors.tensors[t].shape[d];
        /* They point into the state's own values. */
        memcpy(state->values + (tensors.tensors[t].values - state->values), file->tensors[t].values,
               elems * sizeof *state->values);
    }
    for (int m = 0; m < METRIC_WORDS; m++)
        CLN_TRY_GOTO(number_of(checkpoint, keys[m], UINT64_MAX, &state->metrics[m]));
    CLN_TRY_GOTO(number_of(checkpoint, "microseconds", UINT64_MAX, &microseconds));
    if (checkpoint->epoch > trainer->job.train.epochs || (uint64_t)checkpoint->step > steps)
        status = CLN_FAIL(CONFIG, "%s is at epoch %d, step %lld, which this training has not",
                          checkpoint->path, checkpoint->epoch, (long long)checkpoint->step);
    state->epoch = checkpoint->epoch;
    state->step = (size_t)checkpoint->step;
    state->seconds = (double)microseconds / 1e6;
fail:
    cln_checkpoint_tensors_done(&tensors);
    return status;
}

enum cln_status cln_trainer_restore(struct cln_trainer *trainer,
                                    const struct cln_checkpoint *checkpoint, const char *cell) {
    struct cln_train_state state;
    CLN_TRY(check_identity(trainer, checkpoint, cell));
    CLN_TRY(cln_state_init(trainer, &state));
    enum cln_status status = take_state(trainer, checkpoint, &state);
    if (status == CLN_OK)
        status = cln_state_write(trainer, &state);
    if (status == CLN_OK) { /* the state stays with the trainer: its steps begin from there */
        cln_state_done(&trainer->base);
        trainer->base = state;
        state = (struct cln_train_state){0};
        trainer->generation = (checkpoint->generation + 1) % CLN_GENERATIONS;
        trainer->has_checkpoint = true;
    }
    cln_state_done(&state);
    return status;
}
