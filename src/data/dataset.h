/*
 * A data set in host memory: bytes as they were published, nothing scaled or shuffled.
 *
 * Files are found on disk or downloaded, and known by the SHA-256 of their uncompressed content, so
 * that what is trained on is exactly the data set it is called after.
 */
#ifndef CLN_DATA_DATASET_H
#define CLN_DATA_DATASET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/hash.h"
#include "clnoise/progress.h"
#include "data/data_spec.h"

#define CLN_DATASET_MAX_FILES                                                                      \
    6 /* of one data set; a folder of images counts as one for each split */

struct cln_dataset_split {
    uint8_t *images; /* (count, height, width, channels), 0..255 */
    uint8_t *labels; /* (count), each below `classes` */
    uint32_t count;
};

struct cln_dataset_file {
    const char *name; /* as published, uncompressed: "train-images-idx3-ubyte"; not owned */
    char *path;       /* where it was found, or downloaded to; ends in .gz if compressed */
    char sha256[CLN_SHA256_HEX_SIZE]; /* of the uncompressed content */
    bool downloaded;                  /* by this call */
};

struct cln_dataset {
    const char *name;      /* of what was loaded: "mnist"; not owned */
    char *requested;       /* what the experiment asked for first */
    bool substituted;      /* `otherwise` was loaded instead: to be announced to the user */
    char *why_substituted; /* one line; NULL unless substituted */
    char *warnings;        /* a line for each file that was passed over, and why; NULL: none */
    bool unverified;       /* known by name and size alone, as no hash of its files is published */
    uint32_t height, width, channels;
    uint32_t classes;
    const char *const *class_names; /* `classes` of them; not owned */
    struct cln_dataset_split train, test;
    struct cln_dataset_file files[CLN_DATASET_MAX_FILES]; /* what was read, `file_count` of them */
    int file_count;
    void *own_names; /* memory of names that are not the registry's; or NULL */
};

struct cln_data_source {
    const char *data_dir; /* looked in first, and downloads go there; NULL: the cache folder */
    bool offline;         /* never download */
    void *context;        /* given to the two functions */
    /* Now and then while a file is downloaded, on the calling thread; or NULL. */
    void (*on_progress)(void *context, const struct cln_data_progress *progress);
    bool (*interrupted)(void *context); /* NULL: never; true ends with CLN_INTERRUPTED */
};

/*
 * Finds, checks and reads a data set into memory; blocks, on disk and perhaps on the network.
 * `source` may be NULL: no folder named, downloads allowed. The caller frees *out.
 * CLN_CONFIG: no such data set. CLN_DATA: not to be had, or wrong; the message says what to do and
 * the detail lists every file that was looked at and refused.
 */
enum cln_status cln_dataset_open(const struct cln_data_spec *spec,
                                 const struct cln_data_source *source, struct cln_dataset **out);
void cln_dataset_free(struct cln_dataset *dataset);

/* Tells what a user should know about what was loaded, a line at a time: files passed over, and
 * that another data set stands in. */
enum cln_status cln_dataset_notes(const struct cln_dataset *dataset,
                                  void (*tell)(void *context, const char *line), void *context);

/* SHA-256 over the names and hashes of all files: the same if and only if the data are. */
enum cln_status cln_dataset_digest(const struct cln_dataset *dataset,
                                   char hex[CLN_SHA256_HEX_SIZE]);

/* What is known of the data set without its images: from the registry, from the spec, or else from
 * the user's own files; then it blocks, and fails as they do. */
enum cln_status cln_dataset_facts(const struct cln_data_spec *spec, struct cln_data_facts *out);

/* Values of one image: height * width * channels. */
size_t cln_dataset_image_elems(const struct cln_dataset *dataset);

#endif
