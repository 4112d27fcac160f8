/* What a tuner found, as a table and as JSON on stdout. */
#ifndef CLN_CLI_TUNE_TABLE_H
#define CLN_CLI_TUNE_TABLE_H

#include <cjson/cJSON.h>

#include "graph/tune.h"
#include "runtime/device.h"

/* One line a candidate; nodes of one kind are listed once, under the first's name. */
void cln_tune_table_print(const struct cln_device *device, const struct cln_tune_row *rows,
                          int count);

/* The same as {"device": ..., "nodes": [...]}; CLN_MEMORY. */
enum cln_status cln_tune_json_print(const struct cln_device *device,
                                    const struct cln_tune_row *rows, int count);

#endif
