/* cell.json: everything but the epochs. */
#include "report/result_cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "report/json_read.h"

#define MAX_CLASSES 256
#define MAX_ROWS    100000 /* of any list in the file */

static const char *const status_names[CLN_CELL_STATUSES] = {
    [CLN_CELL_WAITING] = "waiting",
    [CLN_CELL_RUNNING] = "running",
    [CLN_CELL_DONE] = "done",
    [CLN_CELL_FAILED] = "failed",
    [CLN_CELL_INTERRUPTED] = "interrupted",
};

const char *cln_cell_status_name(enum cln_cell_status status) {
    return status_names[status];
}

struct reader {
    const char *path;
    struct cln_yaml_pool *pool;
    struct cln_result_cell *cell;
    bool failed; /* out of memory */
};

static const char *text(struct reader *reader, const cJSON *object, const char *key) {
    return cln_json_text(object, key, reader->pool, &reader->failed);
}

/* Zeroed memory for `count` rows, also if there are none. */
static void *rows(struct reader *reader, size_t count, size_t bytes) {
    void *memory = cln_yaml_alloc(reader->pool, (count + 1) * bytes);
    reader->failed |= !memory;
    return memory;
}

/* The list's length, 0 if it is none. */
static size_t list(const cJSON *object, const char *key, const cJSON **out) {
    *out = cJSON_GetObjectItemCaseSensitive(object, key);
    int count = cJSON_IsArray(*out) ? cJSON_GetArraySize(*out) : 0;
    return count <= MAX_ROWS ? (size_t)count : MAX_ROWS;
}

/* The list as rows of `bytes` each: those that `read` says are worth keeping. Sets their number. */
static void *read_rows(struct reader *reader, const cJSON *object, const char *key, size_t bytes,
                       bool (*read)(struct reader *reader, const cJSON *from, void *row),
                       size_t *count) {
    const cJSON *from;
    const size_t most = list(object, key, &from);
    char *out = rows(reader, most, bytes);
    *count = 0;
    const cJSON *row = most ? from->child : NULL;
    for (size_t seen = 0; row && out && seen < most; row = row->next, seen++)
        *count += read(reader, row, out + *count * bytes);
    return out;
}

static void read_device(struct reader *reader, const cJSON *root) {
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(root, "device");
    struct cln_result_cell *cell = reader->cell;
    cell->device.name = text(reader, from, "name");
    cell->device.type = text(reader, from, "type");
    cell->device.vendor = text(reader, from, "vendor");
    cell->device.platform = text(reader, from, "platform");
    cell->device.version = text(reader, from, "version");
    cell->device.driver = text(reader, from, "driver");
    cell->device.recorder = text(reader, from, "recorder");
    cell->device.index = cln_json_count(from, "index", 0);
    cell->device.compute_units = cln_json_count(from, "compute_units", 0);
    cell->device.memory_bytes = cln_json_count(from, "memory_bytes", 0);
}

static void read_class_names(struct reader *reader, const cJSON *data) {
    const cJSON *from;
    struct cln_result_cell *cell = reader->cell;
    int classes = cln_json_int(data, "classes", 0);
    cell->classes = classes <= MAX_CLASSES ? classes : 0;
    if (!cell->classes || list(data, "class_names", &from) != (size_t)cell->classes)
        return;
    const char **names = rows(reader, (size_t)cell->classes, sizeof *names);
    size_t n = 0;
    for (const cJSON *name = from->child; name && names; name = name->next, n++) {
        if (!cJSON_IsString(name))
            return;
        char *copy = cln_yaml_copy(reader->pool, name->valuestring, strlen(name->valuestring));
        reader->failed |= !copy;
        if (copy)
            cln_utf8_disarm(copy, false);
        names[n] = copy;
    }
    cell->class_names = names;
}

static bool read_file(struct reader *reader, const cJSON *from, void *row) {
    *(struct cln_result_file *)row =
        (struct cln_result_file){text(reader, from, "name"), text(reader, from, "sha256")};
    return true;
}

