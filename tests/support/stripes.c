#include "support/stripes.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "support/scratch.h"

#define EDGE 4

/* An array of bytes as NumPy writes it: a head of 128 bytes, then the values. */
static void write_array(const char *folder, const char *name, const char *shape,
                        const uint8_t *values, size_t count) {
    uint8_t bytes[128 + STRIPES_TRAIN * EDGE * EDGE];
    char head[128];
    memset(bytes, ' ', 128);
    memcpy(bytes, "\x93NUMPY\x01\x00\x76\x00", 10); /* 0x76 bytes of text follow */
    int length = snprintf(head, sizeof head,
                          "{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }", shape);
    memcpy(bytes + 10, head, (size_t)length);
    bytes[127] = '\n';
    memcpy(bytes + 128, values, count);
    scratch_write(folder, name, bytes, 128 + count);
}

static void write_split(const char *folder, const char *images, const char *labels, int count) {
    uint8_t pixels[STRIPES_TRAIN * EDGE * EDGE], names[STRIPES_TRAIN];
    char shape[64];
    for (int i = 0; i < count; i++) {
        names[i] = (uint8_t)(i % 2);
        for (int p = 0; p < EDGE * EDGE; p++)
            pixels[i * EDGE * EDGE + p] =
                (uint8_t)(((names[i] ? p % EDGE : p / EDGE) % 2) * 200 + 13 * i % 50);
    }
    snprintf(shape, sizeof shape, "%d, %d, %d", count, EDGE, EDGE);
    write_array(folder, images, shape, pixels, (size_t)(count * EDGE * EDGE));
    snprintf(shape, sizeof shape, "%d,", count);
    write_array(folder, labels, shape, names, (size_t)count);
}

void stripes_write(const char *folder) {
    write_split(folder, "a.npy", "b.npy", STRIPES_TRAIN);
    write_split(folder, "c.npy", "d.npy", STRIPES_TEST);
}
