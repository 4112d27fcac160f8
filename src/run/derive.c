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

/* The records of all cells, and what is drawn of them. */
struct derived {
    const struct cln_experiment *experiment;
    const char *folder;
    struct cln_cell_record **records; /* (cells) */
    struct cln_metrics_table metrics;
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

static enum cln_status gather(struct derived *derived) {
    size_t count = (size_t)derived->experiment->cell_count;
    derived->records = calloc(count + 1, sizeof(struct cln_cell_record *));
    if (!derived->records)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
    for (size_t i = 0; i < count; i++) {
        const struct cln_cell *cell = &derived->experiment->cells[i];
        CLN_TRY(cln_cell_record_open(derived->folder, cell, &derived->records[i]));
        CLN_TRY(add_metrics(derived, cell, derived->records[i]));
    }
    return CLN_OK;
}

/* The data set of the first cell that has begun. Borrows from the records. */
static struct cln_plot_data data_of(const struct derived *derived) {
    const cJSON *data = NULL;
    for (int i = 0; i < derived->experiment->cell_count && !cJSON_IsObject(data); i++)
        data = get(cln_cell_record_json(derived->records[i]), "data");
    const char *dataset = text(data, "dataset"), *requested = text(data, "requested");
    return (struct cln_plot_data){dataset ? dataset : "", requested ? requested : "",
                                  cJSON_IsTrue(get(data, "substituted"))};
}

static void done(struct derived *derived) {
    for (int i = 0; derived->records && i < derived->experiment->cell_count; i++)
        cln_cell_record_free(derived->records[i]);
    free(derived->records);
    cln_metrics_table_done(&derived->metrics);
}

enum cln_status cln_derive_tables(const char *folder, const struct cln_experiment *experiment,
                                  const char *status_text) {
    (void)experiment;
    struct cln_results *results = NULL;
    char *path = cln_path_join(folder, "summary.json");
    enum cln_status status = path ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
    if (status == CLN_OK)
        status = cln_results_read(&folder, 1, &results);
    if (status == CLN_OK)
        status = cln_records_write(results, folder);
    if (status == CLN_OK)
        status = cln_summary_write_results(path, results, status_text);
    cln_results_free(results);
    free(path);
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
    if (status == CLN_OK) {
        plots = cln_path_join(folder, "plots");
        status = plots ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
    }
    if (status == CLN_OK) {
        const struct cln_plot_data about = data_of(&derived);
        status = cln_plots_write(plots, &derived.metrics, &about);
        if (status == CLN_OK && dataset)
            status = draw_samples(plots, experiment, dataset, &about);
    }
    free(plots);
    done(&derived);
    return status;
}