static void read_data(struct reader *reader, const cJSON *root) {
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(root, "data");
    struct cln_result_cell *cell = reader->cell;
    cell->data.dataset = text(reader, from, "dataset");
    cell->data.requested = text(reader, from, "requested");
    cell->data.substituted = cln_json_true(from, "substituted");
    cell->data.why_substituted = text(reader, from, "why_substituted");
    cell->data.train_images = cln_json_count(from, "train_images", 0);
    cell->data.test_images = cln_json_count(from, "test_images", 0);
    cell->data.validation_images = cln_json_count(from, "validation_images", 0);
    read_class_names(reader, from);
    cell->data.files = read_rows(reader, from, "files", sizeof *cell->data.files, read_file,
                                 &cell->data.file_count);
}

static bool read_variant(struct reader *reader, const cJSON *from, void *row) {
    struct cln_result_variant *variant = row;
    variant->launch = text(reader, from, "launch");
    variant->variant = text(reader, from, "variant");
    return variant->launch && variant->variant;
}

/* The matrix, if it is square and of `*classes`, or sets `*classes`; NULL otherwise. */
static const int64_t *read_confusion(struct reader *reader, const cJSON *evaluation, int *classes) {
    const cJSON *from;
    size_t count = list(evaluation, "confusion", &from);
    if (!count || count > MAX_CLASSES || (*classes && count != (size_t)*classes))
        return NULL;
    int64_t *matrix = rows(reader, count * count, sizeof *matrix);
    size_t place = 0;
    for (const cJSON *row = from->child; row && matrix; row = row->next) {
        if ((size_t)cJSON_GetArraySize(row) != count)
            return NULL;
        for (const cJSON *item = row->child; item; item = item->next) {
            if (!cJSON_IsNumber(item) || !(item->valuedouble >= 0 && item->valuedouble < 1e15))
                return NULL;
            matrix[place++] = (int64_t)item->valuedouble;
        }
    }
    *classes = (int)count;
    return matrix;
}

static bool read_evaluation(struct reader *reader, const cJSON *from, void *row) {
    struct cln_result_evaluation *evaluation = row;
    *evaluation = (struct cln_result_evaluation){
        .noise_scale = cln_json_number(from, "noise_scale"),
        .loss = cln_json_number(from, "loss"),
        .accuracy = cln_json_number(from, "accuracy"),
        .correct = cln_json_count(from, "correct", 0),
        .count = cln_json_count(from, "count", 0),
        .confusion = read_confusion(reader, from, &reader->cell->classes)};
    return isfinite(evaluation->noise_scale);
}

static bool read_mistake(struct reader *reader, const cJSON *from, void *row) {
    (void)reader;
    struct cln_result_mistake *mistake = row;
    *mistake = (struct cln_result_mistake){.sample = cln_json_count(from, "sample", -1),
                                           .label = cln_json_int(from, "label", -1),
                                           .predicted = cln_json_int(from, "predicted", -1),
                                           .probability = cln_json_number(from, "probability")};
    return mistake->sample >= 0 && mistake->label >= 0 && mistake->predicted >= 0;
}

static bool read_seconds(struct reader *reader, const cJSON *from, void *row) {
    (void)reader;
    *(double *)row = cJSON_IsNumber(from) ? from->valuedouble : NAN;
    return true;
}

static void read_lists(struct reader *reader, const cJSON *root) {
    struct cln_result_cell *cell = reader->cell;
    size_t epochs;
    cell->variants = read_rows(reader, root, "variants", sizeof *cell->variants, read_variant,
                               &cell->variant_count);
    cell->evaluations = read_rows(reader, root, "evaluations", sizeof *cell->evaluations,
                                  read_evaluation, &cell->evaluation_count);
    cell->mistakes = read_rows(reader, root, "mistaken", sizeof *cell->mistakes, read_mistake,
                               &cell->mistake_count);
    cell->epoch_seconds = read_rows(reader, root, "epoch_seconds", sizeof *cell->epoch_seconds,
                                    read_seconds, &epochs);
    cell->epoch_seconds_count = (int)epochs;
}

