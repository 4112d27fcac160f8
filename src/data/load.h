/*
 * Loads one row of the registry: every file from disk, else from a mirror, then parsed and checked.
 * The public way in is cln_dataset_open(), which picks the row and the substitute.
 */
#ifndef CLN_DATA_LOAD_H
#define CLN_DATA_LOAD_H

#include "data/download.h"

/*
 * Only the limits of `spec` are read. `download` may be NULL: disk only. When it fails and
 * *missing is set, a file was neither on disk nor to be downloaded: a substitute may be tried.
 */
enum cln_status cln_data_load(const struct cln_data_entry *entry, const struct cln_data_spec *spec,
                              const char *data_dir, const struct cln_download *download,
                              struct cln_dataset **out, bool *missing);

/* Raises CLN_DATA for a file that cannot be had: the reason in one line, and what to do about it,
 * where it was looked for and what was refused as the detail. `download_reason` may be NULL. */
enum cln_status cln_data_fail_missing(const struct cln_data_entry *entry,
                                      const struct cln_data_file *file, const char *download_reason,
                                      const struct cln_data_folders *folders, const char *refused);

#endif
