/* Reading safetensors back: sizes, shapes and offsets are checked before anything uses them. */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/json.h"
#include "model/safetensors.h"

struct reader {
    const char *path;
    const unsigned char *data; /* the values' bytes */
    uint64_t data_bytes;
};

struct range {
    uint64_t begin, end; /* bytes */
    struct cln_safetensor tensor;
};

static enum cln_status fail(const struct reader *reader, const char *name, const char *what) {
    return CLN_FAIL(FILE, "%s: tensor %s: %s", reader->path, name, what);
}

/* A whole number from 0 up to 2^53, or false. */
static bool whole(const cJSON *item, uint64_t *value) {
    if (!cJSON_IsNumber(item) ||
        !(item->valuedouble >= 0 && item->valuedouble <= 9007199254740992.0))
        return false;
    if (item->valuedouble != floor(item->valuedouble))
        return false;
    *value = (uint64_t)item->valuedouble;
    return true;
}

/* Shape and the bytes it takes; anything larger than the file is refused before it can overflow. */
static enum cln_status read_shape(const struct reader *reader, const cJSON *entry,
                                  struct range *range, uint64_t *bytes) {
    const char *name = entry->string;
    const cJSON *shape = cJSON_GetObjectItemCaseSensitive(entry, "shape"), *item;
    if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) > CLN_SAFETENSORS_RANK)
        return fail(reader, name, "no shape of at most 8 sizes");
    *bytes = sizeof(float);
    cJSON_ArrayForEach(item, shape) {
        uint64_t size;
        if (!whole(item, &size) || size == 0)
            return fail(reader, name, "a size in its shape is not a whole number from 1 on");
        if (size > reader->data_bytes / *bytes)
            return fail(reader, name, "its shape is larger than the file");
        *bytes *= size;
        range->tensor.shape[range->tensor.rank++] = (int64_t)size;
    }
    return CLN_OK;
}

static enum cln_status read_entry(const struct reader *reader, const cJSON *entry,
                                  struct range *range) {
    const char *name = entry->string;
    const cJSON *type = cJSON_GetObjectItemCaseSensitive(entry, "dtype");
    const cJSON *offsets = cJSON_GetObjectItemCaseSensitive(entry, "data_offsets");
    uint64_t bytes = 0;
    if (!cJSON_IsString(type) || strcmp(type->valuestring, "F32"))
        return fail(reader, name, "not of the type F32");
    CLN_TRY(read_shape(reader, entry, range, &bytes));
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 ||
        !whole(cJSON_GetArrayItem(offsets, 0), &range->begin) ||
        !whole(cJSON_GetArrayItem(offsets, 1), &range->end))
        return fail(reader, name, "no data_offsets of two whole numbers");
    if (range->begin > range->end || range->end > reader->data_bytes)
        return fail(reader, name, "its data_offsets lie outside the file");
    if (range->end - range->begin != bytes)
        return fail(reader, name, "its data_offsets do not fit its shape");
    range->tensor.name = name;
    return CLN_OK;
}

static int by_begin(const void *a, const void *b) {
    const struct range *left = a, *right = b;
    return (left->begin > right->begin) - (left->begin < right->begin);
}

static int by_name(const void *a, const void *b) {
    return strcmp((*(const struct range *const *)a)->tensor.name,
                  (*(const struct range *const *)b)->tensor.name);
}

/* The values must be covered once, without holes, and no name may be there twice. */
static enum cln_status check_cover(const struct reader *reader, struct range *ranges,
                                   size_t count) {
    qsort(ranges, count, sizeof *ranges, by_begin);
    uint64_t at = 0;
    for (size_t r = 0; r < count; r++) {
        if (ranges[r].begin != at)
            return fail(reader, ranges[r].tensor.name,
                        "its values overlap others or leave a hole before them");
        at = ranges[r].end;
    }
    if (at != reader->data_bytes)
        return CLN_FAIL(FILE, "%s: %llu bytes after the last tensor", reader->path,
                        (unsigned long long)(reader->data_bytes - at));
    const struct range **names = malloc((count + 1) * sizeof *names);
    if (!names)
        return CLN_FAIL(MEMORY, "out of memory while reading %s", reader->path);
    for (size_t r = 0; r < count; r++)
        names[r] = &ranges[r];
    qsort(names, count, sizeof *names, by_name);
    enum cln_status status = CLN_OK;
    for (size_t r = 1; r < count && status == CLN_OK; r++)
        if (!strcmp(names[r - 1]->tensor.name, names[r]->tensor.name))
            status = fail(reader, names[r]->tensor.name, "is there twice");
    free(names);
    return status;
}

