#include <stdlib.h>

#include "data/build.h"
#include "data/cifar.h"

/* Images and labels of several files, one after another, up to the limit. */
static enum cln_status build_split(const struct cln_data_entry *entry,
                                   const struct cln_data_content *contents, int file_count,
                                   int64_t limit, const char *limit_key,
                                   struct cln_dataset_split *out) {
    struct cln_cifar parts[CLN_CIFAR_FILES];
    uint32_t total = 0; /* each file is as long as its row says: far below 2^32 */
    for (int i = 0; i < file_count; i++) {
        CLN_TRY(
            cln_cifar_parse(contents[i].path, contents[i].bytes, contents[i].length, &parts[i]));
        total += (uint32_t)parts[i].count;
    }
    CLN_TRY(cln_data_limit(entry->name, limit_key, limit, total, &out->count));
    out->labels = malloc(out->count);
    out->images = malloc((size_t)out->count * CLN_CIFAR_ELEMS);
    if (!out->labels || !out->images)
        return CLN_FAIL(MEMORY, "out of memory for %lu images", (unsigned long)out->count);
    size_t done = 0;
    for (int i = 0; i < file_count && done < out->count; i++) {
        size_t rest = out->count - done, count = parts[i].count < rest ? parts[i].count : rest;
        cln_cifar_unpack(&parts[i], count, out->images + done * CLN_CIFAR_ELEMS,
                         out->labels + done);
        done += count;
    }
    return CLN_OK;
}

enum cln_status cln_data_build_cifar(const struct cln_data_entry *entry,
                                     struct cln_data_content *contents,
                                     const struct cln_data_spec *spec,
                                     struct cln_dataset *dataset) {
    const int train_files = CLN_CIFAR_FILES - 1;
    CLN_TRY(build_split(entry, contents, train_files, spec->train_limit, "data.train_limit",
                        &dataset->train));
    return build_split(entry, contents + train_files, 1, spec->test_limit, "data.test_limit",
                       &dataset->test);
}
