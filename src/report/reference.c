#include "report/reference.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "experiment/config.h"

extern const char cln_notebook_csv[]; /* experiments/reference/notebook.csv */

/* The models by the start of SHA-256 over their canonical text, so that a net of another shape
 * under the same name is not taken for the notebook's. */
static const struct {
    const char *name, *sha256;
} models[] = {
    {"convnet", "7745788f20077ed5"},
    {"mlp", "cc80360637bbe829"},
};

static bool is_notebooks_model(const struct cln_model_spec *model) {
    struct cln_text text = {0};
    char hex[CLN_SHA256_HEX_SIZE];
    bool same = false;
    cln_model_print_canonical(&text, model);
    if (cln_text_check(&text) == CLN_OK && cln_sha256(text.chars, text.length, hex) == CLN_OK)
        for (size_t m = 0; m < sizeof models / sizeof *models; m++)
            same |= !strcmp(model->name, models[m].name) &&
                    !strncmp(hex, models[m].sha256, strlen(models[m].sha256));
    cln_text_free(&text);
    return same;
}

static bool repeats_notebook(const struct cln_result_cell *cell) {
    const struct cln_cell *plan = cell->plan;
    return !strcmp(plan->data.dataset, "mnist") && !cell->data.substituted &&
           !plan->data.train_limit && !plan->data.test_limit && !plan->data.validation &&
           plan->noise.kind == CLN_NOISE_GAUSSIAN && plan->noise.draw == CLN_DRAW_ONCE &&
           !plan->noise.clip && isnan(plan->noise.test_scale) && plan->train.batch == 128 &&
           is_notebooks_model(&plan->model);
}

/* A row of the file, if it is of this model and scale; `run` gets the name of its run. */
static bool read_row(const char *line, const char *model, double scale, char run[64],
                     struct cln_reference_curve *out) {
    char name[64];
    double at, v[4];
    int epoch;
    if (sscanf(line, "%63[^,],%63[^,],%lf,%d,%*[^,],%*[^,],%lf,%lf,%lf,%lf", run, name, &at, &epoch,
               &v[0], &v[1], &v[2], &v[3]) != 8 ||
        strcmp(name, model) || at != scale || epoch < 1 || epoch > CLN_REFERENCE_EPOCHS)
        return false;
    out->epochs = epoch > out->epochs ? epoch : out->epochs;
    out->loss[epoch - 1] = v[0];
    out->accuracy[epoch - 1] = v[1];
    out->val_loss[epoch - 1] = v[2];
    out->val_accuracy[epoch - 1] = v[3];
    return true;
}

/* The last run of the file with that model and scale: the sweep's, where it was in two. */
static bool read_run(const char *model, double scale, struct cln_reference_curve *out) {
    char last[64] = "", run[64] = "";
    *out = (struct cln_reference_curve){0};
    for (const char *line = cln_notebook_csv; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        struct cln_reference_curve row = *out;
        if (!read_row(line, model, scale, run, &row))
            continue;
        if (strcmp(last, run)) { /* another run begins */
            row = (struct cln_reference_curve){0};
            read_row(line, model, scale, run, &row);
        }
        memcpy(last, run, sizeof last);
        *out = row;
    }
    return out->epochs > 0;
}

bool cln_reference_find(const struct cln_results *results, const char *model, double scale,
                        struct cln_reference_curve *out) {
    for (size_t c = 0; c < results->cell_count; c++) {
        const struct cln_result_cell *cell = &results->cells[c];
        if (!strcmp(cell->model, model) && cell->noise_scale == scale && cell->epoch_count)
            return repeats_notebook(cell) && read_run(model, scale, out);
    }
    return false;
}