/* Copies the metadata; what is no text is left out. */
static bool take_texts(const cJSON *metadata, struct cln_safetensors *file) {
    const cJSON *item;
    file->texts = calloc((size_t)cJSON_GetArraySize(metadata) + 1, sizeof *file->texts);
    if (!file->texts)
        return false;
    cJSON_ArrayForEach(item, metadata) {
        if (!cJSON_IsObject(metadata) || !cJSON_IsString(item))
            continue;
        struct cln_safetensors_text *text = &file->texts[file->text_count++];
        *text = (struct cln_safetensors_text){strdup(item->string), strdup(item->valuestring)};
        if (!text->key || !text->value)
            return false;
    }
    return true;
}

/* Copies names, values and metadata out of what was parsed. */
static enum cln_status take(const struct reader *reader, const cJSON *root,
                            const struct range *ranges, size_t count,
                            struct cln_safetensors *file) {
    file->tensors = calloc(count + 1, sizeof *file->tensors);
    file->values = malloc(reader->data_bytes + 1);
    bool enough = file->tensors && file->values &&
                  take_texts(cJSON_GetObjectItemCaseSensitive(root, "__metadata__"), file);
    for (uint64_t i = 0; enough && i < reader->data_bytes / 4; i++) {
        const unsigned char *at = reader->data + 4 * i;
        uint32_t word =
            at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
        memcpy(&file->values[i], &word, sizeof word);
    }
    for (; enough && file->count < count; file->count += enough) {
        struct cln_safetensor *tensor = &file->tensors[file->count];
        *tensor = ranges[file->count].tensor;
        tensor->values = file->values + ranges[file->count].begin / sizeof(float);
        tensor->name = strdup(tensor->name);
        enough = tensor->name != NULL;
    }
    return enough ? CLN_OK : CLN_FAIL(MEMORY, "out of memory while reading %s", reader->path);
}

static enum cln_status read_tensors(const struct reader *reader, const cJSON *root,
                                    struct cln_safetensors *file) {
    if (!cJSON_IsObject(root))
        return CLN_FAIL(FILE, "%s: its header is no JSON object", reader->path);
    size_t count = 0;
    struct range *ranges = calloc((size_t)cJSON_GetArraySize(root) + 1, sizeof *ranges);
    enum cln_status status = CLN_OK;
    const cJSON *entry;
    if (!ranges)
        return CLN_FAIL(MEMORY, "out of memory while reading %s", reader->path);
    cJSON_ArrayForEach(entry, root) {
        if (!strcmp(entry->string, "__metadata__"))
            continue;
        CLN_TRY_GOTO(read_entry(reader, entry, &ranges[count++]));
    }
    CLN_TRY_GOTO(check_cover(reader, ranges, count));
    CLN_TRY_GOTO(take(reader, root, ranges, count, file));
fail:
    free(ranges);
    return status;
}

enum cln_status cln_safetensors_read(const char *path, struct cln_safetensors *file) {
    *file = (struct cln_safetensors){0};
    char *bytes;
    size_t length;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    enum cln_status status = CLN_OK;
    cJSON *root = NULL;
    uint64_t header = 0;
    for (size_t b = 0; b < 8 && b < length; b++)
        header |= (uint64_t)(unsigned char)bytes[b] << 8 * b;
    if (length < 8 || header > length - 8) {
        status = CLN_FAIL(FILE, "%s: no safetensors file, or cut short: %zu bytes", path, length);
        goto fail;
    }
    struct reader reader = {path, (unsigned char *)bytes + 8 + header, length - 8 - header};
    CLN_TRY_GOTO(cln_json_parse(bytes + 8, (size_t)header, &root, NULL));
    CLN_TRY_GOTO(read_tensors(&reader, root, file));
fail:
    cJSON_Delete(root);
    free(bytes);
    if (status != CLN_OK)
        cln_safetensors_done(file);
    return status;
}

void cln_safetensors_done(struct cln_safetensors *file) {
    for (size_t t = 0; t < file->count; t++)
        free((char *)file->tensors[t].name);
    free(file->tensors);
    free(file->values);
    for (size_t t = 0; t < file->text_count; t++) {
        free((char *)file->texts[t].key);
        free((char *)file->texts[t].value);
    }
    free(file->texts);
    *file = (struct cln_safetensors){0};
}

const char *cln_safetensors_find(const struct cln_safetensors *file, const char *key) {
    for (size_t t = 0; t < file->text_count; t++)
        if (!strcmp(file->texts[t].key, key))
            return file->texts[t].value;
    return NULL;
}
