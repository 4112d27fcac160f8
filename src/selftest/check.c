#include "selftest/check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "graph/variant.h"

#define MOST_ITEMS 20000

enum cln_status cln_check_add(struct cln_check_run *run, struct cln_selftest_item item,
                              const char *subject, ...) {
    struct cln_selftest *out = run->out;
    if (out->count == out->capacity) {
        const int larger = out->capacity ? 2 * out->capacity : 64;
        void *moved =
            larger <= MOST_ITEMS ? realloc(out->items, (size_t)larger * sizeof item) : NULL;
        if (!moved)
            return CLN_FAIL(MEMORY, "out of memory for %d results of the self-test", larger);
        out->items = moved;
        out->capacity = larger;
    }
    va_list args;
    va_start(args, subject);
    vsnprintf(item.subject, sizeof item.subject, subject, args);
    va_end(args);
    item.check = run->check->name;
    out->items[out->count++] = item;
    return CLN_OK;
}

int cln_check_turn(const struct cln_check_run *run, int i, int count) {
    return run->backwards ? count - 1 - i : i;
}

enum cln_status cln_check_pause(const struct cln_check_run *run) {
    const struct cln_selftest_observer *observer = run->observer;
    return observer && observer->on_check ? observer->on_check(observer->context, run->check)
                                          : CLN_OK;
}

enum cln_status cln_check_node(const struct cln_op *op, const void *attrs,
                               const struct cln_check_input *inputs, int count,
                               struct cln_graph **out) {
    struct cln_graph *graph;
    struct cln_node *node;
    cln_tensor_id input[CLN_MAX_INPUTS];
    CLN_TRY(cln_graph_create(&graph));
    enum cln_status status = CLN_OK;
    for (int i = 0; i < count && status == CLN_OK; i++)
        status = cln_graph_tensor(graph, "input", inputs[i].dtype, inputs[i].rank, inputs[i].dim,
                                  CLN_ARENA, &input[i]);
    if (status == CLN_OK)
        status = cln_graph_add(graph, op, op->name, attrs, input, count, &node);
    if (status != CLN_OK) {
        cln_graph_free(graph);
        return status;
    }
    *out = graph;
    return CLN_OK;
}

void cln_check_trial(const struct cln_check_run *run, const struct cln_node *node,
                     bool reference_only, struct cln_tune_trial *out) {
    const struct cln_caps *caps = cln_context_caps(run->context);
    *out = (struct cln_tune_trial){.context = run->context, .node = node};
    for (const struct cln_variant *v = node->op->variants; v && v->name; v++) {
        const bool reference = !strcmp(v->name, "reference");
        if ((!reference && (reference_only || out->count >= CLN_TUNE_CANDIDATES - 1)) ||
            !cln_variant_fits(v, node, caps))
            continue;
        if (reference)
            out->witness = out->count;
        out->candidates[out->count++] = v;
    }
}

static bool has_failed(const struct cln_tune_trial *trial) {
    bool failed = false;
    for (int c = 0; c < trial->count; c++)
        failed |= trial->results[c].verdict == CLN_TUNE_FAILED;
    return failed;
}

enum cln_status cln_check_run_trial(struct cln_tune_trial *trial) {
    CLN_TRY(cln_tune_trial_run(trial));
    return has_failed(trial) ? cln_tune_trial_run(trial) : CLN_OK;
}

/* What one candidate was found to be. */
static enum cln_status add_candidate(struct cln_check_run *run, const struct cln_tune_trial *trial,
                                     int c, const char *shape) {
    const struct cln_tune_candidate *result = &trial->results[c];
    const bool reference = c == trial->witness;
    const char *op = trial->node->op->name;
    struct cln_selftest_item item = {.passed = result->verdict == CLN_TUNE_RIGHT,
                                     .error = result->error,
                                     .limit = result->tolerance,
                                     .measure = trial->exact ? "of the values differ"
                                                             : "of the root mean square",
                                     .then = reference ? CLN_SELFTEST_REFUSE : CLN_SELFTEST_AVOID};
    snprintf(item.op, sizeof item.op, "%s", op);
    snprintf(item.variant, sizeof item.variant, "%s", result->name);
    if (result->verdict == CLN_TUNE_FAILED || result->verdict == CLN_TUNE_UNCHECKED)
        item.error = INFINITY;
    if (!(reference && !trial->by_host && item.passed)) /* else it was compared with nothing */
        CLN_TRY(cln_check_add(run, item, "%s %s, %s", op, result->name, shape));
    if (!trial->twice || !isfinite(item.error))
        return CLN_OK;
    item.passed = !trial->differs[c];
    item.error = trial->differs[c];
    item.limit = 0;
    item.measure = "other bits the second time";
    return cln_check_add(run, item, "%s %s, %s, twice", op, result->name, shape);
}

enum cln_status cln_check_add_trial(struct cln_check_run *run, const struct cln_tune_trial *trial) {
    char shape[CLN_TUNE_SHAPE_SIZE];
    cln_tune_shape(trial->node, shape);
    for (int c = 0; c < trial->count; c++)
        CLN_TRY(add_candidate(run, trial, c, shape));
    return CLN_OK;
}
