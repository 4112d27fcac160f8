#include "train/train.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cl/control.clh"
#include "data/device_data.h"
#include "graph/plan.h"

#define PROGRESS_INTERVAL_SECONDS 0.2

/* The graphs of one side, training or test: full batches and what remains. */
struct side {
    const char *control_slot, *metrics_slot;
    size_t samples, batch, full_steps, rest; /* samples = full_steps * batch + rest */
    struct cln_model_graph full_model, rest_model;
    struct cln_plan *full, *rest_plan; /* NULL where there is no such step */
};

struct cln_trainer {
    struct cln_context *context;
    struct cln_store *store;
    struct cln_train_job job;
    struct side train, test;
    struct cln_graph *init_graph;
    struct cln_plan *init_plan;
    double learning_rate;
    uint64_t steps_done;
};

struct metrics {
    double loss, accuracy;
};

static struct cln_model_shape shape_of(const struct cln_dataset *data) {
    return (struct cln_model_shape){data->height, data->width, data->channels, data->classes};
}

static enum cln_status build_side(struct cln_trainer *trainer, struct side *side, bool training) {
    const struct cln_train_job *job = &trainer->job;
    struct cln_model_shape shape = shape_of(job->dataset);
    struct cln_model_source source = {
        .images_slot = training ? CLN_SLOT_TRAIN_IMAGES : CLN_SLOT_TEST_IMAGES,
        .labels_slot = training ? CLN_SLOT_TRAIN_LABELS : CLN_SLOT_TEST_LABELS,
        .order_slot = training ? CLN_SLOT_TRAIN_ORDER : CLN_SLOT_TEST_ORDER,
        .samples = training ? job->dataset->train.count : job->dataset->test.count,
        .load = {.noise_kind = job->noise.kind,
                 .noise_scale = job->noise.scale,
                 .noise_per_epoch = job->noise.draw == CLN_DRAW_EPOCH,
                 .stream = training ? STREAM_NOISE_TRAIN : STREAM_NOISE_TEST}};
    side->control_slot = training ? CLN_SLOT_TRAIN_CONTROL : CLN_SLOT_TEST_CONTROL;
    side->metrics_slot = training ? CLN_SLOT_TRAIN_METRICS : CLN_SLOT_TEST_METRICS;
    side->samples = source.samples;
    side->batch = (size_t)job->train.batch;
    side->full_steps = side->samples / side->batch;
    side->rest = side->samples % side->batch;
    if (side->full_steps)
        CLN_TRY(
            cln_model_build(job->model, &shape, &source, side->batch, training, &side->full_model));
    if (side->rest)
        CLN_TRY(
            cln_model_build(job->model, &shape, &source, side->rest, training, &side->rest_model));
    return CLN_OK;
}

static const struct cln_model_graph *any_model(const struct side *side) {
    return side->full_steps ? &side->full_model : &side->rest_model;
}

static enum cln_status tell(const struct cln_trainer *trainer, const char *what, int done,
                            int count, bool building) {
    const struct cln_train_job *job = &trainer->job;
    const struct cln_prepare_progress progress = {what, done, count, building};
    return job->on_prepare ? job->on_prepare(job->prepare_context, &progress) : CLN_OK;
}

static enum cln_status on_build(void *trainer, int done, int count) {
    return tell(trainer, "Building kernels", done, count, true);
}

static enum cln_status on_launch(void *trainer, int done, int count) {
    return tell(trainer, "Launching kernels for the first time", done, count, false);
}

/* All plans at once, so that they share one arena. */
static enum cln_status compile(struct cln_trainer *trainer) {
    const struct cln_plan_options options = {.recorder = trainer->job.recorder,
                                             .variants = trainer->job.variants,
                                             .profile = trainer->job.profile,
                                             .tuner = trainer->job.tuner,
                                             .backwards = trainer->job.backwards,
                                             .on_build = on_build,
                                             .user = trainer};
    struct {
        struct cln_graph *graph;
        struct cln_plan **plan;
    } wanted[] = {{trainer->init_graph, &trainer->init_plan},
                  {trainer->train.full_model.graph, &trainer->train.full},
                  {trainer->train.rest_model.graph, &trainer->train.rest_plan},
                  {trainer->test.full_model.graph, &trainer->test.full},
                  {trainer->test.rest_model.graph, &trainer->test.rest_plan}};
    enum { MOST = sizeof wanted / sizeof *wanted };
    struct cln_graph *graphs[MOST];
    struct cln_plan *plans[MOST];
    int count = 0;
    for (int i = 0; i < MOST; i++)
        if (wanted[i].graph)
            graphs[count++] = wanted[i].graph;
    CLN_TRY(cln_plans_create(graphs, count, trainer->store, trainer->context, &options, plans));
    count = 0;
    for (int i = 0; i < MOST; i++)
        if (wanted[i].graph)
            *wanted[i].plan = plans[count++];
    bool tried;
    CLN_TRY(cln_plans_try(plans, count, trainer->job.backwards, on_launch, trainer, &tried));
    return tried ? cln_store_zero_all(trainer->store) : CLN_OK;
}

