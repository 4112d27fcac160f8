#include "data/own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"
#include "data/build.h"

bool cln_data_spec_is_own(const struct cln_data_spec *spec) {
    return *spec->folder || *spec->train_images || *spec->train_labels || *spec->test_images ||
           *spec->test_labels;
}

bool cln_data_spec_equal(const struct cln_data_spec *a, const struct cln_data_spec *b) {
    return !strcmp(a->dataset, b->dataset) && !strcmp(a->otherwise, b->otherwise) &&
           a->train_limit == b->train_limit && a->test_limit == b->test_limit &&
           !strcmp(a->train_images, b->train_images) && !strcmp(a->train_labels, b->train_labels) &&
           !strcmp(a->test_images, b->test_images) && !strcmp(a->test_labels, b->test_labels) &&
           !strcmp(a->folder, b->folder) && !strcmp(a->relative_to, b->relative_to);
}

enum cln_status cln_own_path(const struct cln_data_spec *spec, const char *path, char **out) {
    *out =
        *path == '/' || !*spec->relative_to ? strdup(path) : cln_path_join(spec->relative_to, path);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the path of %s", path);
}

enum cln_status cln_own_check_image(const char *path, uint64_t height, uint64_t width,
                                    uint64_t channels) {
    if (channels != 1 && channels != 3)
        return CLN_FAIL(DATA,
                        "%s: images of %llu channels; accepted: 1 (grey) or 3 (red, green, "
                        "blue)",
                        path, (unsigned long long)channels);
    if (!height || !width || height > CLN_IMAGE_MAX_ELEMS || width > CLN_IMAGE_MAX_ELEMS ||
        height * width * channels > CLN_IMAGE_MAX_ELEMS)
        return CLN_FAIL(DATA, "%s: images of %llux%llux%llu; accepted: 1 to %d values each", path,
                        (unsigned long long)height, (unsigned long long)width,
                        (unsigned long long)channels, CLN_IMAGE_MAX_ELEMS);
    return CLN_OK;
}

enum cln_status cln_own_facts(const struct cln_data_spec *spec, struct cln_data_facts *out) {
    return *spec->folder ? cln_own_folder_facts(spec, out) : cln_own_arrays_facts(spec, out);
}

/* The numbers in the experiment were found out earlier, or written by hand. */
static enum cln_status check_facts(const struct cln_data_spec *spec, struct cln_dataset *dataset) {
    const struct cln_data_facts *said = &spec->facts;
    if (!said->height) /* nothing was said */
        return CLN_OK;
    if (said->height != dataset->height || said->width != dataset->width ||
        said->channels != dataset->channels)
        return CLN_FAIL(DATA, "%s: images of %lux%lux%lu, but the experiment says %lldx%lldx%lld",
                        dataset->files[0].path, (unsigned long)dataset->height,
                        (unsigned long)dataset->width, (unsigned long)dataset->channels,
                        (long long)said->height, (long long)said->width, (long long)said->channels);
    if (said->classes < dataset->classes ||
        (dataset->own_names && said->classes > dataset->classes))
        return CLN_FAIL(DATA, "%s: %lu classes, but the experiment says %lld",
                        dataset->files[0].path, (unsigned long)dataset->classes,
                        (long long)said->classes);
    if ((said->train_count && said->train_count != dataset->train.count) ||
        (said->test_count && said->test_count != dataset->test.count))
        return CLN_FAIL(DATA,
                        "%s: %lu training and %lu test images, but the experiment says %lld and "
                        "%lld",
                        dataset->files[0].path, (unsigned long)dataset->train.count,
                        (unsigned long)dataset->test.count, (long long)said->train_count,
                        (long long)said->test_count);
    if (!dataset->own_names) /* of numbered classes there may be more than have images */
        dataset->classes = (uint32_t)said->classes;
    return CLN_OK;
}

static enum cln_status limit(struct cln_dataset_split *split, const struct cln_dataset *dataset,
                             const char *key, int64_t limit) {
    return cln_data_limit(dataset->name, key, limit, split->count, &split->count);
}

enum cln_status cln_own_keep_names(const struct cln_data_spec *spec, struct cln_dataset *dataset,
                                   char *const *class_names) {
    const size_t count = dataset->classes, pointers = count * sizeof(char *), digits = 4;
    size_t bytes = pointers + strlen(spec->dataset) + 1;
    for (size_t i = 0; i < count; i++)
        bytes += class_names ? strlen(class_names[i]) + 1 : digits;
    char **names = malloc(bytes);
    if (!names)
        return CLN_FAIL(MEMORY, "out of memory for the names of %s", spec->dataset);
    char *text = strcpy((char *)names + pointers, spec->dataset);
    dataset->name = text;
    text += strlen(text) + 1;
    for (size_t i = 0; i < count; i++) {
        names[i] = text;
        if (class_names)
            cln_utf8_disarm(strcpy(text, class_names[i]), false); /* it never grows */
        else
            snprintf(text, digits, "%u", (unsigned)i & 0xff); /* of at most 256 */
        text += strlen(text) + 1;
    }
    dataset->class_names = (const char *const *)names;
    dataset->own_names = names;
    return CLN_OK;
}

enum cln_status cln_own_load(const struct cln_data_spec *spec, struct cln_dataset **out) {
    struct cln_dataset *dataset = calloc(1, sizeof *dataset);
    if (!dataset)
        return CLN_FAIL(MEMORY, "out of memory for data set %s", spec->dataset);
    enum cln_status status;
    CLN_TRY_GOTO(*spec->folder ? cln_own_folder_load(spec, dataset)
                               : cln_own_arrays_load(spec, dataset));
    CLN_TRY_GOTO(check_facts(spec, dataset));
    if (!dataset->own_names)
        CLN_TRY_GOTO(cln_own_keep_names(spec, dataset, NULL));
    CLN_TRY_GOTO(limit(&dataset->train, dataset, "data.train_limit", spec->train_limit));
    CLN_TRY_GOTO(limit(&dataset->test, dataset, "data.test_limit", spec->test_limit));
    *out = dataset;
    return CLN_OK;
fail:
    cln_dataset_free(dataset);
    return status;
}
