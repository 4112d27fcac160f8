/* Which vector width (-DWIDTH, see cl/vector.clh) a kernel is built with. */
#ifndef CLN_NN_VECTOR_H
#define CLN_NN_VECTOR_H

#include "graph/op.h"
#include "runtime/caps.h"

/* 16, 8, 4 or 1: the device's native width for floats, but at most `elems`. */
int cln_vector_width(const struct cln_caps *caps, size_t elems);

/* As above, but a divisor of `elems`. */
int cln_vector_width_dividing(const struct cln_caps *caps, size_t elems);

/* The device's own, 16, 8, 4 or 1, however small the tensor: what is over at its end costs less
 * than another build of the program. */
int cln_vector_lanes(const struct cln_caps *caps);

/* For a variant's fits(): a CPU that has vectors, whatever the node. */
bool cln_fits_wide_cpu(const struct cln_node *node, const struct cln_caps *caps);

/*
 * A `table` of two variants that differ in whether lower(node, lowering, vector) emits a kernel
 * with explicit vectors, for devices that fits() names, or one for all.
 */
#define CLN_VECTOR_VARIANTS(table, fits, lower)                                                    \
    static enum cln_status table##_vector(const struct cln_node *node,                             \
                                          struct cln_lowering *lowering) {                         \
        return lower(node, lowering, true);                                                        \
    }                                                                                              \
    static enum cln_status table##_reference(const struct cln_node *node,                          \
                                             struct cln_lowering *lowering) {                      \
        return lower(node, lowering, false);                                                       \
    }                                                                                              \
    static const struct cln_variant table[] = {                                                    \
        {"cpu_vector", fits, table##_vector},                                                      \
        {"reference", NULL, table##_reference},                                                    \
        {NULL, NULL, NULL},                                                                        \
    };

#endif
