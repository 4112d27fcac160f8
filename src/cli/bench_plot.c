#include "cli/bench_plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/roofline.h"
#include "report/titles.h"

#define LABEL_SIZE 192

/* One model's rows as points; the labels have a memory of their own. */
struct panel {
    struct cln_roofline_point *points;
    char *labels, title[LABEL_SIZE];
};

enum cln_status cln_bench_plot_check(const char *path) {
    const char *suffix = strrchr(path, '.');
    if (suffix && (!strcmp(suffix, ".png") || !strcmp(suffix, ".svg")))
        return CLN_OK;
    return CLN_FAIL(CONFIG, "--plot %s: accepted: names that end in .png or .svg", path);
}

static double number_of(const cJSON *row, const char *key) {
    return cJSON_GetNumberValue(cJSON_GetObjectItem(row, key));
}

static const char *text_of(const cJSON *row, const char *key) {
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(row, key));
    return text ? text : "";
}

/* The node's name for its longest launch, with the kernel's for its others. */
static void set_label(const cJSON *launches, const cJSON *row, char *label) {
    bool longest = true;
    for (const cJSON *other = launches->child; other; other = other->next)
        if (!strcmp(text_of(other, "node"), text_of(row, "node")))
            longest = longest && number_of(other, "ms") <= number_of(row, "ms");
    snprintf(label, LABEL_SIZE, longest ? "%s" : "%s: %s", text_of(row, "node"),
             text_of(row, "kernel"));
}

static enum cln_status make_panel(const cJSON *model, struct panel *panel,
                                  struct cln_roofline_panel *out) {
    const cJSON *launches = cJSON_GetObjectItem(model, "launches");
    size_t count = (size_t)cJSON_GetArraySize(launches), at = 0;
    panel->points = calloc(count + 1, sizeof *panel->points);
    panel->labels = calloc(count + 1, LABEL_SIZE);
    if (!panel->points || !panel->labels)
        return CLN_FAIL(MEMORY, "out of memory for %zu points", count);
    snprintf(panel->title, sizeof panel->title, "%s, batch %.0f: %.2f ms a step",
             cln_display_name(model->string), number_of(model, "batch"),
             number_of(model, "step_ms"));
    for (const cJSON *row = launches->child; row; row = row->next, at++) {
        char *label = panel->labels + at * LABEL_SIZE;
        set_label(launches, row, label);
        panel->points[at] = (struct cln_roofline_point){
            .label = label,
            .flops = number_of(row, "flops"),
            .bytes = number_of(row, "bytes"),
            .seconds = number_of(row, "ms") * 1e-3,
            .product = cJSON_IsTrue(cJSON_GetObjectItem(row, "product"))};
    }
    *out = (struct cln_roofline_panel){panel->title, panel->points, (int)count};
    return CLN_OK;
}

enum cln_status cln_bench_plot_write(const cJSON *report, const char *path) {
    const cJSON *models = cJSON_GetObjectItem(report, "models");
    int count = cJSON_GetArraySize(models), at = 0;
    struct panel *panels = calloc((size_t)count + 1, sizeof *panels);
    struct cln_roofline_panel *drawn = calloc((size_t)count + 1, sizeof *drawn);
    struct cln_roofline roofline = {
        .device = text_of(cJSON_GetObjectItem(report, "device"), "name"),
        .flops_per_second = number_of(report, "peak_gflops") * 1e9,
        .bytes_per_second = number_of(report, "copy_gbytes_per_second") * 1e9,
        .panels = drawn,
        .count = count};
    enum cln_status status = panels && drawn ? CLN_OK : CLN_FAIL(MEMORY, "out of memory to draw");
    for (const cJSON *model = models->child; model && status == CLN_OK; model = model->next, at++)
        status = make_panel(model, &panels[at], &drawn[at]);
    if (status == CLN_OK)
        status = cln_roofline_write(&roofline, path);
    for (int i = 0; panels && i < count; i++) {
        free(panels[i].points);
        free(panels[i].labels);
    }
    free(panels);
    free(drawn);
    return status;
}
