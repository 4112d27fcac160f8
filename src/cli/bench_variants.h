/* `clnoise bench --variants`: what the kernel variants of a model's nodes take, and which are
 * chosen. */
#ifndef CLN_CLI_BENCH_VARIANTS_H
#define CLN_CLI_BENCH_VARIANTS_H

#include <cjson/cJSON.h>

#include "experiment/experiment.h"
#include "runtime/peak.h"
#include "train/bench.h"

/*
 * A row for each variant that fits a node of the training step: its time as the tuner knows it, or
 * measures it now, and that as a share of what the peaks allow. The tuner need not time a variant
 * that it sees win; its time is then that of the node's launches in `step`. Prints a table, or adds
 * to `report` ("variants") unless that is NULL. CLN_CONFIG where CLNOISE_TUNE is off. Blocks.
 */
enum cln_status cln_bench_variants(struct cln_context *context, const struct cln_cell *cell,
                                   const struct cln_bench_result *step, const struct cln_peak *peak,
                                   cJSON *report);

#endif
