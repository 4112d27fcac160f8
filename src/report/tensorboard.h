/*
 * What TensorBoard shows of a run:
 *
 *     DIR/tensorboard/<label>-<start of the id>/events.out.tfevents.<id>
 *
 * Scalars are the columns of metrics.jsonl, the step being the epoch; of cells that are done there
 * are images: noisy samples, the first layer's weights, the confusion matrix, as in the report.
 * The time of an event is how many seconds the cell had been trained, counted from zero, so that
 * the trainings of a sweep lie above each other; like timings.csv, these files differ from run to
 * run.
 */
#ifndef CLN_REPORT_TENSORBOARD_H
#define CLN_REPORT_TENSORBOARD_H

#include <stdbool.h>

#include "report/results.h"

/* Writes a file for each cell that has begun; one that grew is appended to, so that a TensorBoard
 * that is looking at it goes on. Without `images` there are scalars only: those take a good tenth
 * of a second a cell. */
enum cln_status cln_tensorboard_write(const char *folder, const struct cln_results *results,
                                      bool images);

#endif
