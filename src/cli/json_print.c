#include "cli/json_print.h"

#include <stdio.h>

#include "base/error.h"

enum cln_status cln_json_print(const cJSON *root) {
    char *text = root ? cJSON_Print(root) : NULL;
    if (!text)
        return CLN_FAIL(MEMORY, "out of memory for the JSON to print");
    puts(text);
    cJSON_free(text);
    return CLN_OK;
}
