#include "stats/diagnosis.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/median.h"
#include "clnoise/statistics.h"
#include "stats/distribution.h"
#include "stats/trend.h"

#define RISE_MIN   .05   /* of the validation loss, to be called overfitting */
#define FALL_MIN   .01   /* over the last epochs, to be called undertrained */
#define WINDOW_MIN 5     /* epochs */
#define TREND_MIN  1.645 /* standard deviations: p < .05, one-sided */

const char *cln_diagnosis_name(enum cln_diagnosis_code code) {
    static const char *const names[] = {
#define CODE_NAME(name, code, words) code,
        CLN_DIAGNOSIS_LIST(CODE_NAME)
#undef CODE_NAME
    };
    return names[code];
}

const char *cln_diagnosis_words(enum cln_diagnosis_code code) {
    static const char *const words_of[] = {
#define CODE_WORDS(name, code, words) words,
        CLN_DIAGNOSIS_LIST(CODE_WORDS)
#undef CODE_WORDS
    };
    return words_of[code];
}

CLN_PRINTF(5, 6)
static void say(struct cln_diagnosis *out, enum cln_diagnosis_code code, int epoch, double change,
                const char *format, ...) {
    out->code = code;
    out->epoch = epoch;
    out->change = change;
    va_list args;
    va_start(args, format);
    vsnprintf(out->sentence, sizeof out->sentence, format, args);
    va_end(args);
}

static const char *plural(int count) {
    return count == 1 ? "" : "s";
}

/* The median of the values around `at`, as many as there are within one to either side. */
static double smoothed(const double *values, int count, int at) {
    double near[3];
    int some = 0;
    for (int i = at - 1; i <= at + 1; i++)
        if (i >= 0 && i < count)
            near[some++] = values[i];
    return cln_median(near, some);
}

static double last_level(const double *values, int count) {
    return smoothed(values, count, count - 2);
}

static bool say_status(const struct cln_training *t, struct cln_diagnosis *out) {
    if (!t->failure)
        return false;
    say(out, CLN_DIAGNOSIS_FAILED, 0, NAN, "Failed: %s.", t->failure);
    return true;
}

static int first_not_finite(const struct cln_training *t) {
    for (int e = 0; e < t->epochs; e++)
        if (!isfinite(t->loss[e]) || !isfinite(t->val_loss[e]))
            return e + 1;
    return 0;
}

static bool say_diverged(const struct cln_training *t, struct cln_diagnosis *out) {
    int epoch = t->diverged_epoch > 0 ? t->diverged_epoch : first_not_finite(t);
    if (!t->diverged && !epoch)
        return false;
    char where[160] = "", when[64] = "";
    if (t->diverged_layer)
        snprintf(where, sizeof where, ", first seen in layer %s", t->diverged_layer);
    if (t->diverged_step > 0)
        snprintf(when, sizeof when, " at step %lld", t->diverged_step);
    if (epoch)
        say(out, CLN_DIAGNOSIS_DIVERGED, epoch, NAN,
            "Diverged in epoch %d%s: the numbers grew until they were no longer finite%s. A "
            "smaller "
            "learning rate usually helps.",
            epoch, when, where);
    else
        say(out, CLN_DIAGNOSIS_DIVERGED, 0, NAN,
            "Diverged: the numbers grew until they were no longer finite%s. A smaller learning "
            "rate "
            "usually helps.",
            where);
    return true;
}

static bool say_unfinished(const struct cln_training *t, struct cln_diagnosis *out) {
    if (t->done && t->epochs > 0)
        return false;
    say(out, CLN_DIAGNOSIS_UNFINISHED, t->epochs, NAN, "Not trained to its end: %d epoch%s so far.",
        t->epochs, plural(t->epochs));
    return true;
}

/* Whether the loss never was below that of guessing, and the accuracy agrees. */
static bool say_guessing(const struct cln_training *t, struct cln_diagnosis *out) {
    double guess = log(t->classes), best = 0;
    if (t->classes < 2)
        return false;
    for (int e = 0; e < t->epochs; e++) {
        best = fmax(best, t->val_accuracy[e]);
        if (t->val_loss[e] < .999 * guess || t->val_accuracy[e] * t->classes > 1.25)
            return false;
    }
    say(out, CLN_DIAGNOSIS_AT_CHANCE, 0, NAN,
        "At chance: the validation loss was never below that of guessing (%.2f), and the best of "
        "%d "
        "epoch%s had %.1f %% right. It has not learnt anything that holds for new images.",
        guess, t->epochs, plural(t->epochs), 100 * best);
    return true;
}

