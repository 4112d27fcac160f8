#include "report/summary_json.h"

#include <math.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/json_put.h"
#include "clnoise/version.h"
#include "report/summary.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#elif defined(__GNUC__)
#define COMPILER "gcc " __VERSION__
#else
#define COMPILER "unknown"
#endif

const char *cln_results_status(const struct cln_results *results) {
    static const enum cln_cell_status order[] = {CLN_CELL_RUNNING, CLN_CELL_INTERRUPTED,
                                                 CLN_CELL_WAITING, CLN_CELL_FAILED};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (results->by_status[order[i]])
            return cln_cell_status_name(order[i]);
    return cln_cell_status_name(CLN_CELL_DONE);
}

/* 0 stands for what is not recorded. */
static void put_count(cJSON *object, const char *key, int64_t count) {
    cln_json_put_number(object, key, count > 0 ? (double)count : NAN);
}

static void put_host(cJSON *root) {
    cJSON *host = cln_json_put_object(root, "host");
    struct utsname system;
    bool known = uname(&system) >= 0;
    cln_json_put_text(host, "system", known ? system.sysname : NULL);
    cln_json_put_text(host, "release", known ? system.release : NULL);
    cln_json_put_text(host, "machine", known ? system.machine : NULL);
    cln_json_put_text(host, "compiler", COMPILER);
}

static void put_device(cJSON *root, const struct cln_result_cell *from) {
    cJSON *device = cln_json_put_object(root, "device");
    cln_json_put_number(device, "index", (double)from->device.index);
    cln_json_put_text(device, "name", from->device.name);
    cln_json_put_text(device, "type", from->device.type);
    cln_json_put_text(device, "vendor", from->device.vendor);
    cln_json_put_text(device, "platform", from->device.platform);
    cln_json_put_text(device, "version", from->device.version);
    cln_json_put_text(device, "driver", from->device.driver);
    put_count(device, "compute_units", from->device.compute_units);
    put_count(device, "memory_bytes", from->device.memory_bytes);
    cln_json_put_text(device, "recorder", from->device.recorder);
}

/* Which of several devices it was. */
static void put_place(cJSON *cell, const struct cln_result_cell *from) {
    cJSON *device = cln_json_put_object(cell, "device");
    cln_json_put_number(device, "index", from->device.name ? (double)from->device.index : NAN);
    cln_json_put_text(device, "name", from->device.name);
    cln_json_put_text(device, "platform", from->device.platform);
}

static void put_data(cJSON *root, const struct cln_result_cell *from) {
    cJSON *data = cln_json_put_object(root, "data");
    cln_json_put_text(data, "dataset", from->data.dataset);
    cln_json_put_text(data, "requested", from->data.requested);
    cln_json_put_bool(data, "substituted", from->data.substituted);
    if (from->data.substituted)
        cln_json_put_text(data, "why_substituted", from->data.why_substituted);
    put_count(data, "train_images", from->data.train_images);
    put_count(data, "test_images", from->data.test_images);
    if (from->data.validation_images > 0)
        put_count(data, "validation_images", from->data.validation_images);
    put_count(data, "classes", from->classes);
    cJSON *files = cln_json_put_array(data, "files");
    for (size_t f = 0; f < from->data.file_count; f++) {
        cJSON *file = cln_json_put_object(files, NULL);
        cln_json_put_text(file, "name", from->data.files[f].name);
        cln_json_put_text(file, "sha256", from->data.files[f].sha256);
    }
}

static void put_last_epoch(cJSON *cell, const struct cln_result_cell *from) {
    const struct cln_result_epoch *last = cln_result_last(from);
    cln_json_put_number(cell, "epochs", from->epoch_count);
    if (!last)
        return;
    cln_json_put_number(cell, "loss", last->loss);
    cln_json_put_number(cell, "accuracy", last->accuracy);
    cln_json_put_number(cell, "val_loss", last->val_loss);
    cln_json_put_number(cell, "val_accuracy", last->val_accuracy);
    if (!isnan(last->test_accuracy)) {
        cln_json_put_number(cell, "test_loss", last->test_loss);
        cln_json_put_number(cell, "test_accuracy", last->test_accuracy);
    }
    cln_json_put_number(cell, "best_val_accuracy", from->best_val_accuracy);
    put_count(cell, "best_epoch", from->best_epoch);
}

