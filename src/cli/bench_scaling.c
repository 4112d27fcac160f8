#include "cli/bench_scaling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_put.h"
#include "base/number.h"
#include "cli/bench_output.h"
#include "cli/child.h"
#include "model/widen.h"
#include "runtime/device_part.h"

#define MOST_SETTINGS 16

struct point {
    double step_seconds, flops; /* of one training step; 0 seconds: not measured yet */
    double peak;                /* flops a second; of cores only */
    int64_t batch;
};

struct scaling {
    struct cln_bench_cells *bench;
    const struct cln_options *options;
    const struct cln_cell **cells;
    int cell_count;
    int64_t settings[MOST_SETTINGS];
    int count;
    struct point *points; /* (cells, MOST_SETTINGS) */
};

/* One of the options: measures one setting of every model. */
struct kind {
    const char *option, *setting;
    const char *key; /* in JSON */
    int64_t most;
    const char *(*given)(const struct cln_options *options);
    enum cln_status (*measure)(struct scaling *scaling, int at);
};

static enum cln_status parse(const struct kind *kind, const char *list, struct scaling *out) {
    out->count = 0;
    for (const char *at = list;; at += strcspn(at, ",") + 1) {
        char text[24];
        int64_t value;
        size_t length = strcspn(at, ",");
        snprintf(text, sizeof text, "%.*s", (int)length, at);
        if (length >= sizeof text || !cln_integer_parse(text, &value) || value < 1 ||
            value > kind->most || out->count == MOST_SETTINGS)
            return CLN_FAIL(CONFIG,
                            "%s %s: not a list of numbers; accepted: up to %d from 1 to %lld, with "
                            "commas between",
                            kind->option, list, MOST_SETTINGS, (long long)kind->most);
        out->settings[out->count++] = value;
        if (!at[length])
            return CLN_OK;
    }
}

static struct point *point_of(struct scaling *scaling, int cell, int at) {
    return &scaling->points[cell * MOST_SETTINGS + at];
}

static void keep_faster(struct point *point, struct point found) {
    found.peak = found.peak > point->peak ? found.peak : point->peak;
    if (!point->step_seconds || found.step_seconds < point->step_seconds)
        *point = found;
    point->peak = found.peak;
}

/* Fewer rounds of steps that are `times` as long. */
static enum cln_status measure_change(struct scaling *scaling, int cell, int at, double times,
                                      const struct cln_bench_change *change) {
    struct cln_bench_cells bench = *scaling->bench;
    double rounds = bench.rounds / times;
    struct cln_bench_result result;
    bench.rounds = rounds > 1 ? (int)rounds : 1;
    if (bench.rounds > scaling->bench->rounds)
        bench.rounds = scaling->bench->rounds;
    enum cln_status status = cln_bench_cell(&bench, scaling->cells[cell], change, &result);
    bench.rounds = scaling->bench->rounds;
    *scaling->bench = bench; /* the data set may be another one now */
    CLN_TRY(status);
    struct point found = {.step_seconds = result.step_seconds,
                          .flops = cln_bench_sum(&result.training).flops,
                          .batch =
                              change->batch ? change->batch : scaling->cells[cell]->train.batch};
    keep_faster(point_of(scaling, cell, at), found);
    cln_bench_result_done(&result);
    return CLN_OK;
}

static enum cln_status measure_batch(struct scaling *scaling, int at) {
    for (int c = 0; c < scaling->cell_count; c++) {
        const struct cln_bench_change change = {.batch = scaling->settings[at],
                                                .whole_steps = true};
        double times = (double)change.batch / (double)scaling->cells[c]->train.batch;
        CLN_TRY(measure_change(scaling, c, at, times, &change));
    }
    return CLN_OK;
}

static enum cln_status measure_width(struct scaling *scaling, int at) {
    for (int c = 0; c < scaling->cell_count; c++) {
        struct cln_model_spec wide;
        double factor = (double)scaling->settings[at];
        CLN_TRY(cln_model_spec_widen(&scaling->cells[c]->model, scaling->settings[at], &wide));
        const struct cln_bench_change change = {.model = &wide, .whole_steps = true};
        enum cln_status status = measure_change(scaling, c, at, factor * factor, &change);
        cln_model_spec_done(&wide);
        CLN_TRY(status);
    }
    return CLN_OK;
}

