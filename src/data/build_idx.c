#include <stdlib.h>
#include <string.h>

#include "data/build.h"
#include "data/idx.h"

enum cln_status cln_data_limit(const char *dataset, const char *limit_key, int64_t limit,
                               uint32_t count, uint32_t *kept) {
    if (limit < 0 || limit > (int64_t)count)
        return CLN_FAIL(CONFIG, "%s: %lld; %s accepts: 0 (all) to %lu", limit_key, (long long)limit,
                        dataset, (unsigned long)count);
    *kept = limit ? (uint32_t)limit : count;
    return CLN_OK;
}

void cln_data_transpose(uint8_t *images, size_t count, size_t size) {
    for (size_t i = 0; i < count; i++, images += size * size)
        for (size_t y = 0; y < size; y++)
            for (size_t x = y + 1; x < size; x++) {
                uint8_t value = images[y * size + x];
                images[y * size + x] = images[x * size + y];
                images[x * size + y] = value;
            }
}

static enum cln_status check_labels(const struct cln_data_entry *entry, const char *path,
                                    const struct cln_idx *labels) {
    for (size_t i = 0; i < labels->count; i++)
        if (labels->values[i] >= entry->classes)
            return CLN_FAIL(DATA, "%s: offset %zu: label %d of image %zu; accepted: 0 to %lu", path,
                            labels->offset + i, labels->values[i], i,
                            (unsigned long)entry->classes - 1);
    return CLN_OK;
}

static enum cln_status check_dims(const struct cln_data_entry *entry, const char *path,
                                  const struct cln_idx *images) {
    uint32_t channels = images->rank > 3 ? images->dims[3] : 1;
    if (images->dims[1] == entry->height && images->dims[2] == entry->width &&
        channels == entry->channels)
        return CLN_OK;
    return CLN_FAIL(DATA, "%s: images of %lux%lux%lu, expected %lux%lux%lu", path,
                    (unsigned long)images->dims[1], (unsigned long)images->dims[2],
                    (unsigned long)channels, (unsigned long)entry->height,
                    (unsigned long)entry->width, (unsigned long)entry->channels);
}

/* Gives *bytes, grown by malloc, just the room for values that lie at an offset in it. */
static uint8_t *keep_values(uint8_t *bytes, const struct cln_idx *idx, size_t elems) {
    memmove(bytes, idx->values, elems);
    uint8_t *smaller = realloc(bytes, elems);
    return smaller ? smaller : bytes;
}

enum cln_status cln_data_split_build(const struct cln_data_entry *entry,
                                     struct cln_data_content *images,
                                     const struct cln_data_content *labels, int64_t limit,
                                     const char *limit_key, struct cln_dataset_split *out) {
    struct cln_idx image_idx, label_idx;
    int rank = entry->channels > 1 ? 4 : 3;
    CLN_TRY(cln_idx_parse(images->path, images->bytes, images->length, rank, &image_idx));
    CLN_TRY(cln_idx_parse(labels->path, labels->bytes, labels->length, 1, &label_idx));
    CLN_TRY(check_dims(entry, images->path, &image_idx));
    CLN_TRY(check_labels(entry, labels->path, &label_idx));
    uint32_t count = image_idx.dims[0];
    if (label_idx.dims[0] != count)
        return CLN_FAIL(DATA, "%s: %lu labels, but %lu images in %s", labels->path,
                        (unsigned long)label_idx.dims[0], (unsigned long)count, images->path);
    size_t image_elems = image_idx.count / count;
    CLN_TRY(cln_data_limit(entry->name, limit_key, limit, count, &count));
    out->labels = malloc(count);
    if (!out->labels)
        return CLN_FAIL(MEMORY, "out of memory for %lu labels", (unsigned long)count);
    memcpy(out->labels, label_idx.values, count);
    out->images = keep_values(images->bytes, &image_idx, image_elems * count);
    images->bytes = NULL;
    out->count = count;
    if (entry->transposed)
        cln_data_transpose(out->images, count, entry->height);
    return CLN_OK;
}

enum cln_status cln_data_build_idx(const struct cln_data_entry *entry,
                                   struct cln_data_content *contents,
                                   const struct cln_data_spec *spec, struct cln_dataset *dataset) {
    CLN_TRY(cln_data_split_build(entry, &contents[CLN_TRAIN_IMAGES], &contents[CLN_TRAIN_LABELS],
                                 spec->train_limit, "data.train_limit", &dataset->train));
    return cln_data_split_build(entry, &contents[CLN_TEST_IMAGES], &contents[CLN_TEST_LABELS],
                                spec->test_limit, "data.test_limit", &dataset->test);
}
