#include "train/bench.h"

#include <stdlib.h>
#include <string.h>

#include "base/median.h"
#include "base/rng.h"

#define MOST_ROUNDS 1000

/* `steps` batches of training and test images each. */
struct images {
    struct cln_dataset dataset;
    uint8_t *images, *labels; /* of random ones; NULL for those of a data set */
};

/* The first of a data set; false if it has too few. */
static bool take(const struct cln_bench_spec *spec, struct images *out) {
    const struct cln_dataset *from = spec->dataset;
    int64_t count = spec->batch * spec->steps;
    if (!from || from->train.count < count || from->test.count < spec->batch)
        return false;
    out->dataset = *from;
    out->dataset.train.count = (uint32_t)count;
    /* No remainder: that would be a step of another size among those timed. */
    out->dataset.test.count -= from->test.count % (uint32_t)spec->batch;
    if (out->dataset.test.count > count)
        out->dataset.test.count = (uint32_t)count;
    return true;
}

static enum cln_status make_up(const struct cln_bench_spec *spec, struct images *out) {
    const struct cln_model_shape *shape = &spec->shape;
    size_t count = (size_t)(spec->batch * spec->steps);
    size_t bytes = count * shape->height * shape->width * shape->channels;
    out->images = malloc(bytes + 1);
    out->labels = malloc(count + 1);
    if (!out->images || !out->labels)
        return CLN_FAIL(MEMORY, "out of memory for %zu images", count);
    for (size_t i = 0; i < bytes; i++)
        out->images[i] = (uint8_t)(i * 2654435761u >> 24);
    for (size_t i = 0; i < count; i++)
        out->labels[i] = (uint8_t)(cln_random_word(1, (uint32_t)i, 0, 0, 0) % shape->classes);
    struct cln_dataset_split split = {out->images, out->labels, (uint32_t)count};
    out->dataset = (struct cln_dataset){.name = "random images",
                                        .height = (uint32_t)shape->height,
                                        .width = (uint32_t)shape->width,
                                        .channels = (uint32_t)shape->channels,
                                        .classes = (uint32_t)shape->classes,
                                        .train = split,
                                        .test = split};
    return CLN_OK;
}

/* After a pass to warm up, in which the driver may still compile. */
static enum cln_status time_passes(struct cln_trainer *trainer, bool training, int rounds,
                                   double *middle, double *least) {
    double times[MOST_ROUNDS], warm_up;
    CLN_TRY(cln_trainer_time_pass(trainer, training, &warm_up));
    for (int i = 0; i < rounds; i++)
        CLN_TRY(cln_trainer_time_pass(trainer, training, &times[i]));
    *middle = cln_median(times, rounds);
    *least = times[0];
    return CLN_OK;
}

/* Rows borrow their texts from the plan; the result outlives it. */
static enum cln_status keep_names(struct cln_bench_launches *launches) {
    enum { TEXT = CLN_NAME_SIZE };
    launches->names = calloc((size_t)launches->count + 1, (size_t)TEXT);
    if (!launches->names)
        return CLN_FAIL(MEMORY, "out of memory for %d launches", launches->count);
    for (int i = 0; i < launches->count; i++) {
        char *name = launches->names + (size_t)i * TEXT;
        memcpy(name, launches->rows[i].node, strlen(launches->rows[i].node) + 1);
        launches->rows[i].node = name; /* the other texts are static */
    }
    return CLN_OK;
}

static enum cln_status list_launches(struct cln_plan *plan, struct cln_bench_launches *out) {
    out->count = cln_plan_launch_count(plan);
    out->rows = calloc((size_t)out->count + 1, sizeof *out->rows);
    if (!out->rows)
        return CLN_FAIL(MEMORY, "out of memory for %d launches", out->count);
    CLN_TRY(cln_plan_launches(plan, out->rows));
    return keep_names(out);
}

static void free_launches(struct cln_bench_launches *launches) {
    free(launches->rows);
    free(launches->names);
}

static enum cln_status time_steps(struct cln_context *context, const struct cln_bench_spec *spec,
                                  const struct cln_train_job *job, struct cln_bench_result *out) {
    struct cln_trainer *trainer;
    double ignored;
    CLN_TRY(cln_trainer_create(context, job, &trainer));
    enum cln_status status =
        time_passes(trainer, true, spec->rounds, &out->step_seconds, &out->step_least_seconds);
    if (status == CLN_OK)
        status = time_passes(trainer, false, spec->rounds, &out->evaluation_seconds, &ignored);
    if (status == CLN_OK && spec->whole_steps)
        status = list_launches(cln_trainer_step_plan(trainer), &out->training);
    out->steps = spec->rounds * spec->steps;
    out->recorder = cln_plan_recorder(cln_trainer_step_plan(trainer));
    out->device_bytes = cln_trainer_device_bytes(trainer);
    cln_trainer_free(trainer);
    return status;
}

