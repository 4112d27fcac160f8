/*
 * Every kernel variant of every op that the self-test's nets are made of, merged layers and single
 * ones, forward, backward, first values and optimizers: against the host in double precision, and
 * a second time for the same bits. The brief form has the reference kernels of a tiny net.
 */
#include <stdlib.h>
#include <string.h>

#include "selftest/check.h"
#include "selftest/host.h"
#include "selftest/nets.h"

/* Nodes that were tried: some are in several graphs. */
struct kinds {
    struct kind {
        const struct cln_op *op;
        char shape[CLN_TUNE_SHAPE_SIZE];
        uint64_t attrs;
    } * rows;
    int count, capacity;
};

static uint64_t hash_of(const void *bytes, size_t length) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < length && bytes; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}

/* Whether there was no such node before. */
static enum cln_status note_kind(struct kinds *kinds, const struct cln_node *node, bool *is_new) {
    struct kind kind = {.op = node->op, .attrs = hash_of(node->attrs, node->op->attrs_bytes)};
    cln_tune_shape(node, kind.shape);
    *is_new = false;
    for (int i = 0; i < kinds->count; i++)
        if (kinds->rows[i].op == kind.op && kinds->rows[i].attrs == kind.attrs &&
            !strcmp(kinds->rows[i].shape, kind.shape))
            return CLN_OK;
    if (kinds->count == kinds->capacity) {
        const int larger = kinds->capacity ? 2 * kinds->capacity : 64;
        void *moved = realloc(kinds->rows, (size_t)larger * sizeof kind);
        if (!moved)
            return CLN_FAIL(MEMORY, "out of memory for %d kinds of nodes", larger);
        kinds->rows = moved;
        kinds->capacity = larger;
    }
    kinds->rows[kinds->count++] = kind;
    *is_new = true;
    return CLN_OK;
}

static enum cln_status check_node(struct cln_check_run *run, const struct cln_node *node) {
    const struct cln_trial_hooks hooks = {.fill = cln_host_fill, .expect = cln_host_expect};
    struct cln_tune_trial trial;
    cln_check_trial(run, node, run->out->brief, &trial);
    trial.twice = true;
    trial.hooks = &hooks;
    CLN_TRY(cln_check_pause(run));
    CLN_TRY(cln_tune_trial_run(&trial));
    return cln_check_add_trial(run, &trial);
}

static enum cln_status check_graph(struct cln_check_run *run, const struct cln_graph *graph,
                                   struct kinds *kinds) {
    for (int n = 0; n < graph->node_count; n++) {
        bool is_new;
        if (!graph->nodes[n].op->variants)
            continue;
        CLN_TRY(note_kind(kinds, &graph->nodes[n], &is_new));
        if (is_new)
            CLN_TRY(check_node(run, &graph->nodes[n]));
    }
    return CLN_OK;
}

static enum cln_status check_model(struct cln_check_run *run, const struct cln_net *net,
                                   const struct cln_experiment *experiment, bool merged,
                                   bool training, struct kinds *kinds) {
    struct cln_model_graph model;
    struct cln_graph *init = NULL;
    CLN_TRY(cln_net_build(net, experiment, merged, training, &model));
    enum cln_status status = check_graph(run, model.graph, kinds);
    if (status == CLN_OK && training)
        status = cln_model_build_init(&model, &init);
    if (status == CLN_OK && training)
        status = check_graph(run, init, kinds);
    cln_graph_free(init);
    cln_model_graph_done(&model);
    return status;
}

static enum cln_status check_net(struct cln_check_run *run, const struct cln_net *net,
                                 struct kinds *kinds) {
    struct cln_experiment *experiment;
    CLN_TRY(cln_net_open(net, &experiment));
    enum cln_status status = check_model(run, net, experiment, false, true, kinds);
    if (status == CLN_OK && !run->out->brief)
        status = check_model(run, net, experiment, true, true, kinds);
    if (status == CLN_OK && net->evaluate)
        status = check_model(run, net, experiment, false, false, kinds);
    cln_experiment_free(experiment);
    return status;
}

static enum cln_status check(struct cln_check_run *run) {
    struct kinds kinds = {0};
    enum cln_status status = CLN_OK;
    for (const struct cln_net *net = cln_nets; net->name && status == CLN_OK; net++)
        if (net->brief == run->out->brief)
            status = check_net(run, net, &kinds);
    free(kinds.rows);
    return status;
}

const struct cln_check cln_check_kernels = {
    .name = "kernels",
    .help = "kernel variants on small, odd shapes against the host in double precision, twice",
    .brief = true,
    .run = check,
};
