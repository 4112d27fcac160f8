#include "model/safetensors.h"

#include <stdbool.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/json_put.h"
#include "base/text.h"

/* JSON numbers are exact up to here. */
#define MAX_BYTES (UINT64_C(1) << 53)

static bool count_bytes(const struct cln_safetensor *tensor, uint64_t *bytes) {
    *bytes = sizeof(float);
    for (int d = 0; d < tensor->rank; d++) {
        if (tensor->shape[d] <= 0 || (uint64_t)tensor->shape[d] > MAX_BYTES / *bytes)
            return false;
        *bytes *= (uint64_t)tensor->shape[d];
    }
    return true;
}

static enum cln_status check(const struct cln_safetensor *tensors, size_t count, size_t t) {
    uint64_t bytes;
    if (tensors[t].rank < 0 || tensors[t].rank > CLN_SAFETENSORS_RANK ||
        !count_bytes(&tensors[t], &bytes))
        return CLN_FAIL(INTERNAL, "tensor %s has a shape that no file can hold", tensors[t].name);
    if (!strcmp(tensors[t].name, "__metadata__"))
        return CLN_FAIL(INTERNAL, "a tensor must not be called __metadata__");
    for (size_t other = t + 1; other < count; other++)
        if (!strcmp(tensors[t].name, tensors[other].name))
            return CLN_FAIL(INTERNAL, "two tensors are called %s", tensors[t].name);
    return CLN_OK;
}

static void put_metadata(cJSON *root, const struct cln_safetensors_text *texts, size_t count) {
    cJSON *metadata = cln_json_put_object(root, "__metadata__");
    cln_json_put_text(metadata, "format", "clnoise");
    for (size_t t = 0; t < count; t++)
        cln_json_put_text(metadata, texts[t].key, texts[t].value);
}

static void put_tensor(cJSON *root, const struct cln_safetensor *tensor, uint64_t *offset) {
    uint64_t bytes = 0;
    (void)count_bytes(tensor, &bytes); /* check() has seen that they can be counted */
    cJSON *entry = cln_json_put_object(root, tensor->name);
    cln_json_put_text(entry, "dtype", "F32");
    cJSON *shape = cln_json_put_array(entry, "shape");
    for (int d = 0; d < tensor->rank; d++)
        cln_json_put_number(shape, NULL, (double)tensor->shape[d]);
    cJSON *offsets = cln_json_put_array(entry, "data_offsets");
    cln_json_put_number(offsets, NULL, (double)*offset);
    *offset += bytes;
    cln_json_put_number(offsets, NULL, (double)*offset);
}

/* The header's JSON, or NULL; cJSON_free() it. */
static char *print_header(const struct cln_safetensor *tensors, size_t count,
                          const struct cln_safetensors_text *texts, size_t text_count) {
    cJSON *root = cJSON_CreateObject();
    uint64_t offset = 0;
    put_metadata(root, texts, text_count);
    for (size_t t = 0; t < count; t++)
        put_tensor(root, &tensors[t], &offset);
    char *header = cln_json_print(root, false);
    cJSON_Delete(root);
    return header;
}

static void add_header(struct cln_text *file, const char *header) {
    uint64_t length = strlen(header), padded = (length + 7) / 8 * 8;
    unsigned char size[8];
    for (int b = 0; b < 8; b++)
        size[b] = (unsigned char)(padded >> 8 * b);
    cln_text_append(file, size, sizeof size);
    cln_text_append(file, header, length);
    cln_text_append(file, "        ", padded - length);
}

static void add_values(struct cln_text *file, const struct cln_safetensor *tensor) {
    unsigned char little[4096];
    uint64_t bytes = 0, at = 0;
    (void)count_bytes(tensor, &bytes);
    while (at < bytes) {
        const uint64_t part = bytes - at < sizeof little ? bytes - at : sizeof little;
        for (uint64_t i = 0; i < part; i += sizeof(float)) {
            uint32_t word;
            memcpy(&word, &tensor->values[(at + i) / sizeof(float)], sizeof word);
            for (int b = 0; b < 4; b++)
                little[i + (uint64_t)b] = (unsigned char)(word >> 8 * b);
        }
        cln_text_append(file, little, part);
        at += part;
    }
}

enum cln_status cln_safetensors_write(const char *path, const struct cln_safetensor *tensors,
                                      size_t count, const struct cln_safetensors_text *texts,
                                      size_t text_count) {
    for (size_t t = 0; t < count; t++)
        CLN_TRY(check(tensors, count, t));
    char *header = print_header(tensors, count, texts, text_count);
    if (!header)
        return CLN_FAIL(MEMORY, "out of memory while writing %s", path);
    struct cln_text file = {0};
    add_header(&file, header);
    cJSON_free(header);
    for (size_t t = 0; t < count; t++)
        add_values(&file, &tensors[t]);
    enum cln_status status = cln_text_check(&file);
    if (status == CLN_OK)
        status = cln_file_write(path, file.chars, file.length);
    cln_text_free(&file);
    return status;
}
