/*
 * All cells of an experiment put together: what belongs to the same group over seeds, what can be
 * compared with what, and how each holds up under noise. Plain figures in, plain figures out; what
 * they mean in words is conclusion.h's.
 *
 *     variant    a model with the choices that set it apart ("MLP", "MLP, noise.draw=epoch"); those
 *                of other models' keys are not its own, and before its own no "models.mlp." stands
 *     group      a variant at one noise scale of training, over its seeds
 *     contrast   two variants at one noise scale, paired by seed
 */
#ifndef CLN_STATS_STUDY_H
#define CLN_STATS_STUDY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clnoise/statistics.h"
#include "stats/diagnosis.h"

/* More variants than these are not compared with one another: nobody reads a thousand p's. */
#define CLN_STUDY_COMPARED_MAX 24

/* Everything is borrowed until the study is freed. */
struct cln_study_cell {
    const char *model;
    const char *title;  /* the model as people write it; NULL: as it is */
    const char *more;   /* its choices besides model and noise scale: "train.seed=3 a.b=1"; "" */
    double noise_scale; /* of training */
    int64_t seed;
    bool done;
    double accuracy;      /* at its own noise scale, after the last epoch; NaN: none */
    double images;        /* that it was measured on */
    double val_accuracy;  /* on a validation split, after the last epoch; NaN: there is none */
    const double *scales; /* of further tests of the same net, and their accuracies */
    const double *accuracies;
    int test_count;
    const struct cln_diagnosis *diagnosis;
};

struct cln_study_variant {
    const char *model, *title; /* "mlp", "MLP" */
    char *choices;             /* without the seed; "" */
    char *name;                /* "MLP", "MLP, noise.draw=epoch" */
    int first_group, group_count;
};

struct cln_study_group {
    int variant;
    double noise_scale;
    int cells, done;
    struct cln_mean accuracy;   /* of those done */
    struct cln_interval wilson; /* if one is done: of its accuracy; else NaN */
    double images;
    double val_accuracy; /* mean of those done; NaN if there is no validation split */
    int diagnoses[CLN_DIAGNOSIS_COUNT]; /* how many cells have each */
    size_t first;                       /* its cells: study->order[first .. first + cells - 1] */
};

enum cln_verdict {
    CLN_VERDICT_NONE,    /* no seed that both have done */
    CLN_VERDICT_OVERLAP, /* one seed: the Wilson intervals overlap */
    CLN_VERDICT_APART,   /* one seed: they do not; which still says nothing of other seeds */
    CLN_VERDICT_FEW,     /* seeds, but fewer than CLN_PAIRS_MIN */
    CLN_VERDICT_OPEN,    /* enough of them, and p >= CLN_SIGNIFICANCE */
    CLN_VERDICT_SURE,    /* p < CLN_SIGNIFICANCE */
};

/* "none", "overlap", "apart", "few_seeds", "open", "sure" */
const char *cln_verdict_name(enum cln_verdict verdict);

struct cln_contrast {
    int a, b;                    /* variants */
    bool overall;                /* of each seed's mean over the scales that both have */
    double noise_scale;          /* NaN if overall */
    struct cln_comparison pairs; /* a less b */
    double holm_p; /* p adjusted for all single-scale contrasts of the study; NaN if overall */
    enum cln_verdict verdict;
};

/* How a variant holds up under noise, from the means over its seeds. */
struct cln_robustness {
    int variant;
    bool own;                     /* each net tested at the scale it was trained at */
    double trained_scale;         /* otherwise: of the nets, tested at every scale of `evaluate` */
    struct cln_scale_curve curve; /* owned by the study */
    struct cln_sigma50 half;
    double log_area;
    double corruption_error, relative_corruption_error; /* to the same of the first variant */
};

struct cln_study {
    double chance;
    const struct cln_study_cell *cells; /* borrowed */
    size_t cell_count;
    size_t *order; /* of cells: by variant, noise scale, seed; variants as they come first */
    struct cln_study_variant *variants;
    struct cln_study_group *groups;
    struct cln_contrast *contrasts; /* by pair of variants: its scales in order, then overall */
    struct cln_robustness *robustness;
    int variant_count, group_count, contrast_count, robustness_count;
};

/* `chance` as in statistics.h. CLN_MEMORY only; the caller frees *out. */
enum cln_status cln_study_make(const struct cln_study_cell *cells, size_t count, double chance,
                               struct cln_study **out);
void cln_study_free(struct cln_study *study);

/* The group of a variant at a noise scale, or NULL. */
const struct cln_study_group *cln_study_group(const struct cln_study *study, int variant,
                                              double noise_scale);

#endif
