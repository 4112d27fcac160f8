#include "cli/bench_variants.h"

#include <stdio.h>
#include <string.h>

#include "base/json_put.h"
#include "cli/cell_models.h"
#include "cli/tuning.h"

/* One row of the tuner, with the work of its node. */
struct found {
    const struct cln_tune_row *row;
    const struct cln_peak *peak;
    struct cln_cost cost; /* zeros for what is no node: the recorder */
    double step_seconds;  /* of the node's launches in the step */
};

/* What all rows of a model are looked up in. */
struct source {
    const struct cln_cell *cell;
    const struct cln_graph *graph;
    const struct cln_bench_result *step;
    const struct cln_peak *peak;
    const struct cln_tune_row *rows;
    int count;
};

static struct found find(const struct source *source, int at) {
    const struct cln_tune_row *row = &source->rows[at];
    const struct cln_graph *graph = source->graph;
    struct found found = {.row = row, .peak = source->peak};
    for (int i = 0; i < source->step->training.count; i++)
        if (!strcmp(source->step->training.rows[i].node, row->node))
            found.step_seconds += source->step->training.rows[i].seconds;
    for (int i = 0; i < graph->node_count; i++) {
        const struct cln_node *node = &graph->nodes[i];
        if (!strcmp(node->name, row->node) && node->op->cost)
            found.cost = node->op->cost(node);
    }
    return found;
}

static bool is_chosen(const struct found *found, int at) {
    const struct cln_tune_entry *entry = found->row->entry;
    return !strcmp(entry->candidates[at].name, entry->choice);
}

/* 0: not known */
static double seconds_of(const struct found *found, int at) {
    double seconds = found->row->entry->candidates[at].seconds;
    return seconds > 0 || !is_chosen(found, at) ? seconds : found->step_seconds;
}

static double roofline_share(const struct found *found, double seconds) {
    return cln_peak_seconds(found->peak, found->cost.flops, found->cost.bytes) / seconds;
}

static void print_candidate(const struct found *found, int at, int width) {
    const struct cln_tune_entry *entry = found->row->entry;
    const struct cln_tune_candidate *candidate = &entry->candidates[at];
    bool chosen = is_chosen(found, at);
    double seconds = seconds_of(found, at);
    char ms[24] = "-", rate[24] = "", share[24] = "";
    if (seconds > 0)
        snprintf(ms, sizeof ms, "%.3f", seconds * 1e3);
    if (seconds > 0 && found->cost.bytes > 0) {
        snprintf(rate, sizeof rate, "%.1f", found->cost.flops / seconds * 1e-9);
        snprintf(share, sizeof share, "%.0f%%", 100 * roofline_share(found, seconds));
    }
    printf("  %-*s %-20s %9s %9s %9s  %-9s%s%s\n", width, at ? "" : found->row->node,
           candidate->name, ms, rate, share, cln_tune_verdict_name(candidate->verdict),
           chosen ? "  " : "", chosen ? cln_tune_how_name(entry->how) : "");
}

static void print_table(const struct source *source) {
    const struct cln_tune_row *rows = source->rows;
    int width = 8, count = source->count;
    for (int i = 0; i < count; i++) {
        int length = (int)strlen(rows[i].node);
        width = length > width ? length : width;
    }
    printf("\n%s, batch %d: kernel variants\n  %-*s %-20s %9s %9s %9s  %-9s  %s\n",
           source->cell->model.name, (int)source->cell->train.batch, width, "node", "variant", "ms",
           "GFLOP/s", "roofline", "outputs", "chosen as");
    for (int i = 0; i < count; i++) {
        const struct found found = find(source, i);
        for (int c = 0; c < rows[i].entry->count; c++)
            print_candidate(&found, c, width);
        if (!rows[i].entry->count)
            printf("  %-*s %-20s %9s %9s %9s  %-9s  %s\n", width, rows[i].node,
                   rows[i].entry->choice, "-", "", "", "", cln_tune_how_name(rows[i].entry->how));
    }
}

static void add_candidate(cJSON *rows, const struct found *found, int at) {
    const struct cln_tune_candidate *candidate = &found->row->entry->candidates[at];
    double seconds = seconds_of(found, at);
    cJSON *row = cln_json_put_object(rows, NULL);
    cln_json_put_text(row, "variant", candidate->name);
    cln_json_put_text(row, "outputs", cln_tune_verdict_name(candidate->verdict));
    if (seconds > 0)
        cln_json_put_number(row, "ms", seconds * 1e3);
    if (seconds > 0 && found->cost.bytes > 0)
        cln_json_put_number(row, "roofline_share", roofline_share(found, seconds));
}

static enum cln_status add_table(const struct source *source, cJSON *report) {
    const struct cln_tune_row *rows = source->rows;
    cJSON *models = cJSON_GetObjectItem(report, "variants");
    if (!models)
        models = cln_json_put_object(report, "variants");
    cJSON *nodes = cln_json_put_array(models, source->cell->model.name);
    for (int i = 0; i < source->count; i++) {
        const struct found found = find(source, i);
        cJSON *node = cln_json_put_object(nodes, NULL);
        cln_json_put_text(node, "node", rows[i].node);
        cln_json_put_text(node, "op", rows[i].entry->op);
        cln_json_put_text(node, "shape", rows[i].entry->shape);
        cln_json_put_text(node, "choice", rows[i].entry->choice);
        cln_json_put_text(node, "how", cln_tune_how_name(rows[i].entry->how));
        cln_json_put_number(node, "flops", found.cost.flops);
        cln_json_put_number(node, "bytes", found.cost.bytes);
        cJSON *candidates = cln_json_put_array(node, "candidates");
        for (int c = 0; c < rows[i].entry->count; c++)
            add_candidate(candidates, &found, c);
    }
    return nodes ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the report");
}

enum cln_status cln_bench_variants(struct cln_context *context, const struct cln_cell *cell,
                                   const struct cln_bench_result *step, const struct cln_peak *peak,
                                   cJSON *report) {
    const char *pins = *cell->kernel_variant ? cell->kernel_variant : NULL, *recorder;
    struct cln_model_graph model = {0};
    struct cln_tuner *tuner;
    CLN_TRY(cln_tuning_open(context, 0, false, NULL, &tuner));
    if (!tuner)
        return CLN_FAIL(CONFIG, "CLNOISE_TUNE=off, so there are no variants to measure");
    enum cln_status status;
    CLN_TRY_GOTO(cln_cell_build(cell, CLN_SIDE_TRAIN, &model));
    CLN_TRY_GOTO(cln_tuner_prepare(tuner, &model.graph, 1, pins));
    CLN_TRY_GOTO(cln_tuner_recorder(tuner, model.graph, pins, &recorder));
    struct source source = {.cell = cell, .graph = model.graph, .step = step, .peak = peak};
    source.rows = cln_tuner_rows(tuner, &source.count);
    if (report)
        status = add_table(&source, report);
    else
        print_table(&source);
fail:
    cln_model_graph_done(&model);
    cln_tuner_free(tuner);
    return status;
}
