/*
 * The folder of a run: where it lies, whose it is, and whether a run may begin or go on there.
 *
 *     config.yaml       the resolved configuration; runs again to the same cells
 *     lock              held by the run at work
 *     kernels/          which kernel variants were chosen, a file a device: they stay for this run
 *     cells/<id>/       the record of each cell that was begun, see cell_record.h
 *     everything else   derived from the cells, see report/report.h
 */
#ifndef CLN_RUN_RUN_FOLDER_H
#define CLN_RUN_RUN_FOLDER_H

#include "experiment/experiment.h"

struct cln_run_folder;

/*
 * Makes the folder (`path` NULL: runs/<name>-<local time>), or opens the one that is there, and
 * takes its lock. CLN_FILE if it holds something else than a run, or another run is at work there;
 * CLN_CONFIG if its run has another configuration, with what differs in the error's detail, but for
 * `evaluate`: cells that are done are tested at its scales then, not trained again. A
 * folder that is refused is left as it was.
 */
enum cln_status cln_run_folder_open(const char *path, const struct cln_experiment *experiment,
                                    struct cln_run_folder **out);

/* Lets go of the lock. NULL is fine. */
void cln_run_folder_free(struct cln_run_folder *folder);

const char *cln_run_folder_path(const struct cln_run_folder *folder);

/* Writes config.yaml, if it is not there or asks for other tests. From then on the folder is a
 * run's. */
enum cln_status cln_run_folder_begin(struct cln_run_folder *folder);

#endif