static bool say_at_chance(const struct cln_training *t, struct cln_diagnosis *out) {
    double z = cln_normal_quantile(1 - .025 / t->epochs), best = 0;
    if (say_guessing(t, out))
        return true;
    for (int e = 0; e < t->epochs; e++) {
        double right = t->val_accuracy[e] * t->val_images;
        if (cln_wilson_z(right, t->val_images, z).low > t->chance)
            return false;
        best = fmax(best, t->val_accuracy[e]);
    }
    say(out, CLN_DIAGNOSIS_AT_CHANCE, 0, NAN,
        "At chance: the best of %d epoch%s had %.1f %% right, no better than always answering the "
        "most frequent class (%.1f %%). It has not learnt anything that holds for new images.",
        t->epochs, plural(t->epochs), 100 * best, 100 * t->chance);
    return true;
}

static bool say_too_short(const struct cln_training *t, struct cln_diagnosis *out) {
    if (t->epochs >= CLN_DIAGNOSIS_MIN_EPOCHS)
        return false;
    say(out, CLN_DIAGNOSIS_TOO_SHORT, 0, NAN,
        "Trained for %d epoch%s: too few to tell from its curves whether more would help.",
        t->epochs, plural(t->epochs));
    return true;
}

/* The epoch of the least validation loss, from 0: near the least median of three. */
static int least_epoch(const double *values, int count) {
    int least = 0;
    for (int e = 1; e < count; e++)
        if (smoothed(values, count, e) < smoothed(values, count, least))
            least = e;
    int around = least;
    for (int e = least - 1; e <= least + 1; e++)
        if (e >= 0 && e < count && values[e] < values[around])
            around = e;
    return around;
}

static bool say_risen(const struct cln_training *t, struct cln_diagnosis *out) {
    int since = least_epoch(t->val_loss, t->epochs);
    double least = smoothed(t->val_loss, t->epochs, since);
    double rise = last_level(t->val_loss, t->epochs) / least - 1;
    if (!(rise >= RISE_MIN) || cln_trend_z(t->val_loss + since, t->epochs - since) < TREND_MIN)
        return false;
    const double accuracy = t->val_accuracy[t->epochs - 1], then = t->val_accuracy[since];
    if (last_level(t->loss, t->epochs) < t->loss[since])
        say(out, CLN_DIAGNOSIS_OVERFITTING, since + 1, rise,
            "Overfitting: since epoch %d the validation loss has risen by %.0f %% while the "
            "training "
            "loss went on falling; the accuracy on new images went from %.1f %% to %.1f %%. Fewer "
            "epochs, more dropout or more data would help.",
            since + 1, 100 * rise, 100 * then, 100 * accuracy);
    else
        say(out, CLN_DIAGNOSIS_UNSTABLE, since + 1, rise,
            "Unstable: since epoch %d the validation loss has risen by %.0f %% and the training "
            "loss "
            "as well. A smaller learning rate usually helps.",
            since + 1, 100 * rise);
    return true;
}

/* How much the validation loss fell through the last `window` epochs; 0 if that is no trend. */
static enum cln_status fall_of(const struct cln_training *t, int window, double *fall) {
    *fall = 0;
    const double *last = t->val_loss + t->epochs - window;
    if (cln_trend_z(last, window) > -TREND_MIN)
        return CLN_OK;
    double *logs = malloc((size_t)window * sizeof *logs);
    if (!logs)
        return CLN_FAIL(MEMORY, "out of memory for a diagnosis");
    for (int e = 0; e < window; e++)
        logs[e] = log(fmax(last[e], 1e-12));
    double slope = 0;
    enum cln_status status = cln_trend_slope(logs, window, &slope);
    free(logs);
    *fall = 1 - exp(slope * (window - 1));
    return status;
}

static enum cln_status say_end(const struct cln_training *t, struct cln_diagnosis *out) {
    int window = t->epochs / 4 > WINDOW_MIN ? t->epochs / 4 : WINDOW_MIN;
    if (window > t->epochs)
        window = t->epochs;
    double fall, before = t->val_accuracy[t->epochs - window],
                 accuracy = t->val_accuracy[t->epochs - 1];
    CLN_TRY(fall_of(t, window, &fall));
    if (fall >= FALL_MIN)
        say(out, CLN_DIAGNOSIS_UNDERTRAINED, 0, fall,
            "Still learning: the validation loss fell by %.*f %% over the last %d epochs (accuracy "
            "from %.1f %% to %.1f %%); more epochs, or a larger learning rate, would help.",
            fall < .095 ? 1 : 0, 100 * fall, window, 100 * before, 100 * accuracy);
    else
        say(out, CLN_DIAGNOSIS_SETTLED, 0, fall,
            "Settled: over the last %d epochs the validation loss neither fell by 1 %% nor rose "
            "by 5 %% from its least; accuracy %.1f %%.",
            window, 100 * accuracy);
    return CLN_OK;
}

enum cln_status cln_diagnose(const struct cln_training *training, struct cln_diagnosis *out) {
    *out = (struct cln_diagnosis){.change = NAN};
    if (say_diverged(training, out) || say_status(training, out) || say_unfinished(training, out) ||
        say_at_chance(training, out) || say_too_short(training, out) || say_risen(training, out))
        return CLN_OK;
    return say_end(training, out);
}
