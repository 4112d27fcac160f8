#ifndef CLN_BASE_JSON_H
#define CLN_BASE_JSON_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Whether the bytes are one JSON document (RFC 8259), nested no deeper than cJSON reads. cJSON
 * gives NULL for what is no JSON and where memory runs out; what the one means must not be done for
 * the other: a record that cannot be read for want of memory is not to be begun anew.
 */
bool cln_json_is_valid(const char *bytes, size_t length);

#endif
