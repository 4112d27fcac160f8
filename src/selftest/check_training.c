/*
 * A few steps of training, as a plan replays them: noise, layers, loss, gradients, optimizer, by
 * the reference kernels and by those that would be taken. The host does the same in double
 * precision, on the graph without merged layers. First weights are compared to the bit, then the
 * sum of the losses and what the steps made of the weights.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "cl/control.clh"
#include "graph/plan.h"
#include "selftest/check.h"
#include "selftest/host_graph.h"
#include "selftest/nets.h"

#define SEED        3
#define NOISE_SCALE 0.5F

/* Rounding of single precision, through five steps: on the four nets the weights came within 4e-5
 * of their mean change, and the loss within 3e-7 (PoCL on x86-64). */
#define WEIGHTS_LIMIT 2e-3
#define LOSS_LIMIT    1e-5

struct training {
    struct cln_check_run *run;
    const struct cln_net *net;
    struct cln_experiment *experiment;
    struct cln_model_graph merged, single;
    struct cln_graph *init;
    uint8_t *images, *labels; /* (samples, ...) */
    uint32_t *order;
    uint32_t control[CONTROL_WORDS];
    size_t pixels, elems;
    struct cln_host_memory memory;
    double *host_first, *host_last, host_loss; /* (elems) the weights */
    double host_correct;
    float *first, *last;
};

static size_t elems_of(const struct cln_graph *graph, const char *slot) {
    for (int i = 0; i < graph->slot_count; i++)
        if (!strcmp(graph->slots[i].name, slot))
            return graph->slots[i].elems;
    return 0;
}

static enum cln_status make_data(struct training *t) {
    const struct cln_net *net = t->net;
    const float noise = NOISE_SCALE, rate = (float)net->rate;
    t->pixels = net->shape.height * net->shape.width * net->shape.channels;
    t->elems = elems_of(t->single.graph, CLN_SLOT_PARAMS);
    if (!t->elems)
        return CLN_FAIL(INTERNAL, "a net of the self-test has no weights");
    t->images = malloc(net->samples * t->pixels);
    t->labels = malloc(net->samples);
    t->order = malloc(net->samples * sizeof *t->order);
    t->host_first = malloc(t->elems * sizeof(double));
    t->host_last = malloc(t->elems * sizeof(double));
    t->first = malloc(t->elems * sizeof(float));
    t->last = malloc(t->elems * sizeof(float));
    if (!t->images || !t->labels || !t->order || !t->host_first || !t->host_last || !t->first ||
        !t->last)
        return CLN_FAIL(MEMORY, "out of memory for the self-test's images");
    for (size_t i = 0; i < net->samples * t->pixels; i++)
        t->images[i] = (uint8_t)(cln_random_word(SEED, (uint32_t)i, 0, 0, 0) >> 24);
    for (size_t i = 0; i < net->samples; i++)
        t->labels[i] = (uint8_t)(i % net->shape.classes);
    cln_random_permutation(SEED, 0, t->order, (uint32_t)net->samples);
    t->control[CONTROL_SEED_LOW] = SEED;
    memcpy(&t->control[CONTROL_NOISE_SCALE], &noise, sizeof noise);
    memcpy(&t->control[CONTROL_LEARNING_RATE], &rate, sizeof rate);
    return CLN_OK;
}

/* Values of any of the types of tensors into a slot of the host's. */
static enum cln_status give_host(struct training *t, const char *name, enum cln_dtype dtype,
                                 const void *from, size_t elems) {
    double *to;
    CLN_TRY(cln_host_slot(&t->memory, name, elems, &to));
    for (size_t i = 0; i < elems; i++)
        to[i] = dtype == CLN_U8 ? ((const uint8_t *)from)[i] : ((const uint32_t *)from)[i];
    return CLN_OK;
}

static enum cln_status train_host(struct training *t) {
    const size_t samples = t->net->samples;
    double *params, *metrics;
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): check_net() frees it, also after a failure. */
    CLN_TRY(give_host(t, "images", CLN_U8, t->images, samples * t->pixels));
    CLN_TRY(give_host(t, "labels", CLN_U8, t->labels, samples));
    CLN_TRY(give_host(t, "order", CLN_U32, t->order, samples));
    CLN_TRY(give_host(t, CLN_SLOT_TRAIN_CONTROL, CLN_U32, t->control, CONTROL_WORDS));
    CLN_TRY(cln_host_run(t->init, &t->memory));
    CLN_TRY(cln_host_slot(&t->memory, CLN_SLOT_PARAMS, t->elems, &params));
    memcpy(t->host_first, params, t->elems * sizeof *params);
    for (size_t step = 0; step < samples / t->net->batch; step++)
        CLN_TRY(cln_host_run(t->single.graph, &t->memory));
    memcpy(t->host_last, params, t->elems * sizeof *params);
    CLN_TRY(cln_host_slot(&t->memory, CLN_SLOT_TRAIN_METRICS, 2 * METRIC_WORDS, &metrics));
    t->host_loss = metrics[2 * METRIC_LOSS] / (double)METRIC_LOSS_ONE / (double)samples;
    t->host_correct = metrics[2 * METRIC_CORRECT];
    return CLN_OK;
}

static enum cln_status give_device(const struct training *t, struct cln_store *store) {
    const size_t samples = t->net->samples;
    CLN_TRY(cln_store_write(store, "images", 0, t->images, samples * t->pixels));
    CLN_TRY(cln_store_write(store, "labels", 0, t->labels, samples));
    CLN_TRY(cln_store_write(store, "order", 0, t->order, samples * sizeof *t->order));
    return cln_store_write(store, CLN_SLOT_TRAIN_CONTROL, 0, t->control, sizeof t->control);
}

