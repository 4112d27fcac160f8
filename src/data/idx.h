/*
 * IDX, the format MNIST is published in: a magic number (two zero bytes, the type of the values,
 * the number of dimensions), each dimension as a big-endian 32-bit number, then the values. Read
 * from memory, uncompressed, unsigned bytes only.
 */
#ifndef CLN_DATA_IDX_H
#define CLN_DATA_IDX_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/array.h"

#define CLN_IDX_MAX_RANK 4

struct cln_idx {
    int rank;
    uint32_t dims[CLN_IDX_MAX_RANK]; /* `rank` of them, outermost first; none is zero */
    const uint8_t *values;           /* into the bytes that were parsed */
    size_t count;                    /* of values: the product of the dimensions */
    size_t offset;                   /* of the first value in the file */
};

/* `name` stands in messages only. CLN_DATA unless the bytes are one whole IDX file of that rank,
 * with nothing after it. */
enum cln_status cln_idx_parse(const char *name, const void *bytes, size_t length, int rank,
                              struct cln_idx *out);

/* The same format as one of those for data of the user's own: the rank is what the file says. */
extern const struct cln_array_format cln_array_idx;

#endif