/* A process of its own, which measures --widths 1, that is the models as they are. */
static enum cln_status run_child(const struct scaling *scaling, int at, const char *variable,
                                 struct cln_text *output) {
    const struct cln_options *options = scaling->options;
    const struct cln_device *device = cln_context_device(scaling->bench->context);
    char index[16], cores[24];
    snprintf(index, sizeof index, "%d", device->index);
    snprintf(cores, sizeof cores, "%lld", (long long)scaling->settings[at]);
    const char **arguments = calloc((size_t)options->operand_count + 16, sizeof *arguments);
    if (!arguments)
        return CLN_FAIL(MEMORY, "out of memory for a command line");
    const char *fixed[] = {options->program, "bench", "--json", "--widths", "1", "--device", index};
    int count = (int)(sizeof fixed / sizeof *fixed);
    memcpy(arguments, fixed, sizeof fixed);
    if (options->steps) {
        arguments[count++] = "--steps";
        arguments[count++] = options->steps;
    }
    if (options->data_dir) {
        arguments[count++] = "--data-dir";
        arguments[count++] = options->data_dir;
    }
    for (int i = 0; i < options->operand_count; i++)
        arguments[count++] = options->operands[i];
    const struct cln_child_variable variables[] = {{variable, cores}, {NULL, NULL}};
    enum cln_status status = cln_child_run(arguments, variables, output);
    free(arguments);
    return status;
}

static double number_in(const cJSON *object, const char *key) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static enum cln_status read_child(struct scaling *scaling, int at, const cJSON *report) {
    const cJSON *models = cJSON_GetObjectItemCaseSensitive(report, "scaling");
    for (int c = 0; c < scaling->cell_count; c++) {
        const char *name = scaling->cells[c]->model.name;
        const cJSON *model = cJSON_GetObjectItemCaseSensitive(models, name);
        const cJSON *row = cJSON_GetArrayItem(cJSON_GetObjectItem(model, "widths"), 0);
        struct point found = {.step_seconds = number_in(row, "step_ms") * 1e-3,
                              .flops = number_in(row, "flops"),
                              .peak = number_in(report, "peak_gflops") * 1e9,
                              .batch = (int64_t)number_in(row, "batch")};
        if (found.step_seconds <= 0)
            return CLN_FAIL(INTERNAL, "the child process measured nothing of model %s", name);
        keep_faster(point_of(scaling, c, at), found);
    }
    return CLN_OK;
}

/* The driver's own way to take fewer cores, where it only reads it at its start. */
static enum cln_status measure_in_child(struct scaling *scaling, int at, const char *variable) {
    struct cln_text output = {0};
    enum cln_status status = run_child(scaling, at, variable, &output);
    cJSON *report = status == CLN_OK ? cJSON_Parse(output.chars) : NULL;
    if (status == CLN_OK)
        status = read_child(scaling, at, report);
    cJSON_Delete(report);
    cln_text_free(&output);
    return status;
}

static enum cln_status measure_on(struct scaling *scaling, int at,
                                  const struct cln_device *device) {
    const struct cln_bench_change whole = {.whole_steps = true};
    struct cln_context *all = scaling->bench->context;
    struct cln_tuner *tuner = scaling->bench->tuner;
    struct cln_peak peak;
    scaling->bench->tuner = NULL; /* it belongs to the whole device */
    const char *avoid = cln_context_caps(all)->avoid;
    CLN_TRY(cln_context_create(device, &scaling->bench->context));
    /* What is wrong on the whole device is so on its parts, which no self-test has seen. */
    enum cln_status status = cln_context_avoid(scaling->bench->context, avoid ? avoid : "");
    if (status == CLN_OK)
        status = cln_peak_measure(scaling->bench->context, &peak);
    for (int c = 0; c < scaling->cell_count && status == CLN_OK; c++) {
        struct point *point = point_of(scaling, c, at);
        status = measure_change(scaling, c, at, 1, &whole);
        if (peak.flops_per_second > point->peak)
            point->peak = peak.flops_per_second;
    }
    cln_context_free(scaling->bench->context);
    scaling->bench->context = all;
    scaling->bench->tuner = tuner;
    return status;
}

static enum cln_status measure_cores(struct scaling *scaling, int at) {
    const struct cln_device *device = cln_context_device(scaling->bench->context);
    const char *variable = cln_device_cores_variable(device);
    int cores = (int)scaling->settings[at];
    if (variable)
        return measure_in_child(scaling, at, variable);
    if (cores == device->compute_units)
        return measure_on(scaling, at, device);
    struct cln_device part;
    CLN_TRY(cln_device_part(device, cores, &part));
    enum cln_status status = measure_on(scaling, at, &part);
    cln_device_part_done(&part);
    return status;
}

static enum cln_status check_cores(const struct scaling *scaling) {
    const struct cln_device *device = cln_context_device(scaling->bench->context);
    for (int s = 0; s < scaling->count; s++)
        if (scaling->settings[s] > device->compute_units)
            return CLN_FAIL(CONFIG, "--cores %lld: %s has %d", (long long)scaling->settings[s],
                            device->name, device->compute_units);
    return CLN_OK;
}

static const char *given_batches(const struct cln_options *options) {
    return options->batches;
}

static const char *given_widths(const struct cln_options *options) {
    return options->widths;
}

static const char *given_cores(const struct cln_options *options) {
    return options->cores;
}

static const struct kind kinds[] = {
    {"--batches", "batch", "batches", 1 << 20, given_batches, measure_batch},
    {"--widths", "width", "widths", 64, given_widths, measure_width},
    {"--cores", "cores", "cores", 1024, given_cores, measure_cores},
};

