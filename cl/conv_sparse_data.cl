/*
 * The gradient of a convolution's input, behind a max-pool, for CPUs: visits only what passes the
 * pool. A work-item has an image and a block of its channels, and goes down its rows of windows.
 *
 * The pixels a row of windows touches are a strip, kept in private memory. For each window the
 * channels that pass are sorted by their place in the window (a word of bits for each place); then
 * the sums of the pixels that one or more places reach are loaded into registers, and each channel
 * adds its gradient times its KH x KW weights. Which sums those are is known when the kernel is
 * compiled, because places are taken one after the other.
 *
 * A row of pixels that no window below touches is written at once, so dx is written once, as a whole.
 */
#include "conv_sparse.clh"
#include "activation.clh"
#include "register_tile.clh"
#include "tensor.clh"

#ifndef VECTORS /* of input channels, in registers for each pixel */
#define VECTORS 1
#endif
#ifndef ROWS /* of weights at a time, divides KH */
#define ROWS KH
#endif
#ifndef TILE_H /* places whose sums are in registers together, divides POOL_H */
#define TILE_H POOL_H
#endif
#ifndef TILE_W /* divides POOL_W */
#define TILE_W POOL_W
#endif
#ifndef THROUGH_RELU /* 1: x is the output of a relu; dx is the gradient before it */
#define THROUGH_RELU 0
#endif

#define BLOCK      (VECTORS * WIDTH)
#define ADVANCE    (POOL_H * SH)               /* rows of pixels from a row of windows to the next */
#define STRIP_ROWS ((POOL_H - 1) * SH + KH)    /* rows of pixels that a row of windows touches */
#define TOUCHED    ((PW * POOL_W - 1) * SW + KW) /* columns, padding included */
#define STRIP_COLS (TOUCHED > PL + IW ? TOUCHED : PL + IW)
#define STRIP_ROW  (STRIP_COLS * BLOCK)
#define SUM_ROWS   ((TILE_H - 1) * SH + ROWS) /* sums in registers */
#define SUM_COLS   (((TILE_W - 1) * SW + KW) * VECTORS)
#define STEP       (POOL_W * SW * VECTORS) /* vectors from a window to the next */

/* w (KH, KW, CI, CO) -> packed (blocks of ci, KH / ROWS, CO, ROWS, KW, BLOCK); an item a channel */
__kernel void sparse_pack(TENSOR(const float, w), TENSOR(float, packed)) {
    OPEN(const float, w);
    OPEN(float, packed);
    const uint co = get_global_id(0);
    if (co >= CO)
        return;
    for (uint block = 0; block < (CI + BLOCK - 1) / BLOCK; block++)
        for (uint ky = 0; ky < KH; ky++)
            for (uint kx = 0; kx < KW; kx++) {
                const size_t group = (size_t)(block * (KH / ROWS) + ky / ROWS) * CO + co;
                __global float *to = packed + ((group * ROWS + ky % ROWS) * KW + kx) * BLOCK;
                for (uint c = 0; c < BLOCK; c++) {
                    const uint ci = block * BLOCK + c;
                    to[c] = ci < CI ? w[((ky * KW + kx) * CI + ci) * CO + co] : 0.0f;
                }
            }
}

/* Lane by lane: a vector of vectors passes through lanes left open, at which Oclgrind's check for
 * unwritten memory crashes. */
static inline ulong8 join(ulong2 a, ulong2 b, ulong2 c, ulong2 d) {
    return (ulong8)(a.x, a.y, b.x, b.y, c.x, c.y, d.x, d.y);
}

/* The places of 64 channels, of which there are `count`, eight to a lane. */
static inline ulong8 load_places(__global const uchar *place, uint count) {
    if (count >= 64)
        return join(as_ulong2(vload16(0, place)), as_ulong2(vload16(1, place)),
                    as_ulong2(vload16(2, place)), as_ulong2(vload16(3, place)));
    uchar lane[64];
    for (uint i = 0; i < 64; i++)
        lane[i] = i < count ? place[i] : NO_PLACE;
    return join(as_ulong2(vload16(0, lane)), as_ulong2(vload16(1, lane)),
                as_ulong2(vload16(2, lane)), as_ulong2(vload16(3, lane)));
}

