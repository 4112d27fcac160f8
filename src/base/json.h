#ifndef CLN_BASE_JSON_H
#define CLN_BASE_JSON_H

#include <stddef.h>

#include <cjson/cJSON.h>

#include "base/error.h"

/*
 * The first JSON document in the bytes, by cJSON; cJSON_Delete() it. `*root` NULL: there is none.
 * `*end` is behind it, or where it went wrong; `end` may be NULL. CLN_MEMORY: cJSON gives NULL for
 * that too, and what the one means must not be done for the other, or a record that cannot be read
 * for want of memory would be begun anew.
 */
enum cln_status cln_json_parse(const char *bytes, size_t length, cJSON **root, const char **end);

#endif
