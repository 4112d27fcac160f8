#include "cli/plan_estimate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/bench_cell.h"
#include "cli/interrupt.h"
#include "cli/open_device.h"
#include "cli/terminal.h"
#include "cli/tuning.h"
#include "experiment/config.h"
#include "runtime/device.h"

#define ROUNDS 3

/* What cells of one kind have in common, and how long their steps take. */
struct kind {
    char *key;
    double training_seconds, test_seconds;
};

struct measure {
    struct cln_device_list *devices;
    const struct cln_device *device;
    struct cln_context *context;
    struct cln_tuner *tuner;
    struct cln_bench_cells bench;
    struct kind *kinds;
    int kind_count;
};

/* All that the time of a step depends on. */
static enum cln_status describe(const struct cln_cell *cell, char **out) {
    struct cln_text text = {0};
    cln_model_print_canonical(&text, &cell->model);
    cln_text_add(&text, "%s %s %lld %lld %s %s %d %d %d", cell->data.dataset, cell->data.folder,
                 (long long)cell->data.facts.height, (long long)cell->train.batch,
                 cell->kernel_variant, cell->model.fusion, cell->noise.kind, cell->noise.scale > 0,
                 cell->noise.clip);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        *out = text.chars;
    else
        cln_text_free(&text);
    return status;
}

static void tell(const struct cln_cell *cell, int kind) {
    struct cln_terminal terminal = cln_terminal_find(stderr);
    if (terminal.redraw)
        fprintf(stderr, "\rTiming steps: kind of cell %d, %.40s\033[K", kind, cell->model.name);
}

/* Finds the kind of the cell, or measures it. */
static enum cln_status find_kind(struct measure *measure, const struct cln_cell *cell,
                                 const struct kind **out) {
    const struct cln_bench_change change = {.whole_steps = true};
    struct cln_bench_result result;
    struct kind *kind = &measure->kinds[measure->kind_count];
    CLN_TRY(describe(cell, &kind->key));
    for (int i = 0; i < measure->kind_count; i++)
        if (!strcmp(measure->kinds[i].key, kind->key)) {
            free(kind->key);
            kind->key = NULL;
            *out = &measure->kinds[i];
            return CLN_OK;
        }
    measure->kind_count++;
    if (cln_interrupted(NULL))
        return CLN_FAIL(INTERRUPTED, "interrupted while steps were timed");
    tell(cell, measure->kind_count);
    CLN_TRY(cln_bench_cell(&measure->bench, cell, &change, &result));
    kind->training_seconds = result.step_seconds;
    kind->test_seconds = result.evaluation_seconds;
    cln_bench_result_done(&result);
    *out = kind;
    return CLN_OK;
}

static enum cln_status estimate_cell(struct measure *measure, struct cln_plan_cell *cell) {
    const struct kind *kind = NULL;
    double scales[CLN_MAX_EVALUATIONS + 1];
    CLN_TRY(find_kind(measure, cell->cell, &kind));
    int64_t validation =
        cell->steps.validation ? cell->steps.validation + cell->steps.test : cell->steps.test;
    double epoch = (double)cell->steps.training * kind->training_seconds +
                   (double)validation * kind->test_seconds;
    cell->seconds =
        epoch * (double)cell->cell->train.epochs +
        (double)cell->steps.test * kind->test_seconds * cln_cell_test_scales(cell->cell, scales);
    return CLN_OK;
}

/* Each cell begins as soon as a job is free. */
static enum cln_status spread(const struct cln_plan_cell *cells, int count, int jobs,
                              double *seconds) {
    double *ends = calloc((size_t)jobs, sizeof *ends);
    if (!ends)
        return CLN_FAIL(MEMORY, "out of memory for %d jobs", jobs);
    *seconds = 0;
    for (int i = 0; i < count; i++) {
        int first = 0;
        for (int k = 1; k < jobs; k++)
            if (ends[k] < ends[first])
                first = k;
        ends[first] += cells[i].seconds;
        *seconds = ends[first] > *seconds ? ends[first] : *seconds;
    }
    free(ends);
    return CLN_OK;
}

static enum cln_status open_device(struct measure *measure, const struct cln_options *options) {
    CLN_TRY(cln_open_device(options, &measure->devices, &measure->device, &measure->context));
    CLN_TRY(cln_tuning_open(measure->context, CLN_TUNE_BUDGET, false, NULL, &measure->tuner));
    measure->bench.context = measure->context;
    measure->bench.tuner = measure->tuner;
    measure->bench.data_dir = options->data_dir;
    measure->bench.rounds = ROUNDS;
    return CLN_OK;
}

static enum cln_status estimate(struct measure *measure, struct cln_plan_cell *cells, int count,
                                const struct cln_options *options, int jobs,
                                struct cln_plan_estimate *out) {
    measure->kinds = calloc((size_t)count + 1, sizeof *measure->kinds);
    if (!measure->kinds)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", count);
    CLN_TRY(open_device(measure, options));
    cln_interrupt_listen();
    for (int i = 0; i < count; i++) {
        CLN_TRY(estimate_cell(measure, &cells[i]));
        out->seconds += cells[i].seconds;
    }
    snprintf(out->device, sizeof out->device, "%s", measure->device->name);
    out->measured = measure->kind_count;
    out->steps = ROUNDS * CLN_BENCH_ROUND_STEPS;
    return spread(cells, count, jobs, &out->jobs_seconds);
}

enum cln_status cln_plan_estimate(struct cln_plan_cell *cells, int count,
                                  const struct cln_options *options, int jobs,
                                  struct cln_plan_estimate *out) {
    struct measure measure = {0};
    *out = (struct cln_plan_estimate){0};
    enum cln_status status = estimate(&measure, cells, count, options, jobs, out);
    if (cln_terminal_find(stderr).redraw)
        fputs("\r\033[K", stderr);
    for (int i = 0; i < measure.kind_count; i++)
        free(measure.kinds[i].key);
    free(measure.kinds);
    cln_bench_cells_done(&measure.bench);
    cln_tuner_free(measure.tuner);
    cln_context_free(measure.context);
    cln_devices_free(measure.devices);
    return status;
}
