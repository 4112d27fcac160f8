#include "cli/cell_models.h"

#include <string.h>

#include "data/registry.h"
#include "train/side.h"

int cln_cell_models(const struct cln_experiment *experiment, const struct cln_cell **cells) {
    int count = 0;
    for (int i = 0; i < experiment->cell_count; i++) {
        bool known = false;
        for (int j = 0; j < count && !known; j++)
            known = !strcmp(cells[j]->model.name, experiment->cells[i].model.name);
        if (!known)
            cells[count++] = &experiment->cells[i];
    }
    return count;
}

enum cln_status cln_cell_samples(const struct cln_cell *cell, bool training, int64_t *out) {
    const struct cln_data_entry *entry;
    CLN_TRY(cln_data_entry_find(cell->data.dataset, &entry));
    int64_t limit = training ? cell->data.train_limit : cell->data.test_limit;
    *out = limit ? limit : training ? entry->train_count : entry->test_count;
    if (!training)
        return CLN_OK;
    if (cell->data.validation >= *out)
        return CLN_FAIL(
            CONFIG, "data.validation: %lld of %lld training images; accepted: fewer than there are",
            (long long)cell->data.validation, (long long)*out);
    *out -= cell->data.validation;
    return CLN_OK;
}

enum cln_status cln_cell_build(const struct cln_cell *cell, bool training,
                               struct cln_model_graph *out) {
    const struct cln_data_entry *entry;
    CLN_TRY(cln_data_entry_find(cell->data.dataset, &entry));
    struct cln_model_shape shape = {entry->height, entry->width, entry->channels, entry->classes};
    int64_t samples;
    CLN_TRY(cln_cell_samples(cell, training, &samples));
    const size_t set_aside = training ? (size_t)cell->data.validation : 0;
    const struct cln_model_source source =
        cln_side_source(training ? CLN_SIDE_TRAIN : CLN_SIDE_TEST, &cell->noise,
                        (size_t)samples + set_aside, (size_t)samples);
    size_t batch = (size_t)cell->train.batch;
    if (batch > source.places) /* as in training: then one step takes them all */
        batch = source.places;
    return cln_model_build(&cell->model, &shape, &source, batch, training, out);
}
