/*
 * A 3 x 3 convolution with stride 1 for CPUs, by Winograd's algorithm: see winograd.clh. A work-item
 * takes TILES (a multiple of ROWS) tiles of outputs, from anywhere in the batch; their transformed
 * inputs and products stay on its stack, so that only the result goes to memory. Of more than DEPTH
 * input channels, DEPTH at a time are transformed, once for each block of output channels.
 *
 * FLIP: w is (3, 3, CO, CI), to be flipped: the convolution of dy that gives dx, as in conv_cpu.cl.
 * FIRST: the input is that of a convolution before this one, see winograd_first.clh; with POOL.
 * POOL: max-pooling over windows of 2 x 2 and dropout behind it, see winograd_pool.clh. A tile holds
 * whole windows, and OH, OW are then as far as there are windows, so even.
 */
#ifndef FIRST
#define FIRST 0
#endif
#if FIRST
#define INPUT_SPACE __private
#endif
#include "winograd_input.clh"

#ifndef ROWS
#define ROWS 6
#endif
#ifndef FLIP
#define FLIP 0
#endif
#ifndef POOL
#define POOL 0
#endif

#define CHUNKED (CI > DEPTH)

/* packed (CO / BLOCK, points, CI, BLOCK) = G w G^T, zero past CO; a work-item an input channel */
WIDE __kernel void winograd_filter(TENSOR(const float, w), TENSOR(float, packed)) {
    OPEN(const float, w);
    OPEN(float, packed);
    const uint ci = get_global_id(0);
    if (ci >= CI)
        return;
    for (uint co = 0; co < (CO + BLOCK - 1) / BLOCK * BLOCK; co += WIDTH) {
        FLOATV half_done[3 * WINOGRAD_IN], column[WINOGRAD_IN];
        for (uint kx = 0; kx < 3; kx++) {
            for (uint ky = 0; ky < 3; ky++) {
                const uint tap = ky * 3 + kx;
                if (!FLIP && co + WIDTH <= CO) {
                    column[ky] = VLOAD(w + (tap * CI + ci) * CO + co);
                    continue;
                }
                float lane[WIDTH];
                for (uint i = 0; i < WIDTH; i++)
                    lane[i] = co + i >= CO ? 0.0f
                              : FLIP       ? w[((8 - tap) * CO + co + i) * CI + ci]
                                           : w[(tap * CI + ci) * CO + co + i];
                column[ky] = VLOAD(lane);
            }
            WINOGRAD_FILTER(FLOATV, half_done + kx, 3, column);
        }
        __global float *to = packed + ((co / BLOCK * WINOGRAD_POINTS) * CI + ci) * BLOCK + co % BLOCK;
        for (uint y = 0; y < WINOGRAD_IN; y++) {
            WINOGRAD_FILTER(FLOATV, column, 1, half_done + 3 * y);
            for (uint x = 0; x < WINOGRAD_IN; x++)
                STORE_GLOBAL(column[x], to + (y * WINOGRAD_IN + x) * CI * BLOCK);
        }
    }
}

/* out[row][channel] = the sum over `depth` input channels of in[row][..] * w[..][channel], ROWS tiles;
 * but for the `first` channels, it is added to what is there */
static inline void multiply(const float *in, __global const float *w, uint depth, bool first,
                            float *out) {
    FLOATV sum[ROWS][VECTORS];
    UNROLL for (uint r = 0; r < ROWS; r++) UNROLL for (uint v = 0; v < VECTORS; v++)
        sum[r][v] = first ? (FLOATV)(0.0f) : VLOAD(out + r * BLOCK + v * WIDTH);
    for (uint c = 0; c < depth; c++) {
        FLOATV wv[VECTORS];
        UNROLL for (uint v = 0; v < VECTORS; v++) wv[v] = VLOAD(w + c * BLOCK + v * WIDTH);
        UNROLL for (uint r = 0; r < ROWS; r++) {
            const FLOATV xv = (FLOATV)(in[r * DEPTH + c]);
            UNROLL for (uint v = 0; v < VECTORS; v++) sum[r][v] = fma(xv, wv[v], sum[r][v]);
        }
    }
    UNROLL for (uint r = 0; r < ROWS; r++) UNROLL for (uint v = 0; v < VECTORS; v++)
        STORE_PRIVATE(sum[r][v], out + r * BLOCK + v * WIDTH);
}