/* Bit `bit` of each of the 64 bytes: the product moves the bytes' bits side by side. */
static inline ulong gather_bits(ulong8 bytes, uint bit) {
    const ulong8 bits = bytes >> (ulong8)(bit) & (ulong8)(0x0101010101010101UL);
    return as_ulong(convert_uchar8(bits * (ulong8)(0x0102040810204080UL) >> (ulong8)(56)));
}

/* word[p] = the channels whose gradient goes to place p */
static inline void sort_by_place(__global const uchar *place, uint count, __private ulong *word) {
    const ulong8 places = load_places(place, count);
    const ulong some = ~gather_bits(places, 7);
    UNROLL for (uint p = 0; p < AREA; p++) word[p] = some;
    UNROLL for (uint bit = 0; (AREA - 1) >> bit != 0; bit++) {
        const ulong plane = gather_bits(places, bit);
        UNROLL for (uint p = 0; p < AREA; p++) word[p] &= p >> bit & 1 ? plane : ~plane;
    }
}

static inline void load_sums(FLOATV sum[SUM_ROWS][SUM_COLS], uint first, __private const float *at) {
    UNROLL for (uint r = 0; r < SUM_ROWS; r++)
        UNROLL for (uint c = 0; c < SUM_COLS; c++)
            if (c >= first)
                sum[r][c] = VLOAD(at + r * STRIP_ROW + c * WIDTH);
}

/*
 * The windows of a row give TILE_H x TILE_W of their places to ROWS rows of weights. Sums that the
 * next window needs too stay in registers. Meanwhile the pixels of dx and x that the row writes and
 * reads at its end come to the cache.
 */
static inline void add_tiles(__private float *at, __private const ulong *word,
                             __global const float *dy, __global const float *w,
                             __global const float *x, __global float *dx) {
    FLOATV sum[SUM_ROWS][SUM_COLS];
    load_sums(sum, 0, at);
    for (uint p = 0; p < PW; p++) {
        UNROLL for (uint ty = 0; ty < TILE_H; ty++)
            UNROLL for (uint tx = 0; tx < TILE_W; tx++)
                for (ulong bits = word[ty * POOL_W + tx]; bits != 0; bits &= bits - 1) {
                    const uint channel = lowest_bit(bits);
                    const FLOATV d = (FLOATV)(dy[channel]);
                    __global const float *taps = w + channel * (ROWS * KW * BLOCK);
                    UNROLL for (uint r = 0; r < ROWS; r++)
                        UNROLL for (uint c = 0; c < KW * VECTORS; c++) {
                            FLOATV *s = &sum[ty * SH + r][tx * SW * VECTORS + c];
                            *s = fma(d, VLOAD(taps + (r * KW * VECTORS + c) * WIDTH), *s);
                        }
                }
        UNROLL for (uint r = 0; r < ADVANCE; r++)
            UNROLL for (uint c = 0; c < POOL_W * SW; c++) {
                FETCH_TO_WRITE(dx + (r * IW + c) * CI);
#if THROUGH_RELU
                FETCH(x + (r * IW + c) * CI);
#endif
            }
        dx += POOL_W * SW * CI;
        x += POOL_W * SW * CI;
        dy += CO;
        word += AREA;
        UNROLL for (uint r = 0; r < SUM_ROWS; r++)
            UNROLL for (uint c = 0; c < SUM_COLS; c++) {
                if (c < STEP || p + 1 == PW)
                    STORE_PRIVATE(sum[r][c], at + r * STRIP_ROW + c * WIDTH);
                if (c + STEP < SUM_COLS)
                    sum[r][c] = sum[r][c + STEP];
            }
        at += STEP * WIDTH;
        if (p + 1 < PW)
            load_sums(sum, SUM_COLS > STEP ? SUM_COLS - STEP : 0, at);
    }
}

