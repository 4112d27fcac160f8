#include "run/cell_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"

/* An object or array that lacks something for want of memory says so in a member that cJSON has no
 * use for there: a mark must not want memory itself. */
#define INCOMPLETE (-1)

static void mark(cJSON *incomplete) {
    if (incomplete)
        incomplete->valueint = INCOMPLETE; /* NULL: whatever it was to be put in is marked */
}

static bool is_whole(const cJSON *item) {
    const bool nests = cJSON_IsObject(item) || cJSON_IsArray(item);
    bool whole = item && !(nests && item->valueint == INCOMPLETE);
    for (const cJSON *child = whole && nests ? item->child : NULL; child && whole;
         child = child->next)
        whole = is_whole(child);
    return whole;
}

/* Needs no memory, unlike cJSON's own, which may leave an item without a name. */
static void replace(cJSON *object, cJSON *old, cJSON *value) {
    value->string = old->string;
    old->string = NULL;
    (void)cJSON_ReplaceItemViaPointer(object, old, value);
}

void cln_cell_json_set(cJSON *object, const char *key, cJSON *value) {
    cJSON *old = cJSON_GetObjectItemCaseSensitive(object, key);
    if (value && old) {
        replace(object, old, value);
    } else if (!value || !cJSON_AddItemToObject(object, key, value)) {
        mark(object);
        cJSON_Delete(value);
    }
}

void cln_cell_json_append(cJSON *array, cJSON *value) {
    if (value && cJSON_AddItemToArray(array, value))
        return;
    mark(array);
    cJSON_Delete(value);
}

void cln_cell_json_text(cJSON *object, const char *key, const char *value) {
    char *clean = value ? cln_utf8_clean(value) : NULL;
    cln_cell_json_set(object, key,
                      !value  ? cJSON_CreateNull()
                      : clean ? cJSON_CreateString(clean)
                              : NULL);
    free(clean);
}

const char *cln_cell_json_get_text(const cJSON *object, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    return text ? text : "";
}

double cln_cell_json_get_number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

cJSON *cln_cell_json_device(const struct cln_device *device) {
    cJSON *object = cJSON_CreateObject();
    cln_cell_json_set(object, "index", cJSON_CreateNumber(device->index));
    cln_cell_json_text(object, "name", device->name);
    cln_cell_json_text(object, "type", cln_device_type_name(device->type));
    cln_cell_json_text(object, "vendor", device->vendor);
    cln_cell_json_text(object, "platform", device->platform);
    cln_cell_json_text(object, "version", device->version);
    cln_cell_json_text(object, "driver", device->driver);
    cln_cell_json_set(object, "compute_units", cJSON_CreateNumber(device->compute_units));
    cln_cell_json_set(object, "memory_bytes",
                      cJSON_CreateNumber((double)device->global_memory_bytes));
    return object;
}

cJSON *cln_cell_json_data(const struct cln_dataset *dataset) {
    cJSON *object = cJSON_CreateObject(), *files = cJSON_CreateArray();
    cln_cell_json_text(object, "dataset", dataset->name);
    cln_cell_json_text(object, "requested", dataset->requested);
    cln_cell_json_set(object, "substituted", cJSON_CreateBool(dataset->substituted));
    cln_cell_json_text(object, "why_substituted", dataset->why_substituted);
    cln_cell_json_set(object, "classes", cJSON_CreateNumber(dataset->classes));
    cJSON *names = cJSON_CreateArray();
    for (uint32_t i = 0; dataset->class_names && i < dataset->classes; i++)
        cln_cell_json_append(names, cJSON_CreateString(dataset->class_names[i]));
    cln_cell_json_set(object, "class_names", names);
    cln_cell_json_set(object, "train_images", cJSON_CreateNumber(dataset->train.count));
    cln_cell_json_set(object, "test_images", cJSON_CreateNumber(dataset->test.count));
    for (int i = 0; i < dataset->file_count; i++) {
        cJSON *file = cJSON_CreateObject();
        cln_cell_json_text(file, "name", dataset->files[i].name);
        cln_cell_json_text(file, "sha256", dataset->files[i].sha256);
        cln_cell_json_append(files, file);
    }
    cln_cell_json_set(object, "files", files);
    return object;
}

enum cln_status cln_cell_json_variants(struct cln_plan *plan, cJSON **out) {
    int count = cln_plan_launch_count(plan);
    struct cln_launch_info *rows = calloc((size_t)count + 1, sizeof *rows);
    cJSON *array = cJSON_CreateArray();
    enum cln_status status = rows && array ? cln_plan_launches(plan, rows)
                                           : CLN_FAIL(MEMORY, "out of memory for a cell's record");
    for (int i = 0; status == CLN_OK && i < count; i++) {
        if (i && !strcmp(rows[i].node, rows[i - 1].node))
            continue;
        cJSON *row = cJSON_CreateObject();
        cln_cell_json_text(row, "launch", rows[i].node);
        cln_cell_json_text(row, "variant", rows[i].variant);
        cln_cell_json_append(array, row);
    }
    free(rows);
    if (status == CLN_OK)
        *out = array;
    else
        cJSON_Delete(array);
    return status;
}

void cln_cell_json_best(cJSON *root, const struct cln_epoch_metrics *metrics) {
    const cJSON *best = cJSON_GetObjectItemCaseSensitive(root, "best_val_accuracy");
    if (!isfinite(metrics->val_accuracy) ||
        (cJSON_IsNumber(best) && metrics->val_accuracy <= best->valuedouble))
        return;
    cln_cell_json_set(root, "best_val_accuracy", cJSON_CreateNumber(metrics->val_accuracy));
    cln_cell_json_set(root, "best_epoch", cJSON_CreateNumber(metrics->epoch));
}

enum cln_status cln_cell_json_write(const char *path, const cJSON *root) {
    char *json = is_whole(root) ? cJSON_Print(root) : NULL;
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
