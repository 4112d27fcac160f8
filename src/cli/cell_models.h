/* The different models among the cells of an experiment, built as graphs without a device. */
#ifndef CLN_CLI_CELL_MODELS_H
#define CLN_CLI_CELL_MODELS_H

#include "experiment/experiment.h"
#include "train/side.h"

/* The first cell that uses each model name, in order; `cells` holds up to exp->cell_count. */
int cln_cell_models(const struct cln_experiment *experiment, const struct cln_cell **cells);

/* The graph of a side of a cell, on the shape of its data set as published
 * and of its first step: `batch` samples, or all of them where there are less. */
enum cln_status cln_cell_build(const struct cln_cell *cell, enum cln_side side,
                               struct cln_model_graph *out);

/* The shape of the cell's images, and how many classes they fall into. */
enum cln_status cln_cell_shape(const struct cln_cell *cell, struct cln_model_shape *out);

/* How many samples the cell has on that side, of its data set as published. */
enum cln_status cln_cell_samples(const struct cln_cell *cell, enum cln_side side, int64_t *out);

#endif
