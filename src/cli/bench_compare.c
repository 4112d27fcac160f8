#include "cli/bench_compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/utf8.h"

static bool has_number(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) && isfinite(item->valuedouble) && item->valuedouble >= 0;
}

static const char *text_of(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static double number_of(const cJSON *object, const char *key) {
    return cJSON_GetNumberValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static const cJSON *child_of(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return item ? item->child : NULL;
}

static const char *model_fault(const cJSON *model) {
    static const char *const numbers[] = {"batch", "step_ms", "evaluation_step_ms"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!has_number(model, numbers[i]))
            return numbers[i];
    if (!cJSON_IsArray(cJSON_GetObjectItemCaseSensitive(model, "launches")))
        return "launches";
    for (const cJSON *row = child_of(model, "launches"); row; row = row->next) {
        if (!text_of(row, "node"))
            return "node";
        if (!text_of(row, "variant"))
            return "variant";
        if (!has_number(row, "ms"))
            return "ms";
    }
    return NULL;
}

/* The key that is missing or of the wrong kind, NULL if all is well; `*model` whose it is. */
static const char *report_fault(const cJSON *report, const char **model) {
    *model = NULL;
    if (!has_number(report, "peak_gflops") || number_of(report, "peak_gflops") <= 0)
        return "peak_gflops";
    const cJSON *device = cJSON_GetObjectItemCaseSensitive(report, "device");
    if (!device || !text_of(device, "name"))
        return "device";
    if (!cJSON_IsObject(cJSON_GetObjectItemCaseSensitive(report, "models")))
        return "models";
    for (const cJSON *at = child_of(report, "models"); at; at = at->next) {
        const char *fault = model_fault(at);
        *model = at->string;
        if (fault)
            return fault;
    }
    return NULL;
}

/* Its texts are printed, and the file may be anybody's. */
static void disarm(cJSON *item) {
    for (; item; item = item->next) {
        if (item->string)
            cln_utf8_disarm(item->string, false);
        if (cJSON_IsString(item))
            cln_utf8_disarm(item->valuestring, false);
        disarm(item->child);
    }
}

enum cln_status cln_bench_report_read(const char *path, cJSON **out) {
    char *bytes;
    size_t length;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    cJSON *report = cJSON_Parse(bytes);
    free(bytes);
    if (!report)
        return CLN_FAIL(CONFIG, "%s: not JSON; accepted: the output of clnoise bench --json", path);
    const char *model, *fault = report_fault(report, &model);
    if (!fault) {
        disarm(report);
        *out = report;
        return CLN_OK;
    }
    enum cln_status status =
        CLN_FAIL(CONFIG,
                 "%s: no proper '%s'%s%s%s; accepted: the output of clnoise "
                 "bench FILE --json",
                 path, fault, model ? " of model '" : "", model ? model : "", model ? "'" : "");
    cJSON_Delete(report);
    return status;
}

/* The node that a launch is the first of; NULL for its later ones. */
static const char *first_of_node(const cJSON *model, const cJSON *launch) {
    const char *node = text_of(launch, "node");
    for (const cJSON *row = child_of(model, "launches"); row != launch; row = row->next)
        if (!strcmp(text_of(row, "node"), node))
            return NULL;
    return node;
}

/* All launches of the node together; NAN where there is none. */
static double node_ms(const cJSON *model, const char *node, const char **variant) {
    double sum = (double)NAN;
    for (const cJSON *row = child_of(model, "launches"); row; row = row->next) {
        if (strcmp(text_of(row, "node"), node))
            continue;
        sum = number_of(row, "ms") + (isnan(sum) ? 0 : sum);
        *variant = text_of(row, "variant");
    }
    return sum;
}

static void print_ratio(FILE *to, double ratio) {
    if (isfinite(ratio))
        fprintf(to, " %8.2f", ratio);
    else
        fprintf(to, " %8s", "");
}

#define NAME_COLUMNS 60

/* `peaks`: by how much the new peak is above the old one. The line is left open. */
static void print_row(FILE *to, const char *what, double old, double now, double peaks) {
    char cells[2][32];
    const double values[] = {old, now};
    for (int i = 0; i < 2; i++) {
        snprintf(cells[i], sizeof cells[i], "%.3f", values[i]);
        if (isnan(values[i]))
            strcpy(cells[i], "-");
    }
    fprintf(to, "  ");
    cln_utf8_print(to, what, NAME_COLUMNS);
    fprintf(to, " %9s %9s", cells[0], cells[1]);
    print_ratio(to, now / old);
    print_ratio(to, now / old * peaks);
}

static void print_node(FILE *to, const cJSON *old, const cJSON *now, const char *node,
                       double peaks) {
    const char *before = "", *after = "";
    double old_ms = node_ms(old, node, &before), now_ms = node_ms(now, node, &after);
    print_row(to, node, old_ms, now_ms, peaks);
    if (isnan(old_ms))
        fprintf(to, "  new: %s", after);
    else if (isnan(now_ms))
        fprintf(to, "  gone");
    else if (strcmp(before, after))
        fprintf(to, "  %s, was %s", after, before);
    fprintf(to, "\n");
}

static void print_model(FILE *to, const cJSON *old, const cJSON *now, double peaks) {
    fprintf(to, "\n%s, batch %.0f", now->string, number_of(now, "batch"));
    if (number_of(old, "batch") != number_of(now, "batch"))
        fprintf(to, " (was %.0f)", number_of(old, "batch"));
    fprintf(to, "\n  %*s %9s %9s %8s %8s\n", NAME_COLUMNS, "", "old ms", "new ms", "new/old",
            "by peak");
    print_row(to, "training step", number_of(old, "step_ms"), number_of(now, "step_ms"), peaks);
    fprintf(to, "\n");
    print_row(to, "evaluation step", number_of(old, "evaluation_step_ms"),
              number_of(now, "evaluation_step_ms"), peaks);
    fprintf(to, "\n");
    for (const cJSON *row = child_of(now, "launches"); row; row = row->next) {
        const char *node = first_of_node(now, row);
        if (node)
            print_node(to, old, now, node, peaks);
    }
    for (const cJSON *row = child_of(old, "launches"); row; row = row->next) {
        const char *node = first_of_node(old, row), *ignored;
        if (node && isnan(node_ms(now, node, &ignored)))
            print_node(to, old, now, node, peaks);
    }
}

void cln_bench_compare_print(FILE *to, const cJSON *old, const char *path, const cJSON *now) {
    double old_peak = number_of(old, "peak_gflops"), peak = number_of(now, "peak_gflops");
    const char *old_device = text_of(cJSON_GetObjectItemCaseSensitive(old, "device"), "name");
    const char *device = text_of(cJSON_GetObjectItemCaseSensitive(now, "device"), "name");
    const cJSON *old_models = cJSON_GetObjectItemCaseSensitive(old, "models");
    const cJSON *models = cJSON_GetObjectItemCaseSensitive(now, "models");
    fprintf(to, "\nBeside %s: peak %.1f GFLOP/s, was %.1f (%.2f)\n", path, peak, old_peak,
            peak / old_peak);
    if (strcmp(old_device, device))
        fprintf(to, "  measured on another device: %s\n", old_device);
    for (const cJSON *model = models->child; model; model = model->next) {
        const cJSON *before = cJSON_GetObjectItemCaseSensitive(old_models, model->string);
        if (before)
            print_model(to, before, model, peak / old_peak);
        else
            fprintf(to, "\n%s: new\n", model->string);
    }
    for (const cJSON *model = old_models->child; model; model = model->next)
        if (!cJSON_GetObjectItemCaseSensitive(models, model->string))
            fprintf(to, "\n%s: not measured now\n", model->string);
}
