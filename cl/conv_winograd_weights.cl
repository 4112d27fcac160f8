/*
 * The gradient of a 3 x 3 convolution's weights and bias for CPUs, by the exact adjoint of Winograd's
 * algorithm: with the inputs and dy transformed, a small matrix product over all tiles for each point
 * gives the gradient of the transformed weights. A work-item sums over `images` images into a part of its own,
 * TILES tiles at a time in a scratch of its own, large enough to pay for going over the part, small
 * enough for the cache; winograd_weights_sum adds the parts up and transforms back.
 */
#define TILE_SPACE              __global
#define STORE_TRANSFORMED(v, p) STORE_GLOBAL(v, p)
#include "winograd_input.clh"

#ifndef GRADIENT_ROWS /* input channels in registers */
#define GRADIENT_ROWS 8
#endif

#define PADDED_CO ((CO + BLOCK - 1) / BLOCK * BLOCK)

/* The rows of dy under the tiles [first, last]. */
static inline void fetch_gradient(__global const float *dy, uint first, uint last) {
    fetch_rows(dy, (size_t)(first / IMAGE_TILES) * OH + TILE_Y(first),
               (size_t)(last / IMAGE_TILES) * OH + min(TILE_Y(last) + WINOGRAD_OUT, (uint)OH),
               OW * CO);
}

/* patch[WINOGRAD_OUT^2 * WIDTH] = the tile of dy whose first output is `dy`, WIDTH channels of which there are
 * `left`, zero where there is none; a plain loop like load_patch(). */
static inline void load_gradient(__global const float *dy, uint rows, uint columns, uint left,
                                 float *patch) {
    for (uint j = 0; j < WINOGRAD_OUT; j++)
        for (uint i = 0; i < WINOGRAD_OUT; i++) {
            __global const float *from = dy + (j * OW + i) * CO;
            FLOATV value = (FLOATV)(0.0f);
            if (j < rows && i < columns)
                value = left >= WIDTH ? VLOAD(from) : load_part(from, left);
            STORE_PRIVATE(value, patch + (j * WINOGRAD_OUT + i) * WIDTH);
        }
}

/* to[point * TILES * BLOCK] = A d A^T, d's rows and pixels lying `row` and `pixel` floats apart */
#define TRANSFORM_GRADIENT(d, row, pixel, to)                                                      \
    do {                                                                                           \
        FLOATV half_done[WINOGRAD_OUT * WINOGRAD_IN], from_[WINOGRAD_OUT], to_[WINOGRAD_IN];       \
        UNROLL for (uint i = 0; i < WINOGRAD_OUT; i++) {                                           \
            UNROLL for (uint j = 0; j < WINOGRAD_OUT; j++)                                         \
                from_[j] = VLOAD((d) + j * (row) + i * (pixel));                                   \
            WINOGRAD_OUTPUT_GRADIENT(FLOATV, half_done + i, WINOGRAD_OUT, from_);                  \
        }                                                                                          \
        UNROLL for (uint j = 0; j < WINOGRAD_IN; j++) {                                            \
            WINOGRAD_OUTPUT_GRADIENT(FLOATV, to_, 1, half_done + j * WINOGRAD_OUT);                \
            UNROLL for (uint i = 0; i < WINOGRAD_IN; i++)                                          \
                STORE_GLOBAL(to_[i], (to) + (j * WINOGRAD_IN + i) * (TILES * BLOCK));              \
        }                                                                                          \
    } while (0)

