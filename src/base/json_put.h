/*
 * JSON that is whole or is not written at all. A document is made of cJSON's items by these calls;
 * each takes its value over. Where memory runs out the object or array that lacks something is
 * marked, the calls that follow do what they can, and cln_json_print() gives NULL: who writes asks
 * once, at the end. A NULL for a value, or for where to put it, is what cJSON gives when memory has
 * run out.
 */
#ifndef CLN_BASE_JSON_PUT_H
#define CLN_BASE_JSON_PUT_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "base/error.h"

/* Under `key` of an object, in the place of what was there, or at the end of an array. */
void cln_json_put(cJSON *parent, const char *key, cJSON *value);
void cln_json_put_bool(cJSON *parent, const char *key, bool value);

/* null if it is not finite. */
void cln_json_put_number(cJSON *parent, const char *key, double value);

/* Drivers put what they like into their names; JSON must be UTF-8 nevertheless: what is none
 * becomes question marks. NULL: null. */
void cln_json_put_text(cJSON *parent, const char *key, const char *value);

/* The new, empty object or array; it belongs to its parent. */
cJSON *cln_json_put_object(cJSON *parent, const char *key);
cJSON *cln_json_put_array(cJSON *parent, const char *key);

/* Whether nothing is missing. */
bool cln_json_is_whole(const cJSON *root);

/* The document, a line an item or all on one; cJSON_free() it. NULL: out of memory, now or when
 * something was put. */
char *cln_json_print(const cJSON *root, bool lines);

/* Replaces the file, atomically, by the document, a line an item. CLN_MEMORY, as above; CLN_FILE.
 */
enum cln_status cln_json_write(const char *path, const cJSON *root);

#endif
