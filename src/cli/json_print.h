/* JSON on stdout: what `--json` of every command ends with. */
#ifndef CLN_CLI_JSON_PRINT_H
#define CLN_CLI_JSON_PRINT_H

#include <cjson/cJSON.h>

#include "clnoise/error.h"

/* `root` and a line break. CLN_MEMORY, also where `root` is NULL. */
enum cln_status cln_print_json(const cJSON *root);

#endif
