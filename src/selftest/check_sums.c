/*
 * Sums over many rows, where work is divided and put together again: against the host, and twice
 * for the same bits, by every variant. The brief form has one by its reference.
 */
#include <stdlib.h>

#include "nn/conv_shape.h"
#include "nn/registry.h"
#include "selftest/check.h"
#include "selftest/host.h"

struct sum {
    const struct cln_op *op;
    const void *attrs; /* NULL: the defaults */
    bool brief;        /* for the brief form, else for the other */
    struct cln_check_input inputs[6];
    int count;
};

static const struct cln_conv_attrs conv_attrs = {
    .filters = 17, .kernel = {3, 3}, .stride = {1, 1}, .use_bias = true};

#define METRICS (2 * METRIC_WORDS)

static const struct sum sums[] = {
    {&cln_op_dense_backward_weights, /* few columns: an interpreter takes its time */
     NULL,
     true,
     {{CLN_F32, 2, {1999, 5}}, {CLN_F32, 2, {1999, 7}}, {CLN_F32, 1, {7}}, {CLN_F32, 2, {5, 7}}},
     4},
    {&cln_op_dense_backward_weights,
     NULL,
     false,
     {{CLN_F32, 2, {1999, 45}},
      {CLN_F32, 2, {1999, 33}},
      {CLN_F32, 1, {33}},
      {CLN_F32, 2, {45, 33}}},
     4},
    {&cln_op_dense_backward_data,
     NULL,
     false,
     {{CLN_F32, 2, {3, 2999}}, {CLN_F32, 2, {11, 2999}}, {CLN_F32, 2, {3, 11}}},
     3},
    {&cln_op_conv2d_backward_weights,
     &conv_attrs,
     false,
     {{CLN_F32, 4, {13, 9, 8, 4}},
      {CLN_F32, 4, {13, 7, 6, 17}},
      {CLN_F32, 1, {17}},
      {CLN_F32, 4, {3, 3, 4, 17}}},
     4},
    {&cln_op_batch_norm,
     NULL,
     false,
     {{CLN_F32, 2, {1501, 20}},
      {CLN_F32, 1, {20}},
      {CLN_F32, 1, {20}},
      {CLN_F32, 1, {20}},
      {CLN_F32, 1, {20}}},
     5},
    {&cln_op_softmax_cross_entropy,
     NULL,
     false,
     {{CLN_F32, 2, {301, 10}}, {CLN_U32, 1, {301}}, {CLN_U32, 1, {METRICS}}},
     3},
};

static enum cln_status run_trial(struct cln_check_run *run, const struct cln_node *node) {
    struct cln_tune_trial trial;
    cln_check_trial(run, node, run->out->brief, &trial);
    trial.twice = true;
    trial.hooks = &cln_host_hooks;
    CLN_TRY(cln_check_run_trial(&trial));
    return cln_check_add_trial(run, &trial);
}

static enum cln_status check_sum(struct cln_check_run *run, const struct sum *sum) {
    struct cln_graph *graph;
    void *defaults = calloc(1, sum->op->attrs_bytes + 1);
    if (!defaults)
        return CLN_FAIL(MEMORY, "out of memory for the attributes of %s", sum->op->name);
    cln_fields_set_defaults(sum->op->fields, sum->op->field_count, defaults);
    enum cln_status status = cln_check_node(sum->op, sum->attrs ? sum->attrs : defaults,
                                            sum->inputs, sum->count, &graph);
    free(defaults);
    CLN_TRY(status);
    status = run_trial(run, &graph->nodes[0]);
    cln_graph_free(graph);
    return status;
}

static enum cln_status check(struct cln_check_run *run) {
    enum { COUNT = sizeof sums / sizeof *sums };
    for (int i = 0; i < COUNT; i++) {
        const struct sum *sum = &sums[cln_check_turn(run, i, COUNT)];
        if (run->out->brief != sum->brief)
            continue;
        CLN_TRY(cln_check_pause(run));
        CLN_TRY(check_sum(run, sum));
    }
    return CLN_OK;
}

const struct cln_check cln_check_sums = {
    .name = "sums",
    .help = "sums over many rows against the host, twice for equal bits",
    .brief = true,
    .run = check,
};
