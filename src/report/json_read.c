#include "report/json_read.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/utf8.h"

#define BLANKS    " \t\r\n"
#define MAX_EXACT 9007199254740992.0 /* 2^53: beyond, doubles skip integers */

enum cln_status cln_json_read(const char *path, cJSON **out) {
    char *bytes;
    size_t length;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    const char *end = bytes;
    cJSON *root;
    enum cln_status status = cln_json_parse(bytes, length, &root, &end);
    if (root)
        end += strspn(end, BLANKS);
    const size_t at = (size_t)(end - bytes);
    if (status == CLN_OK && (!root || at < length))
        status = CLN_FAIL(FILE, "%s: not JSON, from byte %zu on", path, at);
    else if (status == CLN_OK && !cJSON_IsObject(root))
        status = CLN_FAIL(FILE, "%s: not a JSON object", path);
    free(bytes);
    if (status == CLN_OK)
        *out = root;
    else
        cJSON_Delete(root);
    return status;
}

double cln_json_number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : NAN;
}

int64_t cln_json_count(const cJSON *object, const char *key, int64_t otherwise) {
    double value = cln_json_number(object, key);
    return value >= 0 && value <= MAX_EXACT ? (int64_t)value : otherwise;
}

int cln_json_int(const cJSON *object, const char *key, int otherwise) {
    int64_t value = cln_json_count(object, key, otherwise);
    return value <= INT_MAX ? (int)value : otherwise;
}

bool cln_json_true(const cJSON *object, const char *key) {
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key));
}

const char *cln_json_text(const cJSON *object, const char *key, struct cln_yaml_pool *pool,
                          bool *failed) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    if (!cJSON_IsString(item))
        return NULL;
    char *copy = cln_yaml_copy(pool, item->valuestring, strlen(item->valuestring));
    *failed |= !copy;
    if (copy)
        cln_utf8_disarm(copy, true); /* it may be printed */
    return copy;
}
