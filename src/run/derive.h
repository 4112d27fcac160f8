/* What is made from the cells' records: tables and plots of the whole run. */
#ifndef CLN_RUN_DERIVE_H
#define CLN_RUN_DERIVE_H

#include "data/dataset.h"
#include "experiment/experiment.h"

/*
 * Writes metrics.csv, metrics.jsonl, timings.csv and summary.json into the folder, each atomically,
 * from the records of the experiment's cells, in their order. `status`: "running", "done",
 * "failed", "interrupted".
 */
enum cln_status cln_derive_tables(const char *folder, const struct cln_experiment *experiment,
                                  const char *status);

/* Draws plots/. `dataset` may be NULL: no sheet of images. */
enum cln_status cln_derive_plots(const char *folder, const struct cln_experiment *experiment,
                                 const struct cln_dataset *dataset);

#endif
