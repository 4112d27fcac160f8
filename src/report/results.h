/*
 * What is known of a run: its folder, or several of them, in memory. Everything that is derived
 * from a run is made from this: metrics.csv and metrics.jsonl, summary.json, timings.csv,
 * TensorBoard's files, plots and report.html.
 *
 *     DIR/config.yaml                  the experiment; its cells, in the order of the plan
 *     DIR/cells/<id>/cell.json         what a cell is and how it fares; missing: it waits
 *     DIR/cells/<id>/metrics.jsonl     a line an epoch; what follows the last line's end is torn
 *     DIR/cells/<id>/images.json       see report/images.h
 *     DIR/cells/<id>/model.safetensors
 *
 * A cell may be written to while it is read: each file is read once, and what is not there yet is
 * not there. Nothing in the files is trusted. All texts and arrays belong to the results.
 */
#ifndef CLN_REPORT_RESULTS_H
#define CLN_REPORT_RESULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "experiment/experiment.h"
#include "report/images.h"

enum cln_cell_status {
    CLN_CELL_WAITING,
    CLN_CELL_RUNNING,
    CLN_CELL_DONE,
    CLN_CELL_FAILED,
    CLN_CELL_INTERRUPTED,
    CLN_CELL_STATUSES
};

/* "waiting", "running", ... */
const char *cln_cell_status_name(enum cln_cell_status status);

/* A figure that is not there, or was not finite, is NaN. */
struct cln_result_epoch {
    int epoch;             /* counts from 1 */
    double loss, accuracy; /* running means over the epoch, dropout on */
    double val_loss, val_accuracy;
    double test_loss, test_accuracy; /* only with a validation split; NaN otherwise */
};

/* The trained net on the test images at one noise scale. */
struct cln_result_evaluation {
    double noise_scale, loss, accuracy;
    int64_t correct, count;   /* images; count 0: not recorded */
    const int64_t *confusion; /* (classes, classes): row label, column predicted; or NULL */
};

/* A test image that the net was sure of and wrong about. */
struct cln_result_mistake {
    int64_t sample;
    int label, predicted;
    double probability; /* of what was predicted */
};

struct cln_result_file {
    const char *name, *sha256;
};

struct cln_result_variant {
    const char *launch, *variant;
};

/* Texts may be NULL where the cell has not said yet. */
struct cln_result_cell {
    const struct cln_cell *plan; /* the cell as config.yaml has it; of the results' experiment */
    const char *id;              /* another than the plan's if another data set stands in */
    const char *folder;          /* DIR/cells/<id>; NULL: there is none yet */
    const char *label, *more, *model;
    double noise_scale;
    int64_t seed;
    int64_t parameters; /* 0: not known yet */
    enum cln_cell_status status;
    const char *error_status, *error_message, *error_detail; /* why it failed */
    int attempts;
    const char *version; /* of clnoise */
    const char *config;  /* its resolved configuration, YAML */

    struct {
        const char *name, *type, *vendor, *platform, *version, *driver, *recorder;
        int64_t index, compute_units, memory_bytes;
    } device;
    struct {
        const char *dataset, *requested, *why_substituted;
        bool substituted;
        int64_t train_images, test_images, validation_images; /* 0: not recorded */
        const struct cln_result_file *files;
        size_t file_count;
    } data;
    int classes;                    /* 0: not recorded */
    const char *const *class_names; /* `classes` of them, or NULL */
    const struct cln_result_variant *variants;
    size_t variant_count;

    const struct cln_result_epoch *epochs; /* ascending, without gaps, from 1 on */
    int epoch_count;
    int epochs_wanted;                               /* by the plan */
    double best_val_accuracy;                        /* NaN: no epoch yet */
    int best_epoch;                                  /* the first with it; 0: none */
    const struct cln_result_evaluation *evaluations; /* the first: the cell's own test noise */
    size_t evaluation_count;
    const struct cln_result_mistake *mistakes; /* the surest first */
    size_t mistake_count;
    const struct cln_result_images *images; /* that the report shows; or NULL */
    bool diverged;
    int diverged_epoch, diverged_step; /* 0: not known */
    const char *diverged_layer;
    const double *epoch_seconds; /* (epoch_seconds_count) */
    int epoch_seconds_count;
    double seconds;      /* in all; NaN: not known */
    const char *started; /* ISO 8601, or NULL */
};

struct cln_results {
    struct cln_experiment *experiment;
    const char *const *folders; /* as given */
    size_t folder_count;
    struct cln_result_cell *cells; /* in the order of the plan */
    size_t cell_count;
    size_t by_status[CLN_CELL_STATUSES]; /* how many cells */
    struct cln_yaml_pool *pool;          /* what everything above lies in */
};

/*
 * Reads the folders of one experiment. A cell that is in several of them is taken from where it got
 * farthest. CLN_FILE: no run folder, or a cell that two folders have finished with different
 * results; CLN_CONFIG: config.yaml is wrong, or the folders are of different experiments. The
 * caller frees *out.
 */
enum cln_status cln_results_read(const char *const *folders, size_t count,
                                 struct cln_results **out);
void cln_results_free(struct cln_results *results);

/* What became known last: the epoch trained last, or NULL. */
const struct cln_result_epoch *cln_result_last(const struct cln_result_cell *cell);

/* The first cell that has begun, for what is the same in all (device, data); or NULL. */
const struct cln_result_cell *cln_results_first_begun(const struct cln_results *results);

#endif
