#include "report/run_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "graph/plan.h"
#include "report/metrics_csv.h"
#include "report/plots.h"
#include "report/weights.h"

#define TIMINGS 8

/* What the summary says of one cell, and the texts it borrows. */
struct cell_record {
    struct cln_summary_variant *variants;
    char *names; /* the texts of `variants`, one after another */
    char *error;
};

struct cln_run_folder {
    char *path;
    char started[40];
    const struct cln_experiment *experiment;
    struct cln_metrics_csv *csv;
    struct cln_metrics_table table;
    struct cln_summary summary;
    struct cln_summary_cell *cells;
    struct cell_record *records;
    struct cln_summary_file files[CLN_DATASET_MAX_FILES];
    char file_sha256[CLN_DATASET_MAX_FILES][65];
    char *data_texts; /* what the summary says of the data set */
    struct cln_summary_timing timings[TIMINGS];
};

/* "runs/convnet-vs-mlp-20240131-120000" */
static char *default_path(const char *name, const struct tm *now) {
    char stamp[32];
    struct cln_text path = {0};
    strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", now);
    cln_text_add(&path, "runs/%s-%s", name, stamp);
    for (char *c = path.chars ? path.chars + 5 : NULL; c && *c; c++)
        if (*c == '/' || (unsigned char)*c <= ' ' || (c == path.chars + 5 && *c == '.'))
            *c = '_'; /* a name must not lead out of runs/ */
    return path.chars;
}

static enum cln_status file_path(const struct cln_run_folder *folder, const char *name,
                                 char **out) {
    *out = cln_path_join(folder->path, name);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
}

static enum cln_status refuse_older_run(const struct cln_run_folder *folder) {
    char *path;
    CLN_TRY(file_path(folder, "metrics.csv", &path));
    bool taken = cln_file_exists(path);
    free(path);
    return taken ? CLN_FAIL(FILE, "%s holds a run already; give another --out, or move it away",
                            folder->path)
                 : CLN_OK;
}

static enum cln_status write_config(const struct cln_run_folder *folder) {
    char *path;
    const char *text = cln_experiment_resolved(folder->experiment);
    CLN_TRY(file_path(folder, "config.yaml", &path));
    enum cln_status status = cln_file_write(path, text, strlen(text));
    free(path);
    return status;
}

static enum cln_status open_csv(struct cln_run_folder *folder) {
    char *path;
    CLN_TRY(file_path(folder, "metrics.csv", &path));
    enum cln_status status = cln_metrics_csv_create(path, &folder->csv);
    free(path);
    return status;
}

static enum cln_status write_summary(struct cln_run_folder *folder) {
    char *path;
    CLN_TRY(file_path(folder, "summary.json", &path));
    enum cln_status status = cln_summary_write(path, &folder->summary);
    free(path);
    return status;
}

static void fill_summary(struct cln_run_folder *folder, const struct cln_device *device) {
    const struct cln_experiment *experiment = folder->experiment;
    folder->summary =
        (struct cln_summary){.name = experiment->name,
                             .started = folder->started,
                             .status = "running",
                             .device = {.name = device->name,
                                        .platform = device->platform,
                                        .vendor = device->vendor,
                                        .version = device->version,
                                        .driver = device->driver,
                                        .type = cln_device_type_name(device->type),
                                        .index = device->index,
                                        .compute_units = (uint32_t)device->compute_units,
                                        .memory_bytes = device->global_memory_bytes},
                             .cells = folder->cells,
                             .cell_count = (size_t)experiment->cell_count,
                             .timings = folder->timings};
    for (int i = 0; i < experiment->cell_count; i++) {
        const struct cln_cell *cell = &experiment->cells[i];
        folder->cells[i] = (struct cln_summary_cell){.id = cell->id,
                                                     .model = cell->model.name,
                                                     .label = cell->label,
                                                     .noise_scale = cell->noise.scale,
                                                     .seed = cell->train.seed,
                                                     .status = "waiting"};
    }
}

enum cln_status cln_run_folder_create(const char *path, const struct cln_experiment *experiment,
                                      const struct cln_device *device,
                                      struct cln_run_folder **out) {
    struct cln_run_folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return CLN_FAIL(MEMORY, "out of memory for a run folder");
    enum cln_status status = CLN_OK;
    time_t now = time(NULL);
    struct tm local;
    localtime_r(&now, &local);
    strftime(folder->started, sizeof folder->started, "%Y-%m-%dT%H:%M:%S%z", &local);
    folder->experiment = experiment;
    folder->path = path ? strdup(path) : default_path(experiment->name, &local);
    folder->cells = calloc((size_t)experiment->cell_count + 1, sizeof *folder->cells);
    folder->records = calloc((size_t)experiment->cell_count + 1, sizeof *folder->records);
    if (!folder->path || !folder->cells || !folder->records) {
        status = CLN_FAIL(MEMORY, "out of memory for a run folder");
        goto fail;
    }
    fill_summary(folder, device);
    CLN_TRY_GOTO(cln_folder_make(folder->path));
    CLN_TRY_GOTO(refuse_older_run(folder));
    CLN_TRY_GOTO(write_config(folder));
    CLN_TRY_GOTO(open_csv(folder));
    *out = folder;
    return CLN_OK;
fail:
    cln_run_folder_free(folder);
    return status;
}

