/* `clnoise plan FILE`: the cells of an experiment, what there is to do, and how long it may take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/json_put.h"
#include "base/number.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "cli/line.h"
#include "cli/plan_estimate.h"
#include "clnoise/version.h"
#include "experiment/select.h"

#define MOST_JOBS 1024

struct plan {
    const struct cln_options *options;
    struct cln_experiment *experiment;
    bool *picked;
    struct cln_plan_cell *cells; /* those picked, in order */
    int cell_count;
    int jobs;
    struct cln_plan_estimate estimate;
};

static enum cln_status parse_jobs(const char *text, int *jobs) {
    int64_t count = 1;
    if (text && (!cln_integer_parse(text, &count) || count < 1 || count > MOST_JOBS))
        return CLN_FAIL(CONFIG, "--jobs %s: not a number of cells at once; accepted: 1 to %d", text,
                        MOST_JOBS);
    *jobs = (int)count;
    return CLN_OK;
}

static enum cln_status read_cells(struct plan *plan) {
    const struct cln_options *options = plan->options;
    const struct cln_selection selection = {options->cell.items, options->cell.count,
                                            options->shard};
    CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                options->operand_count - 1, &plan->experiment));
    size_t count = (size_t)plan->experiment->cell_count;
    plan->picked = calloc(count, sizeof *plan->picked);
    plan->cells = calloc(count, sizeof *plan->cells);
    if (!plan->picked || !plan->cells)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
    CLN_TRY(cln_experiment_select(plan->experiment, &selection, plan->picked));
    for (size_t i = 0; i < count; i++) {
        if (!plan->picked[i])
            continue;
        struct cln_plan_cell *cell = &plan->cells[plan->cell_count++];
        cell->cell = &plan->experiment->cells[i];
        CLN_TRY(cln_cell_count_steps(cell->cell, &cell->steps));
    }
    return CLN_OK;
}

static int64_t training_steps(const struct cln_plan_cell *cell) {
    return cell->steps.training * cell->cell->train.epochs;
}

static void print_table(const struct plan *plan) {
    bool timed = plan->estimate.measured > 0;
    char time[32];
    int64_t steps = 0;
    printf("%-16s  %10s%s  cell\n", "id", "steps", timed ? "      time" : "");
    for (int i = 0; i < plan->cell_count; i++) {
        const struct cln_plan_cell *cell = &plan->cells[i];
        printf("%s  %10lld", cell->cell->id, (long long)training_steps(cell));
        if (timed)
            printf("  %8s", cln_duration_format(time, sizeof time, cell->seconds));
        printf("  %s\n", cell->cell->label);
        steps += training_steps(cell);
    }
    printf("%d of %d cell%s, %lld steps", plan->cell_count, plan->experiment->cell_count,
           plan->experiment->cell_count == 1 ? "" : "s", (long long)steps);
    if (timed)
        printf(", about %s one after another",
               cln_duration_format(time, sizeof time, plan->estimate.seconds));
    if (timed && plan->jobs > 1)
        printf(", %s as %d jobs if they do not slow each other down",
               cln_duration_format(time, sizeof time, plan->estimate.jobs_seconds), plan->jobs);
    putchar('\n');
    if (timed)
        printf("Measured on %s: %d step%s of each of %d kind%s of cells; the start of each cell "
               "not counted.\n",
               plan->estimate.device, plan->estimate.steps, plan->estimate.steps == 1 ? "" : "s",
               plan->estimate.measured, plan->estimate.measured == 1 ? "" : "s");
}

static cJSON *cell_json(const struct cln_plan_cell *cell, bool timed) {
    cJSON *row = cJSON_CreateObject();
    cln_json_put_text(row, "id", cell->cell->id);
    cln_json_put_text(row, "label", cell->cell->label);
    cln_json_put_text(row, "model", cell->cell->model.name);
    cln_json_put_number(row, "noise_scale", cell->cell->noise.scale);
    cln_json_put_number(row, "seed", (double)cell->cell->train.seed);
    cln_json_put_number(row, "epochs", (double)cell->cell->train.epochs);
    cln_json_put_number(row, "steps", (double)training_steps(cell));
    if (timed)
        cln_json_put_number(row, "seconds", cell->seconds);
    return row;
}

static enum cln_status print_json(const struct plan *plan) {
    const struct cln_plan_estimate *estimate = &plan->estimate;
    bool timed = estimate->measured > 0;
    cJSON *root = cJSON_CreateObject();
    cln_json_put_text(root, "clnoise", cln_version());
    cln_json_put_text(root, "name", plan->experiment->name);
    cln_json_put_number(root, "cells_in_all", plan->experiment->cell_count);
    if (timed) {
        cJSON *how = cln_json_put_object(root, "estimate");
        cln_json_put_text(how, "device", estimate->device);
        cln_json_put_number(how, "steps_timed", estimate->steps);
        cln_json_put_number(how, "kinds_of_cells", estimate->measured);
        cln_json_put_number(how, "seconds", estimate->seconds);
        cln_json_put_number(how, "jobs", plan->jobs);
        cln_json_put_number(how, "jobs_seconds", estimate->jobs_seconds);
    }
    cJSON *cells = cln_json_put_array(root, "cells");
    for (int i = 0; i < plan->cell_count; i++)
        cln_json_put(cells, NULL, cell_json(&plan->cells[i], timed));
    const enum cln_status status = cln_print_json(root);
    cJSON_Delete(root);
    return status;
}

static enum cln_status make(struct plan *plan) {
    const struct cln_options *options = plan->options;
    CLN_TRY(parse_jobs(options->jobs, &plan->jobs));
    if (options->ids && options->json)
        return CLN_FAIL(CONFIG, "plan: --ids or --json, not both");
    CLN_TRY(read_cells(plan));
    if (options->ids) {
        for (int i = 0; i < plan->cell_count; i++)
            puts(plan->cells[i].cell->id);
        return CLN_OK;
    }
    if (!options->no_estimate && plan->cell_count)
        CLN_TRY(
            cln_plan_estimate(plan->cells, plan->cell_count, options, plan->jobs, &plan->estimate));
    if (options->json)
        return print_json(plan);
    print_table(plan);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct plan plan = {.options = options};
    enum cln_status status = make(&plan);
    free(plan.picked);
    free(plan.cells);
    cln_experiment_free(plan.experiment);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_CELL,
    CLN_OPTION_SHARD,
    CLN_OPTION_DEVICE,
    CLN_OPTION_DATA_DIR,
    CLN_OPTION("--jobs", "N", jobs, "so many cells at once (default: 1)"),
    CLN_OPTION("--no-estimate", NULL, no_estimate, "measure nothing; needs no device and no data"),
    CLN_OPTION("--ids", NULL, ids, "the ids alone, one a line, for xargs or parallel"),
    CLN_OPTION_JSON,
    CLN_OPTION_END,
};

const struct cln_command cln_command_plan = {
    .name = "plan",
    .help = "list the cells with their ids, and estimate how long they take",
    .operands = "FILE [dotted.key=value ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details =
        "A few steps of each different model, batch and noise are timed on the device, on the\n"
        "experiment's data set if it is on this machine, else on random images. An id is the\n"
        "same on every machine, and as long as nothing changes that decides the cell's\n"
        "result.\n",
    .examples = "clnoise plan experiments/sweep.yaml\n"
                "clnoise plan experiments/sweep.yaml --shard 1/4 --no-estimate\n"
                "clnoise plan experiments/sweep.yaml --ids | "
                "xargs -I{} clnoise run experiments/sweep.yaml --cell {} --out runs/{}",
    .options = options,
    .run = run,
};