/* z[WINOGRAD_OUT^2] = A^T out A + bias: A^T has ones only in the column of point 1, so bias goes in there. */
static inline void transform_output(const float *out, FLOATV bias, FLOATV *z) {
    FLOATV half_done[WINOGRAD_OUT * WINOGRAD_IN];
    UNROLL for (uint i = 0; i < WINOGRAD_IN; i++) {
        FLOATV column[WINOGRAD_IN];
        UNROLL for (uint j = 0; j < WINOGRAD_IN; j++)
            column[j] = VLOAD(out + (j * WINOGRAD_IN + i) * (TILES * BLOCK));
        if (i == 1)
            column[1] += bias;
        WINOGRAD_OUTPUT(FLOATV, half_done + i, WINOGRAD_IN, column);
    }
    UNROLL for (uint j = 0; j < WINOGRAD_OUT; j++)
        WINOGRAD_OUTPUT(FLOATV, z + j * WINOGRAD_OUT, 1, half_done + j * WINOGRAD_IN);
}

/* The bias of the channels from c on, `left` of which there are. */
static inline FLOATV bias_at(__global const float *bias, uint c, uint left) {
#if BIAS
    return CO % WIDTH == 0 || left >= WIDTH ? VLOAD(bias + c) : load_part(bias + c, left);
#else
    return (FLOATV)(0.0f);
#endif
}

/* in (points, TILES, DEPTH) from x's channels from `from` on, for `count` tiles from `first` on; x
 * begins with the row `origin` */
static inline void transform_inputs(INPUT_SPACE const float *x, size_t origin, uint first, uint count,
                                    uint from, float *in) {
#if !FIRST
    if (from == 0)
        fetch_input(x, first, first + count - 1);
#endif
    for (uint t = 0; t < count; t++)
        transform_input(x, origin, first + t, from, in + t * DEPTH);
}

/* Zeros in the tiles that make up the last ROWS: their sums are never stored, but what lies there
 * would be multiplied. */
static inline void clear_behind(uint count, float *in) {
    for (uint t = count; t % ROWS; t++)
        for (uint p = 0; p < WINOGRAD_POINTS; p++)
            for (uint c = 0; c < DEPTH; c += WIDTH)
                STORE_PRIVATE((FLOATV)(0.0f), in + (p * TILES + t) * DEPTH + c);
}

/* out (points, TILES, BLOCK) from in, for the block of channels from c on; or, from other channels
 * than the first, added to it */
static inline void multiply_block(const float *in, __global const float *packed, uint count, uint c,
                                  uint from, float *out) {
    const uint depth = CHUNKED ? min((uint)DEPTH, CI - from) : CI;
    for (uint p = 0; p < WINOGRAD_POINTS; p++) {
        __global const float *w =
            packed + ((size_t)(c / BLOCK * WINOGRAD_POINTS + p) * CI + from) * BLOCK;
        for (uint t = 0; t < count; t += ROWS)
            multiply(in + (p * TILES + t) * DEPTH, w, depth, !CHUNKED || from == 0,
                     out + (p * TILES + t) * BLOCK);
    }
}

/* The same from x; where all input channels are in `in`, it holds them from the first block on. */
static inline void convolve_block(INPUT_SPACE const float *x, size_t origin,
                                  __global const float *packed, uint first, uint count, uint c,
                                  float *in, float *out) {
    for (uint from = 0; from < CI; from += DEPTH) {
        if (CHUNKED || c == 0)
            transform_inputs(x, origin, first, count, from, in);
        multiply_block(in, packed, count, c, from, out);
    }
}

