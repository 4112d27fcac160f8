/* A tar archive, as it stands and with the sums of its headers put right. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/cifar.h"
#include "data/tar.h"
#include "fuzz/fuzz.h"

#define BLOCK 512

static void find(const uint8_t *bytes, size_t size) {
    const uint8_t *at;
    size_t length;
    bool found;
    enum cln_status status = cln_tar_find("x", bytes, size, "a.bin", &at, &length, &found);
    if (status != CLN_OK) {
        fuzz_check_error(status);
        return;
    }
    if (found)
        fuzz_check(at >= bytes && length <= size && (size_t)(at - bytes) <= size - length,
                   "a file outside its archive");
}

/* The sum of each block that may be a header. */
static void put_right(uint8_t *bytes, size_t size) {
    for (size_t offset = 0; offset + BLOCK <= size; offset += BLOCK) {
        unsigned sum = 0;
        char digits[16];
        memset(bytes + offset + 148, ' ', 8);
        for (size_t i = 0; i < BLOCK; i++)
            sum += bytes[offset + i];
        snprintf(digits, sizeof digits, "%06o", sum & 0777777);
        memcpy(bytes + offset + 148, digits, 7);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = fuzz_copy(data, size);
    find(copy, size);
    put_right(copy, size);
    find(copy, size);
    free(copy);
    return 0;
}
