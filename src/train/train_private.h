/* What the trainer's files share. */
#ifndef CLN_TRAIN_TRAIN_PRIVATE_H
#define CLN_TRAIN_TRAIN_PRIVATE_H

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

struct cln_trainer {
    struct cln_context *context;
    struct cln_store *store;
    struct cln_train_job job;
    struct cln_split split;
    struct cln_side_steps sides[CLN_SIDES];
    struct cln_graph *init_graph;
    struct cln_plan *init_plan;
    double learning_rate;
    uint64_t steps_done;
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
};

/* pass.c: one pass over a side's samples, as far as the observer lets it. */
struct cln_pass {
    struct cln_trainer *trainer;
    enum cln_side side;
    const struct cln_train_observer *observer; /* NULL: nobody watches */
    int epoch;                                 /* counts from 0 */
    double noise_scale;
    double began, reported; /* seconds */
    float *logits;          /* (samples, classes) are read into it; NULL: they are not */
};

/* With the side's own noise scale. */
struct cln_pass cln_pass_make(struct cln_trainer *trainer, enum cln_side side, int epoch,
                              const struct cln_train_observer *observer);
enum cln_status cln_pass_run(struct cln_pass *pass, struct cln_metrics *out);

/* Writes the control words as they are before the first step of the pass. */
enum cln_status cln_pass_write_control(const struct cln_pass *pass);

#endif
