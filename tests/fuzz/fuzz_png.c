/* A PNG: its head, its pixels as they stand, and converted; once more with the checksums of its
 * chunks put right, which few changed bytes leave so. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "data/png_convert.h"
#include "fuzz/fuzz.h"

static void convert(const uint8_t *bytes, size_t size, uint32_t channels) {
    struct cln_png head;
    uint8_t *values, to[3 * 7 * 7];
    enum cln_status status = cln_png_convert("x", bytes, size, channels, &head, &values);
    if (status != CLN_OK) {
        fuzz_check_error(status);
        return;
    }
    fuzz_check(head.channels == channels, "other channels than asked for");
    cln_image_resize(values, &head, &(struct cln_png){7, 7, channels}, to);
    free(values);
}

static void decode(const uint8_t *bytes, size_t size) {
    struct cln_png head;
    enum cln_status status = cln_png_head("x", bytes, size, &head);
    if (status == CLN_OK) {
        uint8_t *values = malloc((size_t)head.height * head.width * head.channels);
        fuzz_check(values, "out of memory");
        (void)cln_png_read("x", bytes, size, &head, values);
        free(values);
    } else {
        fuzz_check_error(status);
    }
    convert(bytes, size, 1);
    convert(bytes, size, 3);
}

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void put_right(uint8_t *bytes, size_t size) {
    for (size_t at = 8; at + 12 <= size;) {
        const uint32_t length = big_endian(bytes + at);
        if (length > size - at - 12)
            return;
        const uLong sum = crc32(0, bytes + at + 4, length + 4);
        for (int b = 0; b < 4; b++)
            bytes[at + 8 + length + (size_t)b] = (uint8_t)(sum >> (24 - 8 * b));
        at += 12 + (size_t)length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = fuzz_copy(data, size);
    decode(copy, size);
    put_right(copy, size);
    decode(copy, size);
    free(copy);
    return 0;
}
