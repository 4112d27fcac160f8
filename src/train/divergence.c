/*
 * Where a training lost its numbers: the epoch's steps are done once more, from the state that they
 * began from, up to the step whose loss was not finite, and that one and the one before are looked
 * at node by node. Since the same steps give the same bits, what is found is what happened.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/device_data.h"
#include "graph/inspect.h"
#include "graph/op.h"
#include "train/train_private.h"

struct search {
    struct cln_trainer *trainer;
    int epoch;                          /* counts from 0 */
    struct cln_train_observer observer; /* told of progress, may interrupt; keeps nothing */
    struct cln_divergence *out;
};

static size_t first_step(const struct search *search) {
    const struct cln_train_state *base = &search->trainer->base;
    return base->values ? base->step : 0;
}

/* Back to where this epoch's steps began from. */
static enum cln_status rewind_epoch(const struct search *search) {
    struct cln_trainer *trainer = search->trainer;
    if (trainer->base.values)
        return cln_state_write(trainer, &trainer->base);
    return cln_state_write_first(trainer);
}

/* Does the steps up to `until`, not itself. */
static enum cln_status run_to(const struct search *search, size_t until) {
    struct cln_trainer *trainer = search->trainer;
    struct cln_pass pass = cln_pass_make(trainer, CLN_SIDE_TRAIN, search->epoch, &search->observer);
    struct cln_metrics metrics;
    if (trainer->epoch != search->epoch || trainer->step > until)
        CLN_TRY(rewind_epoch(search));
    if (trainer->step >= until)
        return CLN_OK;
    pass.goes_on = true;
    pass.until = until;
    return cln_pass_run(&pass, &metrics);
}

/* The layer in "conv2d_2+max_pool2d_1/weights_gradient": the first of those that are one node. */
static void take_layer(struct cln_divergence *out, const char *name) {
    const size_t length = strcspn(name, "+/");
    snprintf(out->layer, sizeof out->layer, "%.*s", (int)length, name);
}

/* The variable that lies at the place in its slot; the slots of optimizers are like that of the
 * parameters. NULL: there is none. */
static const struct cln_tensor *variable_at(const struct cln_trainer *trainer, bool trainable,
                                            size_t elem) {
    const struct cln_model_graph *model = cln_trainer_any_model(trainer);
    for (int v = 0; v < model->variable_count; v++) {
        const struct cln_tensor *tensor = &model->graph->tensors[model->variables[v].tensor];
        if (model->variables[v].trainable == trainable && elem >= tensor->offset_elems &&
            elem - tensor->offset_elems < cln_tensor_elems(tensor))
            return tensor;
    }
    return NULL;
}

/* Of what the tensor is the gradient; NULL: it is none. */
static const struct cln_tensor *source_of(const struct cln_graph *graph, cln_tensor_id gradient) {
    for (int i = 0; i < graph->tensor_count; i++)
        if (graph->tensors[i].gradient == gradient)
            return &graph->tensors[i];
    return NULL;
}

static bool is_after_loss(const struct cln_graph *graph, int node) {
    for (int i = 0; i < node; i++)
        if (graph->nodes[i].op->kind == CLN_OP_LOSS)
            return true;
    return false;
}

/* Of values that outlive the step: variables and what an optimizer keeps of them. */
static void name_kept(const struct search *search, const struct cln_graph *graph,
                      const struct cln_nonfinite *found) {
    struct cln_divergence *out = search->out;
    const struct cln_tensor *tensor = &graph->tensors[found->tensor];
    const char *slot = graph->slots[tensor->slot].name, *state = CLN_SLOT_STATE ".";
    const struct cln_tensor *variable = variable_at(
        search->trainer, strcmp(slot, CLN_SLOT_BUFFERS) != 0, tensor->offset_elems + found->first);
    const char *name = variable ? variable->name : tensor->name;
    const bool of_optimizer = !strncmp(slot, state, strlen(state));
    take_layer(out, name);
    snprintf(out->where, sizeof out->where, "%s%s%s",
             of_optimizer ? "the optimizer's state of " : "", name,
             of_optimizer ? "" : " after the step");
}

