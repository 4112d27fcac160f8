/*
 * Convolution for CPUs: a work-item computes one row of the output for VECTORS vectors of channels,
 * PIXELS pixels at a time in registers. The last tile of a row overlaps the one before it.
 *
 * The gradient of the input is a convolution too: of dy, spread DILATE_H and DILATE_W apart with
 * zeros round it, with the weights FLIPped. Then CI and IH, IW are dy's and CO, OH, OW those of dx.
 */
#include "activation.clh"
#include "conv_shape.clh"
#include "register_tile.clh"
#include "tensor.clh"

#ifndef PIXELS /* at most OW */
#define PIXELS 1
#endif
#ifndef VECTORS
#define VECTORS 1
#endif
#ifndef DILATE_H
#define DILATE_H 1
#endif
#ifndef DILATE_W
#define DILATE_W 1
#endif
#ifndef FLIP
#define FLIP 0
#endif
#ifndef GATHER /* 1: some taps lie outside of the image, or between dilated pixels */
#define GATHER 1
#endif

#define BLOCK (VECTORS * WIDTH)            /* output channels of a work-item */
#define PATCH ((PIXELS - 1) * SW + KW)     /* input pixels under a tile, in a row */

/* packed (CO / BLOCK, KH, KW, CI, BLOCK), zero past CO; w is (KH, KW, CO, CI) if FLIP */
__kernel void conv_cpu_pack(TENSOR(const float, w), TENSOR(float, packed)) {
    OPEN(const float, w);
    OPEN(float, packed);
    const uint tap = get_global_id(0); /* ky, kx, ci */
    if (tap >= KH * KW * CI)
        return;
    for (uint c = 0; c < (CO + BLOCK - 1) / BLOCK * BLOCK; c++) {
#if FLIP
        const uint from = (KH * KW - 1 - tap / CI) * CO * CI + c * CI + tap % CI;
#else
        const uint from = tap * CO + c;
#endif
        packed[(c / BLOCK * KH * KW * CI + tap) * BLOCK + c % BLOCK] = c < CO ? w[from] : 0.0f;
    }
}

#if GATHER
/* The input under the tile at (oy, ox), zero where there is none. */
static inline void gather(__global const float *image, uint oy, uint ox, float *patch) {
    for (uint ky = 0; ky < KH; ky++)
        for (uint px = 0; px < PATCH; px++, patch += CI) {
            const int y = (int)(oy * SH + ky) - PT, x = (int)(ox * SW + px) - PL;
            const bool inside = y >= 0 && y % DILATE_H == 0 && y / DILATE_H < IH && x >= 0 &&
                                x % DILATE_W == 0 && x / DILATE_W < IW;
            __global const float *from = image + (inside ? (y / DILATE_H * IW + x / DILATE_W) * CI : 0);
            uint c = 0;
            for (; c + WIDTH <= CI; c += WIDTH)
                STORE_PRIVATE(inside ? VLOAD(from + c) : (FLOATV)(0.0f), patch + c);
            for (; c < CI; c++)
                patch[c] = inside ? from[c] : 0.0f;
        }
}
#endif

/* y = f(sum + bias) for channels [c, c + BLOCK) of PIXELS pixels */
static inline void finish(FLOATV (*sum)[VECTORS], __global const float *bias,
                          __global const float *gate, __global float *y, uint c) {
    UNROLL for (uint v = 0; v < VECTORS; v++) {
        const uint at = c + v * WIDTH, left = PLACES_LEFT(CO, at);
        FLOATV b = (FLOATV)(0.0f);
#if BIAS
        if (left >= WIDTH)
            b = VLOAD(bias + at);
        else
            b = load_part(bias + at, left);
#endif
        UNROLL for (uint p = 0; p < PIXELS; p++) {
            const FLOATV z = sum[p][v] + b;
            FLOATV value = ACTIVATE(ACTIVATION, FLOATV, z);
#if GATED
            value = gated(value, gate + p * CO + at, left);
#endif
            if (left >= WIDTH)
                STORE_GLOBAL(value, y + p * CO + at);
            else
                store_part(value, y + p * CO + at, left);
        }
    }
}

WIDE __kernel void conv_cpu(TENSOR(const float, x), TENSOR(const float, packed),
                            TENSOR(const float, bias), TENSOR(float, y),
                            TENSOR(const float, gate), uint n) {
    OPEN(const float, x);
    OPEN(const float, packed);
    OPEN(const float, bias);
    OPEN(float, y);
    OPEN(const float, gate);
    const uint row = get_global_id(0), block = get_global_id(1), oy = row % OH;
    if (row >= n * OH || block * BLOCK >= CO)
        return;
    __global const float *image = x + (size_t)(row / OH) * IH * IW * CI;
#if GATHER
    float patch[KH * PATCH * CI] LINE_ALIGNED;
#endif
    y += (size_t)row * OW * CO;
    gate += GATED ? (size_t)row * OW * CO : 0;
    for (uint ox = 0; ox < OW; ox += PIXELS) {
        const uint first = min(ox, (uint)(OW - PIXELS));
        __global const float *w = packed + block * KH * KW * CI * BLOCK;
        FLOATV sum[PIXELS][VECTORS];
        UNROLL for (uint p = 0; p < PIXELS; p++) UNROLL for (uint v = 0; v < VECTORS; v++)
            sum[p][v] = (FLOATV)(0.0f);
#if GATHER
        gather(image, oy, first, patch);
#endif
        for (uint ky = 0; ky < KH; ky++) {
#if GATHER
            const float *in = patch + ky * PATCH * CI;
#else
            __global const float *in = image + ((oy * SH + ky) * IW + first * SW) * CI;
#endif
            for (uint i = 0; i < KW * CI; i++) {
                FLOATV wv[VECTORS];
                UNROLL for (uint v = 0; v < VECTORS; v++) wv[v] = VLOAD(w + v * WIDTH);
                UNROLL for (uint p = 0; p < PIXELS; p++) {
                    const FLOATV xv = (FLOATV)(in[p * SW * CI]);
                    UNROLL for (uint v = 0; v < VECTORS; v++)
                        sum[p][v] = fma(xv, wv[v], sum[p][v]);
                }
                w += BLOCK;
                in++;
            }
        }
        finish(sum, bias, gate + first * CO, y + first * CO, block * BLOCK);
    }
}
