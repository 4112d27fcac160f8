/* One node's variants on the device: are they right, and how long do they take. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/median.h"
#include "graph/plan_private.h"
#include "graph/tune_private.h"
#include "runtime/program.h"

#define SAMPLE_SECONDS 2e-3 /* a sample of timing is that long, or one run */
#define HOPELESS       1.5  /* candidates that many times slower than the best are timed once */
#define FLOAT_ROUNDING 0x1p-24
#define MOST_ERROR     5e-3 /* no sum is long enough for more */
#define LEAST_INTEGERS 5e-4 /* share that may differ: rounding decides between equals */
#define WORST          1e30 /* stands for infinite */

struct bench {
    struct cln_tune_trial *trial;
    struct cln_store *store;
    struct cln_graph *graphs[CLN_TUNE_CANDIDATES];
    struct cln_plan *plans[CLN_TUNE_CANDIDATES];
    struct cln_trial_value *values; /* one for each tensor of the isolated node */
    int value_count;
};

/* What cannot be blamed on a variant ends the trial; anything else is the variant's failure. */
static enum cln_status blame(struct bench *bench, int candidate, enum cln_status status) {
    if (status == CLN_OK || status == CLN_MEMORY || status == CLN_INTERRUPTED)
        return status;
    bench->trial->results[candidate].verdict = CLN_TUNE_FAILED;
    cln_plan_free(bench->plans[candidate]);
    bench->plans[candidate] = NULL;
    return CLN_OK;
}

/* The launches that the candidates become, so that all programs are built at once, by several
 * threads. One that does not build shows when its plan is made. */
static enum cln_status build_programs(const struct cln_tune_trial *trial) {
    struct cln_lowering lowering[CLN_TUNE_CANDIDATES] = {{0}};
    struct cln_graph *graphs[CLN_TUNE_CANDIDATES] = {0};
    struct cln_program_request *requests = NULL;
    enum cln_status status = CLN_OK;
    int count = 0, launches = 0;
    for (int c = 0; c < trial->count; c++) {
        CLN_TRY_GOTO(cln_tune_isolate(trial->node, trial->at_most, &graphs[c]));
        lowering[c] =
            (struct cln_lowering){.graph = graphs[c], .caps = cln_context_caps(trial->context)};
        CLN_TRY_GOTO(trial->candidates[c]->lower(&graphs[c]->nodes[0], &lowering[c]));
        launches += lowering[c].launch_count;
    }
    requests = calloc((size_t)launches + 1, sizeof *requests);
    for (int c = 0; c < trial->count && requests; c++)
        for (int l = 0; l < lowering[c].launch_count; l++)
            if (!lowering[c].launches[l].is_gemm)
                requests[count++] =
                    (struct cln_program_request){.file = lowering[c].launches[l].program,
                                                 .options = lowering[c].launches[l].options};
    if (requests)
        (void)cln_programs_build(trial->context, requests, count, NULL, NULL);
fail:
    for (int c = 0; c < trial->count; c++) {
        free(lowering[c].launches);
        cln_graph_free(graphs[c]);
    }
    free(requests);
    return status;
}

/* All candidates share the node's tensors; what they need for themselves lies in arenas of their
 * own, so that their plans can stand side by side. */
static enum cln_status compile(struct bench *bench, int candidate) {
    const struct cln_tune_trial *trial = bench->trial;
    const struct cln_plan_options options = {.recorder = "in-order", .variants = ""};
    CLN_TRY(cln_tune_isolate(trial->node, trial->at_most, &bench->graphs[candidate]));
    struct cln_graph *graph = bench->graphs[candidate];
    graph->nodes[0].measured = trial->candidates[candidate];
    snprintf(graph->slots[CLN_ARENA].name, CLN_NAME_SIZE, "arena.%d", candidate);
    bench->value_count = graph->tensor_count;
    return blame(
        bench, candidate,
        cln_plan_create(graph, bench->store, trial->context, &options, &bench->plans[candidate]));
}

