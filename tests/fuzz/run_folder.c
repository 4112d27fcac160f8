#include "fuzz/run_folder.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const char config[] = "name: t\n"
                             "data: {dataset: mnist}\n"
                             "noise: {scale: 0.5}\n"
                             "train: {epochs: 3}\n"
                             "models:\n"
                             "  a:\n"
                             "    optimizer: sgd\n"
                             "    layers: [flatten, {dense: {units: 10, activation: softmax}}]\n";

static const char *const files[] = {"cell.json", "metrics.jsonl", "images.json",
                                    "model.safetensors"};

#define FILES     (sizeof files / sizeof *files)
#define SEPARATOR "\n---\n"

static struct cln_experiment *experiment;

const struct cln_experiment *fuzz_run_experiment(void) {
    if (experiment)
        return experiment;
    fuzz_put("config.yaml", (const uint8_t *)config, strlen(config));
    fuzz_check(cln_experiment_load_text("t", config, NULL, 0, &experiment) == CLN_OK,
               cln_error_last()->message);
    return experiment;
}

/* The id of the cell decides its folder. */
static void put(size_t file, const char *begin, const uint8_t *data, size_t size) {
    struct cln_text name = {0}, bytes = {0};
    cln_text_add(&name, "cells/%s/%s", fuzz_run_experiment()->cells[0].id, files[file]);
    if (file == 0 && begin)
        cln_text_add(&bytes, "%s", begin);
    cln_text_append(&bytes, (const char *)data, size);
    fuzz_check(cln_text_check(&name) == CLN_OK && cln_text_check(&bytes) == CLN_OK,
               "out of memory");
    if (bytes.length || file == 0)
        fuzz_put(name.chars, (const uint8_t *)(bytes.chars ? bytes.chars : ""), bytes.length);
    else
        fuzz_drop(name.chars);
    cln_text_free(&name);
    cln_text_free(&bytes);
}

const char *fuzz_run_folder(const char *begin, const uint8_t *data, size_t size) {
    const size_t gap = strlen(SEPARATOR);
    for (size_t f = 0; f < FILES; f++) {
        const bool last = f + 1 == FILES;
        size_t length = last ? size : 0;
        while (length < size && !(size - length >= gap && !memcmp(data + length, SEPARATOR, gap)))
            length++;
        put(f, begin, data, length);
        const size_t used = size - length >= gap ? length + gap : size;
        data += used;
        size -= used;
    }
    return fuzz_folder();
}

struct cln_results *fuzz_run_results(const uint8_t *data, size_t size) {
    struct cln_results *results;
    const char *folder = fuzz_run_folder(NULL, data, size);
    const enum cln_status status = cln_results_read(&folder, 1, &results);
    if (status == CLN_OK)
        return results;
    fuzz_check_error(status);
    return NULL;
}
