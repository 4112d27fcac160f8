/*
 * The data sets that are known by name: one row each. A row says what the files are, by size and
 * hash, where they may lie, where they may be downloaded, and how they become images. A new data
 * set is a new row.
 */
#ifndef CLN_DATA_REGISTRY_H
#define CLN_DATA_REGISTRY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/dataset.h"

/* Places of the files in a row of IDX files, and in cln_dataset.files. */
enum cln_data_part {
    CLN_TRAIN_IMAGES,
    CLN_TRAIN_LABELS,
    CLN_TEST_IMAGES,
    CLN_TEST_LABELS,
    CLN_IDX_FILES,
};

struct cln_data_file {
    const char *name;      /* uncompressed; with .gz after it, the name on the mirrors */
    uint64_t bytes;        /* uncompressed */
    const char *sha256;    /* of the uncompressed content: what identifies the file; NULL: not
                              published, so the .gz must be the published one, or if neither hash is
                              there, name and size must do */
    uint64_t gz_bytes;     /* of the .gz that the mirrors serve */
    const char *gz_sha256; /* of that .gz; NULL: not published */
    bool bytes_at_most;    /* `bytes` is a limit, the size itself is not published */
};

struct cln_data_content;

struct cln_data_entry {
    const char *name;
    const char *about;   /* what is to be seen, in a few words */
    const char *source;  /* where it is published */
    const char *licence; /* or "none stated" */
    struct cln_data_file files[CLN_DATASET_MAX_FILES];
    int file_count;
    struct cln_data_file archive; /* a .tar that has all of them; no name: none */
    const char *mirrors[3];     /* NULL-terminated; each ends in '/'; none: not to be downloaded */
    const char *by_hand;        /* how to get it where there is no mirror, in lines; or NULL */
    const char *layouts[5];     /* sub-folders looked in below every folder; NULL-terminated */
    const char *system_folder;  /* where a distribution's package puts the files, or NULL */
    const char *system_package; /* that package, or NULL */
    const char *const *class_names;
    uint32_t classes, height, width, channels;
    uint32_t train_count, test_count;
    bool transposed; /* its files store images by columns */

    /* Makes both splits out of the contents of the files; may take their bytes (data/build.h). */
    enum cln_status (*build)(const struct cln_data_entry *entry, struct cln_data_content *contents,
                             const struct cln_data_spec *spec, struct cln_dataset *dataset);
};

extern const struct cln_data_entry cln_data_entries[];
extern const size_t cln_data_entry_count;

/* The row with that name; CLN_CONFIG with the names there are, and the nearest, if there is none.
 */
enum cln_status cln_data_entry_find(const char *name, const struct cln_data_entry **out);

/* The row that has a file with this content, or NULL. */
const struct cln_data_entry *cln_data_entry_of_content(const char *sha256);

#endif
