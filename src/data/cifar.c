#include "data/cifar.h"

enum cln_status cln_cifar_parse(const char *name, const void *data, size_t length,
                                struct cln_cifar *out) {
    const uint8_t *bytes = data;
    if (length == 0 || length % CLN_CIFAR_RECORD)
        return CLN_FAIL(DATA, "%s: %zu bytes; accepted: records of %d bytes, at least one", name,
                        length, CLN_CIFAR_RECORD);
    for (size_t at = 0; at < length; at += CLN_CIFAR_RECORD)
        if (bytes[at] >= CLN_CIFAR_CLASSES)
            return CLN_FAIL(DATA, "%s: offset %zu: label %d of image %zu; accepted: 0 to %d", name,
                            at, bytes[at], at / CLN_CIFAR_RECORD, CLN_CIFAR_CLASSES - 1);
    *out = (struct cln_cifar){bytes, length / CLN_CIFAR_RECORD};
    return CLN_OK;
}

void cln_cifar_unpack(const struct cln_cifar *cifar, size_t count, uint8_t *images,
                      uint8_t *labels) {
    for (size_t i = 0; i < count; i++) {
        const uint8_t *record = cifar->records + i * CLN_CIFAR_RECORD;
        uint8_t *image = images + i * CLN_CIFAR_ELEMS;
        labels[i] = record[0];
        for (size_t pixel = 0; pixel < CLN_CIFAR_PIXELS; pixel++)
            for (size_t channel = 0; channel < CLN_CIFAR_CHANNELS; channel++)
                image[pixel * CLN_CIFAR_CHANNELS + channel] =
                    record[1 + channel * CLN_CIFAR_PIXELS + pixel];
    }
}
