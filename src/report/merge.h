/* Several runs of one experiment become one. */
#ifndef CLN_REPORT_MERGE_H
#define CLN_REPORT_MERGE_H

#include <stddef.h>

#include "base/error.h"

/*
 * Copies the folders' config.yaml and the records of their trainings, cells/<id>/, into the folder
 * `out`, which is made if need be; what is derived from them is left to cln_report_write(). Of a
 * training that is in several folders the one that got farthest is taken, which `on_note` (may be
 * NULL) is told. CLN_FILE for folders that are no runs, for a training that two of them have
 * finished with different results or weights, and where `out` holds a run already. CLN_CONFIG where
 * the experiments differ.
 */
enum cln_status cln_runs_merge(const char *const *folders, size_t count, const char *out,
                               void (*on_note)(void *context, const char *line), void *context);

#endif
