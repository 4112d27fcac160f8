/*
 * An experiment file, read, checked and spread out into cells. No device is needed or touched.
 *
 * A cell is one fully resolved configuration: what one training run needs to know. Its id is the
 * same wherever and whenever it is computed, however the file is laid out. A cell that
 * is trained on other data than it names is another cell: cln_cell_stand_in().
 */
#ifndef CLN_EXPERIMENT_EXPERIMENT_H
#define CLN_EXPERIMENT_EXPERIMENT_H

#include "base/error.h"
#include "base/text.h"
#include "data/data_spec.h"
#include "data/noise_spec.h"
#include "experiment/evaluate.h"
#include "model/model.h"
#include "train/train.h"

#define CLN_CELL_ID_SIZE 17    /* 16 lower-case hex digits and a NUL */
#define CLN_MAX_CELLS    10000 /* of one experiment */

/* Each cell is made from all values of the file but its sweep: so many in all cells together keep
 * that to seconds. */
#define CLN_MAX_CELL_VALUES 4000000

struct cln_cell {
    char id[CLN_CELL_ID_SIZE]; /* the start of SHA-256 over the canonical configuration */
    char *label;               /* "model=convnet noise.scale=0.5": the choices of the sweep */
    char *more;                /* of them, what neither model nor noise scale say; "" if nothing */
    struct cln_data_spec data;
    struct cln_noise_spec noise;
    struct cln_train_spec train;
    struct cln_model_spec model;
    char kernel_variant[CLN_FIELD_TEXT_SIZE]; /* "": the engine chooses */
    struct cln_evaluate_spec evaluate;
    char *config; /* all of it as an experiment file, which loads to this one cell */
};

struct cln_experiment {
    char name[CLN_FIELD_TEXT_SIZE];
    char *path;
    struct cln_cell *cells; /* in the order of the sweep, its first key slowest */
    int cell_count;
    char *resolved; /* see cln_experiment_resolved() */
};

/*
 * Reads the file, applies `overrides` ("train.epochs=1") in their order, checks everything. A key
 * that an override sets is no longer swept.
 * CLN_FILE: not readable. CLN_CONFIG: "file:line:column: key: reason; accepted: ...; did you mean
 * ...?". The caller frees *out.
 */
enum cln_status cln_experiment_load(const char *path, const char *const *overrides,
                                    int override_count, struct cln_experiment **out);

/* The same from a text, such as a cell's `config`. `origin` stands at the head of messages; paths
 * of the user's own files begin in its folder, unless the text says where. */
enum cln_status cln_experiment_load_text(const char *origin, const char *text,
                                         const char *const *overrides, int override_count,
                                         struct cln_experiment **out);
void cln_experiment_free(struct cln_experiment *experiment);

/* The training that the cell describes, on that data set: every member that the cell decides. The
 * rest is zero, for the caller to fill in. Borrows from the cell. */
struct cln_train_job cln_cell_train_job(const struct cln_cell *cell,
                                        const struct cln_dataset *dataset);

/*
 * The cell's configuration, as far as the trained net depends on it: without `evaluate`, and
 * without where the user's own files lie and how many images they hold; what those look like stands
 * in it. The same for all trainings of one cell. free(*out).
 */
enum cln_status cln_cell_recipe(const struct cln_cell *cell, const struct cln_dataset *dataset,
                                char **out);

/*
 * The noise scales at which the trained net is to be tested, each once: the cell's own test scale,
 * then those of `evaluate`. Returns how many.
 */
int cln_cell_test_scales(const struct cln_cell *cell, double scales[CLN_MAX_EVALUATIONS + 1]);

/* Gives the cell an id of its own for training on `dataset` in place of the data set it names, so
 * that its results cannot pass for those of the latter. To be called once a cell. */
enum cln_status cln_cell_stand_in(struct cln_cell *cell, const char *dataset);

/* The resolved configuration as an experiment file: file, overrides and defaults together. It
 * loads again to the same cells. Borrowed. */
const char *cln_experiment_resolved(const struct cln_experiment *experiment);

#endif
