/* IDX, as published data sets have it, of each rank. */
#include <stdlib.h>

#include "data/idx.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    uint8_t *copy = fuzz_copy(data, size);
    for (int rank = 1; rank <= CLN_IDX_MAX_RANK; rank++) {
        struct cln_idx idx;
        enum cln_status status = cln_idx_parse("x", copy, size, rank, &idx);
        if (status == CLN_OK)
            fuzz_check(idx.values == copy + idx.offset && idx.offset + idx.count == size,
                       "values elsewhere than in the file");
        else
            fuzz_check_error(status);
    }
    free(copy);
    return 0;
}
