/* Four arrays of the user's own: IDX or NumPy files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/hash.h"
#include "data/array.h"
#include "data/gunzip.h"
#include "data/own.h"
#include "data/registry.h"

/* A file and what it holds. */
struct own_array {
    const char *key; /* of the section data: "train_images" */
    char *path;
    uint8_t *bytes; /* all of it, uncompressed; or as much as a header may take */
    size_t length;  /* of all of it */
    char sha256[CLN_SHA256_HEX_SIZE];
    struct cln_array array;
};

static void done(struct own_array *own) {
    free(own->path);
    free(own->bytes);
}

/* What gzip grows by at most, about; and the size that its last four bytes state. */
#define GZIP_MOST_GROWTH 1032

static enum cln_status unzip(struct own_array *own) {
    const uint8_t *end = own->bytes + own->length;
    if (!cln_gzip_seen(own->bytes, own->length))
        return CLN_OK;
    if (own->length < 18)
        return CLN_FAIL(DATA, "%s: %zu bytes, too few for a gzip file", own->path, own->length);
    const size_t stated =
        (size_t)end[-4] | (size_t)end[-3] << 8 | (size_t)end[-2] << 16 | (size_t)end[-1] << 24;
    if (stated / GZIP_MOST_GROWTH > own->length)
        return CLN_FAIL(DATA, "%s: states a size of %zu bytes, which %zu cannot hold", own->path,
                        stated, own->length);
    uint8_t *content;
    size_t length;
    CLN_TRY(cln_gunzip(own->path, own->bytes, own->length, stated, &content, &length));
    free(own->bytes);
    own->bytes = content;
    own->length = length;
    return CLN_OK;
}

static enum cln_status read_head(struct own_array *own, size_t *available) {
    FILE *file = fopen(own->path, "rb");
    if (!file)
        return CLN_FAIL(DATA, "data.%s: %s: %s", own->key, own->path, strerror(errno));
    own->bytes = malloc(CLN_ARRAY_HEADER_BYTES);
    enum cln_status status = CLN_OK;
    if (!own->bytes)
        status = CLN_FAIL(MEMORY, "out of memory for the head of %s", own->path);
    else if ((*available = fread(own->bytes, 1, CLN_ARRAY_HEADER_BYTES, file)), ferror(file))
        status = CLN_FAIL(DATA, "%s: %s", own->path, strerror(errno));
    fclose(file);
    return status;
}

