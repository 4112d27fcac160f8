/*
 * The OpenCL names that cl/philox.clh, cl/gauss.clh and cl/noise.clh use, for one lane on the host.
 * Included by the source files that include those, before them, and by no header.
 *
 * The build turns contraction of a * b + c off (-ffp-contract=off); fmaf() rounds once by C11.
 */
#ifndef CLN_BASE_ONE_LANE_H
#define CLN_BASE_ONE_LANE_H

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

_Static_assert(FLT_EVAL_METHOD == 0, "float operations must round to float");

typedef uint32_t uint;

#define LANES 1

#define convert_float(x)    ((float)(x))
#define fma(a, b, c)        fmaf(a, b, c)
#define clamp(x, low, high) fminf(fmaxf(x, low), high)

static inline uint mul_hi(uint a, uint b) {
    return (uint)(((uint64_t)a * b) >> 32);
}

static inline uint as_uint(float x) {
    uint bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline int as_int(uint x) {
    int value;
    memcpy(&value, &x, sizeof value);
    return value;
}

static inline float as_float(uint bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
