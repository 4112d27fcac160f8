/* How fast a model's training step is on a device, and where its time goes. */
#ifndef CLN_TRAIN_BENCH_H
#define CLN_TRAIN_BENCH_H

#include "graph/trace.h"
#include "train/train.h"

struct cln_bench_spec {
    const struct cln_model_spec *model;
    struct cln_model_shape shape;
    /* Its first `steps` batches are trained on. Random images stand in where it is NULL or has too
     * few: how long a step takes may depend on what is in the images. */
    const struct cln_dataset *dataset;
    struct cln_noise_spec noise;
    int64_t batch;
    const char *variants;    /* pinned; NULL: none */
    struct cln_tuner *tuner; /* NULL: the first variants that fit */
    int rounds;              /* medians are over so many */
    int steps;               /* a round; rounds * steps in all */
    bool whole_steps;        /* leave the launches' times 0, and save the time to measure them */
};

/* The launches of a step; times are medians over rounds. */
struct cln_bench_launches {
    struct cln_launch_info *rows;
    int count;
    char *names; /* the texts of the rows */
};

struct cln_bench_result {
    double step_seconds;       /* one training step, median over rounds */
    double step_least_seconds; /* of the fastest round */
    double evaluation_seconds; /* one step of evaluation, likewise a median */
    int steps;                 /* training steps timed */
    struct cln_bench_launches training;
    struct cln_bench_launches evaluation; /* none with whole_steps */
    /* The time between launches, as a share of steps that follow each other on a profiled in-order
     * queue; a median over rounds. */
    double idle_share;
    struct cln_timeline timeline; /* of the last round's last steps; none with whole_steps */
    const char *data;             /* the data set trained on, or "random images"; static */
    const char *recorder;
    size_t device_bytes;
};

/* Blocks. Free with cln_bench_result_done(). */
enum cln_status cln_bench_model(struct cln_context *context, const struct cln_bench_spec *spec,
                                struct cln_bench_result *out);
void cln_bench_result_done(struct cln_bench_result *result);

#endif
