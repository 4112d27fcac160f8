/*
 * C (m, n) = op(A) op(B), for CPUs: a work-item computes a block of BLOCK_M x BLOCK_N, packing the
 * panels of A and B it needs into private memory (its stack), in register tiles of ROWS x VECTORS
 * vectors. K may be split over work-items (dimension 2); their sums go to (parts, m, n) and
 * sum_parts.cl adds them up.
 *
 * Blocks are cut in m and n only as far as that leaves every sum's order alone, so that the result
 * does not depend on BLOCK_M or BLOCK_N.
 */
#include "activation.clh"
#include "tensor.clh"
#include "register_tile.clh"

#ifndef TRANSPOSE_A /* 1: A is stored (k, m) */
#define TRANSPOSE_A 0
#endif
#ifndef TRANSPOSE_B /* 1: B is stored (n, k) */
#define TRANSPOSE_B 0
#endif
#ifndef ROWS
#define ROWS 6
#endif
#ifndef VECTORS
#define VECTORS 2
#endif
#ifndef BLOCK_M /* a multiple of ROWS */
#define BLOCK_M (ROWS * 8)
#endif
#ifndef BLOCK_N /* a multiple of VECTORS * WIDTH */
#define BLOCK_N (VECTORS * WIDTH)
#endif
#ifndef BLOCK_K
#define BLOCK_K 256
#endif
#ifndef COLUMN_SUMS /* 1: also sums[n] = the sum of B's rows; k is at most BLOCK_K and not split */
#define COLUMN_SUMS 0
#endif
#ifndef BIAS /* 1: adds bias[n] */
#define BIAS 0
#endif
#ifndef ACTIVATION
#define ACTIVATION ACTIVATION_NONE
#endif

#define COLUMNS  (VECTORS * WIDTH)
#define A_STRIDE (BLOCK_M + WIDTH) /* not a power of two, whose rows would share cache sets */

/*
 * to[i * to_stride + c] = from[i * stride + c] for c < used. The lanes from there to the end of the
 * vector hold anything: their sums are never stored. `end` is where the matrix ends.
 */
static void pack_straight(__global const float *from, __global const float *end, uint stride,
                          uint depth, uint used, float *to, uint to_stride) {
    for (uint i = 0; i < depth; i++) {
        for (uint c = 0; c < used; c += WIDTH) {
            const uint left = used - c;
            if (left >= WIDTH || from + c + WIDTH <= end)
                STORE_PRIVATE(VLOAD(from + c), to + c);
            else
                STORE_PRIVATE(load_part(from + c, left), to + c);
        }
        from += stride;
        to += to_stride;
    }
}

/* to[i * to_stride + c] = from[c * stride + i] for c < used. */
static void pack_transposed(__global const float *from, uint stride, uint depth, uint used,
                            float *to, uint to_stride) {
    for (uint c = 0; c < used; c += WIDTH) {
        uint at[WIDTH], i = 0;
        UNROLL for (uint u = 0; u < WIDTH; u++) at[u] = min(c + u, used - 1) * stride;
        for (; i + WIDTH <= depth; i += WIDTH) {
            FLOATV row[WIDTH];
            UNROLL for (uint u = 0; u < WIDTH; u++) row[u] = VLOAD(from + at[u] + i);
            transpose(row);
            UNROLL for (uint u = 0; u < WIDTH; u++) STORE_PRIVATE(row[u], to + (i + u) * to_stride + c);
        }
        for (; i < depth; i++)
            for (uint u = 0; u < WIDTH; u++)
                to[i * to_stride + c + u] = from[at[u] + i];
    }
}

/* Zeros in the vectors of a panel that no column reaches: their sums are never stored, but what is
 * left there from before would be multiplied. */
static inline void clear_behind(float *panel, uint depth, uint used) {
    for (uint c = (used + WIDTH - 1) / WIDTH * WIDTH; c < COLUMNS; c += WIDTH)
        for (uint i = 0; i < depth; i++)
            STORE_PRIVATE((FLOATV)(0.0f), panel + i * COLUMNS + c);
}

/* The tile's rows of C from `column` on, with bias and activation. No break: it would not unroll. */
static inline void finish(FLOATV (*sum)[VECTORS], __global const float *bias, __global float *c,
                          uint rows, uint column, uint n) {
    UNROLL for (uint v = 0; v < VECTORS; v++) {
        const uint at = column + v * WIDTH, left = PLACES_LEFT(n, at);
        FLOATV b = (FLOATV)(0.0f);
#if BIAS
        if (left >= WIDTH)
            b = VLOAD(bias + at);
        else
            b = load_part(bias + at, left);
#endif
        UNROLL for (uint r = 0; r < ROWS; r++) {
            const FLOATV z = sum[r][v] + b;
            const FLOATV y = ACTIVATE(ACTIVATION, FLOATV, z);
            if (r < rows && left >= WIDTH)
                STORE_GLOBAL(y, c + r * n + at);
            else if (r < rows)
                store_part(y, c + r * n + at, left);
        }
    }
}

/* Has the tile's rows of C at hand when its sums are done: a store to a line that has to come from
 * memory first would be waited for. */
static inline void expect_stores(__global float *c, uint rows, uint column, uint n) {
    UNROLL for (uint r = 0; r < ROWS; r++) UNROLL for (uint v = 0; v < VECTORS; v++)
        FETCH_TO_WRITE(c + min(r, rows - 1) * n + min(column + v * WIDTH, n - 1));
}