/* Which tensors the candidates read and write. */
static void find_accesses(struct bench *bench) {
    for (int c = 0; c < bench->trial->count; c++) {
        if (!bench->plans[c])
            continue;
        const struct cln_lowering *lowering = &bench->plans[c]->layout.lowering;
        for (int l = 0; l < lowering->launch_count; l++)
            for (int a = 0; a < lowering->launches[l].arg_count; a++) {
                const struct cln_arg *arg = &lowering->launches[l].args[a];
                if (arg->kind != CLN_ARG_TENSOR || arg->tensor < 0 ||
                    arg->tensor >= bench->value_count)
                    continue;
                bench->values[arg->tensor].read |= arg->reads;
                bench->values[arg->tensor].written |= arg->writes;
            }
    }
}

static void fill(const struct cln_tensor *tensor, struct cln_trial_value *value, uint32_t seed) {
    uint32_t state = seed * 2654435761u + 1;
    if (value->written && !value->read) { /* so that what is left out shows */
        memset(value->before, 0xff, value->bytes);
        return;
    }
    for (size_t i = 0; i < value->bytes / 4 && tensor->dtype == CLN_F32; i++) {
        state = state * 1664525u + 1013904223u;
        float share = (float)(state >> 8) * 0x1p-24f;
        ((float *)(void *)value->before)[i] = value->written ? share : 2 * share - 1;
    }
}

static enum cln_status make_values(struct bench *bench) {
    const struct cln_graph *graph = bench->graphs[0];
    const struct cln_node *node = &graph->nodes[0];
    for (int i = 0; i < bench->value_count; i++) {
        struct cln_trial_value *value = &bench->values[i];
        const struct cln_tensor *tensor = &graph->tensors[i];
        value->bytes = cln_tensor_elems(tensor) * cln_dtype_bytes(tensor->dtype);
        value->before = calloc(4, value->bytes + 1);
        if (!value->before)
            return CLN_FAIL(MEMORY, "out of memory for trying the variants of %s", node->op->name);
        value->expected = value->before + value->bytes;
        value->found = value->expected + value->bytes;
        value->again = value->found + value->bytes;
        fill(tensor, value, (uint32_t)i);
    }
    for (int i = 0; i < node->input_count && node->op->example; i++)
        if (node->input[i] != CLN_NO_TENSOR)
            node->op->example(node, i, bench->values[node->input[i]].before);
    const struct cln_trial_hooks *hooks = bench->trial->hooks;
    if (hooks && hooks->fill)
        hooks->fill(hooks->user, node, bench->values);
    return CLN_OK;
}

enum outputs { EXPECTED, FOUND, AGAIN };

static unsigned char *outputs_of(const struct cln_trial_value *value, enum outputs to) {
    return to == EXPECTED ? value->expected : to == FOUND ? value->found : value->again;
}

/* One run on the inputs as they were made. */
static enum cln_status run_once(struct bench *bench, int candidate, enum outputs to) {
    const struct cln_graph *graph = bench->graphs[candidate];
    for (int i = 0; i < bench->value_count; i++)
        if (bench->values[i].read || bench->values[i].written)
            CLN_TRY(cln_store_write(bench->store, graph->slots[graph->tensors[i].slot].name, 0,
                                    bench->values[i].before, bench->values[i].bytes));
    CLN_TRY(cln_plan_replay(bench->plans[candidate]));
    CLN_TRY(cln_context_finish(bench->trial->context));
    for (int i = 0; i < bench->value_count; i++)
        if (bench->values[i].written)
            CLN_TRY(cln_store_read(bench->store, graph->slots[graph->tensors[i].slot].name, 0,
                                   outputs_of(&bench->values[i], to), bench->values[i].bytes));
    return CLN_OK;
}

/* Runs the candidate, a second time if that is wanted, and shows what came out. */
static enum cln_status run_candidate(struct bench *bench, int candidate, enum outputs to) {
    const struct cln_tune_trial *trial = bench->trial;
    CLN_TRY(run_once(bench, candidate, to));
    if (trial->twice) {
        CLN_TRY(run_once(bench, candidate, AGAIN));
        for (int i = 0; i < bench->value_count; i++)
            if (bench->values[i].written)
                bench->trial->differs[candidate] |=
                    memcmp(outputs_of(&bench->values[i], to), bench->values[i].again,
                           bench->values[i].bytes) != 0;
    }
    if (trial->hooks && trial->hooks->see)
        trial->hooks->see(trial->hooks->user, &bench->graphs[0]->nodes[0], candidate,
                          bench->values);
    return CLN_OK;
}

