#include "cli/bench_output.h"

cJSON *cln_bench_json_create(const struct cln_device *device, const struct cln_peak *peak) {
    cJSON *report = cJSON_CreateObject();
    cJSON *about = cJSON_AddObjectToObject(report, "device");
    cJSON_AddStringToObject(about, "name", device->name);
    cJSON_AddStringToObject(about, "platform", device->platform);
    cJSON_AddStringToObject(about, "version", device->version);
    cJSON_AddStringToObject(about, "driver", device->driver);
    cJSON_AddNumberToObject(report, "peak_gflops", peak->flops_per_second * 1e-9);
    cJSON_AddNumberToObject(report, "copy_gbytes_per_second", peak->bytes_per_second * 1e-9);
    if (cJSON_AddObjectToObject(report, "models"))
        return report;
    cJSON_Delete(report);
    return NULL;
}

static cJSON *launch_row(const struct cln_peak *peak, const struct cln_launch_info *launch) {
    cJSON *row = cJSON_CreateObject();
    cJSON_AddStringToObject(row, "node", launch->node);
    cJSON_AddStringToObject(row, "op", launch->op);
    cJSON_AddStringToObject(row, "variant", launch->variant);
    cJSON_AddStringToObject(row, "kernel", launch->kernel);
    cJSON_AddBoolToObject(row, "product", launch->product);
    cJSON_AddNumberToObject(row, "ms", launch->seconds * 1e3);
    cJSON_AddNumberToObject(row, "flops", launch->flops);
    cJSON_AddNumberToObject(row, "bytes", launch->bytes);
    cJSON_AddNumberToObject(row, "roofline_share",
                            cln_peak_seconds(peak, launch->flops, launch->bytes) / launch->seconds);
    return row;
}

static void add_launches(cJSON *model, const char *key, const struct cln_peak *peak,
                         const struct cln_bench_launches *launches) {
    cJSON *rows = cJSON_AddArrayToObject(model, key);
    for (int i = 0; i < launches->count; i++)
        cJSON_AddItemToArray(rows, launch_row(peak, &launches->rows[i]));
}

void cln_bench_json_add(cJSON *report, const struct cln_bench_entry *entry) {
    const struct cln_bench_result *result = entry->result;
    /* The greatest so far. */
    cJSON_SetNumberValue(cJSON_GetObjectItem(report, "peak_gflops"),
                         entry->peak->flops_per_second * 1e-9);
    cJSON_SetNumberValue(cJSON_GetObjectItem(report, "copy_gbytes_per_second"),
                         entry->peak->bytes_per_second * 1e-9);
    cJSON *models = cJSON_GetObjectItem(report, "models");
    cJSON *model = cJSON_AddObjectToObject(models, entry->model);
    const struct cln_bench_sum sum = cln_bench_sum(&result->training);
    cJSON_AddNumberToObject(model, "batch", entry->batch);
    cJSON_AddStringToObject(model, "data", result->data);
    cJSON_AddNumberToObject(model, "steps", result->steps);
    cJSON_AddNumberToObject(model, "step_ms", result->step_seconds * 1e3);
    cJSON_AddNumberToObject(model, "step_least_ms", result->step_least_seconds * 1e3);
    cJSON_AddNumberToObject(model, "evaluation_step_ms", result->evaluation_seconds * 1e3);
    cJSON_AddNumberToObject(model, "flops", sum.flops);
    cJSON_AddNumberToObject(model, "launches_ms", sum.seconds * 1e3);
    cJSON_AddNumberToObject(model, "products_ms", sum.products_seconds * 1e3);
    cJSON_AddNumberToObject(model, "idle_share", result->idle_share);
    cJSON_AddStringToObject(model, "recorder", result->recorder);
    cJSON_AddNumberToObject(model, "device_bytes", (double)result->device_bytes);
    add_launches(model, "launches", entry->peak, &result->training);
    add_launches(model, "evaluation_launches", entry->peak, &result->evaluation);
}
