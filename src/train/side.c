#include "train/side.h"

#include "cl/control.clh"
#include "data/device_data.h"
#include "data/noise.h"
#include "train/train_private.h"

/* Validation and test take turns: they share what a pass leaves behind. */
static const struct {
    const char *images, *labels, *order, *control, *metrics, *logits;
    uint32_t stream;
} rows[CLN_SIDES] = {
    [CLN_SIDE_TRAIN] = {CLN_SLOT_TRAIN_IMAGES, CLN_SLOT_TRAIN_LABELS, CLN_SLOT_TRAIN_ORDER,
                        CLN_SLOT_TRAIN_CONTROL, CLN_SLOT_TRAIN_METRICS, NULL, STREAM_NOISE_TRAIN},
    [CLN_SIDE_VALIDATION] = {CLN_SLOT_TRAIN_IMAGES, CLN_SLOT_TRAIN_LABELS,
                             CLN_SLOT_VALIDATION_ORDER, CLN_SLOT_TEST_CONTROL,
                             CLN_SLOT_TEST_METRICS, NULL, STREAM_NOISE_VALIDATION},
    [CLN_SIDE_TEST] = {CLN_SLOT_TEST_IMAGES, CLN_SLOT_TEST_LABELS, CLN_SLOT_TEST_ORDER,
                       CLN_SLOT_TEST_CONTROL, CLN_SLOT_TEST_METRICS, "logits.test",
                       STREAM_NOISE_TEST},
};

static double scale_of(enum cln_side side, const struct cln_noise_spec *noise) {
    return side == CLN_SIDE_TRAIN ? noise->scale : cln_noise_test_scale(noise);
}

struct cln_model_source cln_side_source(enum cln_side side, const struct cln_noise_spec *noise,
                                        size_t images, size_t places) {
    return (struct cln_model_source){.images_slot = rows[side].images,
                                     .labels_slot = rows[side].labels,
                                     .order_slot = rows[side].order,
                                     .samples = images,
                                     .places = places,
                                     .logits_slot = rows[side].logits,
                                     .load = {.noise_kind = noise->kind,
                                              .clip = noise->clip,
                                              .noisy = scale_of(side, noise) != 0,
                                              .stream = rows[side].stream}};
}

static size_t images_of(const struct cln_trainer *trainer, enum cln_side side) {
    const struct cln_dataset *data = trainer->job.dataset;
    return side == CLN_SIDE_TEST ? data->test.count : data->train.count;
}

static size_t samples_of(const struct cln_trainer *trainer, enum cln_side side) {
    switch (side) {
    case CLN_SIDE_TRAIN:
        return trainer->job.evaluate_only ? 0 : trainer->split.train_count;
    case CLN_SIDE_VALIDATION:
        return trainer->job.evaluate_only ? 0 : trainer->split.validation_count;
    case CLN_SIDE_TEST:
        break;
    }
    return trainer->job.dataset->test.count;
}

enum cln_status cln_side_build(struct cln_trainer *trainer, enum cln_side side) {
    const struct cln_train_job *job = &trainer->job;
    const struct cln_dataset *data = job->dataset;
    const struct cln_model_shape shape = {data->height, data->width, data->channels, data->classes};
    const bool training = side == CLN_SIDE_TRAIN;
    struct cln_side_steps *steps = &trainer->sides[side];
    steps->control_slot = rows[side].control;
    steps->metrics_slot = rows[side].metrics;
    steps->logits_slot = rows[side].logits;
    steps->noise_scale = scale_of(side, &job->noise);
    steps->samples = samples_of(trainer, side);
    steps->batch = (size_t)job->train.batch;
    steps->full_steps = steps->samples / steps->batch;
    steps->rest = steps->samples % steps->batch;
    const struct cln_model_source source =
        cln_side_source(side, &job->noise, images_of(trainer, side), steps->samples);
    if (steps->full_steps)
        CLN_TRY(cln_model_build(job->model, &shape, &source, steps->batch, training,
                                &steps->full_model));
    if (steps->rest)
        CLN_TRY(cln_model_build(job->model, &shape, &source, steps->rest, training,
                                &steps->rest_model));
    return CLN_OK;
}

void cln_side_done(struct cln_side_steps *steps) {
    cln_plan_free(steps->full);
    cln_plan_free(steps->rest_plan);
    cln_model_graph_done(&steps->full_model);
    cln_model_graph_done(&steps->rest_model);
}

size_t cln_side_step_count(const struct cln_side_steps *steps) {
    return steps->full_steps + (steps->rest ? 1 : 0);
}

const struct cln_model_graph *cln_trainer_any_model(const struct cln_trainer *trainer) {
    for (int side = 0; side < CLN_SIDES; side++) {
        const struct cln_side_steps *steps = &trainer->sides[side];
        if (steps->samples)
            return steps->full_steps ? &steps->full_model : &steps->rest_model;
    }
    return NULL; /* cln_trainer_create() refuses that */
}
