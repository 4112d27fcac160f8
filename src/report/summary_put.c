#include "report/summary_json.h"

#include <math.h>
#include <stdlib.h>

#include "base/utf8.h"

void cln_json_put(struct cln_json_writer *writer, cJSON *parent, const char *key, cJSON *value) {
    if (parent && value &&
        (cJSON_IsArray(parent) ? cJSON_AddItemToArray(parent, value)
                               : cJSON_AddItemToObject(parent, key, value)))
        return;
    writer->failed = true;
    cJSON_Delete(value);
}

/* What was put, or NULL. */
static cJSON *put_new(struct cln_json_writer *writer, cJSON *parent, const char *key,
                      cJSON *value) {
    bool before = writer->failed;
    writer->failed = false;
    cln_json_put(writer, parent, key, value);
    cJSON *kept = writer->failed ? NULL : value;
    writer->failed |= before;
    return kept;
}

cJSON *cln_json_put_object(struct cln_json_writer *writer, cJSON *parent, const char *key) {
    return put_new(writer, parent, key, cJSON_CreateObject());
}

cJSON *cln_json_put_array(struct cln_json_writer *writer, cJSON *parent, const char *key) {
    return put_new(writer, parent, key, cJSON_CreateArray());
}

void cln_json_put_text(struct cln_json_writer *writer, cJSON *parent, const char *key,
                       const char *value) {
    if (!value) {
        cln_json_put(writer, parent, key, cJSON_CreateNull());
        return;
    }
    char *clean = cln_utf8_clean(value);
    cln_json_put(writer, parent, key, clean ? cJSON_CreateString(clean) : NULL);
    free(clean);
}

void cln_json_put_number(struct cln_json_writer *writer, cJSON *parent, const char *key,
                         double value) {
    cln_json_put(writer, parent, key,
                 isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

void cln_json_put_bool(struct cln_json_writer *writer, cJSON *parent, const char *key, bool value) {
    cln_json_put(writer, parent, key, cJSON_CreateBool(value));
}
