/*
 * Convolution and its gradients as matrix products by tiles in local memory, for GPUs; the matrices
 * of patches are never made, their elements are looked up. PASS says which product it is:
 *
 *     0  y  (n * OH * OW, CO)  = patches of x (.., KH * KW * CI) times w
 *     1  dx (n * IH * IW, CI)  = patches of dy (.., KH * KW * CO) times w, transposed a tap
 *     2  dw (KH * KW * CI, CO) = patches of x, transposed, times dy (n * OH * OW, CO); the pixels
 *        are split over groups (dimension 2), whose sums go to (parts, KH * KW * CI, CO)
 */
#include "activation.clh"
#include "conv_shape.clh"
#include "tensor.clh"

#ifndef PASS
#define PASS 0
#endif

#define DEPTH_FIRST_A (PASS != 2)
#define DEPTH_FIRST_B (PASS == 1)
#define PLACES        __global const float *a, __global const float *b, uint rows
#define PLACE_NAMES   a, b, rows

/* x at the tap (ky, kx, ci) of output pixel (n, oy, ox) */
static inline float patch_of_x(__global const float *x, uint pixel, uint tap) {
    const uint ci = tap % CI, kx = tap / CI % KW, ky = tap / (CI * KW);
    const int ix = (int)(pixel % OW * SW + kx) - PL, iy = (int)(pixel / OW % OH * SH + ky) - PT;
    if (iy < 0 || iy >= IH || ix < 0 || ix >= IW)
        return 0.0f;
    return x[(((size_t)(pixel / (OW * OH)) * IH + iy) * IW + ix) * CI + ci];
}

#if PASS == 0
#define COLUMN_COUNT CO
static inline float factor_a(PLACES, uint row, uint depth) {
    return row < rows ? patch_of_x(a, row, depth) : 0.0f;
}
static inline float factor_b(PLACES, uint depth, uint column) {
    return column < CO ? b[(size_t)depth * CO + column] : 0.0f;
}
#elif PASS == 1
#define COLUMN_COUNT CI
/* dy at the tap (ky, kx, co) of input pixel (n, iy, ix) */
static inline float factor_a(PLACES, uint row, uint depth) {
    const uint co = depth % CO, kx = depth / CO % KW, ky = depth / (CO * KW);
    const int x = (int)(row % IW + PL) - (int)kx, y = (int)(row / IW % IH + PT) - (int)ky;
    if (row >= rows || y < 0 || y % SH != 0 || y / SH >= OH || x < 0 || x % SW != 0 || x / SW >= OW)
        return 0.0f;
    return a[(((size_t)(row / (IW * IH)) * OH + y / SH) * OW + x / SW) * CO + co];
}
static inline float factor_b(PLACES, uint depth, uint column) {
    return column < CI ? b[((size_t)(depth / CO) * CI + column) * CO + depth % CO] : 0.0f;
}
#elif PASS == 2
#define COLUMN_COUNT CO
static inline float factor_a(PLACES, uint row, uint depth) {
    return row < rows ? patch_of_x(a, depth, row) : 0.0f;
}
static inline float factor_b(PLACES, uint depth, uint column) {
    return column < CO ? b[(size_t)depth * CO + column] : 0.0f;
}
#else
#error "PASS is 0, 1 or 2"
#endif

#include "group_tile.clh"

/* depth: KH * KW * CI, KH * KW * CO, or the pixels of dy, of which a group takes depth_part */
__attribute__((reqd_work_group_size(GROUP, GROUP, 1))) __kernel void
conv_gpu(TENSOR(const float, a), TENSOR(const float, b), TENSOR(const float, bias), TENSOR(float, c),
         TENSOR(const float, gate), uint rows, uint depth, uint depth_part) {
    OPEN(const float, a);
    OPEN(const float, gate);
    OPEN(const float, b);
    OPEN(const float, bias);
    OPEN(float, c);
    __local float tile_a[GROUP * (GROUP_TILE + 1)], tile_b[GROUP * (GROUP_TILE + 1)];
    const uint column0 = get_group_id(0) * GROUP_TILE, row0 = get_group_id(1) * GROUP_TILE;
    const uint part = get_group_id(2), from = part * depth_part;
    float sum[4][4];
    tile_product(PLACE_NAMES, tile_a, tile_b, row0, column0, from, min(from + depth_part, depth),
                 sum);
    c += (size_t)part * rows * COLUMN_COUNT;
    for (uint i = 0; i < 4; i++)
        for (uint j = 0; j < 4; j++) {
            const uint row = row0 + get_local_id(1) + i * GROUP;
            const uint column = column0 + get_local_id(0) + j * GROUP;
            if (row < rows && column < COLUMN_COUNT) {
                const size_t at = (size_t)row * COLUMN_COUNT + column;
                float z = sum[i][j];
#if BIAS
                z += bias[column];
#endif
#if GATED
                z = gate[at] > 0.0f ? z : 0.0f;
#endif
                c[at] = ACTIVATE(ACTIVATION, float, z);
            }
        }
}
