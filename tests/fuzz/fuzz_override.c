/* Overrides of the command line, a line each, on an experiment with everything in it. */
#include <stdlib.h>
#include <string.h>

#include "experiment/experiment.h"
#include "fuzz/fuzz.h"

#define MOST 8

static const char base[] = "name: t\n"
                           "data: {dataset: mnist, train_limit: 100, validation: 5}\n"
                           "noise: {kind: gaussian, scale: 0.5}\n"
                           "train: {epochs: 2, batch: 32, seed: 1}\n"
                           "evaluate: {noise.scale: [0, 1]}\n"
                           "models:\n"
                           "  a:\n"
                           "    optimizer: {sgd: {learning_rate: 0.1}}\n"
                           "    layers: [flatten, {dense: {units: 10, activation: softmax}}]\n"
                           "sweep:\n"
                           "  noise.scale: [0, 1]\n"
                           "  zip: {train.epochs: [1, 2], data.train_limit: [50, 60]}\n"
                           "  exclude: [{noise.scale: 1, train.epochs: 1}]\n"
                           "  seeds: 2\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_experiment *experiment;
    char *text = fuzz_text(data, size), *at = text;
    const char *overrides[MOST];
    int count = 0;
    while (count < MOST && *at) {
        overrides[count++] = at;
        at += strcspn(at, "\n");
        if (*at)
            *at++ = '\0';
    }
    enum cln_status status =
        cln_experiment_load_text("t.yaml", base, overrides, count, &experiment);
    if (status == CLN_OK)
        cln_experiment_free(experiment);
    else
        fuzz_check_error(status);
    free(text);
    return 0;
}
