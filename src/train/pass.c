/* One pass over the samples of a side. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "cl/control.clh"
#include "train/train_private.h"

#define PROGRESS_INTERVAL_SECONDS 0.2

struct cln_pass cln_pass_make(struct cln_trainer *trainer, enum cln_side side, int epoch,
                              const struct cln_train_observer *observer) {
    return (struct cln_pass){.trainer = trainer,
                             .side = side,
                             .observer = observer,
                             .epoch = epoch,
                             .noise_scale = trainer->sides[side].noise_scale};
}

enum cln_status cln_pass_write_control(const struct cln_pass *pass, size_t first) {
    struct cln_trainer *trainer = pass->trainer;
    const struct cln_side_steps *side = &trainer->sides[pass->side];
    const size_t epoch_steps = cln_side_step_count(&trainer->sides[CLN_SIDE_TRAIN]);
    const struct cln_train_job *job = &trainer->job;
    uint32_t words[CONTROL_WORDS] = {0};
    uint64_t seed = (uint64_t)job->train.seed;
    float learning_rate = (float)trainer->learning_rate, noise_scale = (float)pass->noise_scale;
    words[CONTROL_STEP] = (uint32_t)((size_t)pass->epoch * epoch_steps + first);
    words[CONTROL_BATCH_START] = (uint32_t)(first * side->batch);
    words[CONTROL_EPOCH] = (uint32_t)pass->epoch;
    words[CONTROL_SEED_LOW] = (uint32_t)seed;
    words[CONTROL_SEED_HIGH] = (uint32_t)(seed >> 32);
    words[CONTROL_NOISE_DRAW] = job->noise.draw == CLN_DRAW_EPOCH ? (uint32_t)pass->epoch : 0;
    memcpy(&words[CONTROL_LEARNING_RATE], &learning_rate, sizeof learning_rate);
    memcpy(&words[CONTROL_NOISE_SCALE], &noise_scale, sizeof noise_scale);
    return cln_store_write(trainer->store, side->control_slot, 0, words, sizeof words);
}

bool cln_metrics_lost(const struct cln_metrics *metrics) {
    return metrics->spoilt || isnan(metrics->loss);
}

/* The step, of this epoch, that spoilt the weights. */
static enum cln_status read_spoilt(const struct cln_pass *pass, uint64_t *step) {
    const struct cln_side_steps *side = &pass->trainer->sides[pass->side];
    const uint32_t before = (uint32_t)((size_t)pass->epoch * cln_side_step_count(side));
    uint32_t word;
    CLN_TRY(cln_store_read(pass->trainer->store, side->control_slot, CONTROL_SPOILT * sizeof word,
                           &word, sizeof word));
    *step = word ? word - before : 0;
    return CLN_OK;
}

static enum cln_status read_metrics(const struct cln_pass *pass, struct cln_metrics *out) {
    struct cln_trainer *trainer = pass->trainer;
    uint64_t words[METRIC_WORDS];
    CLN_TRY(cln_store_read(trainer->store, trainer->sides[pass->side].metrics_slot, 0, words,
                           sizeof words));
    const double samples = (double)words[METRIC_SAMPLES];
    out->correct = words[METRIC_CORRECT];
    out->samples = words[METRIC_SAMPLES];
    out->sound = words[METRIC_SOUND];
    out->spoilt = 0;
    if (pass->side == CLN_SIDE_TRAIN)
        CLN_TRY(read_spoilt(pass, &out->spoilt));
    out->accuracy = (double)words[METRIC_CORRECT] / samples;
    out->loss = words[METRIC_NONFINITE]
                    ? (double)NAN
                    : (double)words[METRIC_LOSS] / (double)METRIC_LOSS_ONE / samples;
    return CLN_OK;
}

/* Looks now and then how far the device is; `*lost` if it is no use to go on. */
static enum cln_status look(struct cln_pass *pass, size_t step, size_t steps, bool *lost) {
    const struct cln_train_observer *observer = pass->observer;
    double now = cln_clock_seconds();
    if (!observer || now - pass->reported < PROGRESS_INTERVAL_SECONDS)
        return CLN_OK;
    pass->reported = now;
    struct cln_metrics sofar;
    CLN_TRY(read_metrics(pass, &sofar));
    *lost = pass->goes_on && !pass->until && cln_metrics_lost(&sofar) &&
            pass->trainer->job.train.on_nonfinite != CLN_NONFINITE_RECORD;
    if (!observer->on_progress)
        return CLN_OK;
    struct cln_train_progress progress = {.epoch = pass->epoch + 1,
                                          .epochs = (int)pass->trainer->job.train.epochs,
                                          .step = (int)step,
                                          .steps = (int)steps,
                                          .validating = pass->side != CLN_SIDE_TRAIN,
                                          .loss = sofar.loss,
                                          .accuracy = sofar.accuracy,
                                          .seconds = now - pass->began};
    return observer->on_progress(observer->context, &progress);
}

/* What the step that was just replayed made of its samples; blocks until it has run. */
static enum cln_status read_logits(struct cln_pass *pass, size_t step) {
    const struct cln_side_steps *side = &pass->trainer->sides[pass->side];
    const size_t classes = pass->trainer->job.dataset->classes;
    const size_t rows = step < side->full_steps ? side->batch : side->rest;
    return cln_store_read(pass->trainer->store, side->logits_slot, 0,
                          pass->logits + step * side->batch * classes,
                          rows * classes * sizeof *pass->logits);
}

/* Says that the state can be kept, if it is time. */
static enum cln_status offer_checkpoint(const struct cln_pass *pass) {
    const struct cln_train_observer *observer = pass->observer;
    struct cln_trainer *trainer = pass->trainer;
    if (!observer || !observer->on_checkpoint || !(observer->checkpoint_seconds > 0) ||
        cln_clock_seconds() - trainer->checkpointed < observer->checkpoint_seconds)
        return CLN_OK;
    CLN_TRY(observer->on_checkpoint(observer->context));
    trainer->checkpointed = cln_clock_seconds();
    return CLN_OK;
}

enum cln_status cln_pass_run(struct cln_pass *pass, struct cln_metrics *out) {
    struct cln_trainer *trainer = pass->trainer;
    const struct cln_side_steps *side = &trainer->sides[pass->side];
    const struct cln_train_observer *observer = pass->observer;
    const size_t steps = pass->until ? pass->until : cln_side_step_count(side);
    const size_t first = pass->goes_on ? trainer->step : 0;
    CLN_TRY(cln_pass_write_control(pass, first));
    if (!first)
        CLN_TRY(cln_store_zero(trainer->store, side->metrics_slot));
    bool lost = false;
    for (size_t step = first; step < steps && !lost; step++) {
        if (observer && observer->interrupted && observer->interrupted(observer->context))
            return CLN_FAIL(INTERRUPTED, "interrupted in epoch %d", pass->epoch + 1);
        CLN_TRY(cln_plan_replay(step < side->full_steps ? side->full : side->rest_plan));
        if (pass->goes_on) {
            trainer->step = step + 1;
            CLN_TRY(offer_checkpoint(pass));
        }
        if (pass->logits)
            CLN_TRY(read_logits(pass, step));
        CLN_TRY(look(pass, step + 1, steps, &lost));
    }
    return read_metrics(pass, out);
}
