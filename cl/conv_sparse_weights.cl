/*
 * The gradient of a convolution's weights and bias, behind a max-pool, for CPUs: visits only what
 * passes the pool. A work-item sums over `images` images into a part of its own, for a block of input
 * channels; sparse_weights_sum adds the parts up.
 *
 * The windows of an image are taken in tiles of TILE_H x TILE_W, whose pixels are copied, padded, to
 * private memory. For each output channel the windows that pass something on are the bits of a word;
 * the channel's sums, ROWS x KW vectors, are loaded into registers, each such window adds the
 * pixels below its place times its gradient, and the sums go back to the part.
 */
#include "conv_sparse.clh"
#include "register_tile.clh"
#include "tensor.clh"

#ifndef VECTORS /* of input channels, in registers for each weight */
#define VECTORS 1
#endif
#ifndef ROWS /* of weights at a time, divides KH */
#define ROWS KH
#endif
#ifndef TILE_H /* windows of a tile, at most 64 */
#define TILE_H 1
#endif
#ifndef TILE_W
#define TILE_W 1
#endif

#define BLOCK      (VECTORS * WIDTH)
#define TILE       (TILE_H * TILE_W)
#define PIXEL_ROWS ((TILE_H * POOL_H - 1) * SH + KH) /* of a tile, with the kernel's border */
#define PIXEL_COLS ((TILE_W * POOL_W - 1) * SW + KW)
#define PIXEL_ROW  (PIXEL_COLS * BLOCK)
#define SUMS       (ROWS * KW * VECTORS)
#define CHANNELS   ((CO + 15) / 16 * 16)
#define GROUP      (CHANNELS < 64 ? CHANNELS : 64) /* output channels whose lists are made together */

/* Where a window, and its first pixel, begin in a batch. */
#define OUTPUT(image, row, col) ((((size_t)(image) * PH + (row)) * PW + (col)) * CO)
#define PIXEL(image, row, col)                                                                     \
    ((((size_t)(image) * IH + (row) * POOL_H * SH) * IW + (col) * POOL_W * SW) * CI)

/* Channels [0, count) of the tile's pixels from (row, col) of the image on, zeros elsewhere. */
static inline void copy_pixels(__private float *to, __global const float *x, int row, int col,
                               uint count) {
    for (int r = 0; r < PIXEL_ROWS; r++)
        for (int c = 0; c < PIXEL_COLS; c++, to += BLOCK) {
            const bool inside = row + r >= 0 && row + r < IH && col + c >= 0 && col + c < IW;
            __global const float *pixel = x + (inside ? ((row + r) * IW + col + c) * CI : 0);
            for (uint v = 0; v < BLOCK; v += WIDTH) {
                const uint left = inside ? PLACES_LEFT(count, v) : 0;
                STORE_PRIVATE(left >= WIDTH ? VLOAD(pixel + v)
                              : left > 0    ? load_part(pixel + v, left)
                                            : (FLOATV)(0.0f),
                              to + v);
            }
        }
}

/* Where a window's place is in the tile's pixels. */
static inline uint16 pixels_at(uint row, uint col, uchar16 place) {
    const uint16 p = convert_uint16(place);
    const uint16 y = row * POOL_H + p / POOL_W, x = col * POOL_W + p % POOL_W;
    return (y * (SH * PIXEL_COLS) + x * SW) * BLOCK;
}

/*
 * Of 16 channels, `count` of which exist, and a tile of rows x cols windows: word[channel] = the
 * windows that pass a gradient on; window by window, GROUP apart, their gradients d and the
 * places of the pixels, from; the sum of the gradients is added to bias[channel].
 */
