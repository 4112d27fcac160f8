/*
 * Values out of JSON that somebody else wrote: every getter takes what is not there, or is of
 * another kind, for "not said". Texts are copied into a pool, without what a terminal would
 * take for orders (cln_utf8_disarm()).
 */
#ifndef CLN_REPORT_JSON_READ_H
#define CLN_REPORT_JSON_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cjson/cJSON.h>

#include "base/error.h"
#include "experiment/yaml.h"

/* The document in `path`; cJSON_Delete(*out). CLN_FILE: not readable, or not one JSON object;
 * CLN_MEMORY. */
enum cln_status cln_json_read(const char *path, cJSON **out);

/* NaN if there is no number. */
double cln_json_number(const cJSON *object, const char *key);

/* Within 0..2^53, or `otherwise`. */
int64_t cln_json_count(const cJSON *object, const char *key, int64_t otherwise);

/* The same for an int. */
int cln_json_int(const cJSON *object, const char *key, int otherwise);

bool cln_json_true(const cJSON *object, const char *key);

/* A copy, or NULL if there is no text or no memory: `*failed` tells the latter. */
const char *cln_json_text(const cJSON *object, const char *key, struct cln_yaml_pool *pool,
                          bool *failed);

#endif
