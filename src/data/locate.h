/*
 * Finds a data set's files on disk. A file counts only if it has the SHA-256 of the registry's row:
 * of the uncompressed content, else, where just that of the .gz is published, of the .gz. A file
 * that has the name and not the content is noted and passed over. Where no hash is published at all
 * name and size must do, and the content says so.
 */
#ifndef CLN_DATA_LOCATE_H
#define CLN_DATA_LOCATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/text.h"
#include "data/registry.h"

/* The content of one file, checked. */
struct cln_data_content {
    char *path;     /* where it lies on disk */
    uint8_t *bytes; /* uncompressed */
    size_t length;
    char sha256[CLN_SHA256_HEX_SIZE];
    bool downloaded;
    bool verified; /* by a published hash */
};

void cln_data_content_done(struct cln_data_content *content);

/* Takes the bytes of a file, plain or gzip'd, checks them against the row and moves them, then
 * uncompressed, into *out; frees them if it fails. CLN_DATA with `path` and the reason. */
enum cln_status cln_data_content_check(const struct cln_data_file *file, const char *path,
                                       void *bytes, size_t length, struct cln_data_content *out);

/* Folders in the order they are searched. */
struct cln_data_folders {
    char **paths;
    size_t count;
};

/*
 * `data_dir` (NULL: none), the folders of $CLNOISE_DATA, the cache folder's data/, and the folder
 * of the distribution's package. Each once for each layout of the row: itself, its <name>/ and
 * torchvision's <NAME>/raw/.
 */
enum cln_status cln_data_folders_list(const struct cln_data_entry *entry, const char *data_dir,
                                      struct cln_data_folders *out);
void cln_data_folders_free(struct cln_data_folders *folders);

/*
 * Looks for one file in every folder, plain before .gz. *found tells whether it was there; its
 * content, then, is the caller's. Files refused are added to `refused`, a line each. An error is
 * one of memory only.
 */
enum cln_status cln_data_locate(const struct cln_data_folders *folders,
                                const struct cln_data_file *file, struct cln_text *refused,
                                struct cln_data_content *out, bool *found);

#endif