static inline void find_windows(__private ulong *word, __private float *d, __private uint *from,
                                __private float *bias, __global const uchar *place,
                                __global const float *dy, uint rows, uint cols, uint count) {
    ulong16 bits = (ulong16)(0);
    float16 sum = vload16(0, bias);
    for (uint r = 0; r < rows; r++)
        for (uint c = 0; c < cols; c++) {
            const size_t at = (size_t)(r * PW + c) * CO;
            const uint window = r * TILE_W + c;
            uchar16 p;
            float16 gradient;
            if (count >= 16) {
                p = vload16(0, place + at);
                gradient = vload16(0, dy + at);
            } else {
                uchar p_lane[16];
                float d_lane[16];
                for (uint i = 0; i < 16; i++) {
                    p_lane[i] = i < count ? place[at + i] : NO_PLACE;
                    d_lane[i] = i < count ? dy[at + i] : 0.0f;
                }
                p = vload16(0, p_lane);
                gradient = vload16(0, d_lane);
            }
            const int16 some = convert_int16(p) != (int16)(NO_PLACE);
            bits |= convert_ulong16(as_uint16(some) & (uint16)(1)) << (ulong16)(window);
            sum += some ? gradient : (float16)(0.0f);
            vstore16(gradient, 0, d + window * GROUP);
            vstore16(pixels_at(r, c, p), 0, from + window * GROUP);
        }
    vstore16(bits, 0, word);
    vstore16(sum, 0, bias);
}

/*
 * Asks for the next tile's pixels, gradients and places, a channel's share of them at a time, so that
 * they come from memory while products are added up.
 */
#define SHARE(channel, lines) ((channel) * (lines) / CO)
static inline void fetch_share(uint channel, __global const float *x, __global const float *dy,
                               __global const uchar *place) {
    const uint x_lines = (PIXEL_COLS * CI + 15) / 16, dy_lines = (TILE_W * CO + 15) / 16;
    const uint place_lines = (TILE_W * CO + 63) / 64;
    for (uint i = SHARE(channel, PIXEL_ROWS * x_lines), end = SHARE(channel + 1, PIXEL_ROWS * x_lines);
         i < end; i++)
        FETCH(x + i / x_lines * IW * CI + i % x_lines * 16);
    for (uint i = SHARE(channel, TILE_H * dy_lines), end = SHARE(channel + 1, TILE_H * dy_lines);
         i < end; i++)
        FETCH(dy + i / dy_lines * PW * CO + i % dy_lines * 16);
    for (uint i = SHARE(channel, TILE_H * place_lines), end = SHARE(channel + 1, TILE_H * place_lines);
         i < end; i++)
        FETCH(place + i / place_lines * PW * CO + i % place_lines * 64);
}

/* part (ROWS, KW, BLOCK) += the pixels below the places of a channel's windows times dy */
static inline void add_windows(ulong bits, __private const float *pixels, __private const float *d,
                               __private const uint *from, __global float *part) {
    FLOATV sum[SUMS];
    UNROLL for (uint i = 0; i < SUMS; i++) sum[i] = VLOAD(part + i * WIDTH);
    for (; bits != 0; bits &= bits - 1) {
        const uint window = lowest_bit(bits);
        __private const float *x = pixels + from[window * GROUP];
        const FLOATV gradient = (FLOATV)(d[window * GROUP]);
        UNROLL for (uint r = 0; r < ROWS; r++)
            UNROLL for (uint c = 0; c < KW * VECTORS; c++) {
                FLOATV *s = &sum[r * KW * VECTORS + c];
                *s = fma(gradient, VLOAD(x + r * PIXEL_ROW + c * WIDTH), *s);
            }
    }
    UNROLL for (uint i = 0; i < SUMS; i++) STORE_GLOBAL(sum[i], part + i * WIDTH);
}

/*
 * x (n, IH, IW, CI); dy, place (n, PH, PW, CO); part (ceil(n / images), blocks of ci, CO, KH, KW,
 * BLOCK), not yet scaled; bias_part (ceil(n / images), CO), scaled. Items (part, block).
 */
