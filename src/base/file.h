/* Files, whole: read, write atomically (temporary file, fsync, rename, fsync of the folder). */
#ifndef CLN_BASE_FILE_H
#define CLN_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

/* Opens a plain file to be read; fclose() it. CLN_FILE with path and reason, also for what might
 * never end or never begin: a folder, a pipe, a device. */
enum cln_status cln_file_open(const char *path, FILE **out);

/* The whole of a plain file, with a NUL after it; free() the bytes. CLN_FILE with path and reason.
 */
enum cln_status cln_file_read(const char *path, char **bytes, size_t *length);

/* Either the old file or the whole new one is there after a crash at any point, which may also
 * leave a file of another name: see cln_file_sweep(). */
enum cln_status cln_file_write(const char *path, const void *bytes, size_t length);

/* Whether cln_file_write() could write there now: makes its temporary file, and removes it.
 * CLN_FILE with path and reason. */
enum cln_status cln_file_try(const char *path);

/* Whether there is a file or folder. Also true of what cannot be looked at: it must not be taken
 * for missing and written anew, and an attempt to read it says what is wrong. */
bool cln_file_exists(const char *path);

/* Whether nobody but the user and root can have written what is there: it belongs to one of them,
 * and neither its group nor others may write to it. True where there is nothing, false of what
 * cannot be looked at. */
bool cln_file_is_trusted(const char *path);

/* Removes what writes into the folder that a crash ended have left. Nobody may be writing there. No
 * folder is no error. CLN_FILE. */
enum cln_status cln_file_sweep(const char *folder);

/* "folder/name"; free() it. NULL when out of memory. */
char *cln_path_join(const char *folder, const char *name);

/* The user's cache folder for clnoise ($XDG_CACHE_HOME/clnoise, ~/Library/Caches/clnoise on
 * macOS, else ~/.cache/clnoise), not created. free() it; NULL when neither is known. */
char *cln_cache_folder(void);

/*
 * The folder below it in which things are kept that are run or believed when they are read again,
 * such as "programs"; free() it. NULL when there is nowhere, or when one of the two folders is not
 * to be trusted: then nothing is read there, and nothing written.
 */
char *cln_cache_trusted(const char *name);

/* The first of the folders that cln_cache_trusted() would not give out for its owner or its rights;
 * free() it. NULL if there is none. */
char *cln_cache_distrusted(void);

#endif
