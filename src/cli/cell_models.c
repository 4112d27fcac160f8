#include "cli/cell_models.h"

#include <string.h>

#include "data/own.h"

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

/* Training images with those that are set aside, or test images. */
static enum cln_status count_images(const struct cln_cell *cell, bool training, int64_t *out) {
    *out = training ? cell->data.train_limit : cell->data.test_limit;
    return *out ? CLN_OK : count_published(cell, training, out);
}

enum cln_status cln_cell_samples(const struct cln_cell *cell, enum cln_side side, int64_t *out) {
    const int64_t aside = cell->data.validation;
    CLN_TRY(count_images(cell, side != CLN_SIDE_TEST, out));
    if (side == CLN_SIDE_TEST)
        return CLN_OK;
    if (aside >= *out)
        return CLN_FAIL(
            CONFIG, "data.validation: %lld of %lld training images; accepted: fewer than there are",
            (long long)aside, (long long)*out);
    *out = side == CLN_SIDE_VALIDATION ? aside : *out - aside;
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

enum cln_status cln_cell_build(const struct cln_cell *cell, enum cln_side side,
                               struct cln_model_graph *out) {
    struct cln_model_shape shape;
    int64_t samples, images;
    CLN_TRY(cln_cell_shape(cell, &shape));
    CLN_TRY(cln_cell_samples(cell, side, &samples));
    CLN_TRY(count_images(cell, side != CLN_SIDE_TEST, &images));
    const struct cln_model_source source =
        cln_side_source(side, &cell->noise, (size_t)images, (size_t)samples);
    size_t batch = (size_t)cell->train.batch;
    if (batch > source.places) /* as in training: then one step takes them all */
        batch = source.places;
    return cln_model_build(&cell->model, &shape, &source, batch, side == CLN_SIDE_TRAIN, out);
}
