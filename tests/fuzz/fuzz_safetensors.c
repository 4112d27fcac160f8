/* A file of weights: read, and every value of every tensor touched. */
#include "fuzz/fuzz.h"
#include "model/safetensors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_safetensors file;
    enum cln_status status = cln_safetensors_read(fuzz_put("w.safetensors", data, size), &file);
    if (status != CLN_OK) {
        fuzz_check_error(status);
        return 0;
    }
    volatile float sum = 0;
    for (size_t t = 0; t < file.count; t++) {
        size_t elems = 1;
        for (int d = 0; d < file.tensors[t].rank; d++)
            elems *= (size_t)file.tensors[t].shape[d];
        fuzz_check(elems <= size / sizeof(float), "a tensor larger than its file");
        for (size_t i = 0; i < elems; i++)
            sum = sum + file.tensors[t].values[i];
    }
    (void)cln_safetensors_find(&file, "config");
    cln_safetensors_done(&file);
    return 0;
}
