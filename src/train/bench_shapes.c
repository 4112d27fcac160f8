#include "train/bench_shapes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/rng.h"
#include "graph/op.h"
#include "graph/plan.h"
#include "nn/conv_shape.h"
#include "nn/dense.h"
#include "nn/registry.h"
#include "nn/window.h"
#include "runtime/peak.h"

#define LARGEST_SIDE 1000000
#define MOST_ROUNDS  1000
#define MOST_NUMBERS 6
#define RUNS         8             /* a round */
#define SLOT         "bench.shape" /* inputs, outputs and gradients */
#define LABEL        "shape"

static enum cln_status fail_shape(const char *text) {
    return CLN_FAIL(CONFIG,
                    "shape %.*s: accepted: MxNxK of a matrix product, or NxHxWxCIxCOxK of a "
                    "convolution of N images with CI channels by CO filters of K x K; each 1 to %d",
                    (int)strcspn(text, ","), text, LARGEST_SIDE);
}

enum cln_status cln_bench_shape_parse(const char *text, const char **next,
                                      struct cln_bench_shape *out) {
    size_t value[MOST_NUMBERS];
    int count = 0;
    const char *at = text;
    for (;;) {
        char *end;
        errno = 0;
        const long number = strtol(at, &end, 10);
        if (errno || end == at || number < 1 || number > LARGEST_SIDE || count == MOST_NUMBERS)
            return fail_shape(text);
        value[count++] = (size_t)number;
        at = end;
        if (*at != 'x')
            break;
        at++;
    }
    if ((*at && *at != ',') || (count != 3 && count != 6))
        return fail_shape(text);
    *next = at;
    *out = (struct cln_bench_shape){.is_conv = count == 6};
    if (count == 3) {
        out->m = value[0], out->n = value[1], out->k = value[2];
        return CLN_OK;
    }
    out->images = value[0], out->height = value[1], out->width = value[2];
    out->ci = value[3], out->co = value[4], out->kernel = value[5];
    return out->kernel <= out->height && out->kernel <= out->width ? CLN_OK : fail_shape(text);
}

static enum cln_status add_tensor(struct cln_graph *graph, const char *name, int rank,
                                  const size_t *dim, cln_tensor_id *out) {
    int slot;
    CLN_TRY(cln_graph_slot(graph, SLOT, CLN_F32, &slot));
    CLN_TRY(cln_graph_tensor(graph, name, CLN_F32, rank, dim, slot, out));
    graph->tensors[*out].needs_gradient = true;
    return CLN_OK;
}

/* The layer as the graph's first node. */
static enum cln_status add_layer(struct cln_graph *graph, const struct cln_bench_shape *s,
                                 struct cln_node **out) {
    cln_tensor_id input[2];
    if (s->is_conv) {
        const int64_t kernel = (int64_t)s->kernel;
        const struct cln_conv_attrs attrs = {.filters = (int64_t)s->co,
                                             .kernel = {kernel, kernel},
                                             .stride = {1, 1},
                                             .padding = CLN_PADDING_VALID};
        const size_t x[] = {s->images, s->height, s->width, s->ci};
        const size_t w[] = {s->kernel, s->kernel, s->ci, s->co};
        CLN_TRY(add_tensor(graph, "x", 4, x, &input[0]));
        CLN_TRY(add_tensor(graph, "w", 4, w, &input[1]));
        return cln_graph_add(graph, &cln_op_conv2d, LABEL, &attrs, input, 2, out);
    }
    const struct cln_dense_attrs attrs = {.units = (int64_t)s->n};
    CLN_TRY(add_tensor(graph, "x", 2, (size_t[]){s->m, s->k}, &input[0]));
    CLN_TRY(add_tensor(graph, "w", 2, (size_t[]){s->k, s->n}, &input[1]));
    return cln_graph_add(graph, &cln_op_dense, LABEL, &attrs, input, 2, out);
}

/* The layer and both gradients, for a gradient of its output that is given. */
static enum cln_status build(struct cln_graph *graph, const struct cln_bench_shape *shape,
                             double *flops) {
    struct cln_node *layer;
    CLN_TRY(add_layer(graph, shape, &layer));
    *flops = layer->op->cost(layer).flops;
    const cln_tensor_id y = layer->output[0];
    const struct cln_tensor like = graph->tensors[y];
    cln_tensor_id dy;
    CLN_TRY(add_tensor(graph, "dy", like.rank, like.dim, &dy));
    graph->tensors[y].gradient = dy;
    return graph->nodes[0].op->backward(graph, 0);
}

