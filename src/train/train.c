#include "train/train.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "data/device_data.h"
#include "train/train_private.h"

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
    } wanted[1 + 2 * CLN_SIDES] = {{trainer->init_graph, &trainer->init_plan}};
    enum { MOST = sizeof wanted / sizeof *wanted };
    for (int i = 0; i < CLN_SIDES; i++) {
        struct cln_side_steps *side = &trainer->sides[i];
        wanted[1 + 2 * i].graph = side->full_model.graph;
        wanted[1 + 2 * i].plan = &side->full;
        wanted[2 + 2 * i].graph = side->rest_model.graph;
        wanted[2 + 2 * i].plan = &side->rest_plan;
    }
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
    CLN_TRY(cln_plans_settle(plans, count, trainer->store, &options));
    return tried ? cln_store_zero_all(trainer->store) : CLN_OK;
}

static enum cln_status initialise(struct cln_trainer *trainer) {
    const struct cln_train_job *job = &trainer->job;
    const struct cln_field *rate = cln_field_find(
        job->model->optimizer->fields, job->model->optimizer->field_count, "learning_rate");
    trainer->learning_rate =
        rate ? *(const double *)((const char *)job->model->optimizer_attrs + rate->offset) : 0;
    if (!trainer->init_plan) /* nothing is trained: the weights come from elsewhere */
        return CLN_OK;
    return cln_state_write_first(trainer);
}

static enum cln_status check_job(const struct cln_train_job *job) {
    const struct cln_dataset *data = job->dataset;
    if (job->train.batch < 1)
        return CLN_FAIL(CONFIG, "a batch of %lld; accepted: 1 and more",
                        (long long)job->train.batch);
    if (!data->train.count && !job->evaluate_only)
        return CLN_FAIL(DATA, "data set %s has no training images", data->name);
    return data->test.count ? CLN_OK : CLN_FAIL(DATA, "data set %s has no test images", data->name);
}

static enum cln_status build(struct cln_trainer *trainer) {
    const struct cln_train_job *job = &trainer->job;
    const struct cln_dataset_split *images = &job->dataset->train;
    CLN_TRY(cln_store_create(trainer->context, &trainer->store));
    if (!job->evaluate_only)
        CLN_TRY(cln_split_make(images->labels, images->count, job->validation,
                               (uint64_t)job->split_seed, &trainer->split));
    for (int side = 0; side < CLN_SIDES; side++)
        CLN_TRY(cln_side_build(trainer, side));
    if (!job->evaluate_only)
        CLN_TRY(cln_model_build_init(cln_trainer_any_model(trainer), &trainer->init_graph));
    CLN_TRY(cln_device_data_lend(trainer->store, job->dataset));
    CLN_TRY(compile(trainer));
    CLN_TRY(cln_device_data_order(trainer->store, job->dataset, &trainer->split));
    return initialise(trainer);
}

enum cln_status cln_trainer_create(struct cln_context *context, const struct cln_train_job *job,
                                   struct cln_trainer **out) {
    CLN_TRY(check_job(job));
    struct cln_trainer *trainer = calloc(1, sizeof *trainer);
    if (!trainer)
        return CLN_FAIL(MEMORY, "out of memory for a trainer");
    trainer->context = context;
    trainer->job = *job;
    enum cln_status status = build(trainer);
    if (status == CLN_OK)
        *out = trainer;
    else
        cln_trainer_free(trainer);
    return status;
}

void cln_trainer_free(struct cln_trainer *trainer) {
    if (!trainer)
        return;
    cln_plan_free(trainer->init_plan);
    cln_graph_free(trainer->init_graph);
    for (int side = 0; side < CLN_SIDES; side++)
        cln_side_done(&trainer->sides[side]);
    cln_split_done(&trainer->split);
    cln_state_done(&trainer->base);
    cln_store_free(trainer->store);
    free(trainer);
}

static enum cln_status run_side(struct cln_trainer *trainer, enum cln_side side, int epoch,
                                const struct cln_train_observer *observer, double began,
                                struct cln_metrics *out) {
    struct cln_pass pass = cln_pass_make(trainer, side, epoch, observer);
    pass.began = pass.reported = began;
    pass.goes_on = side == CLN_SIDE_TRAIN;
    return cln_pass_run(&pass, out);
}