void cln_run_folder_free(struct cln_run_folder *folder) {
    if (!folder)
        return;
    cln_metrics_csv_close(folder->csv);
    cln_metrics_table_done(&folder->table);
    for (int i = 0; folder->records && i < folder->experiment->cell_count; i++) {
        free(folder->records[i].variants);
        free(folder->records[i].names);
        free(folder->records[i].error);
    }
    free(folder->records);
    free(folder->cells);
    free(folder->data_texts);
    free(folder->path);
    free(folder);
}

const char *cln_run_folder_path(const struct cln_run_folder *folder) {
    return folder->path;
}

const struct cln_summary_cell *cln_run_folder_cell(const struct cln_run_folder *folder, int cell) {
    return &folder->cells[cell];
}

enum cln_status cln_run_folder_data(struct cln_run_folder *folder,
                                    const struct cln_dataset *dataset) {
    const char *why = dataset->why_substituted ? dataset->why_substituted : "";
    char *texts = malloc(strlen(dataset->requested) + strlen(why) + 2);
    if (!texts)
        return CLN_FAIL(MEMORY, "out of memory for the summary");
    free(folder->data_texts);
    folder->data_texts = texts;
    const char *requested = strcpy(texts, dataset->requested);
    why = strcpy(texts + strlen(texts) + 1, why);
    for (int i = 0; i < dataset->file_count; i++) {
        memcpy(folder->file_sha256[i], dataset->files[i].sha256, sizeof folder->file_sha256[i]);
        folder->files[i] =
            (struct cln_summary_file){dataset->files[i].name, folder->file_sha256[i]};
    }
    folder->summary.data = (struct cln_summary_data){.dataset = dataset->name,
                                                     .requested = requested,
                                                     .substituted = dataset->substituted,
                                                     .why_substituted = *why ? why : NULL,
                                                     .files = folder->files,
                                                     .file_count = (size_t)dataset->file_count,
                                                     .train_images = dataset->train.count,
                                                     .test_images = dataset->test.count};
    return write_summary(folder);
}

enum cln_status cln_run_folder_epoch(struct cln_run_folder *folder, int index,
                                     const struct cln_epoch_metrics *metrics) {
    const struct cln_cell *cell = &folder->experiment->cells[index];
    struct cln_metrics_row row = {.noise_scale = cell->noise.scale,
                                  .seed = cell->train.seed,
                                  .epoch = metrics->epoch,
                                  .seconds = metrics->seconds,
                                  .loss = metrics->loss,
                                  .accuracy = metrics->accuracy,
                                  .val_loss = metrics->val_loss,
                                  .val_accuracy = metrics->val_accuracy};
    snprintf(row.cell, sizeof row.cell, "%s", cell->id);
    snprintf(row.model, sizeof row.model, "%s", cell->model.name);
    CLN_TRY(cln_metrics_csv_add(folder->csv, &row));
    CLN_TRY(cln_metrics_table_add(&folder->table, &row));
    struct cln_summary_cell *summary = &folder->cells[index];
    summary->status = "running";
    summary->epochs = metrics->epoch;
    summary->loss = metrics->loss;
    summary->accuracy = metrics->accuracy;
    summary->val_loss = metrics->val_loss;
    summary->val_accuracy = metrics->val_accuracy;
    summary->seconds += metrics->seconds;
    if (!summary->best_epoch || metrics->val_accuracy > summary->best_val_accuracy) {
        summary->best_epoch = metrics->epoch;
        summary->best_val_accuracy = metrics->val_accuracy;
    }
    return CLN_OK;
}

/* Which kernel variant computed each node of a training step. The names are copied: the plan goes
 * with the trainer. */
static enum cln_status note_variants(struct cln_run_folder *folder, int index,
                                     struct cln_plan *plan) {
    struct cell_record *record = &folder->records[index];
    size_t count = (size_t)cln_plan_launch_count(plan), used = 0;
    struct cln_launch_info *rows = calloc(count + 1, sizeof *rows);
    record->variants = calloc(count + 1, sizeof *record->variants);
    record->names = calloc(count + 1, 2 * CLN_NAME_SIZE);
    enum cln_status status = CLN_OK;
    if (!rows || !record->variants || !record->names)
        status = CLN_FAIL(MEMORY, "out of memory for the summary");
    else
        status = cln_plan_launches(plan, rows);
    for (size_t i = 0; status == CLN_OK && i < count; i++) {
        if (i && !strcmp(rows[i].node, rows[i - 1].node))
            continue;
        char *node = record->names + used * 2 * CLN_NAME_SIZE, *variant = node + CLN_NAME_SIZE;
        snprintf(node, CLN_NAME_SIZE, "%s", rows[i].node);
        snprintf(variant, CLN_NAME_SIZE, "%s", rows[i].variant);
        record->variants[used++] = (struct cln_summary_variant){node, variant};
    }
    folder->cells[index].variants = record->variants;
    folder->cells[index].variant_count = used;
    free(rows);
    return status;
}