#if !POOL

/* y from z[WINOGRAD_OUT^2], WIDTH channels of which there are `left`, at the edges of the image and of the
 * channels */
static inline void store_edge(const FLOATV *z, uint rows, uint columns, uint left,
                              __global const float *gate, __global float *y) {
    float value[WINOGRAD_OUT * WINOGRAD_OUT * WIDTH] LINE_ALIGNED;
    UNROLL for (uint i = 0; i < WINOGRAD_OUT * WINOGRAD_OUT; i++)
        STORE_PRIVATE(z[i], value + i * WIDTH);
    for (uint j = 0; j < WINOGRAD_OUT && j < rows; j++)
        for (uint i = 0; i < WINOGRAD_OUT && i < columns; i++) {
            FLOATV v = VLOAD(value + (j * WINOGRAD_OUT + i) * WIDTH);
#if GATED
            v = gated(v, gate + (j * OW + i) * CO, left);
#endif
            if (CO % WIDTH == 0 || left >= WIDTH)
                STORE_GLOBAL(v, y + (j * OW + i) * CO);
            else
                store_part(v, y + (j * OW + i) * CO, left);
        }
}

/* y = f(A^T out A + bias) for a tile and the channels [c, c + BLOCK), as far as there is an image */
static inline void finish_tile(const float *out, __global const float *bias, uint tile, uint c,
                               __global const float *gate, __global float *y) {
    const uint y0 = TILE_Y(tile), x0 = TILE_X(tile);
    const bool whole = y0 + WINOGRAD_OUT <= OH && x0 + WINOGRAD_OUT <= OW;
    const size_t to = (((size_t)(tile / IMAGE_TILES) * OH + y0) * OW + x0) * CO + c;
    y += to;
    gate += GATED ? to : 0;
    for (uint v = 0; v < VECTORS && c + v * WIDTH < CO; v++) {
        const uint left = CO - c - v * WIDTH;
        FLOATV z[WINOGRAD_OUT * WINOGRAD_OUT];
        transform_output(out + v * WIDTH, bias_at(bias, c + v * WIDTH, left), z);
        UNROLL for (uint i = 0; i < WINOGRAD_OUT * WINOGRAD_OUT; i++)
            z[i] = ACTIVATE(ACTIVATION, FLOATV, z[i]);
        if (whole && (CO % WIDTH == 0 || left >= WIDTH)) {
#if GATED
            UNROLL for (uint j = 0; j < WINOGRAD_OUT; j++)
                UNROLL for (uint i = 0; i < WINOGRAD_OUT; i++)
                    z[j * WINOGRAD_OUT + i] = gated(z[j * WINOGRAD_OUT + i],
                                                    gate + (j * OW + i) * CO + v * WIDTH, WIDTH);
#endif
            UNROLL for (uint j = 0; j < WINOGRAD_OUT; j++)
                UNROLL for (uint i = 0; i < WINOGRAD_OUT; i++)
                    STORE_GLOBAL(z[j * WINOGRAD_OUT + i], y + (j * OW + i) * CO + v * WIDTH);
        } else {
            store_edge(z, OH - y0, OW - x0, left, gate + v * WIDTH, y + v * WIDTH);
        }
    }
}

