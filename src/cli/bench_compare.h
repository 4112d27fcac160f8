/* `clnoise bench --compare`: a report of `clnoise bench --json` beside an earlier one. */
#ifndef CLN_CLI_BENCH_COMPARE_H
#define CLN_CLI_BENCH_COMPARE_H

#include <stdio.h>

#include <cjson/cJSON.h>

#include "base/error.h"

/* Reads the file and checks that it is such a report: CLN_FILE, or CLN_CONFIG with what is amiss.
 * Free with cJSON_Delete(). */
enum cln_status cln_bench_report_read(const char *path, cJSON **out);

/*
 * Prints a table for each model that either report has: the steps, then each node, its launches
 * together, in the order of the new step; what only the old one had comes last. Ratios are new to
 * old, as measured and in units of each report's own peak, which takes out that the same device is
 * not equally fast at all times. `path` is told to the reader. Both must have been checked.
 */
void cln_bench_compare_print(FILE *to, const cJSON *old, const char *path, const cJSON *now);

#endif
