/*
 * The binary version of CIFAR-10: records of a label and an image of 32 x 32 pixels, its red values
 * first, then the green, then the blue (https://www.cs.toronto.edu/~kriz/cifar.html). Read from
 * memory.
 */
#ifndef CLN_DATA_CIFAR_H
#define CLN_DATA_CIFAR_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CLN_CIFAR_SIZE     32
#define CLN_CIFAR_CHANNELS 3
#define CLN_CIFAR_PIXELS   (CLN_CIFAR_SIZE * CLN_CIFAR_SIZE)
#define CLN_CIFAR_ELEMS    (CLN_CIFAR_PIXELS * CLN_CIFAR_CHANNELS)
#define CLN_CIFAR_RECORD   (1 + CLN_CIFAR_ELEMS)
#define CLN_CIFAR_CLASSES  10

struct cln_cifar {
    const uint8_t *records; /* into the bytes that were parsed */
    size_t count;
};

/* `name` stands in messages only. CLN_DATA unless the bytes are whole records, at least one, whose
 * labels are below 10. */
enum cln_status cln_cifar_parse(const char *name, const void *bytes, size_t length,
                                struct cln_cifar *out);

/* The first `count` records as labels (count) and images (count, 32, 32, 3). */
void cln_cifar_unpack(const struct cln_cifar *cifar, size_t count, uint8_t *images,
                      uint8_t *labels);

#endif