WIDE __kernel void winograd_conv(TENSOR(const float, x), TENSOR(const float, packed),
                                 TENSOR(const float, bias), TENSOR(float, y),
                                 TENSOR(const float, gate), uint n) {
    OPEN(const float, x);
    OPEN(const float, packed);
    OPEN(const float, bias);
    OPEN(float, y);
    OPEN(const float, gate);
    const uint first = get_global_id(0) * TILES, all = n * IMAGE_TILES;
    if (first >= all)
        return;
    const uint count = min((uint)TILES, all - first);
    float in[WINOGRAD_POINTS * TILES * DEPTH] LINE_ALIGNED;
    float out[WINOGRAD_POINTS * TILES * BLOCK] LINE_ALIGNED;
    clear_behind(count, in);
    for (uint c = 0; c < CO; c += BLOCK) {
        convolve_block(x, 0, packed, first, count, c, in, out);
        for (uint t = 0; t < count; t++)
            finish_tile(out + t * BLOCK, bias, first + t, c, gate, y);
    }
}

#else

#include "winograd_pool.clh"

#if !FIRST

WIDE __kernel void winograd_conv_pool(TENSOR(const float, x), TENSOR(const float, packed),
                                      TENSOR(const float, bias), TENSOR(float, y),
                                      TENSOR(uchar, place), TENSOR(const uint, samples),
                                      TENSOR(const uint, control), uint n, uint stream,
                                      uint threshold, float scale) {
    OPEN(const float, x);
    OPEN(const float, packed);
    OPEN(const float, bias);
    OPEN(float, y);
    OPEN(uchar, place);
    OPEN(const uint, samples);
    OPEN(const uint, control);
    const uint first = get_global_id(0) * TILES, all = n * IMAGE_TILES;
    if (first >= all)
        return;
    const uint count = min((uint)TILES, all - first);
    float in[WINOGRAD_POINTS * TILES * DEPTH] LINE_ALIGNED;
    float out[WINOGRAD_POINTS * TILES * BLOCK] LINE_ALIGNED;
    struct dropout dropout = {.stream = stream, .threshold = threshold, .scale = scale};
#if DROPOUT
    dropout.epoch = control[CONTROL_EPOCH];
    dropout.seed_low = control[CONTROL_SEED_LOW];
    dropout.seed_high = control[CONTROL_SEED_HIGH];
#endif
    clear_behind(count, in);
    for (uint c = 0; c < CO; c += BLOCK) {
        convolve_block(x, 0, packed, first, count, c, in, out);
        for (uint t = 0; t < count; t++) {
#if DROPOUT
            dropout.sample = samples[(first + t) / IMAGE_TILES];
#endif
            finish_pooled_tile(out + t * BLOCK, bias, first + t, c, dropout, y, place);
        }
    }
}

#else

#include "winograd_first.clh"

/* Both convolutions, without dropout: for evaluation, which keeps nothing for a gradient. */
WIDE __kernel void winograd_pool_pair(TENSOR(const float, x), TENSOR(const float, packed),
                                      TENSOR(const float, bias), TENSOR(float, y),
                                      TENSOR(const float, first_w), TENSOR(const float, first_bias),
                                      uint n) {
    OPEN(const float, x);
    OPEN(const float, packed);
    OPEN(const float, bias);
    OPEN(float, y);
    OPEN(const float, first_w);
    OPEN(const float, first_bias);
    const uint first = get_global_id(0) * TILES, all = n * IMAGE_TILES;
    if (first >= all)
        return;
    const uint count = min((uint)TILES, all - first);
    const size_t begin = INPUT_BEGIN(first), end = INPUT_END(first + count - 1);
    const struct dropout none = {0};
    float rows[FIRST_ROWS * IW * CI] LINE_ALIGNED;
    float in[WINOGRAD_POINTS * TILES * DEPTH] LINE_ALIGNED;
    float out[WINOGRAD_POINTS * TILES * BLOCK] LINE_ALIGNED;
    clear_behind(count, in);
    convolve_first(x, first_w, first_bias, begin, min(end, begin + FIRST_ROWS), rows);
    for (uint c = 0; c < CO; c += BLOCK) {
        convolve_block(rows, begin, packed, first, count, c, in, out);
        for (uint t = 0; t < count; t++)
            finish_pooled_tile(out + t * BLOCK, bias, first + t, c, none, y, 0);
    }
}

#endif
#endif
