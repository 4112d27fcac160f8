/* Small sums that tiling takes everywhere. */
#ifndef CLN_NN_SIZES_H
#define CLN_NN_SIZES_H

#include <stddef.h>

/* How many times b it takes to hold a. */
static inline size_t cln_divide_up(size_t a, size_t b) {
    return (a + b - 1) / b;
}

static inline size_t cln_smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

#endif
