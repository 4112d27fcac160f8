/*
 * Checkpoints: all that a training needs to go on with the same bits, in a folder of its own.
 *
 * Two generations take turns, checkpoint-0 and checkpoint-1, each written atomically and with a
 * SHA-256 over all it says: whatever happens while one is written, the other is there. A training
 * that was restored, at the end of an epoch or between two steps of it, ends with the same weights
 * and the same metrics as one that was never broken off, on the same device, driver and kernels.
 *
 * The files are safetensors: the model's variables by their names, those of the optimizer's state
 * as "optimizer.0/<variable>", and all else as texts in the metadata.
 */
#ifndef CLN_TRAIN_CHECKPOINT_H
#define CLN_TRAIN_CHECKPOINT_H

#include <stdint.h>

#include "base/text.h"
#include "model/safetensors.h"
#include "train/train.h"

/* A checkpoint as read; texts are borrowed from `file`. */
struct cln_checkpoint {
    char *path;
    int generation;          /* 0, 1 */
    int epoch;               /* epochs done */
    int64_t step;            /* and steps of the next; all of them: only validation was missing */
    const char *cell;        /* as it was given to cln_checkpoint_write() */
    const char *version;     /* of clnoise */
    const char *device;      /* name and driver */
    const char *kernels;     /* pins for a job's `variants` that choose the same kernels again */
    const char *recorder;    /* for a job's `recorder` */
    const char *data_sha256; /* cln_dataset_digest() */
    struct cln_safetensors file;
};

/*
 * Writes the state of a trainer that is not between the launches of a step: from the observer's
 * on_checkpoint(), or when cln_trainer_run() has returned. `cell` is the id of what is trained. The
 * folder must exist. The first checkpoint of a training that was not restored takes older files
 * away. Does nothing within an epoch that has lost its numbers: it will be found to have diverged,
 * and why is found from the state before. Blocks: waits for the device, and for the disk. CLN_FILE.
 */
enum cln_status cln_checkpoint_write(struct cln_trainer *trainer, const char *folder,
                                     const char *cell);

/*
 * Reads the one of both generations that is further; nothing in them is trusted. `*out` is NULL
 * where there is none that can be used. `notes` gets a line for each that is damaged, each ended by
 * a newline. Free with cln_checkpoint_free(). Needs no device.
 */
enum cln_status cln_checkpoint_read(const char *folder, struct cln_checkpoint **out,
                                    struct cln_text *notes);
void cln_checkpoint_free(struct cln_checkpoint *checkpoint);

/*
 * Puts a trainer that was just made there. CLN_CONFIG, or CLN_DATA for other data, where the
 * checkpoint is not of the same cell, model, optimizer, seed, batch or data: the message says what
 * differs, and the trainer is left as it was. Blocks.
 */
enum cln_status cln_trainer_restore(struct cln_trainer *trainer,
                                    const struct cln_checkpoint *checkpoint, const char *cell);

/* Removes both generations, and what a crash has left of one that was being written; none may be
 * there. CLN_FILE. */
enum cln_status cln_checkpoint_remove(const char *folder);

#endif