/* out[point * TILES * BLOCK + ...] = A dy A^T of a tile, for VECTORS vectors of channels from c on */
static inline void transform_gradient(__global const float *dy, uint tile, uint c,
                                      __global float *out) {
    const uint y0 = TILE_Y(tile), x0 = TILE_X(tile);
    const bool whole = y0 + WINOGRAD_OUT <= OH && x0 + WINOGRAD_OUT <= OW;
    dy += (((size_t)(tile / IMAGE_TILES) * OH + y0) * OW + x0) * CO + c;
    for (uint v = 0; v < VECTORS; v++) {
        const uint left = PLACES_LEFT(CO, c + v * WIDTH);
        if (whole && (CO % BLOCK == 0 || left >= WIDTH)) {
            TRANSFORM_GRADIENT(dy + v * WIDTH, OW * CO, CO, out + v * WIDTH);
        } else {
            float patch[WINOGRAD_OUT * WINOGRAD_OUT * WIDTH] LINE_ALIGNED;
            load_gradient(dy + v * WIDTH, OH - y0, OW - x0, left, patch);
            TRANSFORM_GRADIENT(patch, WINOGRAD_OUT * WIDTH, WIDTH, out + v * WIDTH);
        }
    }
}

/* bias[BLOCK] += the sum of dy over tiles, which is what A dy A^T has at point (1, 1) */
static inline void add_bias(__global const float *out, uint tiles, __global float *bias) {
    out += (WINOGRAD_IN + 1) * TILES * BLOCK;
    for (uint v = 0; v < BLOCK; v += WIDTH) {
        FLOATV sum = VLOAD(bias + v);
        for (uint t = 0; t < tiles; t++)
            sum += VLOAD(out + t * BLOCK + v);
        STORE_GLOBAL(sum, bias + v);
    }
}

/* part[ci][channel] += the sum over tiles of in[tile][ci] * out[tile][channel] */
static inline void add_products(__global const float *in, __global const float *out, uint tiles,
                                __global float *part, bool first) {
    for (uint ci = 0; ci < CI; ci += GRADIENT_ROWS) {
        FLOATV sum[GRADIENT_ROWS][VECTORS];
        uint at[GRADIENT_ROWS];
        UNROLL for (uint r = 0; r < GRADIENT_ROWS; r++) {
            at[r] = min(ci + r, (uint)CI - 1);
            UNROLL for (uint v = 0; v < VECTORS; v++)
                sum[r][v] = first ? (FLOATV)(0.0f) : VLOAD(part + at[r] * BLOCK + v * WIDTH);
        }
        for (uint t = 0; t < tiles; t++) {
            FLOATV d[VECTORS];
            UNROLL for (uint v = 0; v < VECTORS; v++) d[v] = VLOAD(out + t * BLOCK + v * WIDTH);
            UNROLL for (uint r = 0; r < GRADIENT_ROWS; r++) {
                const FLOATV xv = (FLOATV)(in[t * DEPTH + at[r]]);
                UNROLL for (uint v = 0; v < VECTORS; v++) sum[r][v] = fma(xv, d[v], sum[r][v]);
            }
        }
        UNROLL for (uint r = 0; r < GRADIENT_ROWS; r++) UNROLL for (uint v = 0; v < VECTORS; v++)
            if (ci + r < CI)
                STORE_GLOBAL(sum[r][v], part + at[r] * BLOCK + v * WIDTH);
    }
}

/*
 * part (ceil(n / images), CO / BLOCK, points, CI, BLOCK), bias_part (ceil(n / images), PADDED_CO). A
 * work-item takes `images` images and the channels of `blocks` blocks; in (.., points, TILES, DEPTH)
 * and out (.., points, TILES, BLOCK) are scratch, one a work-item.
 */
