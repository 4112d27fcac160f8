#include "cli/json_print.h"

#include <stdio.h>

#include "base/error.h"
#include "base/json_put.h"

enum cln_status cln_print_json(const cJSON *root) {
    char *text = cln_json_print(root, true);
    if (!text)
        return CLN_FAIL(MEMORY, "out of memory for the JSON to print");
    puts(text);
    cJSON_free(text);
    return CLN_OK;
}
