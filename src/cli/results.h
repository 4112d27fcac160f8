/* The table at the end of a run: what came of each cell. */
#ifndef CLN_CLI_RESULTS_H
#define CLN_CLI_RESULTS_H

#include <stddef.h>
#include <stdio.h>

#include "clnoise/run.h"

/* Last-epoch figures, a line a cell. Accuracy on the test set, where validation is done on other
 * images, the status, and what was swept besides model and noise scale have a column only where
 * they tell something. */
void cln_results_print(FILE *stream, const struct cln_run_cell *cells,
                       const struct cln_run_outcome *outcomes, size_t count);

#endif