static enum cln_status replay(struct training *t, struct cln_store *store,
                              struct cln_plan *const plans[2], uint64_t metrics[METRIC_WORDS]) {
    const size_t bytes = t->elems * sizeof(float);
    CLN_TRY(give_device(t, store));
    CLN_TRY(cln_plan_replay(plans[1]));
    CLN_TRY(cln_store_read(store, CLN_SLOT_PARAMS, 0, t->first, bytes));
    for (size_t step = 0; step < t->net->samples / t->net->batch; step++)
        CLN_TRY(cln_plan_replay(plans[0]));
    CLN_TRY(cln_store_read(store, CLN_SLOT_PARAMS, 0, t->last, bytes));
    return cln_store_read(store, CLN_SLOT_TRAIN_METRICS, 0, metrics,
                          METRIC_WORDS * sizeof *metrics);
}

/* The largest difference of the weights over the root mean square of what training changed. */
static double weights_error(const struct training *t) {
    double worst = 0, squares = 0;
    for (size_t i = 0; i < t->elems; i++) {
        const double error = fabs((double)t->last[i] - t->host_last[i]);
        const double change = t->host_last[i] - t->host_first[i];
        squares += change * change;
        worst = error > worst || isnan(error) ? error : worst;
    }
    return isnan(worst) ? (double)INFINITY : worst / sqrt(squares / (double)t->elems);
}

static enum cln_status compare(struct training *t, const char *kernels, const uint64_t *metrics) {
    struct cln_check_run *run = t->run;
    const double samples = (double)t->net->samples;
    const double loss = (double)metrics[METRIC_LOSS] / (double)METRIC_LOSS_ONE / samples;
    size_t other = 0;
    for (size_t i = 0; i < t->elems; i++)
        other += t->first[i] != (float)t->host_first[i];
    struct cln_selftest_item item = {.passed = !other,
                                     .error = (double)other / (double)t->elems,
                                     .measure = "of the weights differ",
                                     .then = CLN_SELFTEST_REFUSE};
    CLN_TRY(cln_check_add(run, item, "%s by %s kernels, first weights", t->net->name, kernels));
    item.error = fabs(loss - t->host_loss) / t->host_loss;
    item.limit = LOSS_LIMIT;
    item.measure = "of the loss";
    item.passed = item.error <= item.limit && (double)metrics[METRIC_CORRECT] == t->host_correct &&
                  (double)metrics[METRIC_SAMPLES] == samples;
    CLN_TRY(cln_check_add(run, item, "%s by %s kernels, loss %.6f and %d of %d right", t->net->name,
                          kernels, loss, (int)metrics[METRIC_CORRECT],
                          (int)metrics[METRIC_SAMPLES]));
    item.error = weights_error(t);
    item.limit = WEIGHTS_LIMIT;
    item.measure = "of the weights' mean change";
    item.passed = item.error <= item.limit;
    return cln_check_add(run, item, "%s by %s kernels, trained weights", t->net->name, kernels);
}

static enum cln_status train_device(struct training *t, const char *kernels, const char *pins) {
    struct cln_graph *graphs[] = {t->merged.graph, t->init};
    const struct cln_plan_options options = {.variants = pins};
    struct cln_plan *plans[2] = {NULL, NULL};
    struct cln_store *store;
    uint64_t metrics[METRIC_WORDS];
    CLN_TRY(cln_check_pause(t->run));
    CLN_TRY(cln_store_create(t->run->context, &store));
    enum cln_status status = cln_plans_create(graphs, 2, store, t->run->context, &options, plans);
    if (status == CLN_OK)
        status = replay(t, store, plans, metrics);
    if (status == CLN_OK)
        status = compare(t, kernels, metrics);
    cln_plan_free(plans[0]);
    cln_plan_free(plans[1]);
    cln_store_free(store);
    return status;
}

static enum cln_status train(struct training *t) {
    CLN_TRY(cln_net_open(t->net, &t->experiment));
    CLN_TRY(cln_net_build(t->net, t->experiment, true, true, &t->merged));
    CLN_TRY(cln_net_build(t->net, t->experiment, false, true, &t->single));
    CLN_TRY(cln_model_build_init(&t->merged, &t->init));
    CLN_TRY(make_data(t));
    CLN_TRY(train_host(t));
    CLN_TRY(train_device(t, "reference", "reference"));
    return train_device(t, "its own", "");
}

static enum cln_status check_net(struct cln_check_run *run, const struct cln_net *net) {
    struct training t = {.run = run, .net = net};
    enum cln_status status = train(&t);
    free(t.images);
    free(t.labels);
    free(t.order);
    free(t.host_first);
    free(t.host_last);
    free(t.first);
    free(t.last);
    cln_host_memory_done(&t.memory);
    cln_graph_free(t.init);
    cln_model_graph_done(&t.merged);
    cln_model_graph_done(&t.single);
    cln_experiment_free(t.experiment);
    return status;
}

static enum cln_status check(struct cln_check_run *run) {
    int count = 0;
    while (cln_nets[count].name)
        count++;
    for (int i = 0; i < count; i++) {
        const struct cln_net *net = &cln_nets[cln_check_turn(run, i, count)];
        if (net->trained)
            CLN_TRY(check_net(run, net));
    }
    return CLN_OK;
}

const struct cln_check cln_check_training = {
    .name = "training",
    .help = "a few steps of small nets against the host's in double precision",
    .brief = false,
    .run = check,
};
