#include "base/json_put.h"
#include "cli/bench_output.h"

cJSON *cln_bench_json_create(const struct cln_device *device, const struct cln_peak *peak) {
    cJSON *report = cJSON_CreateObject();
    cJSON *about = cln_json_put_object(report, "device");
    cln_json_put_text(about, "name", device->name);
    cln_json_put_text(about, "platform", device->platform);
    cln_json_put_text(about, "version", device->version);
    cln_json_put_text(about, "driver", device->driver);
    cln_json_put_number(report, "peak_gflops", peak->flops_per_second * 1e-9);
    cln_json_put_number(report, "copy_gbytes_per_second", peak->bytes_per_second * 1e-9);
    if (cln_json_put_object(report, "models"))
        return report;
    cJSON_Delete(report);
    return NULL;
}

static cJSON *launch_row(const struct cln_peak *peak, const struct cln_launch_info *launch) {
    cJSON *row = cJSON_CreateObject();
    cln_json_put_text(row, "node", launch->node);
    cln_json_put_text(row, "op", launch->op);
    cln_json_put_text(row, "variant", launch->variant);
    cln_json_put_text(row, "kernel", launch->kernel);
    cln_json_put_bool(row, "product", launch->product);
    cln_json_put_number(row, "ms", launch->seconds * 1e3);
    cln_json_put_number(row, "flops", launch->flops);
    cln_json_put_number(row, "bytes", launch->bytes);
    cln_json_put_number(row, "roofline_share",
                        cln_peak_seconds(peak, launch->flops, launch->bytes) / launch->seconds);
    return row;
}

static void add_launches(cJSON *model, const char *key, const struct cln_peak *peak,
                         const struct cln_bench_launches *launches) {
    cJSON *rows = cln_json_put_array(model, key);
    for (int i = 0; i < launches->count; i++)
        cln_json_put(rows, NULL, launch_row(peak, &launches->rows[i]));
}

void cln_bench_json_add(cJSON *report, const struct cln_bench_entry *entry) {
    const struct cln_bench_result *result = entry->result;
    /* The greatest so far. */
    cJSON_SetNumberValue(cJSON_GetObjectItem(report, "peak_gflops"),
                         entry->peak->flops_per_second * 1e-9);
    cJSON_SetNumberValue(cJSON_GetObjectItem(report, "copy_gbytes_per_second"),
                         entry->peak->bytes_per_second * 1e-9);
    cJSON *models = cJSON_GetObjectItem(report, "models");
    cJSON *model = cln_json_put_object(models, entry->model);
    const struct cln_bench_sum sum = cln_bench_sum(&result->training);
    cln_json_put_number(model, "batch", entry->batch);
    cln_json_put_text(model, "data", result->data);
    cln_json_put_number(model, "steps", result->steps);
    cln_json_put_number(model, "step_ms", result->step_seconds * 1e3);
    cln_json_put_number(model, "step_least_ms", result->step_least_seconds * 1e3);
    cln_json_put_number(model, "evaluation_step_ms", result->evaluation_seconds * 1e3);
    cln_json_put_number(model, "flops", sum.flops);
    cln_json_put_number(model, "launches_ms", sum.seconds * 1e3);
    cln_json_put_number(model, "products_ms", sum.products_seconds * 1e3);
    cln_json_put_number(model, "idle_share", result->idle_share);
    cln_json_put_text(model, "recorder", result->recorder);
    cln_json_put_number(model, "device_bytes", (double)result->device_bytes);
    add_launches(model, "launches", entry->peak, &result->training);
    add_launches(model, "evaluation_launches", entry->peak, &result->evaluation);
}
