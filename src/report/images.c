#include "report/images.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/file.h"
#include "experiment/yaml.h"
#include "report/json_read.h"
#include "train/evaluate.h"

#define SAMPLES   6
#define MAX_ROWS  CLN_MOST_MISTAKES /* of a list */
#define MAX_SIDE  4096
#define MAX_ELEMS (1 << 20)

/* The first images of as many different labels; if those are too few, the first others as well. */
static size_t pick(const struct cln_dataset_split *split, uint32_t picks[SAMPLES]) {
    bool seen[256] = {false};
    size_t count = 0;
    for (int pass = 0; pass < 2; pass++)
        for (uint32_t i = 0; i < split->count && count < SAMPLES; i++) {
            bool taken = false;
            for (size_t p = 0; p < count; p++)
                taken |= picks[p] == i;
            if (taken || (pass == 0 && seen[split->labels[i]]))
                continue;
            seen[split->labels[i]] = true;
            picks[count++] = i;
        }
    return count;
}

static void add_images(struct cln_text *out, const struct cln_dataset *dataset,
                       const struct cln_dataset_split *split, const uint32_t *numbers,
                       size_t count) {
    size_t elems = cln_dataset_image_elems(dataset);
    const char *separator = "";
    for (size_t n = 0; n < count; n++) {
        if (numbers[n] >= split->count)
            continue;
        cln_text_add(out, "%s\n {\"sample\": %u, \"label\": %u, \"pixels\": \"", separator,
                     numbers[n], split->labels[numbers[n]]);
        cln_base64_add(out, split->images + numbers[n] * elems, elems);
        cln_text_add(out, "\"}");
        separator = ",";
    }
}

enum cln_status cln_result_images_write(const char *path, const struct cln_dataset *dataset,
                                        const uint32_t *mistaken, size_t count) {
    uint32_t picks[SAMPLES];
    size_t picked = pick(&dataset->train, picks);
    struct cln_text text = {0};
    cln_text_add(&text, "{\"height\": %u, \"width\": %u, \"channels\": %u, \"samples\": [",
                 dataset->height, dataset->width, dataset->channels);
    add_images(&text, dataset, &dataset->train, picks, picked);
    cln_text_add(&text, "],\n\"mistaken\": [");
    add_images(&text, dataset, &dataset->test, mistaken, count);
    cln_text_add(&text, "]}\n");
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_file_write(path, text.chars, text.length);
    cln_text_free(&text);
    return status;
}

/* The images of one list; those that are not whole are left out. */
static const struct cln_result_image *read_list(const cJSON *root, const char *key, size_t elems,
                                                struct cln_yaml_pool *pool, size_t *count,
                                                bool *failed) {
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(root, key);
    struct cln_result_image *images = cln_yaml_alloc(pool, MAX_ROWS * sizeof *images);
    *failed |= !images;
    const cJSON *row = cJSON_IsArray(list) ? list->child : NULL;
    for (int r = 0; row && images && r < MAX_ROWS; row = row->next, r++) {
        const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(row, "pixels"));
        int sample = cln_json_int(row, "sample", -1), label = cln_json_int(row, "label", -1);
        if (!text || sample < 0 || label < 0)
            continue;
        uint8_t *pixels = cln_yaml_alloc(pool, elems);
        *failed |= !pixels;
        if (pixels && cln_base64_read(text, pixels, elems))
            images[(*count)++] = (struct cln_result_image){(uint32_t)sample, label, pixels};
    }
    return images;
}

enum cln_status cln_result_images_read(const char *path, struct cln_yaml_pool *pool,
                                       const struct cln_result_images **out) {
    *out = NULL;
    if (!cln_file_exists(path))
        return CLN_OK;
    cJSON *root;
    CLN_TRY(cln_json_read(path, &root));
    int64_t height = cln_json_count(root, "height", 0), width = cln_json_count(root, "width", 0);
    int64_t channels = cln_json_count(root, "channels", 0);
    enum cln_status status = CLN_OK;
    struct cln_result_images *images = cln_yaml_alloc(pool, sizeof *images);
    bool failed = !images;
    if (height < 1 || width < 1 || channels < 1 || height > MAX_SIDE || width > MAX_SIDE ||
        channels > 4 || height * width * channels > MAX_ELEMS) {
        status = CLN_FAIL(FILE, "%s: images of %lld x %lld x %lld; accepted: up to %d values", path,
                          (long long)height, (long long)width, (long long)channels, MAX_ELEMS);
    } else if (images) {
        size_t elems = (size_t)(height * width * channels);
        *images = (struct cln_result_images){
            .height = (uint32_t)height, .width = (uint32_t)width, .channels = (uint32_t)channels};
        images->samples = read_list(root, "samples", elems, pool, &images->sample_count, &failed);
        images->mistaken =
            read_list(root, "mistaken", elems, pool, &images->mistaken_count, &failed);
        *out = images;
    }
    cJSON_Delete(root);
    if (status == CLN_OK && failed)
        status = CLN_FAIL(MEMORY, "out of memory for %s", path);
    return status;
}
