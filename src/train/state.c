/* All that training leaves from one step to the next, from and to the device. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "train/train_private.h"

size_t cln_state_slot_elems(const struct cln_trainer *trainer, const char *slot) {
    const struct cln_graph *graph = cln_trainer_any_model(trainer)->graph;
    for (int i = 0; i < graph->slot_count; i++)
        if (!strcmp(graph->slots[i].name, slot))
            return graph->slots[i].elems;
    return 0;
}

int cln_state_places(const struct cln_trainer *trainer) {
    return 2 + trainer->job.model->optimizer->state_count;
}

struct slot_name {
    char chars[CLN_NAME_SIZE];
};

static struct slot_name slot_at(int place) {
    struct slot_name name = {CLN_SLOT_PARAMS};
    if (place == 1)
        snprintf(name.chars, sizeof name.chars, CLN_SLOT_BUFFERS);
    else if (place > 1)
        snprintf(name.chars, sizeof name.chars, CLN_SLOT_STATE ".%d", place - 2);
    return name;
}

size_t cln_state_begin(const struct cln_trainer *trainer, int place) {
    size_t begin = 0;
    for (int p = 0; p < place; p++)
        begin += cln_state_slot_elems(trainer, slot_at(p).chars);
    return begin;
}

enum cln_status cln_state_init(const struct cln_trainer *trainer, struct cln_train_state *state) {
    const size_t elems = cln_state_begin(trainer, cln_state_places(trainer));
    *state = (struct cln_train_state){.values = calloc(elems + 1, sizeof *state->values)};
    return state->values
               ? CLN_OK
               : CLN_FAIL(MEMORY, "out of memory for the state of a training: %zu values", elems);
}

void cln_state_done(struct cln_train_state *state) {
    free(state->values);
    *state = (struct cln_train_state){0};
}

enum cln_status cln_state_read(struct cln_trainer *trainer, struct cln_train_state *state) {
    state->epoch = trainer->epoch;
    state->step = trainer->step;
    state->seconds = trainer->step ? cln_clock_seconds() - trainer->began : 0;
    memset(state->metrics, 0, sizeof state->metrics);
    if (trainer->step)
        CLN_TRY(cln_store_read(trainer->store, trainer->sides[CLN_SIDE_TRAIN].metrics_slot, 0,
                               state->metrics, sizeof state->metrics));
    float *at = state->values;
    for (int p = 0; p < cln_state_places(trainer); p++) {
        const size_t elems = cln_state_slot_elems(trainer, slot_at(p).chars);
        if (elems)
            CLN_TRY(cln_store_read(trainer->store, slot_at(p).chars, 0, at, elems * sizeof *at));
        at += elems;
    }
    return CLN_OK;
}

enum cln_status cln_state_write(struct cln_trainer *trainer, const struct cln_train_state *state) {
    const float *at = state->values;
    for (int p = 0; p < cln_state_places(trainer); p++) {
        const size_t elems = cln_state_slot_elems(trainer, slot_at(p).chars);
        if (elems)
            CLN_TRY(cln_store_write(trainer->store, slot_at(p).chars, 0, at, elems * sizeof *at));
        at += elems;
    }
    CLN_TRY(cln_store_write(trainer->store, trainer->sides[CLN_SIDE_TRAIN].metrics_slot, 0,
                            state->metrics, sizeof state->metrics));
    trainer->epoch = state->epoch;
    trainer->step = state->step;
    trainer->seconds = state->seconds;
    return CLN_OK;
}

enum cln_status cln_state_write_first(struct cln_trainer *trainer) {
    const struct cln_pass first = cln_pass_make(trainer, CLN_SIDE_TRAIN, 0, NULL);
    for (int p = 2; p < cln_state_places(trainer); p++)
        if (cln_state_slot_elems(trainer, slot_at(p).chars))
            CLN_TRY(cln_store_zero(trainer->store, slot_at(p).chars));
    trainer->epoch = 0;
    trainer->step = 0;
    trainer->seconds = 0;
    CLN_TRY(cln_pass_write_control(&first, 0));
    CLN_TRY(cln_plan_replay(trainer->init_plan));
    return cln_context_finish(trainer->context);
}

enum cln_status cln_state_keep_base(struct cln_trainer *trainer) {
    if (!trainer->base.values)
        CLN_TRY(cln_state_init(trainer, &trainer->base));
    return cln_state_read(trainer, &trainer->base);
}
