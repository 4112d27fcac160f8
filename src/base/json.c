#include "base/json.h"

#include <errno.h>

/* POSIX has malloc() say so in errno, and cJSON gives up at once. */
enum cln_status cln_json_parse(const char *bytes, size_t length, cJSON **root, const char **end) {
    errno = 0;
    *root = cJSON_ParseWithLengthOpts(bytes, length, end, 0);
    return *root || errno != ENOMEM
               ? CLN_OK
               : CLN_FAIL(MEMORY, "out of memory for %zu bytes of JSON", length);
}
