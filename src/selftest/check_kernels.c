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

/* The nodes to try: of those that are alike in several graphs, one. They belong to the graphs. */
struct kinds {
    struct kind {
        const struct cln_node *node;
        char shape[CLN_TUNE_SHAPE_SIZE];
        uint64_t attrs;
    } * rows;
    int count, capacity;
};

/* The graphs of a net: single layers, merged ones, evaluation. */
#define MODELS 3
struct graphs {
    struct cln_experiment *experiment;
    struct cln_model_graph models[MODELS];
    struct cln_graph *inits[MODELS]; /* first values; NULL where nothing is trained */
    int count;
};

static uint64_t hash_of(const void *bytes, size_t length) {
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    for (size_t i = 0; i < length && bytes; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * 1099511628211u;
    return hash;
}

static enum cln_status note_kind(struct kinds *kinds, const struct cln_node *node) {
    struct kind kind = {.node = node, .attrs = hash_of(node->attrs, node->op->attrs_bytes)};
    cln_tune_shape(node, kind.shape);
    for (int i = 0; i < kinds->count; i++)
        if (kinds->rows[i].node->op == node->op && kinds->rows[i].attrs == kind.attrs &&
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
    return CLN_OK;
}

static enum cln_status note_graph(struct kinds *kinds, const struct cln_graph *graph) {
    for (int n = 0; n < graph->node_count; n++)
        if (graph->nodes[n].op->variants)
            CLN_TRY(note_kind(kinds, &graph->nodes[n]));
    return CLN_OK;
}

static enum cln_status add_model(struct graphs *graphs, struct kinds *kinds,
                                 const struct cln_net *net, bool merged, bool training) {
    struct cln_model_graph *model = &graphs->models[graphs->count];
    CLN_TRY(cln_net_build(net, graphs->experiment, merged, training, model));
    graphs->count++;
    CLN_TRY(note_graph(kinds, model->graph));
    if (!training)
        return CLN_OK;
    CLN_TRY(cln_model_build_init(model, &graphs->inits[graphs->count - 1]));
    return note_graph(kinds, graphs->inits[graphs->count - 1]);
}

static enum cln_status add_net(struct graphs *graphs, struct kinds *kinds,
                               const struct cln_net *net, bool brief) {
    CLN_TRY(cln_net_open(net, &graphs->experiment));
    CLN_TRY(add_model(graphs, kinds, net, false, true));
    if (!brief)
        CLN_TRY(add_model(graphs, kinds, net, true, true));
    return net->evaluate ? add_model(graphs, kinds, net, true, false) : CLN_OK;
}

static void graphs_done(struct graphs *graphs) {
    for (int i = 0; i < graphs->count; i++) {
        cln_graph_free(graphs->inits[i]);
        cln_model_graph_done(&graphs->models[i]);
    }
    cln_experiment_free(graphs->experiment);
}

static enum cln_status check_node(struct cln_check_run *run, const struct cln_node *node) {
    struct cln_tune_trial trial;
    cln_check_trial(run, node, run->out->brief, &trial);
    trial.twice = true;
    trial.hooks = &cln_host_hooks;
    CLN_TRY(cln_check_pause(run));
    CLN_TRY(cln_check_run_trial(&trial));
    return cln_check_add_trial(run, &trial);
}

static enum cln_status check(struct cln_check_run *run) {
    const bool brief = run->out->brief;
    struct kinds kinds = {0};
    int nets = 0;
    while (cln_nets[nets].name)
        nets++;
    struct graphs *graphs = calloc((size_t)nets + 1, sizeof *graphs);
    enum cln_status status =
        graphs ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the nets of the self-test");
    for (int i = 0; i < nets && status == CLN_OK; i++)
        if (cln_nets[i].brief == brief)
            status = add_net(&graphs[i], &kinds, &cln_nets[i], brief);
    for (int i = 0; i < kinds.count && status == CLN_OK; i++)
        status = check_node(run, kinds.rows[cln_check_turn(run, i, kinds.count)].node);
    for (int i = 0; graphs && i < nets; i++)
        graphs_done(&graphs[i]);
    free(graphs);
    free(kinds.rows);
    return status;
}

const struct cln_check cln_check_kernels = {
    .name = "kernels",
    .help = "kernel variants on small, odd shapes against the host in double precision, twice",
    .brief = true,
    .run = check,
};