#define KINDS (sizeof kinds / sizeof *kinds)

bool cln_bench_scaling_wanted(const struct cln_options *options) {
    return options->batches || options->widths || options->cores;
}

enum cln_status cln_bench_scaling_check(const struct cln_options *options) {
    struct scaling ignored = {0};
    for (size_t k = 0; k < KINDS; k++)
        if (kinds[k].given(options))
            CLN_TRY(parse(&kinds[k], kinds[k].given(options), &ignored));
    return CLN_OK;
}

/* Settings of one model: the time of a flop, or of the step where the work is the same, compared
 * with the first setting's. */
static void print_points(const struct kind *kind, struct scaling *scaling, int cell) {
    const struct point *first = point_of(scaling, cell, 0);
    bool cores = kind->measure == measure_cores;
    double least = 0, most = 0;
    printf("\n%s by %s\n  %8s %10s %12s %9s %12s\n", scaling->cells[cell]->model.name,
           kind->setting, kind->setting, "step ms", "us a sample", "GFLOP/s",
           cores ? "peak GFLOP/s" : "time a flop");
    for (int s = 0; s < scaling->count; s++) {
        const struct point *p = point_of(scaling, cell, s);
        double flop = p->step_seconds / p->flops;
        least = !s || flop < least ? flop : least;
        most = flop > most ? flop : most;
        printf("  %8lld %10.2f %12.1f %9.1f", (long long)scaling->settings[s],
               p->step_seconds * 1e3, p->step_seconds / (double)p->batch * 1e6,
               p->flops / p->step_seconds * 1e-9);
        if (cores)
            printf(" %12.1f\n", p->peak * 1e-9);
        else
            printf(" %12.2f\n", flop / (first->step_seconds / first->flops));
    }
    const struct point *last = point_of(scaling, cell, scaling->count - 1);
    if (cores)
        printf("  the last is %.2f times as fast as the first; its peak %.2f times as high\n",
               first->step_seconds / last->step_seconds, last->peak / first->peak);
    else
        printf("  a flop takes %.2f times as long at most as at least\n", most / least);
}

static enum cln_status add_points(const struct kind *kind, struct scaling *scaling, int cell,
                                  cJSON *report) {
    const char *name = scaling->cells[cell]->model.name;
    cJSON *models = cJSON_GetObjectItem(report, "scaling");
    if (!models)
        models = cln_json_put_object(report, "scaling");
    cJSON *model = cJSON_GetObjectItemCaseSensitive(models, name);
    if (!model)
        model = cln_json_put_object(models, name);
    cJSON *rows = cln_json_put_array(model, kind->key);
    for (int s = 0; s < scaling->count; s++) {
        const struct point *p = point_of(scaling, cell, s);
        cJSON *row = cln_json_put_object(rows, NULL);
        cln_json_put_number(row, kind->setting, (double)scaling->settings[s]);
        if (strcmp(kind->setting, "batch"))
            cln_json_put_number(row, "batch", (double)p->batch);
        cln_json_put_number(row, "step_ms", p->step_seconds * 1e3);
        cln_json_put_number(row, "flops", p->flops);
        if (p->peak > 0)
            cln_json_put_number(row, "peak_gflops", p->peak * 1e-9);
    }
    return rows ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the report");
}

static enum cln_status run_kind(const struct kind *kind, struct scaling *scaling, cJSON *report) {
    CLN_TRY(parse(kind, kind->given(scaling->options), scaling));
    if (kind->measure == measure_cores)
        CLN_TRY(check_cores(scaling));
    memset(scaling->points, 0,
           (size_t)scaling->cell_count * MOST_SETTINGS * sizeof *scaling->points);
    for (int s = 0; s < scaling->count; s++)
        CLN_TRY(kind->measure(scaling, s));
    for (int s = scaling->count - 1; s >= 0; s--)
        CLN_TRY(kind->measure(scaling, s));
    for (int c = 0; c < scaling->cell_count; c++)
        if (scaling->options->json)
            CLN_TRY(add_points(kind, scaling, c, report));
        else
            print_points(kind, scaling, c);
    return CLN_OK;
}

enum cln_status cln_bench_scaling(struct cln_bench_cells *bench, const struct cln_cell **cells,
                                  int cell_count, const struct cln_options *options,
                                  cJSON *report) {
    struct scaling scaling = {
        .bench = bench, .options = options, .cells = cells, .cell_count = cell_count};
    scaling.points = calloc((size_t)cell_count * MOST_SETTINGS + 1, sizeof *scaling.points);
    if (!scaling.points)
        return CLN_FAIL(MEMORY, "out of memory for the measurements");
    enum cln_status status = CLN_OK;
    for (size_t k = 0; k < KINDS && status == CLN_OK; k++)
        if (kinds[k].given(options))
            status = run_kind(&kinds[k], &scaling, report);
    free(scaling.points);
    return status;
}
