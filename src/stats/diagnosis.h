/*
 * What a cell's curves tell about its training, as a code and in a sentence.
 *
 * In this order; the first that holds is the diagnosis:
 *
 *   diverged       a loss is NaN or infinite, or the trainer says so.
 *   failed, unfinished  the cell says so itself.
 *   at_chance      in no epoch was the validation accuracy above that of always answering the most
 *                  frequent class: above means that its Wilson interval lies above, which is
 *                  widened for the number of epochs tried (Bonferroni). Or: the validation loss
 *                  was never .1 % below log(classes), that of giving each class the same
 *                  probability, nor the accuracy above 1.25 / classes; which holds where nobody
 *                  knows how frequent the classes are.
 *   too_short      fewer than CLN_DIAGNOSIS_MIN_EPOCHS epochs: curves that short prove nothing.
 *   overfitting    the validation loss has risen since epoch k: it lies 5 % above its least value,
 *                  the epochs from k on rise by the Mann-Kendall test (p < .05, one-sided), and the
 *                  training loss went on falling.
 *   unstable       the same, but the training loss has risen as well.
 *   undertrained   the validation loss fell through the last epochs (the last 5, or a quarter of
 *                  all if that is more) by the Mann-Kendall test, by 1 % or more as the Theil-Sen
 *                  slope of its logarithm has it.
 *   settled        none of these.
 *
 * Single epochs jump up and down, so nothing here rests on one: the least value and the last are
 * taken from medians of three epochs, trends from the order of all of their values, slopes from the
 * median of all pairs. Losses are compared by their ratio, as 0.02 is much for a loss of 0.1 and
 * little for one of 2.
 */
#ifndef CLN_STATS_DIAGNOSIS_H
#define CLN_STATS_DIAGNOSIS_H

#include <stdbool.h>

#include "base/error.h"

#define CLN_DIAGNOSIS_MIN_EPOCHS 4

/* name, code in JSON, words in a table (at most 15 characters) */
#define CLN_DIAGNOSIS_LIST(X)                                                                      \
    X(SETTLED, "settled", "settled")                                                               \
    X(UNDERTRAINED, "undertrained", "still learning")                                              \
    X(OVERFITTING, "overfitting", "overfitting")                                                   \
    X(UNSTABLE, "unstable", "unstable")                                                            \
    X(DIVERGED, "diverged", "diverged")                                                            \
    X(AT_CHANCE, "at_chance", "at chance")                                                         \
    X(TOO_SHORT, "too_short", "few epochs")                                                        \
    X(UNFINISHED, "unfinished", "unfinished")                                                      \
    X(FAILED, "failed", "failed")

enum cln_diagnosis_code {
#define CLN_DIAGNOSIS_ENUM(name, code, words) CLN_DIAGNOSIS_##name,
    CLN_DIAGNOSIS_LIST(CLN_DIAGNOSIS_ENUM)
#undef CLN_DIAGNOSIS_ENUM
        CLN_DIAGNOSIS_COUNT
};

/* "at_chance" and the like; "at chance" and the like. */
const char *cln_diagnosis_name(enum cln_diagnosis_code code);
const char *cln_diagnosis_words(enum cln_diagnosis_code code);

/* What is known of a cell; everything is borrowed. */
struct cln_training {
    int epochs;                                   /* trained to their end */
    const double *loss, *val_loss, *val_accuracy; /* one an epoch; NaN where not finite */
    double val_images;                            /* that val_accuracy was measured on */
    double chance;       /* share of the most frequent class among them; 1 / classes if unknown */
    int classes;         /* 0: unknown */
    bool done;           /* trained as many epochs as planned */
    const char *failure; /* why the cell failed; NULL if it did not */
    bool diverged;       /* the trainer found a value that is not finite */
    int diverged_epoch;  /* from 1; 0: not known */
    long long diverged_step;    /* of the epoch, from 1; 0: not known */
    const char *diverged_layer; /* NULL: not known */
};

struct cln_diagnosis {
    enum cln_diagnosis_code code;
    int epoch;          /* since which, or in which; 0 where the code has none */
    double change;      /* of the validation loss: .15 for a rise or a fall by 15 %; NaN if none */
    char sentence[320]; /* with the figures in it; for people who have trained a net or two */
};

enum cln_status cln_diagnose(const struct cln_training *training, struct cln_diagnosis *out);

#endif
