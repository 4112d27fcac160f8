/*
 * What a device can do, as far as choosing a kernel variant needs it. Variants are chosen by these
 * and by measurement, never by vendor name. Plain data: tests may make their own.
 */
#ifndef CLN_RUNTIME_CAPS_H
#define CLN_RUNTIME_CAPS_H

#include <stdbool.h>
#include <stddef.h>

struct cln_caps {
    bool is_cpu;
    int float_vector_width; /* native width for float: 1, 2, 4, 8 or 16 */
    int compute_units;
    size_t max_group_items; /* largest work-group the device takes */
    size_t max_item_sizes[3];
    size_t local_memory_bytes;
    bool local_memory_dedicated; /* false where local memory is ordinary memory, as on CPUs */
    size_t cache_bytes;          /* of the global memory cache; 0 if the device does not say */
    bool clblast;                /* CLBlast is built in and wanted on this device */
    const char *avoid; /* variants that are wrong here, "conv2d=cpu_vector,..."; NULL: none */
};

#endif
