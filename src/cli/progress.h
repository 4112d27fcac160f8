/*
 * The display of a run's progress, with any number of cells at a time.
 *
 * On a terminal a few lines are drawn again and again below what was written before: one for each
 * cell that is being trained, and one for the run. A cell that is done leaves a line above them.
 *
 *     [1/12] mlp, noise scale 0.1 - 20 epochs - 21s - val_loss: 0.0898 - val_accuracy: 0.9815
 *     cell                 progress      epoch    loss  val_accuracy     ETA
 *     convnet, noise 0.5   [====>.....]   4/20  2.2921        0.1552    3:05
 *     mlp, noise 4         [=>........]  11/20  1.8052        0.4123     12s
 *     1 of 12 cells done, 2 running [==>.......] 21 % - ETA 12:31
 *
 * A run of a single cell has a line for each of its epochs instead:
 *
 *     [3/12] convnet, noise scale 0.5
 *     Epoch 1/20 - 11s - loss: 2.3028 - accuracy: 0.1173 - val_loss: 2.2807 - val_accuracy: 0.1552
 *     Epoch 2/20 [=========>............] 231/469 - loss: 2.2921 - accuracy: 0.1303 - ETA 3:05
 *
 * Elsewhere an epoch is one plain line with its cell's name. Lines never wrap: what a narrow
 * terminal has no room for is left out, the least important first; so are cells that a low one has
 * none for.
 */
#ifndef CLN_CLI_PROGRESS_H
#define CLN_CLI_PROGRESS_H

#include <stddef.h>

#include "base/error.h"
#include "cli/terminal.h"
#include "clnoise/progress.h"

struct cln_progress_cell {
    const char *model;
    double noise_scale;
    const char *more; /* what else tells it from the others, such as "train.seed=2"; or NULL, "" */
    int epochs;
    bool left_out; /* this run does not train it: it was not asked for, or is done already */
};

struct cln_progress;

/* All cells of the experiment, in its order; they stay the caller's and must stay there. Every
 * function below takes NULL for the progress and then does nothing. */
enum cln_status cln_progress_create(const struct cln_terminal *terminal,
                                    const struct cln_progress_cell *cells, size_t count,
                                    struct cln_progress **progress);
void cln_progress_free(struct cln_progress *progress);

/* A cell begins, or begins again: it is among those being trained from now on. */
void cln_progress_begin(struct cln_progress *progress, size_t cell);

/* Its kernels are being compiled: "Building kernels: 12 of 31", drawn again and again on a
 * terminal; elsewhere a line every few seconds, and none if they are quickly done. */
void cln_progress_prepare(struct cln_progress *progress, size_t cell,
                          const struct cln_prepare_progress *now);

void cln_progress_step(struct cln_progress *progress, size_t cell,
                       const struct cln_train_progress *step);
void cln_progress_epoch(struct cln_progress *progress, size_t cell,
                        const struct cln_epoch_metrics *epoch);

/* The cell is no longer being trained. If it is done that is told; why it failed the caller says.
 */
void cln_progress_end(struct cln_progress *progress, size_t cell, bool done);

/* The run is being broken off, and that was said below what is drawn: leaves it as it is, and draws
 * nothing any more. */
void cln_progress_stop(struct cln_progress *progress);

/* Takes away what is drawn, so that a message can be written; the next call draws it anew. */
void cln_progress_clear(struct cln_progress *progress);

#endif
