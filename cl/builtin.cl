/*
 * builtin: one built-in function by itself, to check a device: y = f(a, b, c) for `n` elements.
 *
 * A work-item takes LANES elements, because a compiler's scalars and vectors are not the same code.
 */
#include "builtin.clh"
#include "lanes.clh"
#include "tensor.clh"

#define ONE_WHERE(test) AS_FLOATV(LANE_MASK(test) & AS_INTV((floatv)(1.0f)))

static inline floatv compute(uint which, floatv a, floatv b, floatv c) {
    switch (which) {
    case BUILTIN_ADD:
        return a + b;
    case BUILTIN_MULTIPLY:
        return a * b;
    case BUILTIN_FMA:
        return fma(a, b, c);
    case BUILTIN_DIVIDE:
        return a / b;
    case BUILTIN_SQRT:
        return sqrt(a);
    case BUILTIN_EXP:
        return exp(a);
    case BUILTIN_EXPM1:
        return expm1(a);
    case BUILTIN_LOG:
        return log(a);
    case BUILTIN_TANH:
        return tanh(a);
    case BUILTIN_RINT:
        return rint(a);
    case BUILTIN_CONVERT:
        return TO_FLOATV(AS_UINTV(a));
    case BUILTIN_FINITE:
        return ONE_WHERE(isfinite(a));
    default:
        return ONE_WHERE(a > (floatv)(0.0f));
    }
}

kernel void builtin(TENSOR(const float, a), TENSOR(const float, b), TENSOR(const float, c),
                    TENSOR(float, y), uint which, uint n) {
    OPEN(const float, a);
    OPEN(const float, b);
    OPEN(const float, c);
    OPEN(float, y);
    const uint first = get_global_id(0) * LANES;
    if (first >= n)
        return;
    float part[3][LANES], result[LANES];
    for (uint i = 0; i < LANES; i++) {
        const uint at = min(first + i, n - 1);
        part[0][i] = a[at];
        part[1][i] = b[at];
        part[2][i] = c[at];
    }
    STOREV(compute(which, LOADV(0, part[0]), LOADV(0, part[1]), LOADV(0, part[2])), 0, result);
    for (uint i = 0; i < LANES && first + i < n; i++)
        y[first + i] = result[i];
}
