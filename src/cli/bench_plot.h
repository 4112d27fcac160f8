/* `clnoise bench --plot`: a report's launches as a roofline. */
#ifndef CLN_CLI_BENCH_PLOT_H
#define CLN_CLI_BENCH_PLOT_H

#include <cjson/cJSON.h>

#include "base/error.h"

/* CLN_CONFIG unless the path ends in .png or .svg. */
enum cln_status cln_bench_plot_check(const char *path);

/* Draws what cln_bench_json_add() put into the report, a panel a model. */
enum cln_status cln_bench_plot_write(const cJSON *report, const char *path);

#endif
