/* How long it still takes, from the epochs that have ended so far. */
#include <math.h>

#include "cli/progress_private.h"

/* Seconds of an epoch: as the model's took so far, else as the first steps of this cell let expect,
 * else as any model's took. */
static double epoch_seconds(const struct cln_progress *progress, int model,
                            const struct cln_train_progress *step) {
    const struct cln_progress_model *own = &progress->models[model];
    double seconds = 0;
    int epochs = 0;
    if (own->epochs)
        return own->seconds / own->epochs;
    if (step && step->step > 0 && step->steps > 0)
        return step->seconds * step->steps / step->step; /* without validation, but near enough */
    for (int i = 0; i < progress->model_count; i++) {
        seconds += progress->models[i].seconds;
        epochs += progress->models[i].epochs;
    }
    return epochs ? seconds / epochs : NAN;
}

/* Of a model none of whose epochs has ended: as one of its cells being trained lets expect. */
static double model_seconds(const struct cln_progress *progress, int model) {
    for (size_t i = 0; i < progress->running_count; i++) {
        const struct cln_progress_state *state = &progress->states[progress->running[i]];
        if (state->model == model)
            return epoch_seconds(progress, model, &state->step);
    }
    double seconds = epoch_seconds(progress, model, NULL);
    for (size_t i = 0; i < progress->running_count && isnan(seconds); i++) {
        const struct cln_progress_state *state = &progress->states[progress->running[i]];
        seconds = epoch_seconds(progress, state->model, &state->step);
    }
    return seconds;
}

double cln_progress_cell_left(const struct cln_progress *progress, size_t cell) {
    const struct cln_progress_state *state = &progress->states[cell];
    const struct cln_train_progress *step = state->step.epochs ? &state->step : NULL;
    const double epoch = epoch_seconds(progress, state->model, step);
    const int left = progress->cells[cell].epochs - state->epoch.epoch;
    const double in_epoch = step ? fmin(step->seconds, epoch) : 0;
    return left > 0 ? epoch * left - in_epoch : isnan(epoch) ? epoch : 0;
}

/* Work left, in seconds of one cell at a time. */
static double work_left(const struct cln_progress *progress, double *longest) {
    double sum = 0;
    *longest = 0;
    for (size_t i = 0; i < progress->running_count; i++) {
        double left = cln_progress_cell_left(progress, progress->running[i]);
        if (isnan(left))
            left = model_seconds(progress, progress->states[progress->running[i]].model) *
                   progress->cells[progress->running[i]].epochs;
        sum += left;
        *longest = fmax(*longest, left);
    }
    for (int i = 0; i < progress->model_count; i++)
        if (progress->models[i].waiting > 0)
            sum += progress->models[i].waiting * model_seconds(progress, i);
    return sum;
}

double cln_progress_run_left(const struct cln_progress *progress) {
    double longest, sum = work_left(progress, &longest);
    double jobs = progress->running_count > 1 ? (double)progress->running_count : 1;
    return isnan(sum) ? sum : fmax(longest, sum / jobs);
}

double cln_progress_run_share(const struct cln_progress *progress) {
    double longest, left = work_left(progress, &longest), done = 0;
    for (int i = 0; i < progress->model_count; i++)
        done += progress->models[i].seconds;
    for (size_t i = 0; i < progress->running_count; i++)
        done += progress->states[progress->running[i]].step.seconds;
    return done + left > 0 ? done / (done + left) : done + left;
}