static enum cln_status write_control(struct cln_trainer *trainer, const struct side *side,
                                     uint32_t epoch) {
    uint32_t words[CONTROL_WORDS] = {0};
    uint64_t seed = (uint64_t)trainer->job.train.seed;
    float learning_rate = (float)trainer->learning_rate;
    words[CONTROL_STEP] = (uint32_t)trainer->steps_done;
    words[CONTROL_EPOCH] = epoch;
    words[CONTROL_SEED_LOW] = (uint32_t)seed;
    words[CONTROL_SEED_HIGH] = (uint32_t)(seed >> 32);
    memcpy(&words[CONTROL_LEARNING_RATE], &learning_rate, sizeof learning_rate);
    return cln_store_write(trainer->store, side->control_slot, 0, words, sizeof words);
}

static enum cln_status read_metrics(struct cln_trainer *trainer, const struct side *side,
                                    struct metrics *out) {
    uint64_t words[METRIC_WORDS];
    CLN_TRY(cln_store_read(trainer->store, side->metrics_slot, 0, words, sizeof words));
    double samples = (double)words[METRIC_SAMPLES];
    out->accuracy = (double)words[METRIC_CORRECT] / samples;
    out->loss = words[METRIC_NONFINITE]
                    ? (double)NAN
                    : (double)words[METRIC_LOSS] / (double)METRIC_LOSS_ONE / samples;
    return CLN_OK;
}

static enum cln_status initialise(struct cln_trainer *trainer) {
    const struct cln_train_job *job = &trainer->job;
    const struct cln_field *rate = cln_field_find(
        job->model->optimizer->fields, job->model->optimizer->field_count, "learning_rate");
    trainer->learning_rate =
        rate ? *(const double *)((const char *)job->model->optimizer_attrs + rate->offset) : 0;
    CLN_TRY(write_control(trainer, &trainer->train, 0));
    CLN_TRY(cln_plan_replay(trainer->init_plan));
    return cln_context_finish(trainer->context);
}

static enum cln_status check_job(const struct cln_train_job *job) {
    const struct cln_dataset *data = job->dataset;
    if (job->train.batch < 1)
        return CLN_FAIL(CONFIG, "a batch of %lld; accepted: 1 and more",
                        (long long)job->train.batch);
    if (!data->train.count || !data->test.count)
        return CLN_FAIL(DATA, "data set %s has no %s images", data->name,
                        data->train.count ? "test" : "training");
    return CLN_OK;
}

enum cln_status cln_trainer_create(struct cln_context *context, const struct cln_train_job *job,
                                   struct cln_trainer **out) {
    CLN_TRY(check_job(job));
    struct cln_trainer *trainer = calloc(1, sizeof *trainer);
    if (!trainer)
        return CLN_FAIL(MEMORY, "out of memory for a trainer");
    enum cln_status status;
    trainer->context = context;
    trainer->job = *job;
    CLN_TRY_GOTO(cln_store_create(context, &trainer->store));
    CLN_TRY_GOTO(build_side(trainer, &trainer->train, true));
    CLN_TRY_GOTO(build_side(trainer, &trainer->test, false));
    CLN_TRY_GOTO(cln_model_build_init(any_model(&trainer->train), &trainer->init_graph));
    CLN_TRY_GOTO(cln_device_data_lend(trainer->store, job->dataset));
    CLN_TRY_GOTO(compile(trainer));
    CLN_TRY_GOTO(cln_device_data_order(trainer->store, job->dataset));
    CLN_TRY_GOTO(initialise(trainer));
    *out = trainer;
    return CLN_OK;
fail:
    cln_trainer_free(trainer);
    return status;
}

static void free_side(struct side *side) {
    cln_plan_free(side->full);
    cln_plan_free(side->rest_plan);
    cln_model_graph_done(&side->full_model);
    cln_model_graph_done(&side->rest_model);
}

void cln_trainer_free(struct cln_trainer *trainer) {
    if (!trainer)
        return;
    cln_plan_free(trainer->init_plan);
    cln_graph_free(trainer->init_graph);
    free_side(&trainer->train);
    free_side(&trainer->test);
    cln_store_free(trainer->store);
    free(trainer);
}

/* One pass over a side's samples, as far as the observer lets it. */
struct pass {
    struct cln_trainer *trainer;
    const struct side *side;
    const struct cln_train_observer *observer; /* NULL: nobody watches */
    int epoch;                                 /* counts from 0 */
    double began, reported;                    /* seconds */
};

