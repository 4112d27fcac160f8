#include "support/run_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "support/scratch.h"

const char run_fixture_config[] =
    "name: fixture\n"
    "data: {dataset: mnist, otherwise: fashion-mnist}\n"
    "noise: {scale: 0}\n"
    "train: {epochs: 3, batch: 128, seed: 1}\n"
    "models:\n"
    "  convnet:\n"
    "    layers: [conv2d: {filters: 2, kernel: 3}, flatten, dense: {units: 10, activation: "
    "softmax}]\n"
    "    optimizer: {sgd: {learning_rate: 0.1}}\n"
    "  mlp:\n"
    "    layers: [flatten, dense: {units: 10, activation: softmax}]\n"
    "    optimizer: {sgd: {learning_rate: 0.1}}\n"
    "sweep: {model: [convnet, mlp], noise.scale: [0, 1]}\n";

struct cln_experiment *run_fixture_begin(const char *folder) {
    struct cln_experiment *experiment = NULL;
    scratch_write(folder, "config.yaml", run_fixture_config, strlen(run_fixture_config));
    char *path = cln_path_join(folder, "config.yaml");
    assert_int_equal(cln_experiment_load(path, NULL, 0, &experiment), CLN_OK);
    free(path);
    assert_int_equal(experiment->cell_count, RUN_FIXTURE_CELLS);
    return experiment;
}

static void write_text(const char *folder, const char *id, const char *name,
                       struct cln_text *text) {
    struct cln_text path = {0};
    cln_text_add(&path, "cells/%s/%s", id, name);
    scratch_write(folder, path.chars, text->chars ? text->chars : "", text->length);
    cln_text_free(&path);
    cln_text_free(text);
}

void run_fixture_cell(const char *folder, const struct cln_experiment *experiment, int index,
                      const char *status, int epochs, const char *extra) {
    const char *id = experiment->cells[index].id;
    struct cln_text cell = {0}, journal = {0};
    cln_text_add(&cell,
                 "{\"clnoise\": \"0.1.0\", \"id\": \"%s\", \"parameters\": %d, \"status\": \"%s\", "
                 "\"attempts\": 1, \"device\": {\"name\": \"made up\", \"compute_units\": 2}, "
                 "\"data\": {\"dataset\": \"mnist\", \"requested\": \"mnist\", \"substituted\": "
                 "false, \"classes\": 10, \"train_images\": 60000, \"test_images\": 10000, "
                 "\"files\": [{\"name\": \"train-images-idx3-ubyte\", \"sha256\": \"ba89\"}]}, "
                 "\"variants\": [{\"launch\": \"dense_1\", \"variant\": \"cpu\"}], "
                 "\"epochs\": %d%s}",
                 id, 1000 + index, status, epochs, extra);
    for (int e = 1; e <= epochs; e++)
        cln_text_add(&journal,
                     "{\"epoch\":%d,\"loss\":%.9g,\"accuracy\":%.9g,\"val_loss\":%.9g,"
                     "\"val_accuracy\":%.9g}\n",
                     e, 2.0 / e, .1 * e + .001 * index, 2.1 / e, .1 * e + .001 * index - .05);
    write_text(folder, id, "cell.json", &cell);
    write_text(folder, id, "metrics.jsonl", &journal);
}

/* Ten classes, 1000 images of each; `right` of them are taken for what they are. */
static void add_evaluation(struct cln_text *out, double scale, int right) {
    cln_text_add(out,
                 "{\"noise_scale\": %g, \"loss\": 1.5, \"accuracy\": %g, \"correct\": %d, "
                 "\"count\": 10000, \"confusion\": [",
                 scale, right / 1000.0, 10 * right);
    for (int row = 0; row < 10; row++) {
        cln_text_add(out, "%s[", row ? ", " : "");
        for (int column = 0; column < 10; column++)
            cln_text_add(out, "%s%d", column ? ", " : "",
                         column == row              ? right
                         : column == (row + 1) % 10 ? 1000 - right
                                                    : 0);
        cln_text_add(out, "]");
    }
    cln_text_add(out, "]}");
}

void run_fixture_whole(const char *folder) {
    struct cln_experiment *experiment = run_fixture_begin(folder);
    for (int c = 0; c < RUN_FIXTURE_CELLS; c++) {
        struct cln_text extra = {0};
        double own = experiment->cells[c].noise.scale;
        cln_text_add(&extra, ", \"evaluations\": [");
        add_evaluation(&extra, own, 800 - 100 * c);
        cln_text_add(&extra, ", ");
        add_evaluation(&extra, 1 - own, 500 - 50 * c);
        cln_text_add(&extra, "], \"mistaken\": [{\"sample\": 7, \"label\": 4, \"predicted\": 9, "
                             "\"probability\": 0.93}], \"epoch_seconds\": [1.5, 1.25, 1.25], "
                             "\"seconds\": 4.5, \"started\": \"2026-01-02T03:04:05+0000\"");
        run_fixture_cell(folder, experiment, c, "done", 3, extra.chars);
        cln_text_free(&extra);
    }
    cln_experiment_free(experiment);
}
