#include "run/derive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "cl/control.clh"
#include "report/metrics_csv.h"
#include "report/plots.h"
#include "report/records.h"
#include "report/summary.h"
#include "run/cell_json.h"
#include "run/cell_record.h"
#include "run/journal.h"

/* The records of all cells, and tables made of them that borrow their texts. */
struct derived {
    const struct cln_experiment *experiment;
    const char *folder;
    struct cln_cell_record **records; /* (cells) */
    struct cln_metrics_table metrics;
    struct cln_summary_cell *cells; /* (cells) */
    struct cln_summary_file files[CLN_DATASET_MAX_FILES];
    struct cln_summary summary;
};

static const cJSON *get(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static const char *text(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(get(object, key));
}

static enum cln_status add_metrics(struct derived *derived, const struct cln_cell *cell,
                                   struct cln_cell_record *record) {
    char *path = cln_cell_record_path(record, "metrics.jsonl");
    struct cln_epoch_metrics *rows;
    int count;
    if (!path)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    enum cln_status status = cln_journal_read(path, &rows, &count);
    free(path);
    CLN_TRY(status);
    for (int i = 0; i < count && status == CLN_OK; i++) {
        struct cln_metrics_row row = {.noise_scale = cell->noise.scale,
                                      .seed = cell->train.seed,
                                      .epoch = rows[i].epoch,
                                      .loss = rows[i].loss,
                                      .accuracy = rows[i].accuracy,
                                      .val_loss = rows[i].val_loss,
                                      .val_accuracy = rows[i].val_accuracy};
        snprintf(row.cell, sizeof row.cell, "%s", cell->id);
        snprintf(row.model, sizeof row.model, "%s", cell->model.name);
        status = cln_metrics_table_add(&derived->metrics, &row);
    }
    free(rows);
    return status;
}

/* The variants are released with the summary's cells. */
static enum cln_status add_variants(struct cln_summary_cell *cell, const cJSON *variants) {
    int count = cJSON_GetArraySize(variants);
    struct cln_summary_variant *rows = calloc((size_t)count + 1, sizeof *rows);
    if (!rows)
        return CLN_FAIL(MEMORY, "out of memory for the summary");
    cell->variants = rows;
    for (const cJSON *row = variants ? variants->child : NULL; row; row = row->next)
        rows[cell->variant_count++] =
            (struct cln_summary_variant){text(row, "launch"), text(row, "variant")};
    return CLN_OK;
}

static enum cln_status add_cell(struct derived *derived, int index) {
    const struct cln_cell *cell = &derived->experiment->cells[index];
    struct cln_cell_record *record = derived->records[index];
    const cJSON *root = cln_cell_record_json(record);
    struct cln_cell_state state;
    CLN_TRY(cln_cell_record_state(record, &state));
    CLN_TRY(add_metrics(derived, cell, record));
    derived->cells[index] = (struct cln_summary_cell){
        .id = cell->id,
        .model = cell->model.name,
        .label = cell->label,
        .noise_scale = cell->noise.scale,
        .seed = cell->train.seed,
        .parameters = (int64_t)cln_cell_json_get_number(root, "parameters"),
        .status = text(root, "status"),
        .error = text(get(root, "error"), "message"),
        .epochs = state.epochs,
        .loss = state.last.loss,
        .accuracy = state.last.accuracy,
        .val_loss = state.last.val_loss,
        .val_accuracy = state.last.val_accuracy,
        .best_val_accuracy = cln_cell_json_get_number(root, "best_val_accuracy"),
        .best_epoch = (int)cln_cell_json_get_number(root, "best_epoch"),
        .seconds = state.seconds};
    return add_variants(&derived->cells[index], get(root, "variants"));
}

/* As the first cell that has begun tells. */
static void add_whole(struct derived *derived) {
    const cJSON *device = NULL, *data = NULL;
    for (int i = 0; i < derived->experiment->cell_count && !cJSON_IsObject(device); i++) {
        device = get(cln_cell_record_json(derived->records[i]), "device");
        data = get(cln_cell_record_json(derived->records[i]), "data");
        derived->summary.started = text(cln_cell_record_json(derived->records[i]), "started");
    }
    struct cln_summary *summary = &derived->summary;
    summary->device = (struct cln_summary_device){
        .name = text(device, "name"),
        .platform = text(device, "platform"),
        .vendor = text(device, "vendor"),
        .version = text(device, "version"),
        .driver = text(device, "driver"),
        .type = text(device, "type"),
        .index = (int)cln_cell_json_get_number(device, "index"),
        .compute_units = (uint32_t)cln_cell_json_get_number(device, "compute_units"),
        .memory_bytes = (uint64_t)cln_cell_json_get_number(device, "memory_bytes"),
        .recorder = text(device, "recorder")};
    const cJSON *files = get(data, "files");
    size_t count = 0;
    for (const cJSON *file = files ? files->child : NULL; file && count < CLN_DATASET_MAX_FILES;
         file = file->next)
        derived->files[count++] =
            (struct cln_summary_file){text(file, "name"), text(file, "sha256")};
    summary->data = (struct cln_summary_data){
        .dataset = text(data, "dataset"),
        .requested = text(data, "requested"),
        .substituted = cJSON_IsTrue(get(data, "substituted")),
        .why_substituted = text(data, "why_substituted"),
        .files = derived->files,
        .file_count = count,
        .train_images = (uint32_t)cln_cell_json_get_number(data, "train_images"),
        .test_images = (uint32_t)cln_cell_json_get_number(data, "test_images")};
}

static enum cln_status gather(struct derived *derived) {
    size_t count = (size_t)derived->experiment->cell_count;
    derived->records = calloc(count + 1, sizeof(struct cln_cell_record *));
    derived->cells = calloc(count + 1, sizeof *derived->cells);
    if (!derived->records || !derived->cells)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
    for (size_t i = 0; i < count; i++) {
        const struct cln_cell *cell = &derived->experiment->cells[i];
        CLN_TRY(cln_cell_record_open(derived->folder, cell, &derived->records[i]));
        CLN_TRY(add_cell(derived, (int)i));
    }
    add_whole(derived);
    return CLN_OK;
}

static void done(struct derived *derived) {
    for (int i = 0; derived->records && i < derived->experiment->cell_count; i++)
        cln_cell_record_free(derived->records[i]);
    for (int i = 0; derived->cells && i < derived->experiment->cell_count; i++)
        free((void *)derived->cells[i].variants);
    free(derived->records);
    free(derived->cells);
    cln_metrics_table_done(&derived->metrics);
}

/* Into `out`, at the place of `name` in the folder. free() it. */
static enum cln_status path_of(const struct derived *derived, const char *name, char **out) {
    *out = cln_path_join(derived->folder, name);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
}

static enum cln_status write_summary(struct derived *derived, const char *status_text) {
    char *path;
    derived->summary.name = derived->experiment->name;
    derived->summary.status = status_text;
    derived->summary.cells = derived->cells;
    derived->summary.cell_count = (size_t)derived->experiment->cell_count;
    CLN_TRY(path_of(derived, "summary.json", &path));
    enum cln_status status = cln_summary_write(path, &derived->summary);
    free(path);
    return status;
}

static enum cln_status write_records(const char *folder) {
    struct cln_results *results;
    CLN_TRY(cln_results_read(&folder, 1, &results));
    enum cln_status status = cln_records_write(results, folder);
    cln_results_free(results);
    return status;
}

enum cln_status cln_derive_tables(const char *folder, const struct cln_experiment *experiment,
                                  const char *status_text) {
    struct derived derived = {.experiment = experiment, .folder = folder};
    CLN_TRY(write_records(folder));
    enum cln_status status = gather(&derived);
    if (status == CLN_OK)
        status = write_summary(&derived, status_text);
    done(&derived);
    return status;
}

static enum cln_status draw_samples(const char *plots, const struct cln_experiment *experiment,
                                    const struct cln_dataset *dataset,
                                    const struct cln_plot_data *about) {
    const size_t count = (size_t)experiment->cell_count;
    struct cln_noise_spec *noises = calloc(count + 1, sizeof *noises);
    const struct cln_cell **cells = calloc(count + 1, sizeof *cells);
    if (!noises || !cells) {
        free(noises);
        free(cells);
        return CLN_FAIL(MEMORY, "out of memory for the sheet of images");
    }
    for (size_t i = 0; i < count; i++)
        cells[i] = &experiment->cells[i];
    const struct cln_sheet sheet = {
        .images = {.images = dataset->train.images,
                   .labels = dataset->train.labels,
                   .count = dataset->train.count,
                   .height = dataset->height,
                   .width = dataset->width,
                   .channels = dataset->channels,
                   .seed = (uint64_t)experiment->cells[0].train.seed,
                   .stream = STREAM_NOISE_TRAIN},
        .noises = noises,
        .noise_count = cln_noises_of_cells(cells, experiment->cell_count, false, noises)};
    enum cln_status status = cln_plots_write_samples(plots, &sheet, about);
    free(noises);
    free(cells);
    return status;
}

enum cln_status cln_derive_plots(const char *folder, const struct cln_experiment *experiment,
                                 const struct cln_dataset *dataset) {
    struct derived derived = {.experiment = experiment, .folder = folder};
    char *plots = NULL;
    enum cln_status status = gather(&derived);
    const struct cln_summary_data *data = &derived.summary.data;
    const struct cln_plot_data about = {data->dataset ? data->dataset : "",
                                        data->requested ? data->requested : "", data->substituted};
    if (status == CLN_OK)
        status = path_of(&derived, "plots", &plots);
    if (status == CLN_OK)
        status = cln_plots_write(plots, &derived.metrics, &about);
    if (status == CLN_OK && dataset)
        status = draw_samples(plots, experiment, dataset, &about);
    free(plots);
    done(&derived);
    return status;
}
