/* Arrays of the user's own, IDX and NumPy: headers, and every value. */
#include <stdlib.h>

#include "data/array.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_array array;
    uint8_t *copy = fuzz_copy(data, size), value;
    enum cln_status status = cln_array_parse("x", copy, size, size, &array);
    if (status == CLN_OK) {
        fuzz_check(array.offset + array.count * (size_t)array.value_bytes == size,
                   "values elsewhere than in the file");
        for (size_t i = 0; i < array.count; i++)
            (void)cln_array_byte(&array, copy + array.offset, i, &value);
    } else {
        fuzz_check_error(status);
    }
    /* The header alone, of a file that is said to be longer. */
    if (size >= 16)
        (void)cln_array_parse("x", copy, size, size * 1000, &array);
    free(copy);
    return 0;
}
