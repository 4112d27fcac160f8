/*
 * Files that hold one array of numbers: the formats in which users keep images and labels of their
 * own. A new format is a row here and a file of its own.
 *
 * Parsers get untrusted bytes in memory, look at the header only, and check every size by
 * arithmetic that cannot overflow before anything is made of it.
 */
#ifndef CLN_DATA_ARRAY_H
#define CLN_DATA_ARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLN_ARRAY_MAX_RANK     4
#define CLN_ARRAY_HEADER_BYTES (1 << 17) /* no header is longer */

struct cln_array {
    int rank;                        /* 1 to CLN_ARRAY_MAX_RANK */
    size_t dims[CLN_ARRAY_MAX_RANK]; /* `rank` of them, outermost first; none is zero */
    size_t count;                    /* of values: their product */
    int value_bytes;                 /* 1, 2, 4 or 8: integers */
    bool has_sign, big_endian;
    size_t offset; /* of the first value in the file; count * value_bytes end it */
};

struct cln_array_format {
    const char *name;                                  /* "NumPy" */
    bool (*seen)(const uint8_t *bytes, size_t length); /* by how the file begins */

    /*
     * `length` is that of the file, of which the first `available` bytes are there: all of them, or
     * at least CLN_ARRAY_HEADER_BYTES. `name` stands in messages only. CLN_DATA unless it is one
     * whole file of the format, of integers, with nothing after it.
     */
    enum cln_status (*parse)(const char *name, const uint8_t *bytes, size_t available,
                             size_t length, struct cln_array *out);
};

/* Ends with NULL. */
extern const struct cln_array_format *const cln_array_formats[];

/* Parses a file by the format that it begins like; CLN_DATA with the formats there are if none. */
enum cln_status cln_array_parse(const char *name, const uint8_t *bytes, size_t available,
                                size_t length, struct cln_array *out);

/* Writes the value at `index` into *out; false if it is not 0 to 255. `values` are the bytes from
 * the array's offset on. */
bool cln_array_byte(const struct cln_array *array, const uint8_t *values, size_t index,
                    uint8_t *out);

/* For parsers: multiplies the dimensions and checks that the values end the file. */
enum cln_status cln_array_check_size(const char *name, size_t length, struct cln_array *array);

#endif
