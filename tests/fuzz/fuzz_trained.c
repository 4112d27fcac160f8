/* A trained net's file, opened to be used again: weights' header, and the texts in it. */
#include "fuzz/fuzz.h"
#include "run/trained.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_trained *trained;
    const char *path = fuzz_put("model.safetensors", data, size);
    enum cln_status status = cln_trained_open(path, NULL, NULL, 0, &trained);
    if (status == CLN_OK)
        cln_trained_free(trained);
    else
        fuzz_check_error(status);
    return 0;
}
