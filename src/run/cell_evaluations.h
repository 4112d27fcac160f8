/* What a trained net makes of the test set, at each scale that the experiment asks for, as JSON. */
#ifndef CLN_RUN_CELL_EVALUATIONS_H
#define CLN_RUN_CELL_EVALUATIONS_H

#include <cjson/cJSON.h>

#include "experiment/experiment.h"

/*
 * Tests the net with its weights as they are; blocks, a pass over the test set a scale; the
 * observer may be NULL. Sets in `root`, which takes no harm from a failure:
 *
 *     evaluations  [{noise_scale, loss, accuracy, correct, count, confusion}, ...]: first at the
 *                  cell's own test scale, then in the order of `evaluate`; confusion has a row a
 *                  label and a column a prediction
 *     mistaken     [{sample, label, predicted, probability}, ...]: the surest at the own scale
 */
enum cln_status cln_cell_evaluate(const struct cln_cell *cell, struct cln_trainer *trainer,
                                  const struct cln_train_observer *observer, cJSON *root);

/* Whether `root` holds just the evaluations that cln_cell_evaluate() would make, in their order. */
bool cln_cell_is_tested(const struct cln_cell *cell, const cJSON *root);

#endif