static double float_error(const struct cln_trial_value *value) {
    const float *expected = (const float *)(const void *)value->expected;
    const float *found = (const float *)(const void *)value->found;
    double squares = 0, worst = 0;
    size_t count = value->bytes / 4;
    for (size_t i = 0; i < count; i++) {
        double want = (double)expected[i], got = (double)found[i];
        if (want == got || (isnan(want) && isnan(got))) {
            squares += isfinite(want) ? want * want : 0;
            continue;
        }
        if (!isfinite(want) || !isfinite(got))
            return WORST;
        squares += want * want;
        worst = fmax(worst, fabs(want - got));
    }
    if (worst == 0)
        return 0;
    return squares > 0 ? fmin(worst / sqrt(squares / (double)count), WORST) : WORST;
}

static double integer_error(const struct cln_trial_value *value, size_t unit) {
    size_t wrong = 0, count = value->bytes / unit;
    for (size_t i = 0; i < count; i++)
        wrong += memcmp(value->expected + i * unit, value->found + i * unit, unit) != 0;
    return count ? (double)wrong / (double)count : 0;
}

/*
 * What rounding may do to sums of that many products: errors add up like a random walk, so by the
 * root of their number. The largest of millions is some six times the usual one, and Winograd's
 * algorithm loses about five times as much as a plain sum.
 */
static double float_tolerance(const struct cln_node *node, const struct cln_tensor *tensor) {
    struct cln_cost cost = node->op->cost ? node->op->cost(node) : (struct cln_cost){.flops = 0};
    double products = cost.flops / 2 / (double)cln_tensor_elems(tensor);
    return fmin(64 * FLOAT_ROUNDING * sqrt(fmax(products, 1)), MOST_ERROR);
}

/* Keeps the output that is furthest off, in terms of what it may be. */
static void compare(struct bench *bench, int candidate) {
    struct cln_tune_candidate *result = &bench->trial->results[candidate];
    const struct cln_graph *graph = bench->graphs[0];
    double worst = -1;
    result->verdict = CLN_TUNE_RIGHT;
    for (int i = 0; i < bench->value_count; i++) {
        const struct cln_tensor *tensor = &graph->tensors[i];
        bool floats = tensor->dtype == CLN_F32;
        if (!bench->values[i].written || !bench->values[i].bytes)
            continue;
        double error = floats ? float_error(&bench->values[i])
                              : integer_error(&bench->values[i], cln_dtype_bytes(tensor->dtype));
        double tolerance = bench->trial->exact ? 0
                           : floats            ? float_tolerance(&graph->nodes[0], tensor)
                                               : LEAST_INTEGERS;
        double share = error > 0 ? fmin(error / tolerance, WORST) : 0;
        if (error > tolerance)
            result->verdict = CLN_TUNE_WRONG;
        if (share <= worst)
            continue;
        worst = share;
        result->error = error;
        result->tolerance = tolerance;
    }
}

static bool expect_by_host(struct bench *bench) {
    const struct cln_trial_hooks *hooks = bench->trial->hooks;
    return hooks && hooks->expect &&
           hooks->expect(hooks->user, &bench->graphs[0]->nodes[0], bench->values);
}

/* The witness first, then the others; where the host knows what is right, all of them. */
static enum cln_status check(struct bench *bench) {
    struct cln_tune_trial *trial = bench->trial;
    trial->by_host = expect_by_host(bench);
    int witness = trial->by_host ? -1 : trial->witness;
    if (witness >= 0) {
        if (!bench->plans[witness])
            return CLN_OK;
        double began = cln_clock_seconds();
        CLN_TRY(blame(bench, witness, run_candidate(bench, witness, EXPECTED)));
        trial->witness_seconds = cln_clock_seconds() - began;
        if (!bench->plans[witness])
            return CLN_OK;
        trial->results[witness].verdict = CLN_TUNE_RIGHT;
    }
    for (int c = 0; c < trial->count; c++) {
        if (c == witness || !bench->plans[c])
            continue;
        CLN_TRY(blame(bench, c, run_candidate(bench, c, FOUND)));
        if (bench->plans[c])
            compare(bench, c);
    }
    return CLN_OK;
}