WIDE __kernel void winograd_weights(TENSOR(const float, x), TENSOR(const float, dy),
                                    TENSOR(float, part), TENSOR(float, bias_part),
                                    TENSOR(float, in), TENSOR(float, out), uint n, uint images,
                                    uint blocks) {
    OPEN(const float, x);
    OPEN(const float, dy);
    OPEN(float, part);
    OPEN(float, bias_part);
    OPEN(float, in);
    OPEN(float, out);
    const uint chunk = get_global_id(0), group = get_global_id(1);
    const uint first_channel = group * blocks * BLOCK;
    if (chunk * images >= n || first_channel >= CO)
        return;
    const uint last_channel = min(first_channel + blocks * BLOCK, (uint)CO);
    const uint begin = chunk * images * IMAGE_TILES;
    const uint end = min((chunk + 1) * images, n) * IMAGE_TILES;
    const size_t item = (size_t)group * ((n + images - 1) / images) + chunk;
    in += item * WINOGRAD_POINTS * TILES * DEPTH;
    out += item * WINOGRAD_POINTS * TILES * BLOCK;
    part += (size_t)chunk * PADDED_CO * WINOGRAD_POINTS * CI;
    bias_part += chunk * PADDED_CO;
#if BIAS
    for (uint c = first_channel; c < first_channel + blocks * BLOCK && c < PADDED_CO; c++)
        bias_part[c] = 0.0f;
#endif
    for (uint first = begin; first < end; first += TILES) {
        const uint count = min((uint)TILES, end - first);
        fetch_input(x, first, first + count - 1);
        for (uint t = 0; t < count; t++)
            transform_input(x, 0, first + t, 0, in + t * DEPTH);
        fetch_gradient(dy, first, first + count - 1);
        for (uint c = first_channel; c < last_channel; c += BLOCK) {
            for (uint t = 0; t < count; t++)
                transform_gradient(dy, first + t, c, out + t * BLOCK);
#if BIAS
            add_bias(out, count, bias_part + c);
#endif
            for (uint p = 0; p < WINOGRAD_POINTS; p++)
                add_products(in + p * TILES * DEPTH, out + p * TILES * BLOCK, count,
                             part + ((size_t)c * WINOGRAD_POINTS + p * BLOCK) * CI, first == begin);
        }
    }
}

/* dw (3, 3, CI, CO) = G^T (the sum of the parts) G; a work-item an input channel and a block */
WIDE __kernel void winograd_weights_sum(TENSOR(const float, part), TENSOR(float, dw), uint parts) {
    OPEN(const float, part);
    OPEN(float, dw);
    const uint ci = get_global_id(0), c = get_global_id(1) * BLOCK;
    if (ci >= CI || c >= CO)
        return;
    float sum[WINOGRAD_POINTS * BLOCK] LINE_ALIGNED;
    part += (size_t)c * WINOGRAD_POINTS * CI + ci * BLOCK;
    for (uint i = 0; i < parts; i++) {
        for (uint p = 0; p < WINOGRAD_POINTS; p++)
            UNROLL for (uint v = 0; v < BLOCK; v += WIDTH) {
                FLOATV s = VLOAD(part + p * CI * BLOCK + v);
                if (i > 0)
                    s += VLOAD(sum + p * BLOCK + v);
                STORE_PRIVATE(s, sum + p * BLOCK + v);
            }
        part += (size_t)PADDED_CO * WINOGRAD_POINTS * CI;
    }
    for (uint v = 0; v < BLOCK && c + v < CO; v += WIDTH) {
        FLOATV half_done[3 * WINOGRAD_IN], column[WINOGRAD_IN];
        for (uint x = 0; x < WINOGRAD_IN; x++) {
            for (uint y = 0; y < WINOGRAD_IN; y++)
                column[y] = VLOAD(sum + (y * WINOGRAD_IN + x) * BLOCK + v);
            WINOGRAD_FILTER_GRADIENT(FLOATV, half_done + x, WINOGRAD_IN, column);
        }
        for (uint ky = 0; ky < 3; ky++) {
            WINOGRAD_FILTER_GRADIENT(FLOATV, column, 1, half_done + ky * WINOGRAD_IN);
            for (uint kx = 0; kx < 3; kx++) {
                __global float *to = dw + ((ky * 3 + kx) * CI + ci) * CO + c + v;
                if (c + v + WIDTH <= CO)
                    STORE_GLOBAL(column[kx], to);
                else
                    store_part(column[kx], to, CO - c - v);
            }
        }
    }
}
