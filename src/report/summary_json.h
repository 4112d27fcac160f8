/* What the files that make summary.json share: a tree of cJSON, put together. */
#ifndef CLN_REPORT_SUMMARY_JSON_H
#define CLN_REPORT_SUMMARY_JSON_H

#include <stdbool.h>

#include <cjson/cJSON.h>

#include "report/meaning.h"

/* cJSON's calls return NULL when memory runs out; they are gathered in one flag. */
struct cln_json_writer {
    bool failed;
};

/* Each puts something under `key` of an object, or at the end of an array. `value` is taken over.
 */
void cln_json_put(struct cln_json_writer *writer, cJSON *parent, const char *key, cJSON *value);
cJSON *cln_json_put_object(struct cln_json_writer *writer, cJSON *parent, const char *key);
cJSON *cln_json_put_array(struct cln_json_writer *writer, cJSON *parent, const char *key);

/* Drivers put what they like into their names; JSON must be UTF-8 nevertheless. NULL: null. */
void cln_json_put_text(struct cln_json_writer *writer, cJSON *parent, const char *key,
                       const char *value);

/* null if it is not finite. */
void cln_json_put_number(struct cln_json_writer *writer, cJSON *parent, const char *key,
                         double value);
void cln_json_put_bool(struct cln_json_writer *writer, cJSON *parent, const char *key, bool value);

/* groups, comparisons, robustness, conclusion */
void cln_summary_put_study(struct cln_json_writer *writer, cJSON *root,
                           const struct cln_meaning *meaning);

#endif
