#include "run/cell_record.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"
#include "base/json_put.h"
#include "base/text.h"
#include "clnoise/version.h"
#include "report/images.h"
#include "report/json_read.h"
#include "run/cell_evaluations.h"
#include "run/cell_json.h"
#include "run/journal.h"
#include "run/trained.h"
#include "train/evaluate.h"

struct cln_cell_record {
    char *folder; /* cells/<id> in the run's */
    const struct cln_cell *cell;
    cJSON *root; /* cell.json */
};

const char *cln_cell_record_folder(const struct cln_cell_record *record) {
    return record->folder;
}

char *cln_cell_record_path(const struct cln_cell_record *record, const char *name) {
    return cln_path_join(record->folder, name);
}

static enum cln_status path_of(const struct cln_cell_record *record, const char *name, char **out) {
    *out = cln_cell_record_path(record, name);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
}

static enum cln_status write_json(struct cln_cell_record *record) {
    char *path;
    CLN_TRY(path_of(record, "cell.json", &path));
    enum cln_status status = cln_json_write(path, record->root);
    free(path);
    return status;
}

/* What no training changes. */
static void describe(struct cln_cell_record *record) {
    const struct cln_cell *cell = record->cell;
    cJSON *root = record->root;
    cln_json_put_text(root, "clnoise", cln_version());
    cln_json_put_text(root, "id", cell->id);
    cln_json_put_text(root, "label", cell->label);
    cln_json_put_text(root, "more", cell->more);
    cln_json_put_text(root, "model", cell->model.name);
    cln_json_put_number(root, "noise_scale", cell->noise.scale);
    cln_json_put_number(root, "seed", (double)cell->train.seed);
    cln_json_put_text(root, "config", cell->config);
}

static void begin_anew(cJSON *root) {
    static const char *const none[] = {"error",       "parameters", "device",   "data",
                                       "variants",    "best_epoch", "diverged", "best_val_accuracy",
                                       "evaluations", "mistaken",   "kernels"};
    cln_json_put_text(root, "status", "waiting");
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        cln_json_put(root, none[i], cJSON_CreateNull());
    cln_json_put_number(root, "attempts", 0);
    cln_json_put_number(root, "epochs", 0);
    cln_json_put(root, "epoch_seconds", cJSON_CreateArray());
    cln_json_put_number(root, "seconds", 0);
}

static enum cln_status read_json(struct cln_cell_record *record) {
    char *path, *bytes = NULL;
    size_t length;
    CLN_TRY(path_of(record, "cell.json", &path));
    enum cln_status status = cln_file_exists(path) ? cln_file_read(path, &bytes, &length) : CLN_OK;
    free(path);
    CLN_TRY(status);
    record->root = NULL;
    if (bytes)
        status = cln_json_parse(bytes, length, &record->root, NULL);
    free(bytes);
    CLN_TRY(status);
    /* It is replaced as a whole, so one that is no JSON was not written by us. */
    const char *id = cln_cell_json_get_text(record->root, "id");
    if (!strcmp(id, record->cell->id))
        return CLN_OK;
    cJSON_Delete(record->root);
    record->root = cJSON_CreateObject();
    describe(record);
    begin_anew(record->root);
    return record->root ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a cell's record");
}

enum cln_status cln_cell_record_open(const char *run_folder, const struct cln_cell *cell,
                                     struct cln_cell_record **out) {
    struct cln_cell_record *record = calloc(1, sizeof *record);
    struct cln_text folder = {0};
    cln_text_add(&folder, "%s/cells/%s", run_folder, cell->id);
    if (!record || folder.failed) {
        free(record);
        cln_text_free(&folder);
        return CLN_FAIL(MEMORY, "out of memory for a cell's record");
    }
    record->folder = folder.chars;
    record->cell = cell;
    enum cln_status status = read_json(record);
    if (status == CLN_OK)
        *out = record;
    else
        cln_cell_record_free(record);
    return status;
}

void cln_cell_record_free(struct cln_cell_record *record) {
    if (!record)
        return;
    cJSON_Delete(record->root);
    free(record->folder);
    free(record);
}

