/* gzip, decompressed up to a limit. */
#include <stdlib.h>

#include "data/gunzip.h"
#include "fuzz/fuzz.h"

#define LIMIT 100000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = fuzz_copy(data, size), *out;
    size_t length;
    (void)cln_gzip_seen(copy, size);
    enum cln_status status = cln_gunzip("x", copy, size, LIMIT, &out, &length);
    if (status == CLN_OK) {
        fuzz_check(length <= LIMIT, "more than the limit");
        free(out);
    } else {
        fuzz_check_error(status);
    }
    free(copy);
    return 0;
}