static enum cln_status report_progress(struct pass *pass, size_t step, size_t steps) {
    const struct cln_train_observer *observer = pass->observer;
    double now = cln_clock_seconds();
    if (!observer || !observer->on_progress || now - pass->reported < PROGRESS_INTERVAL_SECONDS)
        return CLN_OK;
    pass->reported = now;
    struct metrics sofar;
    CLN_TRY(read_metrics(pass->trainer, pass->side, &sofar));
    struct cln_train_progress progress = {.epoch = pass->epoch + 1,
                                          .epochs = (int)pass->trainer->job.train.epochs,
                                          .step = (int)step,
                                          .steps = (int)steps,
                                          .validating = pass->side == &pass->trainer->test,
                                          .loss = sofar.loss,
                                          .accuracy = sofar.accuracy,
                                          .seconds = now - pass->began};
    return observer->on_progress(observer->context, &progress);
}

static enum cln_status run_pass(struct pass *pass, struct metrics *out) {
    struct cln_trainer *trainer = pass->trainer;
    const struct side *side = pass->side;
    const struct cln_train_observer *observer = pass->observer;
    CLN_TRY(write_control(trainer, side, (uint32_t)pass->epoch));
    CLN_TRY(cln_store_zero(trainer->store, side->metrics_slot));
    size_t steps = side->full_steps + (side->rest ? 1 : 0);
    for (size_t step = 0; step < steps; step++) {
        if (observer && observer->interrupted && observer->interrupted(observer->context))
            return CLN_FAIL(INTERRUPTED, "interrupted in epoch %d", pass->epoch + 1);
        CLN_TRY(cln_plan_replay(step < side->full_steps ? side->full : side->rest_plan));
        CLN_TRY(report_progress(pass, step + 1, steps));
    }
    return read_metrics(trainer, side, out);
}

static enum cln_status run_epoch(struct cln_trainer *trainer, int epoch,
                                 const struct cln_train_observer *observer) {
    struct metrics train, test;
    double began = cln_clock_seconds();
    CLN_TRY(cln_device_data_shuffle(trainer->store, trainer->job.dataset,
                                    (uint64_t)trainer->job.train.seed, (uint32_t)epoch));
    struct pass pass = {trainer, &trainer->train, observer, epoch, began, began};
    CLN_TRY(run_pass(&pass, &train));
    trainer->steps_done += trainer->train.full_steps + (trainer->train.rest ? 1 : 0);
    pass.side = &trainer->test;
    CLN_TRY(run_pass(&pass, &test));
    struct cln_epoch_metrics metrics = {.epoch = epoch + 1,
                                        .seconds = cln_clock_seconds() - began,
                                        .loss = train.loss,
                                        .accuracy = train.accuracy,
                                        .val_loss = test.loss,
                                        .val_accuracy = test.accuracy};
    if (observer && observer->on_epoch)
        CLN_TRY(observer->on_epoch(observer->context, &metrics));
    /* Weights that are no numbers stay so: more epochs would only look like training. */
    if (isnan(train.loss) || isnan(test.loss))
        return CLN_FAIL(CELL,
                        "training diverged: the loss of epoch %d is not a number; a smaller "
                        "learning_rate may help",
                        epoch + 1);
    return CLN_OK;
}

enum cln_status cln_trainer_run(struct cln_trainer *trainer,
                                const struct cln_train_observer *observer) {
    for (int epoch = 0; epoch < trainer->job.train.epochs; epoch++)
        CLN_TRY(run_epoch(trainer, epoch, observer));
    return CLN_OK;
}

enum cln_status cln_trainer_evaluate(struct cln_trainer *trainer, double *loss, double *accuracy) {
    struct pass pass = {.trainer = trainer, .side = &trainer->test};
    struct metrics metrics;
    CLN_TRY(run_pass(&pass, &metrics));
    *loss = metrics.loss;
    *accuracy = metrics.accuracy;
    return CLN_OK;
}

enum cln_status cln_trainer_time_pass(struct cln_trainer *trainer, bool training, double *seconds) {
    struct pass pass = {.trainer = trainer, .side = training ? &trainer->train : &trainer->test};
    struct metrics metrics;
    double began = cln_clock_seconds();
    CLN_TRY(run_pass(&pass, &metrics));
    size_t steps = pass.side->full_steps + (pass.side->rest ? 1 : 0);
    *seconds = (cln_clock_seconds() - began) / (double)steps;
    return CLN_OK;
}

const struct cln_model_graph *cln_trainer_model(const struct cln_trainer *trainer) {
    return any_model(&trainer->train);
}

enum cln_status cln_trainer_read_variable(struct cln_trainer *trainer, int variable, float *out) {
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    const struct cln_tensor *tensor = &model->graph->tensors[model->variables[variable].tensor];
    return cln_store_read(trainer->store, model->graph->slots[tensor->slot].name,
                          tensor->offset_elems * sizeof(float), out,
                          cln_tensor_elems(tensor) * sizeof(float));
}

struct cln_plan *cln_trainer_step_plan(const struct cln_trainer *trainer) {
    return trainer->train.full_steps ? trainer->train.full : trainer->train.rest_plan;
}

size_t cln_trainer_device_bytes(const struct cln_trainer *trainer) {
    return cln_store_bytes(trainer->store);
}