/* Takes the best of the epochs that are in the journal from there. */
static enum cln_status recall_best(struct cln_cell_record *record, const char *journal) {
    struct cln_epoch_metrics *rows;
    int count;
    CLN_TRY(cln_journal_read(journal, &rows, &count));
    cln_json_put(record->root, "best_val_accuracy", cJSON_CreateNull());
    cln_json_put(record->root, "best_epoch", cJSON_CreateNull());
    for (int i = 0; i < count; i++)
        cln_cell_json_best(record->root, &rows[i]);
    cln_json_put_number(record->root, "epochs", count);
    free(rows);
    return CLN_OK;
}

static void cut_seconds(cJSON *root, int epochs) {
    cJSON *seconds = cJSON_GetObjectItemCaseSensitive(root, "epoch_seconds");
    if (!cJSON_IsArray(seconds))
        seconds = cln_json_put_array(root, "epoch_seconds");
    cJSON *row = seconds ? seconds->child : NULL, *next;
    double sum = 0;
    for (int e = 0; row; e++, row = next) {
        next = row->next;
        if (e < epochs)
            sum += row->valuedouble;
        else
            cJSON_Delete(cJSON_DetachItemViaPointer(seconds, row));
    }
    cln_json_put_number(root, "seconds", sum);
}

/* ISO 8601 with zone, as this machine's clock has it. */
static void add_start(cJSON *root) {
    char text[40];
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S%z", &local);
    cln_json_put_text(root, "started", text);
}

enum cln_status cln_cell_record_begin(struct cln_cell_record *record,
                                      const struct cln_device *device,
                                      const struct cln_dataset *dataset, int epochs) {
    cJSON *root = record->root;
    char *journal;
    const int attempts = cln_json_int(root, "attempts", 0);
    if (epochs == 0)
        begin_anew(root);
    describe(record); /* another version may go on with it */
    cln_json_put_text(root, "status", "running");
    cln_json_put(root, "error", cJSON_CreateNull());
    cln_json_put_number(root, "attempts", fmin(attempts + 1.0, INT_MAX));
    cln_json_put(root, "device", cln_cell_json_device(device));
    cJSON *data = cln_cell_json_data(dataset);
    cln_json_put_number(data, "validation_images", (double)record->cell->data.validation);
    cln_json_put(root, "data", data);
    cut_seconds(root, epochs);
    if (!*cln_cell_json_get_text(root, "started"))
        add_start(root);
    CLN_TRY(cln_folder_make(record->folder));
    CLN_TRY(cln_file_sweep(record->folder));
    CLN_TRY(path_of(record, "metrics.jsonl", &journal));
    enum cln_status status = cln_journal_cut(journal, epochs);
    if (status == CLN_OK)
        status = recall_best(record, journal);
    free(journal);
    CLN_TRY(status);
    return write_json(record);
}

enum cln_status cln_cell_record_model(struct cln_cell_record *record, struct cln_trainer *trainer) {
    struct cln_plan *plan = cln_trainer_step_plan(trainer);
    cJSON *device = cJSON_GetObjectItemCaseSensitive(record->root, "device"), *variants;
    cln_json_put_text(device, "recorder", cln_plan_recorder(plan));
    cln_json_put_number(record->root, "parameters",
                        (double)cln_model_parameters(cln_trainer_model(trainer)));
    CLN_TRY(cln_cell_json_variants(plan, &variants));
    cln_json_put(record->root, "variants", variants);
    struct cln_text kernels = {0};
    enum cln_status status = cln_trainer_kernels(trainer, &kernels);
    if (status == CLN_OK)
        cln_json_put_text(record->root, "kernels", kernels.chars);
    cln_text_free(&kernels);
    CLN_TRY(status);
    return write_json(record);
}

enum cln_status cln_cell_record_epoch(struct cln_cell_record *record,
                                      const struct cln_epoch_metrics *metrics) {
    cJSON *root = record->root;
    char *journal;
    CLN_TRY(path_of(record, "metrics.jsonl", &journal));
    enum cln_status status = cln_journal_add(journal, metrics);
    free(journal);
    CLN_TRY(status);
    double seconds = cln_cell_json_get_number(root, "seconds") + metrics->seconds;
    cln_json_put_number(cJSON_GetObjectItemCaseSensitive(root, "epoch_seconds"), NULL,
                        metrics->seconds);
    cln_json_put_number(root, "seconds", seconds);
    cln_json_put_number(root, "epochs", metrics->epoch);
    cln_cell_json_best(root, metrics);
    return write_json(record);
}

