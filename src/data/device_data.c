#include "data/device_data.h"

#include <stdlib.h>

#include "base/rng.h"

static enum cln_status put(struct cln_store *store, const char *name, const void *from,
                           size_t bytes) {
    struct cln_buffer *buffer;
    CLN_TRY(cln_store_require(store, name, bytes, &buffer));
    return cln_store_write(store, name, 0, from, bytes);
}

static enum cln_status order_alloc(uint32_t count, uint32_t **order) {
    *order = malloc(count * sizeof **order);
    return *order ? CLN_OK
                  : CLN_FAIL(MEMORY, "out of memory for an order of %lu", (unsigned long)count);
}

static enum cln_status put_identity(struct cln_store *store, const char *name, uint32_t count) {
    uint32_t *order;
    CLN_TRY(order_alloc(count, &order));
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    enum cln_status status = put(store, name, order, count * sizeof *order);
    free(order);
    return status;
}

/* A slot needs at least a byte. */
static enum cln_status lend(struct cln_store *store, const char *name, const void *bytes,
                            size_t length) {
    return length ? cln_store_lend(store, name, bytes, length) : CLN_OK;
}

enum cln_status cln_device_data_lend(struct cln_store *store, const struct cln_dataset *dataset) {
    const struct cln_dataset_split *train = &dataset->train, *test = &dataset->test;
    size_t elems = cln_dataset_image_elems(dataset);
    CLN_TRY(lend(store, CLN_SLOT_TRAIN_IMAGES, train->images, train->count * elems));
    CLN_TRY(lend(store, CLN_SLOT_TRAIN_LABELS, train->labels, train->count));
    CLN_TRY(lend(store, CLN_SLOT_TEST_IMAGES, test->images, test->count * elems));
    return lend(store, CLN_SLOT_TEST_LABELS, test->labels, test->count);
}

enum cln_status cln_device_data_order(struct cln_store *store, const struct cln_dataset *dataset,
                                      const struct cln_split *split) {
    if (split->train_count)
        CLN_TRY(put(store, CLN_SLOT_TRAIN_ORDER, split->train,
                    split->train_count * sizeof *split->train));
    if (split->validation_count)
        CLN_TRY(put(store, CLN_SLOT_VALIDATION_ORDER, split->validation,
                    split->validation_count * sizeof *split->validation));
    return dataset->test.count ? put_identity(store, CLN_SLOT_TEST_ORDER, dataset->test.count)
                               : CLN_OK;
}

enum cln_status cln_device_data_shuffle(struct cln_store *store, const struct cln_split *split,
                                        uint64_t seed, uint32_t epoch) {
    uint32_t count = split->train_count, *order;
    CLN_TRY(order_alloc(count, &order));
    cln_random_permutation(seed, epoch, order, count);
    for (uint32_t i = 0; i < count; i++)
        order[i] = split->train[order[i]];
    enum cln_status status =
        cln_store_write(store, CLN_SLOT_TRAIN_ORDER, 0, order, count * sizeof *order);
    free(order);
    return status;
}