static enum cln_status check_plain_file(struct own_array *own) {
    struct stat info;
    if (stat(own->path, &info))
        return CLN_FAIL(DATA, "data.%s: %s: %s", own->key, own->path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return CLN_FAIL(DATA, "data.%s: %s: not a plain file", own->key, own->path);
    if ((uint64_t)info.st_size > (size_t)-1 / 2)
        return CLN_FAIL(DATA, "%s: more than memory can hold", own->path);
    own->length = (size_t)info.st_size;
    return CLN_OK;
}

/* Reads the file, or with `head_only` a header's worth unless it is compressed, and parses it. */
static enum cln_status read_array(const struct cln_data_spec *spec, const char *path,
                                  bool head_only, struct own_array *own) {
    size_t available = 0;
    CLN_TRY(cln_own_path(spec, path, &own->path));
    CLN_TRY(check_plain_file(own));
    if (head_only)
        CLN_TRY(read_head(own, &available));
    if (!head_only || cln_gzip_seen(own->bytes, available)) {
        free(own->bytes);
        own->bytes = NULL;
        char *bytes;
        CLN_TRY(cln_file_read(own->path, &bytes, &own->length));
        own->bytes = (uint8_t *)bytes;
        CLN_TRY(unzip(own));
        CLN_TRY(cln_sha256(own->bytes, own->length, own->sha256));
        available = own->length;
    }
    return cln_array_parse(own->path, own->bytes, available, own->length, &own->array);
}

/* Images are (count, height, width) or (count, height, width, channels) of bytes. */
static enum cln_status check_images(const struct own_array *images) {
    const struct cln_array *array = &images->array;
    if (array->value_bytes != 1 || array->has_sign)
        return CLN_FAIL(DATA,
                        "%s: values of %d byte%s%s; accepted for images: bytes from 0 to 255 "
                        "(NumPy's uint8)",
                        images->path, array->value_bytes, array->value_bytes == 1 ? "" : "s",
                        array->has_sign ? ", with a sign" : "");
    if (array->rank < 3)
        return CLN_FAIL(DATA,
                        "%s: %d dimension%s; accepted for images: (count, height, width) or "
                        "(count, height, width, channels)",
                        images->path, array->rank, array->rank == 1 ? "" : "s");
    if (array->dims[0] > INT32_MAX)
        return CLN_FAIL(DATA, "%s: %zu images; accepted: up to %ld", images->path, array->dims[0],
                        (long)INT32_MAX);
    return cln_own_check_image(images->path, array->dims[1], array->dims[2],
                               array->rank == 4 ? array->dims[3] : 1);
}

/* Labels as bytes (free() them), as many as there are images; *classes becomes at least the
 * largest one plus one. */
static enum cln_status take_labels(const struct own_array *labels, const struct own_array *images,
                                   uint8_t **out, uint32_t *classes) {
    const struct cln_array *array = &labels->array;
    const size_t count = images->array.dims[0];
    if (array->rank != 1)
        return CLN_FAIL(DATA, "%s: %d dimensions; accepted for labels: (count), a number each",
                        labels->path, array->rank);
    if (array->count != count)
        return CLN_FAIL(DATA, "%s: %zu labels, but %zu images in %s", labels->path, array->count,
                        count, images->path);
    uint8_t *bytes = malloc(count);
    if (!bytes)
        return CLN_FAIL(MEMORY, "out of memory for %zu labels", count);
    for (size_t i = 0; i < count; i++) {
        if (!cln_array_byte(array, labels->bytes + array->offset, i, &bytes[i])) {
            free(bytes);
            return CLN_FAIL(DATA, "%s: offset %zu: label of image %zu; accepted: 0 to 255",
                            labels->path, array->offset + i * (size_t)array->value_bytes, i);
        }
        if (bytes[i] >= *classes)
            *classes = bytes[i] + 1u;
    }
    *out = bytes;
    return CLN_OK;
}

static enum cln_status check_same_shape(const struct own_array *train,
                                        const struct own_array *test) {
    const struct cln_array *a = &train->array, *b = &test->array;
    const size_t a_channels = a->rank == 4 ? a->dims[3] : 1;
    const size_t b_channels = b->rank == 4 ? b->dims[3] : 1;
    if (a->dims[1] == b->dims[1] && a->dims[2] == b->dims[2] && a_channels == b_channels)
        return CLN_OK;
    return CLN_FAIL(DATA, "%s: images of %zux%zux%zu, but %zux%zux%zu in %s", test->path,
                    b->dims[1], b->dims[2], b_channels, a->dims[1], a->dims[2], a_channels,
                    train->path);
}

static const char *const keys[CLN_IDX_FILES] = {"train_images", "train_labels", "test_images",
                                                "test_labels"};

/* All four files, read and checked one by one and against each other. */
static enum cln_status read_all(const struct cln_data_spec *spec, bool head_only,
                                struct own_array own[CLN_IDX_FILES]) {
    const char *const paths[] = {spec->train_images, spec->train_labels, spec->test_images,
                                 spec->test_labels};
    for (int i = 0; i < CLN_IDX_FILES; i++) {
        const bool images = i == CLN_TRAIN_IMAGES || i == CLN_TEST_IMAGES;
        own[i].key = keys[i];
        CLN_TRY(read_array(spec, paths[i], images && head_only, &own[i]));
        if (images)
            CLN_TRY(check_images(&own[i]));
    }
    return check_same_shape(&own[CLN_TRAIN_IMAGES], &own[CLN_TEST_IMAGES]);
}

enum cln_status cln_own_arrays_facts(const struct cln_data_spec *spec, struct cln_data_facts *out) {
    struct own_array own[CLN_IDX_FILES] = {{0}};
    uint8_t *train = NULL, *test = NULL;
    uint32_t classes = 2; /* one class alone is nothing to tell apart */
    enum cln_status status;
    CLN_TRY_GOTO(read_all(spec, true, own));
    CLN_TRY_GOTO(take_labels(&own[CLN_TRAIN_LABELS], &own[CLN_TRAIN_IMAGES], &train, &classes));
    CLN_TRY_GOTO(take_labels(&own[CLN_TEST_LABELS], &own[CLN_TEST_IMAGES], &test, &classes));
    const struct cln_array *array = &own[CLN_TRAIN_IMAGES].array;
    *out = (struct cln_data_facts){.height = (int64_t)array->dims[1],
                                   .width = (int64_t)array->dims[2],
                                   .channels = array->rank == 4 ? (int64_t)array->dims[3] : 1,
                                   .classes = classes,
                                   .train_count = (int64_t)array->dims[0],
                                   .test_count = (int64_t)own[CLN_TEST_IMAGES].array.dims[0]};
fail:
    free(train);
    free(test);
    for (int i = 0; i < CLN_IDX_FILES; i++)
        done(&own[i]);
    return status;
}

static enum cln_status fill_split(struct own_array *images, const struct own_array *labels,
                                  struct cln_dataset_split *split, uint32_t *classes) {
    CLN_TRY(take_labels(labels, images, &split->labels, classes));
    memmove(images->bytes, images->bytes + images->array.offset, images->array.count);
    split->images = images->bytes;
    images->bytes = NULL;
    split->count = (uint32_t)images->array.dims[0];
    return CLN_OK;
}

static void describe(struct own_array *own, const char *name, struct cln_dataset *dataset) {
    struct cln_dataset_file *file = &dataset->files[dataset->file_count++];
    memcpy(file->sha256, own->sha256, sizeof file->sha256);
    file->name = name;
    file->path = own->path;
    own->path = NULL;
}

enum cln_status cln_own_arrays_load(const struct cln_data_spec *spec, struct cln_dataset *dataset) {
    struct own_array own[CLN_IDX_FILES] = {{0}};
    enum cln_status status;
    dataset->classes = 2;
    CLN_TRY_GOTO(read_all(spec, false, own));
    const struct cln_array *array = &own[CLN_TRAIN_IMAGES].array;
    dataset->height = (uint32_t)array->dims[1];
    dataset->width = (uint32_t)array->dims[2];
    dataset->channels = array->rank == 4 ? (uint32_t)array->dims[3] : 1;
    CLN_TRY_GOTO(fill_split(&own[CLN_TRAIN_IMAGES], &own[CLN_TRAIN_LABELS], &dataset->train,
                            &dataset->classes));
    CLN_TRY_GOTO(fill_split(&own[CLN_TEST_IMAGES], &own[CLN_TEST_LABELS], &dataset->test,
                            &dataset->classes));
    for (int i = 0; i < CLN_IDX_FILES; i++)
        describe(&own[i], keys[i], dataset);
fail:
    for (int i = 0; i < CLN_IDX_FILES; i++)
        done(&own[i]);
    return status;
}