/* The images that the report shows: some of the training images, and the surest mistakes. */
static enum cln_status write_images(struct cln_cell_record *record,
                                    const struct cln_dataset *dataset) {
    const cJSON *mistaken = cJSON_GetObjectItemCaseSensitive(record->root, "mistaken");
    uint32_t samples[CLN_MOST_MISTAKES];
    size_t count = 0;
    char *path;
    for (const cJSON *row = mistaken ? mistaken->child : NULL; row && count < CLN_MOST_MISTAKES;
         row = row->next)
        samples[count++] = (uint32_t)cln_cell_json_get_number(row, "sample");
    CLN_TRY(path_of(record, "images.json", &path));
    enum cln_status status = cln_result_images_write(path, dataset, samples, count);
    free(path);
    return status;
}

enum cln_status cln_cell_record_done(struct cln_cell_record *record, struct cln_trainer *trainer,
                                     const struct cln_dataset *dataset,
                                     const struct cln_train_observer *observer) {
    char *path;
    CLN_TRY(path_of(record, "model.safetensors", &path));
    enum cln_status status = cln_trained_write(path, record->cell, dataset, trainer);
    free(path);
    CLN_TRY(status);
    CLN_TRY(cln_cell_evaluate(record->cell, trainer, observer, record->root));
    CLN_TRY(write_images(record, dataset));
    cln_json_put_text(record->root, "status", "done");
    return write_json(record);
}

enum cln_status cln_cell_record_retest(struct cln_cell_record *record, struct cln_trainer *trainer,
                                       const struct cln_dataset *dataset,
                                       const struct cln_train_observer *observer) {
    CLN_TRY(cln_cell_evaluate(record->cell, trainer, observer, record->root));
    CLN_TRY(write_images(record, dataset));
    cln_json_put_text(record->root, "config", record->cell->config);
    return write_json(record);
}

enum cln_status cln_cell_record_diverged(struct cln_cell_record *record,
                                         const struct cln_divergence *where) {
    cJSON *told = cJSON_CreateObject();
    cln_json_put_number(told, "epoch", where->epoch);
    cln_json_put_number(told, "step", (double)where->step);
    cln_json_put_text(told, "layer", *where->layer ? where->layer : NULL);
    cln_json_put_text(told, "where", *where->where ? where->where : NULL);
    cln_json_put(record->root, "diverged", told);
    return write_json(record);
}

enum cln_status cln_cell_record_fail(struct cln_cell_record *record,
                                     const struct cln_error *error) {
    cJSON *told = cJSON_CreateObject();
    cln_json_put_text(told, "status", cln_status_name(error->status));
    cln_json_put_text(told, "message", error->message);
    cln_json_put_text(told, "detail", error->detail);
    cln_json_put_text(record->root, "status",
                      error->status == CLN_INTERRUPTED ? "interrupted" : "failed");
    cln_json_put(record->root, "error", told);
    CLN_TRY(cln_folder_make(record->folder));
    return write_json(record);
}

/* Of an error's status: the training itself came to that, and would again. */
static bool is_of_training(const char *status) {
    return !strcmp(status, cln_status_name(CLN_CELL)) ||
           !strcmp(status, cln_status_name(CLN_DIVERGED));
}

enum cln_status cln_cell_record_state(const struct cln_cell_record *record,
                                      struct cln_cell_state *state) {
    const cJSON *root = record->root, *error = cJSON_GetObjectItemCaseSensitive(root, "error");
    struct cln_epoch_metrics *rows;
    char *journal;
    *state =
        (struct cln_cell_state){.diverged = is_of_training(cln_cell_json_get_text(error, "status")),
                                .tested = cln_cell_is_tested(record->cell, root),
                                .attempts = cln_json_int(root, "attempts", 0),
                                .seconds = cln_cell_json_get_number(root, "seconds")};
    snprintf(state->status, sizeof state->status, "%s", cln_cell_json_get_text(root, "status"));
    CLN_TRY(path_of(record, "metrics.jsonl", &journal));
    enum cln_status status = cln_journal_read(journal, &rows, &state->epochs);
    free(journal);
    CLN_TRY(status);
    if (state->epochs)
        state->last = rows[state->epochs - 1];
    free(rows);
    return CLN_OK;
}

const struct cJSON *cln_cell_record_json(const struct cln_cell_record *record) {
    return record->root;
}