/* A row of windows' share of its strip, from 64 channels of which there are `count`. */
static inline void add_row(__private float *strip, __global const uchar *place,
                           __global const float *dy, uint count, __global const float *w,
                           __global const float *x, __global float *dx) {
    ulong word[PW][AREA];
    for (uint p = 0; p < PW; p++)
        sort_by_place(place + p * CO, count, word[p]);
    for (uint ky = 0; ky < KH; ky += ROWS)
        for (uint ty = 0; ty < POOL_H; ty += TILE_H)
            for (uint tx = 0; tx < POOL_W; tx += TILE_W)
                add_tiles(strip + (ty * SH + ky) * STRIP_ROW + tx * SW * BLOCK,
                          &word[0][ty * POOL_W + tx], dy,
                          w + (size_t)(ky / ROWS) * CO * (ROWS * KW * BLOCK), x, dx);
}

/* A row of dx, `count` channels of it, from the strip's row. */
static inline void write_row(__private const float *from, __global const float *x,
                             __global float *dx, uint count, float scale) {
    for (uint col = 0; col < IW; col++)
        for (uint v = 0; v < VECTORS; v++) {
            const uint left = PLACES_LEFT(count, v * WIDTH), at = col * CI + v * WIDTH;
            FLOATV sum = VLOAD(from + (PL + col) * BLOCK + v * WIDTH) * scale;
#if THROUGH_RELU
            const FLOATV y = left >= WIDTH ? VLOAD(x + at) : load_part(x + at, left);
            sum = RELU_GRADIENT(FLOATV, y, sum);
#endif
            if (left >= WIDTH)
                STORE_GLOBAL(sum, dx + at);
            else
                store_part(sum, dx + at, left);
        }
}

/* dy, place (n, PH, PW, CO); x, dx (n, IH, IW, CI); items (block of channels, image) */
WIDE __kernel void sparse_data(TENSOR(const float, dy), TENSOR(const uchar, place),
                               TENSOR(const float, packed), TENSOR(const float, x),
                               TENSOR(float, dx), float scale, uint n) {
    OPEN(const float, dy);
    OPEN(const uchar, place);
    OPEN(const float, packed);
    OPEN(const float, x);
    OPEN(float, dx);
    const uint image = get_global_id(1), channel = get_global_id(0) * BLOCK;
    if (image >= n || channel >= CI)
        return;
    dy += (size_t)image * PH * PW * CO;
    place += (size_t)image * PH * PW * CO;
    packed += (size_t)channel * KH * KW * CO;
    x += (size_t)image * IH * IW * CI + channel;
    dx += (size_t)image * IH * IW * CI + channel;
    LINE_ALIGNED float strip[STRIP_ROWS * STRIP_ROW];
    for (uint i = 0; i < STRIP_ROWS * STRIP_ROW; i += WIDTH)
        STORE_PRIVATE((FLOATV)(0.0f), strip + i);
    /* strip begins at row `top` of the padded image; below the windows there may be rows of zeros */
    for (uint top = 0; top < PT + IH; top += ADVANCE) {
        const uint row = top / ADVANCE;
        for (uint co = 0; co < CO && row < PH; co += 64)
            add_row(strip, place + (size_t)row * PW * CO + co, dy + (size_t)row * PW * CO + co,
                    min((uint)(CO - co), 64u), packed + (size_t)co * ROWS * KW * BLOCK,
                    x + (size_t)top * IW * CI, dx + (size_t)top * IW * CI);
        for (uint r = 0; r < ADVANCE; r++) {
            const int to = (int)(top + r) - PT;
            __private float *from = strip + min(r, (uint)(STRIP_ROWS - 1)) * STRIP_ROW;
            if (r >= STRIP_ROWS) /* strides leave rows out: nothing was added to them */
                for (uint i = 0; i < STRIP_ROW; i += WIDTH)
                    STORE_PRIVATE((FLOATV)(0.0f), from + i);
            if (to >= 0 && to < IH)
                write_row(from, x + (size_t)to * IW * CI, dx + (size_t)to * IW * CI, CI - channel,
                          scale);
        }
        for (uint r = 0; r < STRIP_ROWS; r++)
            for (uint i = 0; i < STRIP_ROW; i += WIDTH)
                STORE_PRIVATE(r + ADVANCE < STRIP_ROWS
                                  ? VLOAD(strip + (r + ADVANCE) * STRIP_ROW + i)
                                  : (FLOATV)(0.0f),
                              strip + r * STRIP_ROW + i);
    }
}
