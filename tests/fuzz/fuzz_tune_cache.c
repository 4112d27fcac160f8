/* The tuner's file of a device. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "graph/tune_private.h"

static const char key[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_tune_cache cache = {0};
    fuzz_check(cln_tune_cache_read(fuzz_put("t.json", data, size), key, &cache) == CLN_OK,
               "a damaged cache is an error");
    for (int i = 0; i < cache.count; i++)
        fuzz_check(strlen(cache.entries[i]->key) == strlen(key), "a key that is no hash");
    cln_tune_cache_done(&cache);
    return 0;
}
