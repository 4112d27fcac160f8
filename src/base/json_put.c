#include "base/json_put.h"

#include <math.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

/* An object or array that lacks something says so in a member that cJSON has no use for there: a
 * mark must not want memory itself. */
#define INCOMPLETE (-1)

static bool nests(const cJSON *item) {
    return cJSON_IsObject(item) || cJSON_IsArray(item);
}

bool cln_json_is_whole(const cJSON *item) {
    bool whole = item && !(nests(item) && item->valueint == INCOMPLETE);
    for (const cJSON *child = whole && nests(item) ? item->child : NULL; child && whole;
         child = child->next)
        whole = cln_json_is_whole(child);
    return whole;
}

/* Needs no memory, unlike cJSON's own, which may leave an item without a name. */
static bool replace(cJSON *object, cJSON *old, cJSON *value) {
    value->string = old->string;
    old->string = NULL;
    return cJSON_ReplaceItemViaPointer(object, old, value);
}

static bool add(cJSON *parent, const char *key, cJSON *value) {
    if (cJSON_IsArray(parent))
        return cJSON_AddItemToArray(parent, value);
    cJSON *old = cJSON_GetObjectItemCaseSensitive(parent, key);
    return old ? replace(parent, old, value) : cJSON_AddItemToObject(parent, key, value);
}

/* What was put, or NULL. */
static cJSON *put(cJSON *parent, const char *key, cJSON *value) {
    if (parent && value && add(parent, key, value))
        return value;
    if (parent)
        parent->valueint = INCOMPLETE; /* NULL: whatever it was to be put in is marked */
    cJSON_Delete(value);
    return NULL;
}

void cln_json_put(cJSON *parent, const char *key, cJSON *value) {
    (void)put(parent, key, value);
}

void cln_json_put_bool(cJSON *parent, const char *key, bool value) {
    (void)put(parent, key, cJSON_CreateBool(value));
}

void cln_json_put_number(cJSON *parent, const char *key, double value) {
    (void)put(parent, key, isfinite(value) ? cJSON_CreateNumber(value) : cJSON_CreateNull());
}

void cln_json_put_text(cJSON *parent, const char *key, const char *value) {
    char *clean = value ? cln_utf8_clean(value) : NULL;
    (void)put(parent, key, !value ? cJSON_CreateNull() : clean ? cJSON_CreateString(clean) : NULL);
    free(clean);
}

cJSON *cln_json_put_object(cJSON *parent, const char *key) {
    return put(parent, key, cJSON_CreateObject());
}

cJSON *cln_json_put_array(cJSON *parent, const char *key) {
    return put(parent, key, cJSON_CreateArray());
}

char *cln_json_print(const cJSON *root, bool lines) {
    if (!cln_json_is_whole(root))
        return NULL;
    return lines ? cJSON_Print(root) : cJSON_PrintUnformatted(root);
}

enum cln_status cln_json_write(const char *path, const cJSON *root) {
    char *json = cln_json_print(root, true);
    struct cln_text text = {0};
    if (!json)
        return CLN_FAIL(MEMORY, "out of memory while writing %s", path);
    cln_text_add(&text, "%s\n", json);
    cJSON_free(json);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_file_write(path, text.chars, text.length);
    cln_text_free(&text);
    return status;
}
