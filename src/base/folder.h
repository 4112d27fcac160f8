/* Folders: made, tidied up, and what is in them. */
#ifndef CLN_BASE_FOLDER_H
#define CLN_BASE_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct cln_names {
    char **items;
    size_t count, room;
};

/* Makes the folder and those above it. */
enum cln_status cln_folder_make(const char *path);

/* The names in a folder in the order of their bytes, those that begin with a dot only with `hidden`
 * (but never "." and ".."): all of them or an error, CLN_FILE with path and reason.
 * cln_names_free() them. */
enum cln_status cln_folder_list(const char *path, bool hidden, struct cln_names *out);

void cln_names_free(struct cln_names *names);

/* Removes the files in the folder whose names begin so. No folder is no error. CLN_FILE. */
enum cln_status cln_folder_remove(const char *path, const char *prefix);

#endif
