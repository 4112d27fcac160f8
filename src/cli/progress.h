/*
 * The display of a run's progress. On a terminal one line is drawn again and again, with a bar, and
 * becomes one line for each epoch that ended; elsewhere an epoch is one plain line. Lines never
 * wrap: what a narrow terminal has no room for is left out, the least important first.
 *
 *     [3/12] convnet, noise scale 0.5
 *     Epoch 1/20 - 11s - loss: 2.3028 - accuracy: 0.1173 - val_loss: 2.2807 - val_accuracy: 0.1552
 *     Epoch 2/20 [=========>............] 231/469 - loss: 2.2921 - accuracy: 0.1303 - ETA 3:05
 */
#ifndef CLN_CLI_PROGRESS_H
#define CLN_CLI_PROGRESS_H

#include <stddef.h>

#include "base/error.h"
#include "cli/terminal.h"
#include "train/train.h"

struct cln_progress_cell {
    const char *model;
    double noise_scale;
    const char
        *more; /* what else tells it from the others, such as "train.seed=2"; NULL or "": nothing */
    int epochs;
};

struct cln_progress;

/* The cells are all that the run is going to train, in order; they stay the caller's and must stay
 * there. Every function below takes NULL for the progress and then does nothing. */
enum cln_status cln_progress_create(const struct cln_terminal *terminal,
                                    const struct cln_progress_cell *cells, size_t count,
                                    struct cln_progress **progress);
void cln_progress_free(struct cln_progress *progress);

/* Says which cell comes now. */
void cln_progress_begin(struct cln_progress *progress, size_t cell);

/* Kernels are being compiled: "Building kernels: 12 of 31", drawn again and again on a terminal;
 * elsewhere a line every few seconds, and none if they are quickly done. */
void cln_progress_prepare(struct cln_progress *progress, const struct cln_prepare_progress *now);

/* These two fit struct cln_train_observer, with the progress as its context; always CLN_OK. */
enum cln_status cln_progress_step(void *progress, const struct cln_train_progress *step);
enum cln_status cln_progress_epoch(void *progress, const struct cln_epoch_metrics *epoch);

/* Takes the line being drawn away, so that a message can be written; the next step draws it anew.
 */
void cln_progress_clear(struct cln_progress *progress);

#endif
