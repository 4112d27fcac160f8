/* The table at the end of a run: what came of each cell. */
#ifndef CLN_CLI_RESULTS_H
#define CLN_CLI_RESULTS_H

#include <stddef.h>
#include <stdio.h>

#include "clnoise/run.h"

/*
 * Last-epoch figures, a line a cell; cells that differ in their seed alone are one line, with mean
 * and standard deviation. The status, and what was swept besides model, noise scale and seed, have
 * a column only where they tell something. Cells that were left out of this run and have no result
 * are counted below.
 */
enum cln_status cln_results_print(FILE *stream, const struct cln_run_cell *cells,
                                  const struct cln_run_outcome *outcomes, size_t count);

#endif