static enum cln_status write_weights(struct cln_run_folder *folder, int index,
                                     struct cln_trainer *trainer) {
    const struct cln_cell *cell = &folder->experiment->cells[index];
    struct cln_text name = {0};
    char *path = NULL;
    cln_text_add(&name, "cells/%s", cell->id);
    enum cln_status status;
    CLN_TRY_GOTO(cln_text_check(&name));
    CLN_TRY_GOTO(file_path(folder, name.chars, &path));
    CLN_TRY_GOTO(cln_folder_make(path));
    cln_text_add(&name, "/model.safetensors");
    CLN_TRY_GOTO(cln_text_check(&name));
    free(path);
    path = NULL;
    CLN_TRY_GOTO(file_path(folder, name.chars, &path));
    CLN_TRY_GOTO(cln_weights_write(path, trainer, cell->model.name, cell->id));
fail:
    cln_text_free(&name);
    free(path);
    return status;
}

enum cln_status cln_run_folder_trained(struct cln_run_folder *folder, int index,
                                       struct cln_trainer *trainer) {
    struct cln_summary_cell *cell = &folder->cells[index];
    struct cln_plan *plan = cln_trainer_step_plan(trainer);
    cell->parameters = (int64_t)cln_model_parameters(cln_trainer_model(trainer));
    folder->summary.device.recorder = cln_plan_recorder(plan); /* a static string */
    CLN_TRY(note_variants(folder, index, plan));
    CLN_TRY(write_weights(folder, index, trainer));
    cell->status = "done";
    return write_summary(folder);
}

enum cln_status cln_run_folder_failed(struct cln_run_folder *folder, int index,
                                      enum cln_status status) {
    const struct cln_error *error = cln_error_last();
    struct cell_record *record = &folder->records[index];
    struct cln_text text = {0};
    cln_text_add(&text, "%s%s%s", error->message, error->detail ? "\n" : "",
                 error->detail ? error->detail : "");
    free(record->error);
    record->error = text.chars;
    CLN_TRY(cln_text_check(&text));
    folder->cells[index].status = status == CLN_INTERRUPTED ? "interrupted" : "failed";
    folder->cells[index].error = record->error;
    return write_summary(folder);
}

void cln_run_folder_time(struct cln_run_folder *folder, const char *name, double seconds) {
    size_t i = 0;
    while (i < folder->summary.timing_count && strcmp(folder->timings[i].name, name))
        i++;
    if (i == TIMINGS)
        return;
    if (i == folder->summary.timing_count)
        folder->timings[folder->summary.timing_count++].name = name;
    folder->timings[i].seconds += seconds;
}

/* The different noise scales of the cells, zero left out, in the order they come in. */
static size_t noise_scales(const struct cln_experiment *experiment, double *scales) {
    size_t count = 0;
    for (int i = 0; i < experiment->cell_count; i++) {
        double scale = experiment->cells[i].noise.scale;
        bool known = scale == 0;
        for (size_t j = 0; j < count && !known; j++)
            known = scales[j] == scale;
        if (!known)
            scales[count++] = scale;
    }
    return count;
}

static enum cln_status draw(struct cln_run_folder *folder, const char *plots,
                            const struct cln_dataset *dataset) {
    const struct cln_plot_data about = {folder->summary.data.dataset,
                                        folder->summary.data.requested,
                                        folder->summary.data.substituted};
    CLN_TRY(cln_plots_write(plots, &folder->table, &about));
    if (!dataset)
        return CLN_OK;
    double *scales = calloc((size_t)folder->experiment->cell_count + 1, sizeof *scales);
    if (!scales)
        return CLN_FAIL(MEMORY, "out of memory for the sheet of images");
    struct cln_plot_images images = {.images = dataset->train.images,
                                     .labels = dataset->train.labels,
                                     .count = dataset->train.count,
                                     .height = dataset->height,
                                     .width = dataset->width,
                                     .channels = dataset->channels,
                                     .seed = (uint64_t)folder->experiment->cells[0].train.seed,
                                     .scales = scales,
                                     .scale_count = noise_scales(folder->experiment, scales)};
    enum cln_status status = cln_plots_write_samples(plots, &images, &about);
    free(scales);
    return status;
}

enum cln_status cln_run_folder_finish(struct cln_run_folder *folder,
                                      const struct cln_dataset *dataset, enum cln_status status) {
    folder->summary.status = status == CLN_OK            ? "done"
                             : status == CLN_INTERRUPTED ? "interrupted"
                                                         : "failed";
    CLN_TRY(write_summary(folder));
    char *plots;
    CLN_TRY(file_path(folder, "plots", &plots));
    enum cln_status drawn = draw(folder, plots, dataset);
    free(plots);
    return drawn;
}
