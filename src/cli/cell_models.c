#include "cli/cell_models.h"

#include <string.h>

#include "cl/control.clh"
#include "data/device_data.h"
#include "data/registry.h"

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
    return CLN_OK;
}

enum cln_status cln_cell_build(const struct cln_cell *cell, bool training,
                               struct cln_model_graph *out) {
    const struct cln_data_entry *entry;
    CLN_TRY(cln_data_entry_find(cell->data.dataset, &entry));
    struct cln_model_shape shape = {entry->height, entry->width, entry->channels, entry->classes};
    int64_t samples;
    CLN_TRY(cln_cell_samples(cell, training, &samples));
    struct cln_model_source source = {
        .images_slot = training ? CLN_SLOT_TRAIN_IMAGES : CLN_SLOT_TEST_IMAGES,
        .labels_slot = training ? CLN_SLOT_TRAIN_LABELS : CLN_SLOT_TEST_LABELS,
        .order_slot = training ? CLN_SLOT_TRAIN_ORDER : CLN_SLOT_TEST_ORDER,
        .samples = (size_t)samples,
        .load = {.noise_kind = cell->noise.kind,
                 .noise_scale = cell->noise.scale,
                 .noise_per_epoch = cell->noise.draw == CLN_DRAW_EPOCH,
                 .stream = training ? STREAM_NOISE_TRAIN : STREAM_NOISE_TEST}};
    size_t batch = (size_t)cell->train.batch;
    if (batch > source.samples) /* as in training: then one step takes them all */
        batch = source.samples;
    return cln_model_build(&cell->model, &shape, &source, batch, training, out);
}
