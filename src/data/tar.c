#include "data/tar.h"

#include <string.h>

#define BLOCK          512
#define NAME_BYTES     100 /* at offset 0 */
#define SIZE_OFFSET    124
#define SIZE_BYTES     12
#define SUM_OFFSET     148
#define SUM_BYTES      8
#define KIND_OFFSET    156
#define SUM_AS_BLANKS  ' ' /* its own bytes count as blanks in the sum */
#define MOST_FILE_SIZE ((uint64_t)1 << 40)

/* An octal number, blanks before it, a blank or NUL after it; false for anything else. */
static bool read_octal(const uint8_t *at, size_t room, uint64_t *out) {
    size_t i = 0;
    uint64_t value = 0;
    while (i < room && at[i] == ' ')
        i++;
    if (i == room || at[i] < '0' || at[i] > '7')
        return false;
    for (; i < room && at[i] >= '0' && at[i] <= '7'; i++)
        value = value * 8 + (uint64_t)(at[i] - '0'); /* 12 digits are 36 bits */
    *out = value;
    return i == room || at[i] == ' ' || at[i] == '\0';
}

static uint64_t sum_of(const uint8_t *header) {
    uint64_t sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= SUM_OFFSET && i < SUM_OFFSET + SUM_BYTES ? SUM_AS_BLANKS : header[i];
    return sum;
}

static bool is_end(const uint8_t *header) {
    for (size_t i = 0; i < BLOCK; i++)
        if (header[i])
            return false;
    return true;
}

static bool has_name(const uint8_t *header, const char *member) {
    size_t length = 0, base = 0;
    for (; length < NAME_BYTES && header[length]; length++)
        if (header[length] == '/')
            base = length + 1;
    return length - base == strlen(member) && memcmp(header + base, member, length - base) == 0;
}

enum cln_status cln_tar_find(const char *name, const void *data, size_t length, const char *member,
                             const uint8_t **at, size_t *member_length, bool *found) {
    const uint8_t *bytes = data;
    size_t offset = 0;
    *found = false;
    while (length - offset >= BLOCK && !is_end(bytes + offset)) {
        const uint8_t *header = bytes + offset;
        uint64_t size, sum;
        if (!read_octal(header + SUM_OFFSET, SUM_BYTES, &sum) || sum != sum_of(header))
            return CLN_FAIL(DATA, "%s: offset %zu: not the header of a tar archive", name, offset);
        if (!read_octal(header + SIZE_OFFSET, SIZE_BYTES, &size) || size > MOST_FILE_SIZE)
            return CLN_FAIL(DATA, "%s: offset %zu: no size that is accepted in a tar header", name,
                            offset + SIZE_OFFSET);
        offset += BLOCK;
        if (size > length - offset)
            return CLN_FAIL(DATA, "%s: truncated at offset %zu: %llu bytes of a file missing", name,
                            length, (unsigned long long)(size - (length - offset)));
        if ((header[KIND_OFFSET] == '0' || !header[KIND_OFFSET]) && has_name(header, member)) {
            *at = bytes + offset;
            *member_length = (size_t)size;
            *found = true;
            return CLN_OK;
        }
        /* Contents fill up whole blocks; the last one of a cut archive may be short. */
        size_t padded = (size_t)((size + BLOCK - 1) / BLOCK * BLOCK);
        offset = padded > length - offset ? length : offset + padded;
    }
    return CLN_OK;
}
