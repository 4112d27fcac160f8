/*
 * The variables of a trained model, and the like, in the safetensors format, float32 only.
 *
 *     u64 little-endian: bytes of the header | header, JSON, padded to 8 | values, little-endian
 *
 * Names are "<layer>/<variable>". The metadata are texts; those of model.safetensors are told of
 * in run/trained.h.
 */
#ifndef CLN_MODEL_SAFETENSORS_H
#define CLN_MODEL_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLN_SAFETENSORS_RANK 8 /* at most */

struct cln_safetensor {
    const char *name;
    int rank;
    int64_t shape[CLN_SAFETENSORS_RANK];
    const float *values; /* (shape), row-major */
};

/* A text of the metadata; "format" is taken. */
struct cln_safetensors_text {
    const char *key, *value;
};

/*
 * Writes the file atomically; every name must differ from the others. CLN_INTERNAL for a shape or
 * name that cannot be written.
 */
enum cln_status cln_safetensors_write(const char *path, const struct cln_safetensor *tensors,
                                      size_t count, const struct cln_safetensors_text *texts,
                                      size_t text_count);

struct cln_safetensors {
    struct cln_safetensor *tensors; /* in the order of their values in the file */
    size_t count;
    struct cln_safetensors_text *texts;
    size_t text_count;
    float *values; /* what the tensors point into */
};

/*
 * Reads a file of float32 tensors; nothing in it is trusted. CLN_FILE says what is wrong. On
 * success release with cln_safetensors_done.
 */
enum cln_status cln_safetensors_read(const char *path, struct cln_safetensors *file);
void cln_safetensors_done(struct cln_safetensors *file);

/* A text of the metadata, borrowed; NULL if there is none of that key. */
const char *cln_safetensors_find(const struct cln_safetensors *file, const char *key);

#endif
