/* A kept program: the file as it is, and the bytes as a binary under a right header. */
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "fuzz/fuzz.h"
#include "runtime/program_private.h"

#define KEY  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define NAME "clnoise/programs/" KEY ".bin"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    unsigned char *binary;
    size_t length;
    setenv("XDG_CACHE_HOME", fuzz_folder(), 1);
    fuzz_put(NAME, data, size);
    if (cln_program_cache_load(KEY, &binary, &length)) {
        fuzz_check(length > 0 && length < size, "a binary larger than its file");
        free(binary);
    }
    cln_program_cache_store(KEY, data, size);
    if (cln_program_cache_load(KEY, &binary, &length)) {
        fuzz_check(length == size && !memcmp(binary, data, size), "another binary than was kept");
        free(binary);
    } else {
        fuzz_check(size == 0, "what was kept is not there");
    }
    return 0;
}