#if TRANSPOSE_A
#define A_SPACE
#else
#define A_SPACE __global
#endif

/* sum += A's rows times the panel of B; rows past `rows` repeat the last one and are not stored. */
static inline void add_products(FLOATV (*sum)[VECTORS], A_SPACE const float *a, uint rows,
                                const float *b, uint depth, uint row_stride, uint depth_stride) {
    uint at[ROWS];
    UNROLL for (uint r = 0; r < ROWS; r++) at[r] = min(r, rows - 1) * row_stride;
    for (uint q = 0; q < depth; q++) {
        FLOATV bv[VECTORS];
        UNROLL for (uint v = 0; v < VECTORS; v++) bv[v] = VLOAD(b + v * WIDTH);
        UNROLL for (uint r = 0; r < ROWS; r++) {
            const FLOATV av = (FLOATV)(a[at[r]]);
            UNROLL for (uint v = 0; v < VECTORS; v++) sum[r][v] = fma(av, bv[v], sum[r][v]);
        }
        a += depth_stride;
        b += COLUMNS;
    }
}

#if COLUMN_SUMS
/* The sums of the `used` columns of a panel, from the first row to the last as column_sum.cl adds. */
static inline void sum_columns(const float *panel, uint depth, uint used, __global float *sums) {
    FLOATV sum[VECTORS];
    UNROLL for (uint v = 0; v < VECTORS; v++) sum[v] = (FLOATV)(0.0f);
    for (uint q = 0; q < depth; q++)
        UNROLL for (uint v = 0; v < VECTORS; v++) sum[v] += VLOAD(panel + q * COLUMNS + v * WIDTH);
    UNROLL for (uint v = 0; v < VECTORS; v++) {
        const uint left = PLACES_LEFT(used, v * WIDTH);
        if (left >= WIDTH)
            STORE_GLOBAL(sum[v], sums + v * WIDTH);
        else
            store_part(sum[v], sums + v * WIDTH, left);
    }
}
#endif

WIDE __kernel void gemm_cpu(TENSOR(const float, a), TENSOR(const float, b), TENSOR(const float, bias),
                            TENSOR(float, c), uint m, uint n, uint k, uint k_part,
                            TENSOR(float, sums)) {
    OPEN(const float, a);
    OPEN(const float, b);
    OPEN(const float, bias);
    OPEN(float, c);
    OPEN(float, sums);
    const uint m0 = get_global_id(0) * BLOCK_M, n0 = get_global_id(1) * BLOCK_N;
    const uint k_from = get_global_id(2) * k_part, k_to = min(k_from + k_part, k);
    if (m0 >= m || n0 >= n || k_from >= k_to)
        return;
    const uint rows = min((uint)BLOCK_M, m - m0), columns = min((uint)BLOCK_N, n - n0);
#if TRANSPOSE_A
    float panel_a[BLOCK_K * A_STRIDE] LINE_ALIGNED;
#endif
    float panel_b[BLOCK_K * BLOCK_N] LINE_ALIGNED, kept[BLOCK_M * BLOCK_N] LINE_ALIGNED;
    c += ((size_t)get_global_id(2) * m + m0) * n;

    for (uint k0 = k_from; k0 < k_to; k0 += BLOCK_K) {
        const uint depth = min((uint)BLOCK_K, k_to - k0);
        const bool first = k0 == k_from, last = k0 + BLOCK_K >= k_to;
        for (uint j = 0; j < columns; j += COLUMNS) {
            const uint used = min((uint)COLUMNS, columns - j);
#if TRANSPOSE_B
            pack_transposed(b + (n0 + j) * k + k0, k, depth, used, panel_b + j * BLOCK_K, COLUMNS);
#else
            pack_straight(b + k0 * n + n0 + j, b + k * n, n, depth, used, panel_b + j * BLOCK_K,
                          COLUMNS);
#endif
            clear_behind(panel_b + j * BLOCK_K, depth, used);
#if COLUMN_SUMS
            if (m0 == 0)
                sum_columns(panel_b + j * BLOCK_K, depth, used, sums + n0 + j);
#endif
        }
#if TRANSPOSE_A
        pack_straight(a + k0 * m + m0, a + k * m, m, depth, rows, panel_a, A_STRIDE);
#endif
        for (uint i = 0; i < rows; i += ROWS)
            for (uint j = 0; j < columns; j += COLUMNS) {
                FLOATV sum[ROWS][VECTORS];
                float *keep = kept + i * BLOCK_N + j;
                if (last)
                    expect_stores(c + i * n, rows - i, n0 + j, n);
                UNROLL for (uint r = 0; r < ROWS; r++) UNROLL for (uint v = 0; v < VECTORS; v++)
                    sum[r][v] = first ? (FLOATV)(0.0f) : VLOAD(keep + r * BLOCK_N + v * WIDTH);
#if TRANSPOSE_A
                add_products(sum, panel_a + i, rows - i, panel_b + j * BLOCK_K, depth, 1, A_STRIDE);
#else
                add_products(sum, a + (m0 + i) * k + k0, rows - i, panel_b + j * BLOCK_K, depth, k, 1);
#endif
                if (last) {
                    finish(sum, bias, c + i * n, rows - i, n0 + j, n);
                    continue;
                }
                UNROLL for (uint r = 0; r < ROWS; r++) UNROLL for (uint v = 0; v < VECTORS; v++)
                    STORE_PRIVATE(sum[r][v], keep + r * BLOCK_N + v * WIDTH);
            }
    }
}
