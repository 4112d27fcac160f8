/* Records of CIFAR-10's binary version. The input is laid out thinly: its bytes become labels and
 * every 64th value, so that a small one makes several records. */
#include <stdlib.h>
#include <string.h>

#include "data/cifar.h"
#include "fuzz/fuzz.h"

#define STEP 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    size_t length = size > 4096 ? size : size * STEP + (size ? data[0] : 0);
    uint8_t *bytes = calloc(length + 1, 1);
    struct cln_cifar cifar;
    fuzz_check(bytes, "out of memory");
    for (size_t i = 0; i < size; i++)
        bytes[size > 4096 ? i : i * STEP] = data[i];
    if (size > 1 && data[1] % 2) /* whole records */
        length -= length % CLN_CIFAR_RECORD;
    uint8_t *copy = fuzz_copy(bytes, length);
    enum cln_status status = cln_cifar_parse("x", copy, length, &cifar);
    if (status == CLN_OK) {
        uint8_t *images = malloc(cifar.count * CLN_CIFAR_ELEMS), *labels = malloc(cifar.count);
        fuzz_check(images && labels, "out of memory");
        cln_cifar_unpack(&cifar, cifar.count, images, labels);
        for (size_t i = 0; i < cifar.count; i++)
            fuzz_check(labels[i] < CLN_CIFAR_CLASSES, "a label that no class has");
        free(images);
        free(labels);
    } else {
        fuzz_check_error(status);
    }
    free(copy);
    free(bytes);
    return 0;
}