static enum cln_status fill(const struct cln_graph *graph, struct cln_store *store) {
    for (int s = 0; s < graph->slot_count; s++) {
        const struct cln_slot *slot = &graph->slots[s];
        if (strcmp(slot->name, SLOT) != 0)
            continue;
        float *numbers = malloc(slot->elems * sizeof *numbers);
        if (!numbers)
            return CLN_FAIL(MEMORY, "out of memory for %zu numbers", slot->elems);
        cln_random_normals(1, 0, slot->elems, 0, 0, 0, numbers);
        const enum cln_status status =
            cln_store_write(store, SLOT, 0, numbers, slot->elems * sizeof *numbers);
        free(numbers);
        return status;
    }
    return CLN_FAIL(INTERNAL, "no slot %s", SLOT);
}

static int pass_of(const char *node) {
    return strstr(node, "/weights_gradient") ? CLN_BENCH_WEIGHTS_GRADIENT
           : strstr(node, "/input_gradient") ? CLN_BENCH_INPUT_GRADIENT
                                             : CLN_BENCH_FORWARD;
}

/* What is timed, and room for times: `seconds` has a row of RUNS for each pass, `share` and
 * `middle` rows of `rounds`. */
struct timing {
    struct cln_context *context;
    struct cln_plan *plan;
    struct cln_launch_info *rows;
    int launches, rounds;
    double flops, seconds[CLN_BENCH_PASSES][RUNS];
    double *share[CLN_BENCH_PASSES], *middle[CLN_BENCH_PASSES];
};

static enum cln_status time_round(struct timing *t, int round) {
    double peak;
    memset(t->seconds, 0, sizeof t->seconds);
    CLN_TRY(cln_peak_measure_flops(t->context, &peak));
    for (int run = 0; run < RUNS; run++) {
        CLN_TRY(cln_plan_replay(t->plan));
        CLN_TRY(cln_context_finish(t->context));
        CLN_TRY(cln_plan_launches(t->plan, t->rows));
        for (int i = 0; i < t->launches; i++)
            t->seconds[pass_of(t->rows[i].node)][run] += t->rows[i].seconds;
    }
    for (int pass = 0; pass < CLN_BENCH_PASSES; pass++) {
        t->middle[pass][round] = cln_median(t->seconds[pass], RUNS);
        t->share[pass][round] = t->flops / t->middle[pass][round] / peak;
    }
    return CLN_OK;
}

static enum cln_status time_rounds(struct cln_context *context, struct cln_plan *plan, int rounds,
                                   struct cln_bench_shape_result *out) {
    struct timing t = {
        context, plan, NULL, cln_plan_launch_count(plan), rounds, .flops = out->flops};
    double *room = calloc((size_t)rounds * 2 * CLN_BENCH_PASSES, sizeof *room);
    enum cln_status status = CLN_OK;
    t.rows = calloc((size_t)t.launches + 1, sizeof *t.rows);
    if (!t.rows || !room) {
        status = CLN_FAIL(MEMORY, "out of memory for the times of %d launches", t.launches);
        goto fail;
    }
    for (int pass = 0; pass < CLN_BENCH_PASSES; pass++) {
        t.share[pass] = room + 2 * pass * rounds;
        t.middle[pass] = t.share[pass] + rounds;
    }
    CLN_TRY_GOTO(cln_plan_replay(plan)); /* the driver may still compile */
    for (int round = 0; round < rounds; round++)
        CLN_TRY_GOTO(time_round(&t, round));
    for (int pass = 0; pass < CLN_BENCH_PASSES; pass++) {
        out->pass[pass].seconds = cln_median(t.middle[pass], rounds);
        out->pass[pass].peak_share = cln_median(t.share[pass], rounds);
    }
    for (int i = 0; i < t.launches; i++) {
        struct cln_bench_pass *pass = &out->pass[pass_of(t.rows[i].node)];
        snprintf(pass->variant, sizeof pass->variant, "%s", t.rows[i].variant);
    }
fail:
    free(t.rows);
    free(room);
    return status;
}

enum cln_status cln_bench_shape_run(struct cln_context *context,
                                    const struct cln_bench_shape *shape, int rounds,
                                    struct cln_bench_shape_result *out) {
    struct cln_graph *graph = NULL;
    struct cln_store *store = NULL;
    struct cln_plan *plan = NULL;
    const struct cln_plan_options options = {.profile = true};
    enum cln_status status;
    *out = (struct cln_bench_shape_result){0};
    if (rounds < 1 || rounds > MOST_ROUNDS)
        return CLN_FAIL(CONFIG, "%d rounds; accepted: 1 to %d", rounds, MOST_ROUNDS);
    CLN_TRY_GOTO(cln_graph_create(&graph));
    CLN_TRY_GOTO(build(graph, shape, &out->flops));
    CLN_TRY_GOTO(cln_store_create(context, &store));
    CLN_TRY_GOTO(cln_plan_create(graph, store, context, &options, &plan));
    CLN_TRY_GOTO(fill(graph, store));
    CLN_TRY_GOTO(time_rounds(context, plan, rounds, out));
fail:
    cln_plan_free(plan);
    cln_store_free(store);
    cln_graph_free(graph);
    return status;
}
