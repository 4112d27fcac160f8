/* What the trainer's files share. */
#ifndef CLN_TRAIN_TRAIN_PRIVATE_H
#define CLN_TRAIN_TRAIN_PRIVATE_H

#include "cl/control.clh"
#include "data/split.h"
#include "graph/plan.h"
#include "runtime/store.h"
#include "train/side.h"
#include "train/train.h"

/* The graphs of one side: full batches and what remains. */
struct cln_side_steps {
    const char *control_slot, *metrics_slot, *logits_slot;
    double noise_scale;
    size_t samples, batch, full_steps, rest; /* samples = full_steps * batch + rest; 0: no side */
    struct cln_model_graph full_model, rest_model;
    struct cln_plan *full, *rest_plan; /* NULL where there is no such step */
};

/*
 * All that training leaves from one step to the next, on the host. `values` are the slots
 * of parameters, of other variables and of the optimizer's state, one after another.
 */
struct cln_train_state {
    int epoch;
    size_t step;
    double seconds;                 /* that the steps took */
    uint64_t metrics[METRIC_WORDS]; /* that they have added up */
    float *values;
};

struct cln_trainer {
    struct cln_context *context;
    struct cln_store *store;
    struct cln_train_job job;
    struct cln_split split;
    struct cln_side_steps sides[CLN_SIDES];
    struct cln_graph *init_graph;
    struct cln_plan *init_plan;
    double learning_rate;
    /* Where training stands: epochs done, and steps done of the next. Before the first and after
     * the last step of an epoch's training it may be validated. */
    int epoch;
    size_t step;
    double seconds;      /* that epoch took, before the call that is training now */
    double began;        /* the clock when that call began with it */
    double checkpointed; /* the clock when the state could last be kept */
    int generation;      /* of the next checkpoint */
    bool has_checkpoint; /* the other generation, if there is one, is of this training */
    /* The state that the steps of this epoch began from, so that they can be done again. Values
     * NULL: the first values, in epoch 0. */
    struct cln_train_state base;
    bool weights_written; /* by the caller: they are not the first values */
    bool lost;            /* the state is that of no training: it was searched for divergence */
    struct cln_divergence divergence;
};

/* side.c: the graphs of a side that has images. */
enum cln_status cln_side_build(struct cln_trainer *trainer, enum cln_side side);
void cln_side_done(struct cln_side_steps *steps);
size_t cln_side_step_count(const struct cln_side_steps *steps);

/* The model as some side has it; they all have the same layers and variables. */
const struct cln_model_graph *cln_trainer_any_model(const struct cln_trainer *trainer);

struct cln_metrics {
    double loss, accuracy; /* loss: NaN if it was no number for some sample */
    uint64_t correct, samples;
    uint64_t sound;  /* of such: samples in the batches before the first that had one */
    uint64_t spoilt; /* the first step of the epoch, from 1, that left a weight which is not finite;
                        0: none */
};

/* Whether something in it was no finite number. */
bool cln_metrics_lost(const struct cln_metrics *metrics);

/* pass.c: one pass over a side's samples, as far as the observer lets it. */
struct cln_pass {
    struct cln_trainer *trainer;
    enum cln_side side;
    const struct cln_train_observer *observer; /* NULL: nobody watches */
    int epoch;                                 /* counts from 0 */
    double noise_scale;
    bool goes_on;           /* from the trainer's step on; it keeps that up to date */
    size_t until;           /* ends after so many steps; 0: after all */
    double began, reported; /* seconds */
    float *logits;          /* (samples, classes) are read into it; NULL: they are not */
};

/* With the side's own noise scale. */
struct cln_pass cln_pass_make(struct cln_trainer *trainer, enum cln_side side, int epoch,
                              const struct cln_train_observer *observer);
enum cln_status cln_pass_run(struct cln_pass *pass, struct cln_metrics *out);

/* Writes the control words as they are before the first step of the pass, or step `first` of it. */
enum cln_status cln_pass_write_control(const struct cln_pass *pass, size_t first);

/* state.c */

/* Elements of a slot of the model: 0 if it has none of that name. */
size_t cln_state_slot_elems(const struct cln_trainer *trainer, const char *slot);

/* Where a slot begins among the values; `place` 0: parameters, 1: other variables, 2 and on: the
 * optimizer's. Past the last one it is the number of all values. */
size_t cln_state_begin(const struct cln_trainer *trainer, int place);
int cln_state_places(const struct cln_trainer *trainer);

/* Makes room; copies from the device; copies to it and moves the trainer there. The latter two
 * block. */
enum cln_status cln_state_init(const struct cln_trainer *trainer, struct cln_train_state *state);
enum cln_status cln_state_read(struct cln_trainer *trainer, struct cln_train_state *state);
enum cln_status cln_state_write(struct cln_trainer *trainer, const struct cln_train_state *state);
void cln_state_done(struct cln_train_state *state);

/* The first values of all variables, before the first step. The optimizer's state is zeros. Blocks.
 */
enum cln_status cln_state_write_first(struct cln_trainer *trainer);

/* Keeps the state as what the steps that follow begin from; once an epoch. Blocks. */
enum cln_status cln_state_keep_base(struct cln_trainer *trainer);

/*
 * divergence.c: finds where the values of the side's pass in that epoch first were not finite, by
 * doing the epoch's steps again. `observer` may be NULL; it is told of progress, and may interrupt.
 * Then the policy is followed: CLN_CELL or CLN_DIVERGED is raised, and the trainer is of no use for
 * training afterwards; or it stands where it stood, and CLN_OK. Of a training that goes on, only
 * the first such place is looked for.
 */
enum cln_status cln_divergence_found(struct cln_trainer *trainer, int epoch, enum cln_side side,
                                     const struct cln_metrics *metrics,
                                     const struct cln_train_observer *observer);

#endif
