/* What the files about checkpoints share. */
#ifndef CLN_TRAIN_CHECKPOINT_PRIVATE_H
#define CLN_TRAIN_CHECKPOINT_PRIVATE_H

#include "base/hash.h"
#include "train/checkpoint.h"
#include "train/train_private.h"

#define CLN_CHECKPOINT_FORMAT "1" /* of the texts and tensors; others are not read */
#define CLN_GENERATIONS       2

/* "<folder>/checkpoint-<generation>"; free() it. NULL when out of memory. */
char *cln_checkpoint_path(const char *folder, int generation);

/*
 * checkpoint_tensors.c: the tensors of a checkpoint of this trainer, pointing into the values of
 * the state; names too are owned. Free with cln_checkpoint_tensors_done().
 */
struct cln_checkpoint_tensors {
    struct cln_safetensor *tensors;
    size_t count;
    char (*names)[2 * CLN_NAME_SIZE];
};
enum cln_status cln_checkpoint_tensors_make(const struct cln_trainer *trainer,
                                            const struct cln_train_state *state,
                                            struct cln_checkpoint_tensors *out);
void cln_checkpoint_tensors_done(struct cln_checkpoint_tensors *tensors);

/* SHA-256 over texts, but for "sha256" and "format", and over names, shapes and values. */
enum cln_status cln_checkpoint_hash(const struct cln_safetensor *tensors, size_t count,
                                    const struct cln_safetensors_text *texts, size_t text_count,
                                    char hex[CLN_SHA256_HEX_SIZE]);

/*
 * What must be the same where a checkpoint is restored, in words: a row each of key in the metadata
 * and value.
 */
#define CLN_IDENTITY_ROWS 9
struct cln_identity {
    struct {
        const char *key, *label;
        char value[CLN_SHA256_HEX_SIZE];
    } rows[CLN_IDENTITY_ROWS];
};
enum cln_status cln_identity_make(const struct cln_trainer *trainer, const char *cell,
                                  struct cln_identity *out);

#endif
