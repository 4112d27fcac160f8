#include "data/idx.h"

#define UNSIGNED_BYTES 0x08 /* the type byte of the magic number */

static uint32_t read_big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* The product of the dimensions, which may not overflow before it is compared with a length. */
static enum cln_status read_dims(const char *name, const uint8_t *bytes, struct cln_idx *idx) {
    size_t count = 1;
    for (int i = 0; i < idx->rank; i++) {
        size_t offset = 4 + 4 * (size_t)i;
        idx->dims[i] = read_big_endian(bytes + offset);
        if (idx->dims[i] == 0)
            return CLN_FAIL(DATA, "%s: offset %zu: dimension %d is zero", name, offset, i);
        if (idx->dims[i] > (size_t)-1 / 2 / count)
            return CLN_FAIL(DATA, "%s: offset %zu: dimension %d is %lu: more than memory can hold",
                            name, offset, i, (unsigned long)idx->dims[i]);
        count *= idx->dims[i];
    }
    idx->count = count;
    return CLN_OK;
}

enum cln_status cln_idx_parse(const char *name, const void *data, size_t length, int rank,
                              struct cln_idx *out) {
    const uint8_t *bytes = data;
    if (rank < 1 || rank > CLN_IDX_MAX_RANK)
        return CLN_FAIL(INTERNAL, "%s: IDX of %d dimensions asked for", name, rank);
    struct cln_idx idx = {.rank = rank, .offset = 4 + 4 * (size_t)rank};
    uint32_t wanted = (uint32_t)UNSIGNED_BYTES << 8 | (uint32_t)rank;
    if (length < 4)
        return CLN_FAIL(DATA, "%s: truncated: %zu bytes, expected a header of %zu", name, length,
                        idx.offset);
    if (read_big_endian(bytes) != wanted)
        return CLN_FAIL(DATA, "%s: offset 0: magic number 0x%08lx, expected 0x%08lx", name,
                        (unsigned long)read_big_endian(bytes), (unsigned long)wanted);
    if (length < idx.offset)
        return CLN_FAIL(DATA, "%s: truncated: %zu bytes, expected a header of %zu", name, length,
                        idx.offset);
    CLN_TRY(read_dims(name, bytes, &idx));
    size_t rest = length - idx.offset;
    if (rest < idx.count)
        return CLN_FAIL(DATA, "%s: truncated at offset %zu: %zu values, expected %zu", name, length,
                        rest, idx.count);
    if (rest > idx.count)
        return CLN_FAIL(DATA, "%s: offset %zu: %zu trailing bytes, expected the end of the file",
                        name, idx.offset + idx.count, rest - idx.count);
    idx.values = bytes + idx.offset;
    *out = idx;
    return CLN_OK;
}

static bool seen(const uint8_t *bytes, size_t length) {
    return length >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] != 0 && bytes[3] != 0;
}

static enum cln_status parse_array(const char *name, const uint8_t *bytes, size_t available,
                                   size_t length, struct cln_array *out) {
    struct cln_array array = {.rank = bytes[3], .value_bytes = 1};
    if (bytes[2] != UNSIGNED_BYTES)
        return CLN_FAIL(DATA, "%s: offset 2: values of type 0x%02x; accepted: 0x%02x, bytes", name,
                        bytes[2], UNSIGNED_BYTES);
    if (array.rank > CLN_ARRAY_MAX_RANK)
        return CLN_FAIL(DATA, "%s: offset 3: %d dimensions; accepted: 1 to %d", name, array.rank,
                        CLN_ARRAY_MAX_RANK);
    array.offset = 4 + 4 * (size_t)array.rank;
    if (available < array.offset)
        return CLN_FAIL(DATA, "%s: truncated: %zu bytes, expected a header of %zu", name, available,
                        array.offset);
    for (int i = 0; i < array.rank; i++)
        array.dims[i] = read_big_endian(bytes + 4 + 4 * (size_t)i);
    CLN_TRY(cln_array_check_size(name, length, &array));
    *out = array;
    return CLN_OK;
}

const struct cln_array_format cln_array_idx = {.name = "IDX", .seen = seen, .parse = parse_array};
