/* One cell's files, read into its place among the results. */
#ifndef CLN_REPORT_RESULT_CELL_H
#define CLN_REPORT_RESULT_CELL_H

#include "report/results.h"

/*
 * Reads cells/<id>/ of `folder` into `cell`, whose plan is set. A cell that has no cell.json there
 * becomes CLN_CELL_WAITING. CLN_FILE for files that are not what they should be.
 */
enum cln_status cln_result_cell_read(const char *folder, struct cln_yaml_pool *pool,
                                     struct cln_result_cell *cell);

/* result_epochs.c: the journal of a cell; a missing one has no epochs. */
enum cln_status cln_result_epochs_read(const char *path, struct cln_yaml_pool *pool,
                                       struct cln_result_cell *cell);

#endif
