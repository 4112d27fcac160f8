#include "run/cell_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/json_put.h"

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
    cln_json_put_number(object, "index", device->index);
    cln_json_put_text(object, "name", device->name);
    cln_json_put_text(object, "type", cln_device_type_name(device->type));
    cln_json_put_text(object, "vendor", device->vendor);
    cln_json_put_text(object, "platform", device->platform);
    cln_json_put_text(object, "version", device->version);
    cln_json_put_text(object, "driver", device->driver);
    cln_json_put_number(object, "compute_units", device->compute_units);
    cln_json_put_number(object, "memory_bytes", (double)device->global_memory_bytes);
    return object;
}

cJSON *cln_cell_json_data(const struct cln_dataset *dataset) {
    cJSON *object = cJSON_CreateObject(), *files = cJSON_CreateArray();
    cln_json_put_text(object, "dataset", dataset->name);
    cln_json_put_text(object, "requested", dataset->requested);
    cln_json_put_bool(object, "substituted", dataset->substituted);
    cln_json_put_text(object, "why_substituted", dataset->why_substituted);
    cln_json_put_number(object, "classes", dataset->classes);
    cJSON *names = cJSON_CreateArray();
    for (uint32_t i = 0; dataset->class_names && i < dataset->classes; i++)
        cln_json_put_text(names, NULL, dataset->class_names[i]);
    cln_json_put(object, "class_names", names);
    cln_json_put_number(object, "train_images", dataset->train.count);
    cln_json_put_number(object, "test_images", dataset->test.count);
    for (int i = 0; i < dataset->file_count; i++) {
        cJSON *file = cln_json_put_object(files, NULL);
        cln_json_put_text(file, "name", dataset->files[i].name);
        cln_json_put_text(file, "sha256", dataset->files[i].sha256);
    }
    cln_json_put(object, "files", files);
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
        cJSON *row = cln_json_put_object(array, NULL);
        cln_json_put_text(row, "launch", rows[i].node);
        cln_json_put_text(row, "variant", rows[i].variant);
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
    cln_json_put_number(root, "best_val_accuracy", metrics->val_accuracy);
    cln_json_put_number(root, "best_epoch", metrics->epoch);
}
