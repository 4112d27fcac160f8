/*
 * What accuracies measured over seeds, noise scales and test images allow to say.
 *
 * Accuracies are fractions of 1. A value that is NaN stands for a run that failed or did not end:
 * it is left out and counted in `left_out`, never taken for 0. A figure that cannot be had, such as
 * the standard deviation of one run, is NaN. Intervals hold 95 % confidence, tests are two-sided.
 * Nothing here depends on the machine, the time or the order of calls: the bootstrap's random
 * numbers are those of a fixed seed.
 *
 *     double mlp[6] = {...}, convnet[6] = {...}; // value i of each: seed i
 *     struct cln_comparison c;
 *     if (cln_pairs_compare(mlp, convnet, 6, &c) == CLN_OK && c.p < CLN_SIGNIFICANCE)
 *         printf("mlp is better by %.2f to %.2f points\n", 100 * c.low, 100 * c.high);
 */
#ifndef CLNOISE_STATISTICS_H
#define CLNOISE_STATISTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clnoise/error.h"

#define CLN_SIGNIFICANCE        .05
#define CLN_BOOTSTRAP_RESAMPLES 10000
/* The sign-flip test tries every combination of signs up to here, and beyond it as many as this. */
#define CLN_SIGN_FLIP_EXACT   20
#define CLN_SIGN_FLIP_SAMPLES 100000
/* Fewer pairs cannot reach p < .05: their smallest p is 2 / 2^n. */
#define CLN_PAIRS_MIN 6

struct cln_interval {
    double low, high;
};

struct cln_mean {
    int count, left_out; /* values used; values that were NaN */
    double mean;         /* NaN of none */
    double sd;           /* of the sample, divided by count - 1; NaN of fewer than two */
    double low, high;    /* interval of the mean; NaN of fewer than two */
};

/*
 * Mean +- t(.975, n - 1) sd / sqrt(n) (Student 1908; any textbook). It says where the mean over all
 * seeds lies, if the runs vary normally; it knows nothing of the choice of test images.
 */
struct cln_mean cln_mean_of(const double *values, int count);

/*
 * Of a proportion, `correct` right out of `count` (Wilson 1927, the score interval): stays within
 * 0 to 1 and holds near its ends, where mean +- 1.96 standard errors does not. It says how far a
 * single trained net's accuracy may be off for the choice of test images; it knows nothing of
 * seeds. NaN of a count of 0.
 */
struct cln_interval cln_wilson(double correct, double count);

/* The same with `z` standard normal deviations instead of 1.96. */
struct cln_interval cln_wilson_z(double correct, double count, double z);

struct cln_comparison {
    int pairs, left_out;
    double difference; /* mean of a - b; NaN without pairs */
    double sd;         /* of the differences; NaN of fewer than two */
    double low, high;  /* bootstrap interval of the mean difference; NaN of fewer than two */
    double p;          /* of the sign-flip test; NaN without pairs */
    double smallest_p; /* that so many pairs can reach: 2 / 2^pairs */
    bool enough;       /* pairs >= CLN_PAIRS_MIN: p may fall below CLN_SIGNIFICANCE */
};

/*
 * Two models paired by seed: a[i] and b[i] share the seed, and with it the noise of every image and
 * the order of the training images, so their difference varies less than either. A pair with a NaN
 * is left out. Can fail with CLN_MEMORY only.
 */
enum cln_status cln_pairs_compare(const double *a, const double *b, int count,
                                  struct cln_comparison *out);

/*
 * Bias-corrected and accelerated bootstrap interval of the mean of `values`, none of them NaN
 * (Efron & Tibshirani 1993, An Introduction to the Bootstrap, section 14.3), from
 * CLN_BOOTSTRAP_RESAMPLES resamples. The value itself where all are equal; NaN of fewer than two.
 * With few values it is too narrow, as all bootstrap intervals are: read it along with p.
 */
enum cln_status cln_bootstrap_mean(const double *values, int count, struct cln_interval *out);

/*
 * How often a mean at least as far from 0 arises when each value's sign is tossed (Fisher 1935, The
 * Design of Experiments, section 21): p of the hypothesis that a and b do equally well. Exact up to
 * CLN_SIGN_FLIP_EXACT values; beyond it (hits + 1) / (samples + 1) (Phipson & Smyth 2010). None of
 * the values is NaN; NaN of no values.
 */
double cln_sign_flip(const double *values, int count);

/* Holm's step-down adjustment (Holm 1979) of `count` p's for having been asked together; NaN stays
 * NaN and does not count. `adjusted` may be `p`. */
enum cln_status cln_holm(const double *p, int count, double *adjusted);

/*
 * Noise robustness. A curve is accuracies by noise scale, in any order; points whose accuracy is
 * NaN are left out. `chance` is the accuracy of always answering the most frequent class, or 1 /
 * classes.
 */
struct cln_scale_curve {
    const double *scales, *accuracies;
    int count;
};

/*
 * Corruption error: errors summed over the positive scales, divided by the reference's over the
 * same (Hendrycks & Dietterich 2019, section 4.1, CE). Below 1: more robust than the reference.
 * Scales that only one of the two has are left out. NaN when none is left or the reference has no
 * errors.
 */
double cln_corruption_error(const struct cln_scale_curve *curve,
                            const struct cln_scale_curve *reference);

/* The same of what each loses against its own accuracy at scale 0 (there: relative CE). */
double cln_relative_corruption_error(const struct cln_scale_curve *curve,
                                     const struct cln_scale_curve *reference);

/* mCE: the mean of the corruption errors of several kinds of noise (there, section 4.1). */
double cln_mean_corruption_error(const double *errors, int count);

/* (accuracy - chance) / (clean - chance): 1 nothing lost, 0 as good as guessing; negative below
 * that. NaN where the clean accuracy is no better than chance. */
double cln_retention(double accuracy, double clean, double chance);

enum cln_censored {
    CLN_EXACT,       /* sigma is it */
    CLN_ABOVE,       /* more than half is left at the largest scale: sigma_50 > sigma */
    CLN_BELOW,       /* less is left at the smallest positive scale already: sigma_50 < sigma */
    CLN_NOT_DEFINED, /* no scale 0, no positive one, or chance at scale 0: sigma is NaN */
};

struct cln_sigma50 {
    double sigma;
    enum cln_censored censored;
    bool smoothed; /* accuracy rose with noise somewhere, and was made to fall (below) */
};

/*
 * The noise scale at which retention has fallen to one half, interpolated linearly in log scale
 * between the two scales around it. Chance makes a measured curve rise here and there, and then it
 * would cross one half more than once; so the curve is first replaced by the nearest one that never
 * rises (isotonic regression by least squares, Barlow et al. 1972, theorem 1.4). Not defined when
 * memory runs out.
 */
struct cln_sigma50 cln_sigma50_of(const struct cln_scale_curve *curve, double chance);

/* Mean accuracy over log scale: the trapezoids between the smallest and the largest positive scale,
 * divided by log(largest / smallest). NaN of fewer than two positive scales, or out of memory. */
double cln_log_area(const struct cln_scale_curve *curve);

#endif