static void read_failure(struct reader *reader, const cJSON *root) {
    struct cln_result_cell *cell = reader->cell;
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(root, "error");
    cell->error_status = text(reader, error, "status");
    cell->error_message = text(reader, error, "message");
    cell->error_detail = text(reader, error, "detail");
    const cJSON *diverged = cJSON_GetObjectItemCaseSensitive(root, "diverged");
    cell->diverged = cJSON_IsObject(diverged);
    cell->diverged_epoch = cln_json_int(diverged, "epoch", 0);
    cell->diverged_step = cln_json_int(diverged, "step", 0);
    cell->diverged_layer = text(reader, diverged, "layer");
}

static enum cln_status read_status(struct reader *reader, const cJSON *root) {
    const cJSON *from = cJSON_GetObjectItemCaseSensitive(root, "status");
    const char *name = cJSON_IsString(from) ? from->valuestring : "";
    for (int s = 0; s < CLN_CELL_STATUSES; s++)
        if (!strcmp(name, status_names[s])) {
            reader->cell->status = (enum cln_cell_status)s;
            return CLN_OK;
        }
    return CLN_FAIL(FILE,
                    "%s: status: '%.40s' is not accepted; accepted: waiting, running, done, "
                    "failed, interrupted",
                    reader->path, name);
}

static enum cln_status read_cell(struct reader *reader, const cJSON *root) {
    struct cln_result_cell *cell = reader->cell;
    const cJSON *id = cJSON_GetObjectItemCaseSensitive(root, "id");
    if (cJSON_IsString(id) && strcmp(id->valuestring, cell->id))
        return CLN_FAIL(FILE, "%s: this is of cell %.40s", reader->path, id->valuestring);
    CLN_TRY(read_status(reader, root));
    cell->version = text(reader, root, "clnoise");
    cell->config = text(reader, root, "config");
    cell->started = text(reader, root, "started");
    cell->parameters = cln_json_count(root, "parameters", 0);
    cell->attempts = cln_json_int(root, "attempts", 0);
    read_failure(reader, root);
    read_device(reader, root);
    read_data(reader, root);
    cell->seconds = cln_json_number(root, "seconds");
    read_lists(reader, root);
    return reader->failed ? CLN_FAIL(MEMORY, "out of memory for %s", reader->path) : CLN_OK;
}

/* The best of the epochs there are, which a cell.json may not know of yet. */
static void find_best(struct cln_result_cell *cell) {
    cell->best_val_accuracy = NAN;
    for (int e = 0; e < cell->epoch_count; e++)
        if (isfinite(cell->epochs[e].val_accuracy) &&
            (!cell->best_epoch || cell->epochs[e].val_accuracy > cell->best_val_accuracy)) {
            cell->best_val_accuracy = cell->epochs[e].val_accuracy;
            cell->best_epoch = cell->epochs[e].epoch;
        }
}

static const char *join(struct cln_yaml_pool *pool, const char *folder, const char *name) {
    char *path = cln_path_join(folder, name);
    const char *copy = path ? cln_yaml_copy(pool, path, strlen(path)) : NULL;
    free(path);
    return copy;
}

enum cln_status cln_result_cell_read(const char *folder, struct cln_yaml_pool *pool,
                                     struct cln_result_cell *cell) {
    const char *cells = join(pool, folder, "cells");
    const char *own = cells ? join(pool, cells, cell->id) : NULL;
    const char *journal = own ? join(pool, own, "metrics.jsonl") : NULL;
    const char *images = own ? join(pool, own, "images.json") : NULL;
    struct reader reader = {own ? join(pool, own, "cell.json") : NULL, pool, cell, false};
    if (!journal || !images || !reader.path)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    cell->seconds = cell->best_val_accuracy = NAN;
    if (!cln_file_exists(reader.path))
        return CLN_OK;
    cell->folder = own;
    cJSON *root;
    CLN_TRY(cln_json_read(reader.path, &root));
    enum cln_status status = read_cell(&reader, root);
    cJSON_Delete(root);
    if (status == CLN_OK)
        status = cln_result_epochs_read(journal, pool, cell);
    if (status == CLN_OK)
        status = cln_result_images_read(images, pool, &cell->images);
    find_best(cell);
    return status;
}
