#include "cli/tune_table.h"

#include <stdio.h>
#include <string.h>

#include "base/json_put.h"
#include "cli/json_print.h"

static bool is_listed(const struct cln_tune_row *rows, int index) {
    for (int i = 0; i < index; i++)
        if (rows[i].entry == rows[index].entry)
            return true;
    return false;
}

static void print_candidate(const struct cln_tune_entry *entry,
                            const struct cln_tune_candidate *candidate) {
    bool chosen = !strcmp(candidate->name, entry->choice);
    char time[32] = "-", error[48] = "";
    if (candidate->seconds > 0)
        snprintf(time, sizeof time, "%.3f", candidate->seconds * 1e3);
    if (candidate->tolerance > 0)
        snprintf(error, sizeof error, "%.1e of %.1e", candidate->error, candidate->tolerance);
    printf("    %-20s %10s  %-9s  %-18s  %s\n", candidate->name, time,
           cln_tune_verdict_name(candidate->verdict), error,
           chosen ? cln_tune_how_name(entry->how) : "");
}

void cln_tune_table_print(const struct cln_device *device, const struct cln_tune_row *rows,
                          int count) {
    printf("Device: %s (%s)\n", device->name, device->version);
    printf("    %-20s %10s  %-9s  %-18s  %s\n", "variant", "ms", "outputs", "off", "chosen");
    for (int i = 0; i < count; i++) {
        const struct cln_tune_entry *entry = rows[i].entry;
        if (is_listed(rows, i))
            continue;
        printf("  %s: %s, %s\n", rows[i].node, entry->op, entry->shape);
        for (int c = 0; c < entry->count; c++)
            print_candidate(entry, &entry->candidates[c]);
    }
}

static void add_candidate(cJSON *array, const struct cln_tune_candidate *candidate) {
    cJSON *row = cln_json_put_object(array, NULL);
    cln_json_put_text(row, "variant", candidate->name);
    cln_json_put_text(row, "outputs", cln_tune_verdict_name(candidate->verdict));
    if (candidate->seconds > 0)
        cln_json_put_number(row, "ms", candidate->seconds * 1e3);
    cln_json_put_number(row, "off", candidate->error);
    cln_json_put_number(row, "tolerance", candidate->tolerance);
}

enum cln_status cln_tune_json_print(const struct cln_device *device,
                                    const struct cln_tune_row *rows, int count) {
    cJSON *root = cJSON_CreateObject();
    cJSON *about = cln_json_put_object(root, "device");
    cln_json_put_text(about, "name", device->name);
    cln_json_put_text(about, "platform", device->platform);
    cln_json_put_text(about, "driver", device->driver);
    cJSON *nodes = cln_json_put_array(root, "nodes");
    for (int i = 0; i < count; i++) {
        const struct cln_tune_entry *entry = rows[i].entry;
        cJSON *node = cln_json_put_object(nodes, NULL);
        cln_json_put_text(node, "node", rows[i].node);
        cln_json_put_text(node, "op", entry->op);
        cln_json_put_text(node, "shape", entry->shape);
        cln_json_put_text(node, "choice", entry->choice);
        cln_json_put_text(node, "how", cln_tune_how_name(entry->how));
        cJSON *candidates = cln_json_put_array(node, "candidates");
        for (int c = 0; c < entry->count; c++)
            add_candidate(candidates, &entry->candidates[c]);
    }
    const enum cln_status status = cln_print_json(root);
    cJSON_Delete(root);
    return status;
}
