/* Which tensors and texts a checkpoint has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train/checkpoint_private.h"

#define PART_ELEMS 1024

static void add(struct cln_checkpoint_tensors *out, const struct cln_tensor *tensor,
                const char *prefix, const float *slot) {
    char *name = out->names[out->count];
    snprintf(name, sizeof *out->names, "%s%s", prefix, tensor->name);
    struct cln_safetensor *added = &out->tensors[out->count++];
    *added = (struct cln_safetensor){
        .name = name, .rank = tensor->rank, .values = slot + tensor->offset_elems};
    for (int d = 0; d < tensor->rank; d++)
        added->shape[d] = (int64_t)tensor->dim[d];
}

enum cln_status cln_checkpoint_tensors_make(const struct cln_trainer *trainer,
                                            const struct cln_train_state *state,
                                            struct cln_checkpoint_tensors *out) {
    const struct cln_model_graph *model = cln_trainer_any_model(trainer);
    const int places = cln_state_places(trainer);
    const size_t most = (size_t)model->variable_count * (size_t)places + 1;
    *out = (struct cln_checkpoint_tensors){.tensors = calloc(most, sizeof *out->tensors),
                                           .names = calloc(most, sizeof *out->names)};
    if (!out->tensors || !out->names)
        return CLN_FAIL(MEMORY, "out of memory for a checkpoint");
    for (int p = 0; p < places; p++) {
        const float *slot = state->values + cln_state_begin(trainer, p);
        char prefix[CLN_NAME_SIZE] = "";
        if (p > 1)
            snprintf(prefix, sizeof prefix, CLN_SLOT_STATE ".%d/", p - 2);
        for (int v = 0; v < model->variable_count; v++)
            if (model->variables[v].trainable != (p == 1))
                add(out, &model->graph->tensors[model->variables[v].tensor], prefix, slot);
    }
    return CLN_OK;
}

void cln_checkpoint_tensors_done(struct cln_checkpoint_tensors *tensors) {
    free(tensors->tensors);
    free(tensors->names);
    *tensors = (struct cln_checkpoint_tensors){0};
}

static enum cln_status hash_values(struct cln_sha256_stream *stream, const float *values,
                                   size_t elems) {
    unsigned char little[PART_ELEMS * sizeof *values];
    for (size_t at = 0; at < elems;) {
        const size_t part = elems - at < PART_ELEMS ? elems - at : PART_ELEMS;
        for (size_t i = 0; i < part; i++) {
            uint32_t word;
            memcpy(&word, &values[at + i], sizeof word);
            for (int b = 0; b < 4; b++)
                little[4 * i + (size_t)b] = (unsigned char)(word >> 8 * b);
        }
        CLN_TRY(cln_sha256_add(stream, little, part * sizeof *values));
        at += part;
    }
    return CLN_OK;
}

/* With the final zero, so that no two lists of texts are the same to the hash. */
static enum cln_status hash_text(struct cln_sha256_stream *stream, const char *text) {
    return cln_sha256_add(stream, text, strlen(text) + 1);
}

static enum cln_status hash_tensor(struct cln_sha256_stream *stream,
                                   const struct cln_safetensor *tensor) {
    size_t elems = 1;
    char size[32];
    CLN_TRY(hash_text(stream, tensor->name));
    for (int d = 0; d < tensor->rank; d++) {
        elems *= (size_t)tensor->shape[d];
        snprintf(size, sizeof size, "%lld", (long long)tensor->shape[d]);
        CLN_TRY(hash_text(stream, size));
    }
    CLN_TRY(hash_text(stream, ""));
    return hash_values(stream, tensor->values, elems);
}

enum cln_status cln_checkpoint_hash(const struct cln_safetensor *tensors, size_t count,
                                    const struct cln_safetensors_text *texts, size_t text_count,
                                    char hex[CLN_SHA256_HEX_SIZE]) {
    struct cln_sha256_stream *stream;
    enum cln_status status;
    CLN_TRY(cln_sha256_create(&stream));
    for (size_t t = 0; t < text_count; t++) {
        if (!strcmp(texts[t].key, "sha256") || !strcmp(texts[t].key, "format"))
            continue;
        CLN_TRY_GOTO(hash_text(stream, texts[t].key));
        CLN_TRY_GOTO(hash_text(stream, texts[t].value));
    }
    CLN_TRY_GOTO(hash_text(stream, ""));
    for (size_t t = 0; t < count; t++)
        CLN_TRY_GOTO(hash_tensor(stream, &tensors[t]));
    status = cln_sha256_finish(stream, hex);
fail:
    cln_sha256_free(stream);
    return status;
}

enum cln_status cln_identity_make(const struct cln_trainer *trainer, const char *cell,
                                  struct cln_identity *out) {
    const struct cln_train_job *job = &trainer->job;
    const struct cln_dataset *data = job->dataset;
    char digest[CLN_SHA256_HEX_SIZE];
    int row = 0;
    CLN_TRY(cln_dataset_digest(data, digest));
#define ROW(name, words, ...)                                                                      \
    do {                                                                                           \
        out->rows[row].key = name;                                                                 \
        out->rows[row].label = words;                                                              \
        snprintf(out->rows[row].value, sizeof out->rows[row].value, __VA_ARGS__);                  \
        row++;                                                                                     \
    } while (0)
    ROW("cell", "cell", "%s", cell);
    ROW("model", "model", "%s", job->model->name);
    ROW("optimizer", "optimizer", "%s", job->model->optimizer->name);
    ROW("seed", "seed", "%lld", (long long)job->train.seed);
    ROW("batch", "batch", "%lld", (long long)job->train.batch);
    ROW("images", "training images", "%zu", trainer->sides[CLN_SIDE_TRAIN].samples);
    ROW("validation", "images for validation", "%zu", trainer->sides[CLN_SIDE_VALIDATION].samples);
    ROW("data", "data set", "%s", data->name);
    ROW("data_sha256", "data with the hash", "%s", digest);
#undef ROW
    return CLN_OK;
}