/* Of the last pass alone: before its steps the host has waited. */
static enum cln_status take_timeline(struct cln_plan *plan, int steps, struct cln_timeline *out,
                                     double *idle_share) {
    struct cln_timeline_use use;
    free(out->rows);
    CLN_TRY(cln_plan_timeline(plan, out));
    int older = out->replays > steps ? out->replays - steps : 0;
    size_t launches = (size_t)out->launches;
    out->replays -= older;
    memmove(out->rows, out->rows + (size_t)older * launches,
            (size_t)out->replays * launches * sizeof *out->rows);
    CLN_TRY(cln_timeline_measure(out, &use));
    *idle_share = use.span_seconds > 0 ? 1 - use.busy_seconds / use.span_seconds : 0;
    return CLN_OK;
}

/* The times of a pass's launches over rounds, and what there was between those of training. */
static enum cln_status profile_rounds(struct cln_trainer *trainer,
                                      const struct cln_bench_spec *spec, bool training,
                                      struct cln_bench_result *out) {
    struct cln_bench_launches *launches = training ? &out->training : &out->evaluation;
    struct cln_plan *plan =
        training ? cln_trainer_step_plan(trainer) : cln_trainer_test_plan(trainer);
    CLN_TRY(list_launches(plan, launches));
    int count = launches->count, rounds = spec->rounds;
    double idle[MOST_ROUNDS], ignored;
    double *times = calloc((size_t)count * (size_t)rounds + 1, sizeof *times);
    struct cln_launch_info *rows = calloc((size_t)count + 1, sizeof *rows);
    enum cln_status status = CLN_OK;
    if (!times || !rows) {
        status = CLN_FAIL(MEMORY, "out of memory for the times of %d launches", count);
        goto fail;
    }
    CLN_TRY_GOTO(cln_trainer_time_pass(trainer, training, &ignored)); /* to warm up */
    for (int round = 0; round < rounds; round++) {
        CLN_TRY_GOTO(cln_trainer_time_pass(trainer, training, &ignored));
        CLN_TRY_GOTO(cln_plan_launches(plan, rows));
        if (training)
            CLN_TRY_GOTO(take_timeline(plan, spec->steps, &out->timeline, &idle[round]));
        for (int i = 0; i < count; i++)
            times[i * rounds + round] = rows[i].seconds;
    }
    for (int i = 0; i < count; i++)
        launches->rows[i].seconds = cln_median(times + i * rounds, rounds);
    if (training)
        out->idle_share = cln_median(idle, rounds);
fail:
    free(rows);
    free(times);
    return status;
}

static enum cln_status profile_launches(struct cln_context *context,
                                        const struct cln_bench_spec *spec, struct cln_train_job job,
                                        struct cln_bench_result *out) {
    struct cln_trainer *trainer;
    job.profile = true;
    CLN_TRY(cln_trainer_create(context, &job, &trainer));
    enum cln_status status = profile_rounds(trainer, spec, true, out);
    if (status == CLN_OK)
        status = profile_rounds(trainer, spec, false, out);
    cln_trainer_free(trainer);
    return status;
}

enum cln_status cln_bench_model(struct cln_context *context, const struct cln_bench_spec *spec,
                                struct cln_bench_result *out) {
    struct images images = {0};
    *out = (struct cln_bench_result){0};
    if (spec->rounds < 1 || spec->rounds > MOST_ROUNDS)
        return CLN_FAIL(CONFIG, "%d rounds; accepted: 1 to %d", spec->rounds, MOST_ROUNDS);
    enum cln_status status = take(spec, &images) ? CLN_OK : make_up(spec, &images);
    struct cln_train_job job = {.model = spec->model,
                                .dataset = &images.dataset,
                                .noise = spec->noise,
                                .train = {.epochs = 1, .batch = spec->batch, .seed = 1},
                                .variants = spec->variants,
                                .tuner = spec->tuner};
    out->data = images.dataset.name;
    if (status == CLN_OK)
        status = time_steps(context, spec, &job, out);
    if (status == CLN_OK && !spec->whole_steps)
        status = profile_launches(context, spec, job, out);
    if (status != CLN_OK)
        cln_bench_result_done(out);
    free(images.images);
    free(images.labels);
    return status;
}

void cln_bench_result_done(struct cln_bench_result *result) {
    free_launches(&result->training);
    free_launches(&result->evaluation);
    free(result->timeline.rows);
    *result = (struct cln_bench_result){0};
}
