/*
 * The mapping `sweep`: which values of dotted keys make the cells.
 *
 *     sweep:
 *       model: [convnet, mlp]                 # each value with each of the others
 *       noise.scale: [0, 1, 4]
 *       zip:                                  # lists walked together; or a list of such mappings
 *         data.train_limit: [1000, 10000]
 *         train.epochs: [60, 6]
 *       exclude:                              # not these; [2, 4] would mean either
 *         - {model: mlp, noise.scale: 4}
 *       seeds: 6                              # train.seed: [1, 2, 3, 4, 5, 6]; or a list of seeds
 *
 * An axis is one list, or the lists of a zip. The cells are the product of the axes in the order
 * written, the first the slowest, without those that an entry of `exclude` fits.
 */
#ifndef CLN_EXPERIMENT_SWEEP_H
#define CLN_EXPERIMENT_SWEEP_H

#include "experiment/yaml.h"

#define CLN_MAX_SWEEP_KEYS 16
#define CLN_MAX_SWEEP_GRID 100000 /* cells before any are excluded */

#define CLN_SWEEP_SEED "train.seed" /* what `seeds` sweeps */

struct cln_sweep {
    const struct cln_yaml_node *lists[CLN_MAX_SWEEP_KEYS];   /* node->key is the dotted key */
    const struct cln_yaml_node **values[CLN_MAX_SWEEP_KEYS]; /* of each list; the pool's */
    int axis[CLN_MAX_SWEEP_KEYS]; /* of each list; zipped ones share it */
    int key_count, axis_count;
    const struct cln_yaml_node *map, *exclude; /* as written; NULL: none */
    int grid;                                  /* places of the product */
    int *places;                               /* (cell_count) those that are cells; the pool's */
    int cell_count;
};

/* Checks the mapping at root's key `sweep`; without one there is a single cell. */
enum cln_status cln_sweep_read(struct cln_yaml_pool *pool, const struct cln_yaml_node *root,
                               struct cln_sweep *sweep);

/* The tree of one cell: a copy of root, without `sweep`, with the cell's values set. The label gets
 * the choices: "noise.scale=0.5 train.seed=2"; `more` those that have no column of their own in
 * tables, which model and noise.scale have: "train.seed=2". */
enum cln_status cln_sweep_cell(const struct cln_sweep *sweep, int cell, struct cln_yaml_pool *pool,
                               const struct cln_yaml_node *root, struct cln_yaml_node **out,
                               struct cln_text *label, struct cln_text *more);

/* So that it reads back as the same cells. */
void cln_sweep_print(struct cln_text *out, const struct cln_sweep *sweep);

/* The value of list `key` at a place of the product. */
const struct cln_yaml_node *cln_sweep_value(const struct cln_sweep *sweep, int place, int key);

/* Is the dotted key `inner` the key `outer`, or one below it? */
bool cln_key_is_within(const char *inner, const char *outer);

/* sweep_exclude.c */

/* Checks every entry; each must fit a cell, unless the command line changed the lists. */
enum cln_status cln_sweep_exclude_check(const struct cln_sweep *sweep);
bool cln_sweep_is_excluded(const struct cln_sweep *sweep, int place);
void cln_sweep_exclude_print(struct cln_text *out, const struct cln_sweep *sweep);

/* `key` has got `value` for good: entries that want another go, the others want it no longer. */
void cln_sweep_exclude_fix(struct cln_yaml_node *sweep, const char *key,
                           const struct cln_yaml_node *value);

/* override.c: applies "key=value" to the tree, and takes the key out of the sweep. What it leaves
 * in the tree says that it comes from the command line. */
enum cln_status cln_override_apply(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                   const char *override);

#endif