static void name_place(const struct search *search, const struct cln_graph *graph,
                       const struct cln_nonfinite *found) {
    struct cln_divergence *out = search->out;
    const struct cln_node *node = &graph->nodes[found->node];
    const struct cln_tensor *tensor = &graph->tensors[found->tensor];
    const struct cln_tensor *source = source_of(graph, found->tensor);
    const char *slot = graph->slots[tensor->slot].name;
    if (tensor->slot != CLN_ARENA && strcmp(slot, CLN_SLOT_GRADS) != 0 && found->tensor >= 0 &&
        !source) {
        name_kept(search, graph, found);
        return;
    }
    take_layer(out, source ? source->name : node->name);
    if (source && !strcmp(graph->slots[source->slot].name, CLN_SLOT_PARAMS))
        snprintf(out->where, sizeof out->where, "the gradient of %s", source->name);
    else if (source || is_after_loss(graph, found->node))
        snprintf(out->where, sizeof out->where, "the gradient of the output of %s", out->layer);
    else if (!strcmp(node->op->name, "load_batch"))
        snprintf(out->where, sizeof out->where, "the images with their noise");
    else
        snprintf(out->where, sizeof out->where, "the output of %s", out->layer);
}

/* Step `step` of a side, looked at; `*found` says whether it lost its numbers there. */
static enum cln_status inspect(const struct search *search, enum cln_side which, size_t step,
                               bool *found) {
    struct cln_trainer *trainer = search->trainer;
    const struct cln_side_steps *side = &trainer->sides[which];
    struct cln_plan *plan = step < side->full_steps ? side->full : side->rest_plan;
    const struct cln_pass pass = cln_pass_make(trainer, which, search->epoch, NULL);
    struct cln_nonfinite nonfinite;
    CLN_TRY(cln_pass_write_control(&pass, step));
    CLN_TRY(cln_plan_replay_inspected(plan, trainer->store, &nonfinite));
    *found = nonfinite.node >= 0;
    if (*found)
        name_place(search, cln_plan_graph(plan), &nonfinite);
    if (which == CLN_SIDE_TRAIN) {
        search->out->step = (int64_t)step + 1;
        trainer->step = step + 1;
    }
    return CLN_OK;
}

/* Whether all variables are finite; else which is not. */
static enum cln_status look_at_variables(struct cln_trainer *trainer, const char **bad) {
    const struct cln_model_graph *model = cln_trainer_any_model(trainer);
    *bad = NULL;
    for (int v = 0; v < model->variable_count && !*bad; v++) {
        const struct cln_tensor *tensor = &model->graph->tensors[model->variables[v].tensor];
        const size_t elems = cln_tensor_elems(tensor);
        size_t first;
        float *values = malloc((elems + 1) * sizeof *values);
        if (!values)
            return CLN_FAIL(MEMORY, "out of memory for %s", tensor->name);
        const enum cln_status status = cln_trainer_read_variable(trainer, v, values);
        if (status == CLN_OK && cln_count_nonfinite(values, elems, &first))
            *bad = tensor->name;
        free(values);
        CLN_TRY(status);
    }
    return CLN_OK;
}

/* The step that spoils the variables, at the latest the one before `bad`; the trainer is left
 * before it. A weight that is infinite need not show in the loss at once. */
static enum cln_status find_spoiling_step(const struct search *search, size_t bad, size_t *step) {
    const char *variable = NULL;
    *step = first_step(search);
    CLN_TRY(rewind_epoch(search));
    CLN_TRY(look_at_variables(search->trainer, &variable));
    if (variable) { /* before this epoch */
        take_layer(search->out, variable);
        snprintf(search->out->where, sizeof search->out->where, "%s before the step", variable);
        search->out->step = (int64_t)*step + 1;
        return CLN_OK;
    }
    for (size_t next = *step + 1; next < bad && !variable; next++) {
        CLN_TRY(run_to(search, next));
        CLN_TRY(look_at_variables(search->trainer, &variable));
        *step = next - (variable != NULL);
    }
    return run_to(search, *step);
}

/* `bad`: the step whose loss was not finite, from 0; that after the last if none was. */
static enum cln_status find(const struct search *search, enum cln_side side, size_t bad,
                            size_t side_step) {
    struct cln_trainer *trainer = search->trainer;
    const size_t steps = cln_side_step_count(&trainer->sides[CLN_SIDE_TRAIN]);
    const size_t first = first_step(search);
    size_t step = bad > first ? bad - 1 : first;
    const char *variable;
    bool found = false;
    CLN_TRY(run_to(search, step));
    CLN_TRY(look_at_variables(trainer, &variable));
    if (variable) {
        CLN_TRY(find_spoiling_step(search, bad, &step));
        if (*search->out->where)
            return CLN_OK;
    }
    for (; step <= bad && step < steps && !found; step++)
        CLN_TRY(inspect(search, CLN_SIDE_TRAIN, step, &found));
    if (!found && side != CLN_SIDE_TRAIN)
        CLN_TRY(inspect(search, side, side_step, &found));
    if (!found) { /* logits so far apart that only the loss is infinite */
        snprintf(search->out->layer, sizeof search->out->layer, "loss");
        snprintf(search->out->where, sizeof search->out->where, "the loss");
    }
    return CLN_OK;
}

