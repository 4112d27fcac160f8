/*
 * Trainings that are broken off and go on in another trainer: a small net on made-up images, and
 * what it tells on the way.
 */
#ifndef CLN_TEST_BROKEN_H
#define CLN_TEST_BROKEN_H

#include "support/nets.h"
#include "train/checkpoint.h"

#define EPOCHS 3
#define BATCH  16
#define TRAIN  70 /* four batches, and one of 6: five steps */
#define STEPS  5
#define TEST   20 /* a batch, and one of 4 */
#define CELL   "0123456789abcdef"

struct setting {
    const char *optimizer;
    enum cln_noise_draw draw;
    int64_t validation, batch, seed;
};

extern const struct setting usual; /* adam, a fresh draw of noise each epoch */

/* A trainer and all that it has told; the rows go on over several trainers of one training. */
struct run {
    struct cln_experiment *experiment;
    struct cln_trainer *trainer;
    const char *folder; /* of its checkpoints; NULL: none are written */
    int steps_left;     /* before it is interrupted; negative: never */
    bool always;        /* a checkpoint at every chance */
    int offers;
    struct cln_epoch_metrics rows[EPOCHS];
    int row_count;
};

void run_make(struct run *run, const struct setting *setting, const struct cln_dataset *data);
enum cln_status run_train(struct run *run);
void run_end(struct run *run); /* the trainer; the rows stay */

/* All variables, one after another; free() them. */
float *run_weights(const struct run *run, size_t *count);

/* Of a folder where none is damaged. */
struct cln_checkpoint *run_checkpoint(const char *folder);

#endif
