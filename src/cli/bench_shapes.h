/* `clnoise bench --shapes LIST`: matrix products and convolutions by themselves. */
#ifndef CLN_CLI_BENCH_SHAPES_H
#define CLN_CLI_BENCH_SHAPES_H

#include <cjson/cJSON.h>

#include "base/error.h"
#include "runtime/context.h"

/* CLN_CONFIG unless `list` is shapes with commas between; touches no device. */
enum cln_status cln_bench_shapes_check(const char *list);

/* Times each; prints a table, or adds "shapes" to `json` if that is not NULL. */
enum cln_status cln_bench_shapes(struct cln_context *context, const char *list, int rounds,
                                 cJSON *json);

#endif
