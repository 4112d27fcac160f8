/* How the time of a step grows: by batch, by width of the layers, by cores. */
#ifndef CLN_CLI_BENCH_SCALING_H
#define CLN_CLI_BENCH_SCALING_H

#include <cjson/cJSON.h>

#include "cli/bench_cell.h"
#include "cli/command.h"

/* Whether --batches, --widths or --cores is given; then bench measures whole steps alone. */
bool cln_bench_scaling_wanted(const struct cln_options *options);

/* Checks their lists; needs no device. */
enum cln_status cln_bench_scaling_check(const struct cln_options *options);

/*
 * Measures each model at each setting, twice in opposite order, of which the faster counts: what
 * else goes on in the machine only makes steps slower. Prints a table a model, or adds to `report`
 * when --json is given. Blocks.
 */
enum cln_status cln_bench_scaling(struct cln_bench_cells *bench, const struct cln_cell **cells,
                                  int cell_count, const struct cln_options *options, cJSON *report);

#endif
