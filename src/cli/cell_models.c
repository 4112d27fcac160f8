#include "cli/cell_models.h"

#include <string.h>

#include "data/own.h"
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

/* Before any limit. */
static enum cln_status count_published(const struct cln_cell *cell, bool training, int64_t *out) {
    struct cln_data_facts facts;
    CLN_TRY(cln_dataset_facts(&cell->data, &facts));
    if (!facts.train_count || !facts.test_count) /* written by hand, without counts */
        CLN_TRY(cln_own_facts(&cell->data, &facts));
    *out = training ? facts.train_count : facts.test_count;
    return CLN_OK;
}

enum cln_status cln_cell_samples(const struct cln_cell *cell, bool training, int64_t *out) {
    *out = training ? cell->data.train_limit : cell->data.test_limit;
    if (!*out)
        CLN_TRY(count_published(cell, training, out));
    if (!training)
        return CLN_OK;
    if (cell->data.validation >= *out)
        return CLN_FAIL(
            CONFIG, "data.validation: %lld of %lld training images; accepted: fewer than there are",
            (long long)cell->data.validation, (long long)*out);
    *out -= cell->data.validation;
    return CLN_OK;
}

enum cln_status cln_cell_shape(const struct cln_cell *cell, struct cln_model_shape *out) {
    struct cln_data_facts facts;
    CLN_TRY(cln_dataset_facts(&cell->data, &facts));
    *out = (struct cln_model_shape){.height = (size_t)facts.height,
                                    .width = (size_t)facts.width,
                                    .channels = (size_t)facts.channels,
                                    .classes = (size_t)facts.classes};
    return CLN_OK;
}

enum cln_status cln_cell_build(const struct cln_cell *cell, bool training,
                               struct cln_model_graph *out) {
    struct cln_model_shape shape;
    CLN_TRY(cln_cell_shape(cell, &shape));
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
