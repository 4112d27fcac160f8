#include "train/evaluate.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "train/train_private.h"

void cln_evaluation_done(struct cln_evaluation *evaluation) {
    free(evaluation->confusion);
    *evaluation = (struct cln_evaluation){0};
}

/* Among the surest mistakes, if it is one of them; those come in the order of their numbers. */
static void note_mistake(struct cln_evaluation *out, const struct cln_mistake *mistake) {
    int at = out->mistake_count;
    while (at > 0 && out->mistakes[at - 1].probability < mistake->probability)
        at--;
    if (at == CLN_MOST_MISTAKES)
        return;
    if (out->mistake_count < CLN_MOST_MISTAKES)
        out->mistake_count++;
    for (int i = out->mistake_count - 1; i > at; i--)
        out->mistakes[i] = out->mistakes[i - 1];
    out->mistakes[at] = *mistake;
}

/* The first of the largest; false if that is no number, or another is none. */
static bool find_best(const float *logits, uint32_t classes, uint32_t *best) {
    *best = 0;
    for (uint32_t c = 0; c < classes; c++) {
        if (isnan(logits[c]))
            return false;
        *best = logits[c] > logits[*best] ? c : *best;
    }
    return isfinite(logits[*best]);
}

static double sum_exp(const float *logits, uint32_t classes, double top) {
    double sum = 0;
    for (uint32_t c = 0; c < classes; c++)
        sum += exp((double)logits[c] - top);
    return sum;
}

static void note_sample(struct cln_evaluation *out, uint32_t sample, uint32_t label,
                        const float *logits) {
    uint32_t best;
    if (label >= out->classes || !find_best(logits, out->classes, &best))
        return;
    out->confusion[(size_t)label * out->classes + best]++;
    if (best == label)
        return;
    const double probability = 1 / sum_exp(logits, out->classes, (double)logits[best]);
    note_mistake(out, &(struct cln_mistake){sample, label, best, probability});
}

enum cln_status cln_evaluation_fill(struct cln_evaluation *out, const float *logits,
                                    const uint8_t *labels, uint32_t count, uint32_t classes) {
    out->count = count;
    out->classes = classes;
    out->mistake_count = 0;
    out->confusion = calloc((size_t)classes * classes + 1, sizeof *out->confusion);
    if (!out->confusion)
        return CLN_FAIL(MEMORY, "out of memory for a confusion matrix of %u classes", classes);
    for (uint32_t s = 0; s < count; s++)
        note_sample(out, s, labels[s], logits + (size_t)s * classes);
    return CLN_OK;
}

/* Logits become probabilities: all of them NaN where one is not a number. */
static void softmax(float *row, uint32_t classes) {
    uint32_t best;
    const bool sound = find_best(row, classes, &best);
    const double top = (double)row[best], sum = sound ? sum_exp(row, classes, top) : 1;
    for (uint32_t c = 0; c < classes; c++)
        row[c] = sound ? (float)(exp((double)row[c] - top) / sum) : NAN;
}

static struct cln_pass test_pass(struct cln_trainer *trainer, double noise_scale,
                                 const struct cln_train_observer *observer) {
    const int64_t epochs = trainer->job.train.epochs;
    struct cln_pass pass =
        cln_pass_make(trainer, CLN_SIDE_TEST, epochs > 0 ? (int)epochs - 1 : 0, observer);
    pass.noise_scale = noise_scale;
    pass.began = pass.reported = cln_clock_seconds();
    return pass;
}

static enum cln_status read_logits(struct cln_trainer *trainer, double noise_scale,
                                   const struct cln_train_observer *observer, float *out,
                                   struct cln_metrics *metrics) {
    struct cln_pass pass = test_pass(trainer, noise_scale, observer);
    pass.logits = out;
    return cln_pass_run(&pass, metrics);
}

enum cln_status cln_trainer_predict(struct cln_trainer *trainer, double noise_scale,
                                    float *probabilities) {
    const struct cln_dataset *data = trainer->job.dataset;
    struct cln_metrics ignored;
    CLN_TRY(read_logits(trainer, noise_scale, NULL, probabilities, &ignored));
    for (size_t s = 0; s < data->test.count; s++)
        softmax(probabilities + s * data->classes, data->classes);
    return CLN_OK;
}

enum cln_status cln_trainer_test(struct cln_trainer *trainer, double noise_scale,
                                 const struct cln_train_observer *observer,
                                 struct cln_evaluation *out) {
    const struct cln_dataset *data = trainer->job.dataset;
    const uint32_t count = data->test.count, classes = data->classes;
    float *logits = malloc((size_t)count * classes * sizeof *logits);
    struct cln_metrics metrics;
    *out = (struct cln_evaluation){.noise_scale = noise_scale};
    enum cln_status status =
        logits ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for the logits of %u images", count);
    if (status == CLN_OK)
        status = read_logits(trainer, noise_scale, observer, logits, &metrics);
    if (status == CLN_OK)
        status = cln_evaluation_fill(out, logits, data->test.labels, count, classes);
    free(logits);
    CLN_TRY(status);
    out->loss = metrics.loss;
    out->accuracy = metrics.accuracy;
    out->correct = (uint32_t)metrics.correct;
    return CLN_OK;
}

enum cln_status cln_trainer_evaluate(struct cln_trainer *trainer, double *loss, double *accuracy) {
    struct cln_pass pass = test_pass(trainer, trainer->sides[CLN_SIDE_TEST].noise_scale, NULL);
    struct cln_metrics metrics;
    CLN_TRY(cln_pass_run(&pass, &metrics));
    *loss = metrics.loss;
    *accuracy = metrics.accuracy;
    return CLN_OK;
}