static enum cln_status run_epoch(struct cln_trainer *trainer,
                                 const struct cln_train_observer *observer) {
    const bool validates = trainer->split.validation_count > 0;
    const int epoch = trainer->epoch;
    const struct cln_metrics unknown = {.loss = (double)NAN, .accuracy = (double)NAN};
    struct cln_metrics train, validation = unknown, test = unknown;
    const double began = cln_clock_seconds() - trainer->seconds;
    trainer->began = began;
    CLN_TRY(cln_device_data_shuffle(trainer->store, &trainer->split,
                                    (uint64_t)trainer->job.train.seed, (uint32_t)epoch));
    CLN_TRY(run_side(trainer, CLN_SIDE_TRAIN, epoch, observer, began, &train));
    /* What is known of an epoch that is broken off depends on when that was noticed. */
    const bool ends =
        cln_metrics_lost(&train) && trainer->job.train.on_nonfinite != CLN_NONFINITE_RECORD;
    if (validates && !ends)
        CLN_TRY(run_side(trainer, CLN_SIDE_VALIDATION, epoch, observer, began, &validation));
    if (!ends)
        CLN_TRY(run_side(trainer, CLN_SIDE_TEST, epoch, observer, began, &test));
    if (!validates)
        validation = test;
    struct cln_epoch_metrics metrics = {.epoch = epoch + 1,
                                        .seconds = cln_clock_seconds() - began,
                                        .loss = ends ? unknown.loss : train.loss,
                                        .accuracy = ends ? unknown.accuracy : train.accuracy,
                                        .val_loss = validation.loss,
                                        .val_accuracy = validation.accuracy,
                                        .has_test = validates,
                                        .test_loss = test.loss,
                                        .test_accuracy = test.accuracy};
    trainer->epoch++;
    trainer->step = 0;
    trainer->seconds = 0;
    if (observer && observer->on_epoch)
        CLN_TRY(observer->on_epoch(observer->context, &metrics));
    /* Weights that are no numbers stay so: more epochs would only look like training. */
    if (cln_metrics_lost(&train))
        CLN_TRY(cln_divergence_found(trainer, epoch, CLN_SIDE_TRAIN, &train, observer));
    else if (validates && cln_metrics_lost(&validation))
        CLN_TRY(cln_divergence_found(trainer, epoch, CLN_SIDE_VALIDATION, &validation, observer));
    else if (cln_metrics_lost(&test))
        CLN_TRY(cln_divergence_found(trainer, epoch, CLN_SIDE_TEST, &test, observer));
    return trainer->epoch < trainer->job.train.epochs ? cln_state_keep_base(trainer) : CLN_OK;
}

/* Lets the observer keep the state. After an interruption that is said only if it fails. */
static enum cln_status keep(struct cln_trainer *trainer, const struct cln_train_observer *observer,
                            enum cln_status status) {
    struct cln_error error;
    if ((status != CLN_OK && status != CLN_INTERRUPTED) || !observer || !observer->on_checkpoint ||
        trainer->lost)
        return status;
    if (status != CLN_OK)
        cln_error_save(&error);
    const enum cln_status kept = observer->on_checkpoint(observer->context);
    trainer->checkpointed = cln_clock_seconds();
    if (status == CLN_OK)
        return kept;
    if (kept == CLN_OK)
        return cln_error_restore(&error);
    cln_error_drop(&error);
    return kept;
}

enum cln_status cln_trainer_run(struct cln_trainer *trainer,
                                const struct cln_train_observer *observer) {
    if (trainer->lost)
        return CLN_FAIL(CELL, "training diverged before; it cannot go on");
    if (trainer->weights_written && !trainer->base.values)
        CLN_TRY(cln_state_keep_base(trainer));
    trainer->checkpointed = cln_clock_seconds();
    while (trainer->epoch < trainer->job.train.epochs)
        CLN_TRY(keep(trainer, observer, run_epoch(trainer, observer)));
    return CLN_OK;
}

enum cln_status cln_trainer_time_pass(struct cln_trainer *trainer, bool training, double *seconds) {
    struct cln_pass pass =
        cln_pass_make(trainer, training ? CLN_SIDE_TRAIN : CLN_SIDE_TEST, 0, NULL);
    struct cln_metrics metrics;
    double began = cln_clock_seconds();
    CLN_TRY(cln_pass_run(&pass, &metrics));
    size_t steps = cln_side_step_count(&trainer->sides[pass.side]);
    *seconds = (cln_clock_seconds() - began) / (double)steps;
    return CLN_OK;
}

const struct cln_model_graph *cln_trainer_model(const struct cln_trainer *trainer) {
    return cln_trainer_any_model(trainer);
}

struct cln_plan *cln_trainer_step_plan(const struct cln_trainer *trainer) {
    const struct cln_side_steps *train = &trainer->sides[CLN_SIDE_TRAIN];
    return train->full_steps ? train->full : train->rest_plan;
}

struct cln_plan *cln_trainer_test_plan(const struct cln_trainer *trainer) {
    const struct cln_side_steps *test = &trainer->sides[CLN_SIDE_TEST];
    return test->full_steps ? test->full : test->rest_plan;
}

size_t cln_trainer_device_bytes(const struct cln_trainer *trainer) {
    return cln_store_bytes(trainer->store);
}