WIDE __kernel void sparse_weights(TENSOR(const float, x), TENSOR(const float, dy),
                                  TENSOR(const uchar, place), TENSOR(float, part),
                                  TENSOR(float, bias_part), float scale, uint n, uint images) {
    OPEN(const float, x);
    OPEN(const float, dy);
    OPEN(const uchar, place);
    OPEN(float, part);
    OPEN(float, bias_part);
    const uint chunk = get_global_id(0), block = get_global_id(1);
    const uint begin = chunk * images, end = min(begin + images, n);
    if (begin >= n || block * BLOCK >= CI)
        return;
    const uint blocks = (CI + BLOCK - 1) / BLOCK;
    part += ((size_t)chunk * blocks + block) * CO * KH * KW * BLOCK;
    for (uint i = 0; i < CO * KH * KW * BLOCK; i += WIDTH)
        STORE_GLOBAL((FLOATV)(0.0f), part + i);
    LINE_ALIGNED float pixels[PIXEL_ROWS * PIXEL_ROW];
    ulong word[GROUP];
    float bias[CHANNELS];
    LINE_ALIGNED float d[TILE * GROUP];
    LINE_ALIGNED uint from[TILE * GROUP];
    for (uint c = 0; c < CHANNELS; c++)
        bias[c] = 0.0f;
    for (uint i = begin; i < end; i++)
        for (uint row = 0; row < PH; row += TILE_H)
            for (uint col = 0; col < PW; col += TILE_W) {
                const bool last_col = col + TILE_W >= PW, last_row = row + TILE_H >= PH;
                const uint next_col = last_col ? 0 : col + TILE_W;
                const uint next_row = !last_col ? row : last_row ? 0 : row + TILE_H;
                const uint next = i + (last_col && last_row);
                const size_t at = OUTPUT(i, row, col), next_at = OUTPUT(next, next_row, next_col);
                copy_pixels(pixels, x + (size_t)i * IH * IW * CI + block * BLOCK,
                            (int)(row * POOL_H * SH) - PT, (int)(col * POOL_W * SW) - PL,
                            CI - block * BLOCK);
                for (uint g = 0; g < CO; g += GROUP) {
                    const uint count = min((uint)(CO - g), (uint)GROUP);
                    for (uint c = 0; c < count; c += 16)
                        find_windows(word + c, d + c, from + c, bias + g + c, place + at + g + c,
                                     dy + at + g + c, min((uint)(PH - row), (uint)TILE_H),
                                     min((uint)(PW - col), (uint)TILE_W), count - c);
                    for (uint c = 0; c < count; c++) {
                        fetch_share(g + c, x + PIXEL(next, next_row, next_col), dy + next_at,
                                    place + next_at);
                        for (uint ky = 0; ky < KH; ky += ROWS)
                            add_windows(word[c], pixels + ky * PIXEL_ROW, d + c, from + c,
                                        part + ((size_t)(g + c) * KH + ky) * KW * BLOCK);
                    }
                }
            }
    if (block == 0)
        for (uint c = 0; c < CO; c++)
            bias_part[(size_t)chunk * CO + c] = bias[c] * scale;
}

/* dw (KH, KW, CI, CO) = scale times the sum of the parts; items (KH * KW, vectors of ci) */
WIDE __kernel void sparse_weights_sum(TENSOR(const float, part), TENSOR(float, dw), uint parts,
                                      float scale) {
    OPEN(const float, part);
    OPEN(float, dw);
    const uint tap = get_global_id(0), channel = get_global_id(1) * WIDTH;
    if (tap >= KH * KW || channel >= CI)
        return;
    const size_t step = (size_t)((CI + BLOCK - 1) / BLOCK) * CO * KH * KW * BLOCK;
    part += (size_t)(channel / BLOCK) * CO * KH * KW * BLOCK + tap * BLOCK + channel % BLOCK;
    for (uint co = 0; co < CO; co += WIDTH) {
        FLOATV row[WIDTH];
        UNROLL for (uint i = 0; i < WIDTH; i++) row[i] = (FLOATV)(0.0f);
        for (uint p = 0; p < parts; p++)
            UNROLL for (uint i = 0; i < WIDTH; i++)
                row[i] += VLOAD(part + p * step + min(co + i, (uint)(CO - 1)) * (KH * KW * BLOCK));
        transpose(row);
        const uint left = CO - co;
        for (uint i = 0; i < WIDTH && channel + i < CI; i++) {
            __global float *to = dw + ((size_t)tap * CI + channel + i) * CO + co;
            if (left >= WIDTH)
                STORE_GLOBAL(row[i] * scale, to);
            else
                store_part(row[i] * scale, to, left);
        }
    }
}
