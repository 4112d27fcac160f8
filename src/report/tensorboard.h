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

#include "report/results.h"

/* Whether cells that are done get their images, which take far longer than the scalars: no; if they
 * do not have them yet; drawn anew. */
enum cln_tensorboard_images {
    CLN_TENSORBOARD_SCALARS,
    CLN_TENSORBOARD_MISSING,
    CLN_TENSORBOARD_ANEW,
};

/* Writes a file for each cell that has begun; one that grew is appended to, so that a TensorBoard
 * that is looking at it goes on. */
enum cln_status cln_tensorboard_write(const char *folder, const struct cln_results *results,
                                      enum cln_tensorboard_images images);

#endif