/* The first step, from 0, that began with weights or came to a loss which were not finite; that
 * after the last if it would have been the next epoch's. */
static size_t first_bad_step(const struct cln_metrics *metrics, size_t loss_step, size_t steps) {
    const size_t by_loss = isnan(metrics->loss) ? loss_step : steps;
    return metrics->spoilt && metrics->spoilt < by_loss ? (size_t)metrics->spoilt : by_loss;
}

static enum cln_status search_epoch(struct cln_trainer *trainer, int epoch, enum cln_side side,
                                    const struct cln_metrics *metrics,
                                    const struct cln_train_observer *observer) {
    const struct cln_side_steps *train = &trainer->sides[CLN_SIDE_TRAIN];
    const size_t steps = cln_side_step_count(train);
    const size_t side_step = (size_t)(metrics->sound / trainer->sides[side].batch);
    const size_t bad = side == CLN_SIDE_TRAIN ? first_bad_step(metrics, side_step, steps) : steps;
    struct search search = {.trainer = trainer, .epoch = epoch, .out = &trainer->divergence};
    if (observer) {
        search.observer = *observer;
        search.observer.on_checkpoint = NULL;
    }
    *search.out = (struct cln_divergence){.epoch = epoch + 1,
                                          .step = (int64_t)(bad < steps ? bad + 1 : steps)};
    /* Went on in mid-epoch with numbers that were already lost: nothing to do again. */
    if (bad < first_step(&search))
        return CLN_OK;
    trainer->epoch = -1; /* not there yet */
    CLN_TRY(cln_device_data_shuffle(trainer->store, &trainer->split,
                                    (uint64_t)trainer->job.train.seed, (uint32_t)epoch));
    return find(&search, side, bad, side_step);
}

/* A training that goes on with lost numbers begins each further epoch with them. */
static bool lost_before(const struct cln_trainer *trainer) {
    size_t first;
    const size_t elems = cln_state_begin(trainer, cln_state_places(trainer));
    return trainer->divergence.epoch ||
           (trainer->base.values && cln_count_nonfinite(trainer->base.values, elems, &first));
}

/* Searches, and puts the trainer back where it stood. */
static enum cln_status search_and_return(struct cln_trainer *trainer, int epoch, enum cln_side side,
                                         const struct cln_metrics *metrics,
                                         const struct cln_train_observer *observer) {
    struct cln_train_state now;
    CLN_TRY(cln_state_init(trainer, &now));
    enum cln_status status = cln_state_read(trainer, &now);
    if (status == CLN_OK)
        status = search_epoch(trainer, epoch, side, metrics, observer);
    if (status == CLN_OK)
        status = cln_state_write(trainer, &now);
    trainer->lost = status != CLN_OK;
    cln_state_done(&now);
    return status;
}

enum cln_status cln_divergence_found(struct cln_trainer *trainer, int epoch, enum cln_side side,
                                     const struct cln_metrics *metrics,
                                     const struct cln_train_observer *observer) {
    const int policy = trainer->job.train.on_nonfinite;
    if (policy == CLN_NONFINITE_RECORD)
        return lost_before(trainer) ? CLN_OK
                                    : search_and_return(trainer, epoch, side, metrics, observer);
    trainer->lost = true;
    const enum cln_status status = search_epoch(trainer, epoch, side, metrics, observer);
    struct cln_divergence *out = &trainer->divergence;
    if (status == CLN_INTERRUPTED)
        return status;
    if (status != CLN_OK) /* the search is not what failed */
        *out->layer = *out->where = '\0';
    return cln_error_raise(
        policy == CLN_NONFINITE_ABORT ? CLN_DIVERGED : CLN_CELL, __FILE__, __LINE__,
        "training diverged in epoch %d, step %lld: %s%s; a smaller learning_rate may help",
        out->epoch, (long long)out->step,
        *out->where ? "first non-finite values in " : "the loss is not a number", out->where);
}

const struct cln_divergence *cln_trainer_divergence(const struct cln_trainer *trainer) {
    return &trainer->divergence;
}