/* Seconds of a run, on average over `runs`. */
static enum cln_status time_runs(struct bench *bench, int candidate, int runs, double *seconds) {
    double began = cln_clock_seconds();
    for (int i = 0; i < runs; i++)
        CLN_TRY(cln_plan_replay(bench->plans[candidate]));
    CLN_TRY(cln_context_finish(bench->trial->context));
    *seconds = (cln_clock_seconds() - began) / runs;
    return CLN_OK;
}

/* The candidates take turns, so that what else the machine does hits them alike. */
static enum cln_status time_candidates(struct bench *bench) {
    struct cln_tune_trial *trial = bench->trial;
    double once[CLN_TUNE_CANDIDATES], best = INFINITY;
    double *samples = malloc(sizeof *samples * (size_t)(trial->rounds + 1) * CLN_TUNE_CANDIDATES);
    bool racing[CLN_TUNE_CANDIDATES];
    enum cln_status status = CLN_OK;
    if (!samples)
        return CLN_FAIL(MEMORY, "out of memory for timing %s", trial->node->op->name);
    for (int c = 0; c < trial->count; c++) {
        racing[c] = bench->plans[c] && trial->results[c].verdict == CLN_TUNE_RIGHT &&
                    (c != trial->witness || trial->time_witness);
        if (!racing[c])
            continue;
        CLN_TRY_GOTO(blame(bench, c, time_runs(bench, c, 1, &once[c])));
        racing[c] = bench->plans[c] != NULL;
        if (!racing[c])
            continue;
        trial->results[c].seconds = once[c];
        best = fmin(best, once[c]);
    }
    for (int round = 0; round < trial->rounds; round++)
        for (int c = 0; c < trial->count; c++) {
            if (!racing[c] || once[c] > HOPELESS * best)
                continue;
            int runs = (int)fmin(fmax(SAMPLE_SECONDS / once[c], 1), 50);
            double *sample = &samples[c * trial->rounds + round];
            CLN_TRY_GOTO(blame(bench, c, time_runs(bench, c, runs, sample)));
            racing[c] = bench->plans[c] != NULL;
        }
    for (int c = 0; c < trial->count; c++)
        if (racing[c] && once[c] <= HOPELESS * best)
            trial->results[c].seconds = cln_median(&samples[c * trial->rounds], trial->rounds);
fail:
    free(samples);
    return status;
}

static void bench_done(struct bench *bench) {
    for (int c = 0; c < CLN_TUNE_CANDIDATES; c++) {
        cln_plan_free(bench->plans[c]);
        cln_graph_free(bench->graphs[c]);
    }
    for (int i = 0; bench->values && i < bench->value_count; i++)
        free(bench->values[i].before);
    free(bench->values);
    cln_store_free(bench->store);
}

enum cln_status cln_tune_trial_run(struct cln_tune_trial *trial) {
    struct bench bench = {.trial = trial};
    enum cln_status status = cln_store_create(trial->context, &bench.store);
    for (int c = 0; c < trial->count; c++) {
        trial->results[c] = (struct cln_tune_candidate){.verdict = CLN_TUNE_UNCHECKED};
        trial->differs[c] = false;
        snprintf(trial->results[c].name, CLN_NAME_SIZE, "%s", trial->candidates[c]->name);
    }
    if (status == CLN_OK)
        status = build_programs(trial);
    for (int c = 0; c < trial->count && status == CLN_OK; c++)
        status = compile(&bench, c);
    if (status == CLN_OK) {
        bench.values = calloc((size_t)bench.value_count + 1, sizeof *bench.values);
        status = bench.values ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for tuning");
    }
    if (status == CLN_OK) {
        find_accesses(&bench);
        status = make_values(&bench);
    }
    if (status == CLN_OK)
        status = check(&bench);
    if (status == CLN_OK && trial->rounds > 0)
        status = time_candidates(&bench);
    bench_done(&bench);
    return status;
}
