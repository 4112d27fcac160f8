/*
 * A run's folder: cell.json, metrics.jsonl and images.json of its only cell, with a line "---"
 * between them; and the tables and the summary that are derived from it. Nothing is drawn here.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "report/records.h"
#include "report/report.h"
#include "report/summary.h"

static const char config[] = "name: t\n"
                             "data: {dataset: mnist}\n"
                             "noise: {scale: 0.5}\n"
                             "train: {epochs: 3}\n"
                             "models:\n"
                             "  a:\n"
                             "    optimizer: sgd\n"
                             "    layers: [flatten, {dense: {units: 10, activation: softmax}}]\n";

#define FILES 3
static char names[FILES][80];

/* The id of the cell decides its folder. */
static void prepare(void) {
    static const char *const files[FILES] = {"cell.json", "metrics.jsonl", "images.json"};
    struct cln_experiment *experiment;
    fuzz_put("config.yaml", (const uint8_t *)config, strlen(config));
    fuzz_check(cln_experiment_load_text("t", config, NULL, 0, &experiment) == CLN_OK,
               cln_error_last()->message);
    for (int f = 0; f < FILES; f++) {
        strcpy(names[f], "cells/");
        strcat(names[f], experiment->cells[0].id);
        strcat(names[f], "/");
        strcat(names[f], files[f]);
    }
    cln_experiment_free(experiment);
}

static void put_files(const uint8_t *data, size_t size) {
    for (int f = 0; f < FILES; f++) {
        size_t length = 0;
        while (length < size && !(size - length >= 5 && !memcmp(data + length, "\n---\n", 5)))
            length++;
        if (length || f == 0)
            fuzz_put(names[f], data, length);
        else
            fuzz_drop(names[f]);
        const size_t used = size - length >= 5 ? length + 5 : size;
        data += used;
        size -= used;
    }
}

static void derive(const struct cln_results *results) {
    struct cln_meaning *meaning;
    struct cln_text csv = {0}, jsonl = {0}, times = {0};
    fuzz_check(cln_meaning_make(results, &meaning) == CLN_OK, cln_error_last()->message);
    cln_records_metrics_csv(results, &csv);
    cln_records_metrics_jsonl(results, &jsonl);
    cln_records_timings_csv(results, &times);
    const char *summary = fuzz_put("summary.json", (const uint8_t *)"", 0);
    fuzz_check(cln_summary_write(summary, results, meaning, NULL) == CLN_OK,
               cln_error_last()->message);
    cln_text_free(&csv);
    cln_text_free(&jsonl);
    cln_text_free(&times);
    cln_meaning_free(meaning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_results *results;
    if (!*names[0])
        prepare();
    put_files(data, size);
    const char *folder = fuzz_folder();
    enum cln_status status = cln_results_read(&folder, 1, &results);
    if (status == CLN_OK) {
        derive(results);
        cln_results_free(results);
    } else {
        fuzz_check_error(status);
    }
    return 0;
}
