#include "report/titles.h"

#include <string.h>

#include "report/metrics_table.h"
#include "report/results.h"

const char *cln_display_name(const char *name) {
    static const char *const known[][2] = {
        {"mnist", "MNIST"},
        {"fashion-mnist", "Fashion-MNIST"},
        {"convnet", "ConvNet"},
        {"cnn", "CNN"},
        {"mlp", "MLP"},
        {"kmnist", "Kuzushiji-MNIST"},
        {"emnist-digits", "EMNIST digits"},
        {"cifar-10", "CIFAR-10"},
    };
    for (size_t k = 0; k < sizeof known / sizeof *known; k++)
        if (!strcmp(name, known[k][0]))
            return known[k][1];
    return name;
}

void cln_title_add_data(struct cln_text *text, const struct cln_plot_data *data) {
    cln_text_add(text, "%s", cln_display_name(data->dataset));
    if (data->substituted)
        cln_text_add(text, " standing in for %s", cln_display_name(data->requested));
}

void cln_title_add_scale(struct cln_text *text, double scale) {
    if (scale == 0)
        cln_text_add(text, "none");
    else
        cln_text_add(text, "%.6g", scale);
}

void cln_title_add_kind(struct cln_text *text, const char *kind) {
    char model[CLN_METRICS_TEXT_SIZE];
    size_t length = strcspn(kind, " ");
    if (length >= sizeof model) {
        cln_text_add(text, "%s", kind);
        return;
    }
    memcpy(model, kind, length);
    model[length] = '\0';
    cln_text_add(text, "%s%s", cln_display_name(model), kind + length);
}

const char *cln_noise_words(const struct cln_results *results) {
    static const char *const words[CLN_NOISE_KIND_COUNT] = {
        [CLN_NOISE_GAUSSIAN] = "Gaussian",
        [CLN_NOISE_UNIFORM] = "uniform",
        [CLN_NOISE_SALT_AND_PEPPER] = "salt-and-pepper",
        [CLN_NOISE_SPECKLE] = "speckle",
    };
    return words[results->cell_count ? results->cells[0].plan->noise.kind : CLN_NOISE_GAUSSIAN];
}

void cln_title_add_noise(struct cln_text *text, double scale) {
    if (scale == 0)
        cln_text_add(text, "no noise");
    else
        cln_text_add(text, "noise %.6g", scale);
}