static void put_evaluations(cJSON *cell, const struct cln_result_cell *from) {
    cJSON *list = cln_json_put_array(cell, "evaluations");
    for (size_t e = 0; e < from->evaluation_count; e++) {
        const struct cln_result_evaluation *evaluation = &from->evaluations[e];
        cJSON *object = cln_json_put_object(list, NULL);
        cln_json_put_number(object, "noise_scale", evaluation->noise_scale);
        cln_json_put_number(object, "loss", evaluation->loss);
        cln_json_put_number(object, "accuracy", evaluation->accuracy);
        put_count(object, "images", evaluation->count);
        struct cln_interval wilson =
            cln_wilson((double)evaluation->correct, (double)evaluation->count);
        cln_json_put_number(object, "low", wilson.low);
        cln_json_put_number(object, "high", wilson.high);
    }
}

static void put_diagnosis(cJSON *cell, const struct cln_diagnosis *from) {
    cJSON *diagnosis = cln_json_put_object(cell, "diagnosis");
    cln_json_put_text(diagnosis, "code", cln_diagnosis_name(from->code));
    put_count(diagnosis, "epoch", from->epoch);
    cln_json_put_number(diagnosis, "change", from->change);
    cln_json_put_text(diagnosis, "sentence", from->sentence);
}

static void put_cell(cJSON *cells, const struct cln_result_cell *from,
                     const struct cln_diagnosis *diagnosis) {
    cJSON *cell = cln_json_put_object(cells, NULL);
    cln_json_put_text(cell, "id", from->id);
    cln_json_put_text(cell, "model", from->model);
    cln_json_put_text(cell, "choices", from->label);
    cln_json_put_number(cell, "noise_scale", from->noise_scale);
    cln_json_put_number(cell, "seed", (double)from->seed);
    put_count(cell, "parameters", from->parameters);
    cln_json_put_text(cell, "status", cln_cell_status_name(from->status));
    if (from->error_message)
        cln_json_put_text(cell, "error", from->error_message);
    cln_json_put_number(cell, "attempts", from->attempts);
    put_place(cell, from);
    put_last_epoch(cell, from);
    put_evaluations(cell, from);
    put_diagnosis(cell, diagnosis);
    cln_json_put_number(cell, "seconds", from->seconds);
    cJSON *variants = cln_json_put_array(cell, "kernel_variants");
    for (size_t v = 0; v < from->variant_count; v++) {
        cJSON *variant = cln_json_put_object(variants, NULL);
        cln_json_put_text(variant, "launch", from->variants[v].launch);
        cln_json_put_text(variant, "variant", from->variants[v].variant);
    }
}

static void put_summary(cJSON *root, const struct cln_results *results,
                        const struct cln_meaning *meaning, const char *status) {
    static const struct cln_result_cell nothing;
    const struct cln_result_cell *begun = cln_results_first_begun(results);
    begun = begun ? begun : &nothing;
    cln_json_put_number(root, "summary_version", CLN_SUMMARY_VERSION);
    cln_json_put_text(root, "clnoise", cln_version());
    cln_json_put_text(root, "name", results->experiment->name);
    cln_json_put_text(root, "started", begun->started);
    cln_json_put_text(root, "status", status ? status : cln_results_status(results));
    put_host(root);
    put_device(root, begun);
    put_data(root, begun);
    cJSON *cells = cln_json_put_array(root, "cells");
    for (size_t c = 0; c < results->cell_count; c++)
        put_cell(cells, &results->cells[c], &meaning->diagnoses[c]);
    cln_summary_put_study(root, meaning);
}

enum cln_status cln_summary_write(const char *path, const struct cln_results *results,
                                  const struct cln_meaning *meaning, const char *status_text) {
    cJSON *root = cJSON_CreateObject();
    put_summary(root, results, meaning, status_text);
    const enum cln_status status = cln_json_write(path, root);
    cJSON_Delete(root);
    return status;
}

enum cln_status cln_summary_write_results(const char *path, const struct cln_results *results,
                                          const char *status_text) {
    struct cln_meaning *meaning;
    CLN_TRY(cln_meaning_make(results, &meaning));
    enum cln_status status = cln_summary_write(path, results, meaning, status_text);
    cln_meaning_free(meaning);
    return status;
}
