/*
 * Max-pooling and dropout behind a convolution whose result z (n, OH, OW, CO) is in memory, with its
 * activation, and the gradient before them: for the convolutions that do not do it along the way.
 * y, place and dy are (n, OH / POOL_H, OW / POOL_W, CO); rows and columns left over are in no window.
 *
 * Kernels named *_rows take a row of windows a work-item, and its channels by vectors, the last of
 * which may overlap the one before (CO >= WIDTH); the others take one element.
 */
#include "activation.clh"
#include "control.clh"
#include "conv_pool.clh"
#include "vector.clh"

#define LANES WIDTH
#include "dropout.clh"
#include "tensor.clh"

#ifndef OH
#define OH 24
#endif
#ifndef OW
#define OW 24
#endif
#ifndef CO
#define CO 64
#endif
#ifndef POOL_H
#define POOL_H 2
#endif
#ifndef POOL_W
#define POOL_W 2
#endif
#ifndef ACTIVATION /* of z */
#define ACTIVATION ACTIVATION_NONE
#endif
#ifndef PLACES /* 1: says where the maxima were */
#define PLACES 1
#endif
#ifndef DROPOUT /* 1: drops elements */
#define DROPOUT 0
#endif

#define PH (OH / POOL_H)
#define PW (OW / POOL_W)

#if WIDTH > 1
#define LOAD_PLACES(p)      LANES_JOIN(convert_int, WIDTH)(LANES_JOIN(vload, WIDTH)(0, p))
#define STORE_PLACES(at, p) LANES_JOIN(vstore, WIDTH)(LANES_JOIN(convert_uchar, WIDTH)(at), 0, p)
#else
#define LOAD_PLACES(p)      ((int)*(p))
#define STORE_PLACES(at, p) (*(p) = (uchar)(at))
#endif

/* The largest value of the window that begins at `z`, and its place; a NaN stays. */
static inline FLOATV find_maximum(__global const float *z, INTV *place) {
    FLOATV best = VLOAD(z);
    INTV at = (INTV)(0);
    for (int i = 0; i < POOL_H; i++)
        for (int j = 0; j < POOL_W; j++) {
            const FLOATV v = VLOAD(z + (i * OW + j) * CO);
            const INTV better = v > best || v != v;
            best = better ? v : best;
            at = better ? (INTV)(i * POOL_W + j) : at;
        }
#if ACTIVATION == ACTIVATION_RELU
    const INTV passes = best > (FLOATV)(0.0f);
#else
    const INTV passes = best == best;
#endif
    *place = passes ? at : (INTV)(NO_PLACE);
    return best;
}

#define DROPOUT_PARAMETERS                                                                         \
    TENSOR(const uint, samples), TENSOR(const uint, control), uint stream, uint threshold, float scale

#define CHUNK (4 * LANES)

#if DROPOUT
/* Drops elements [from, to) of a sample, whose element 0 `y` and `place` are. */
static void drop(__global float *y, __global uchar *place, uint from, uint to, uint sample,
                 __global const uint *control, uint stream, uint threshold, float scale) {
    for (uint first = from / 4 * 4; first < to; first += CHUNK) {
        intv keep[4];
        int rest[CHUNK];
        dropout_masks(first, sample, control[CONTROL_EPOCH], stream, control[CONTROL_SEED_LOW],
                      control[CONTROL_SEED_HIGH], threshold, keep);
        if (first >= from && first + CHUNK <= to) {
            for (int part = 0; part < 4; part++) {
                const uint at = first + part * LANES;
                const floatv v = LOADV(0, y + at) * scale;
                STOREV(AS_FLOATV(AS_INTV(v) & keep[part]), 0, y + at);
#if PLACES
                STORE_PLACES(LOAD_PLACES(place + at) | (~keep[part] & NO_PLACE), place + at);
#endif
            }
            continue;
        }
        for (int part = 0; part < 4; part++)
            STOREV(keep[part], part, rest);
        for (uint i = 0; i < CHUNK; i++) {
            if (first + i < from || first + i >= to)
                continue;
            y[first + i] = rest[i] ? y[first + i] * scale : 0.0f;
#if PLACES
            if (!rest[i])
                place[first + i] = NO_PLACE;
#endif
        }
    }
}
#endif

__kernel void pool_rows(TENSOR(const float, z), TENSOR(float, y), TENSOR(uchar, place), uint n,
                        DROPOUT_PARAMETERS) {
    OPEN(const float, z);
    OPEN(float, y);
    OPEN(uchar, place);
    const uint row = get_global_id(0), image = row / PH;
    if (row >= n * PH)
        return;
    z += ((size_t)image * OH + row % PH * POOL_H) * OW * CO;
    y += (size_t)image * PH * PW * CO;
    place += (size_t)image * PH * PW * CO;
    const uint begin = row % PH * PW * CO;
    for (uint col = 0; col < PW; col++)
        for (uint block = 0; block < CO; block += WIDTH) {
            const uint c = min(block, (uint)(CO - WIDTH)), to = begin + col * CO + c;
            INTV at;
            const FLOATV best = find_maximum(z + col * POOL_W * CO + c, &at);
            VSTORE(best, y + to);
#if PLACES
            STORE_PLACES(at, place + to);
#endif
        }
#if DROPOUT
    OPEN(const uint, samples);
    OPEN(const uint, control);
    drop(y, place, begin, begin + PW * CO, samples[image], control, stream, threshold, scale);
#endif
}

/* WIDTH 1 */
__kernel void pool_elements(TENSOR(const float, z), TENSOR(float, y), TENSOR(uchar, place), uint n,
                            DROPOUT_PARAMETERS) {
    OPEN(const float, z);
    OPEN(float, y);
    OPEN(uchar, place);
    const uint item = get_global_id(0), image = item / (PH * PW * CO);
    const uint element = item % (PH * PW * CO), row = element / (PW * CO), col = element / CO % PW;
    if (item >= n * PH * PW * CO)
        return;
    z += ((size_t)image * OH + row * POOL_H) * OW * CO + col * POOL_W * CO + element % CO;
    INTV at;
    const FLOATV best = find_maximum(z, &at);
    VSTORE(best, y + item);
#if PLACES
    STORE_PLACES(at, place + item);
#endif
#if DROPOUT
    OPEN(const uint, samples);
    OPEN(const uint, control);
    y += item - element;
    place += item - element;
    drop(y, place, element, element + 1, samples[image], control, stream, threshold, scale);
#endif
}

/* dz (n, OH, OW, CO) = dy * scale at the places, 0 elsewhere. A work-item owns its row's windows, and
 * the last one of an image the rows left over. */
__kernel void spread_rows(TENSOR(const float, dy), TENSOR(const uchar, place), TENSOR(float, dz),
                          uint n, float scale) {
    OPEN(const float, dy);
    OPEN(const uchar, place);
    OPEN(float, dz);
    const uint row = get_global_id(0), o = row % PH;
    if (row >= n * PH)
        return;
    const uint rows = o + 1 == PH ? OH - o * POOL_H : POOL_H;
    dz += ((size_t)(row / PH) * OH + o * POOL_H) * OW * CO;
    dy += (size_t)row * PW * CO;
    place += (size_t)row * PW * CO;
    for (uint col = 0; col < PW; col++) {
        const uint cols = col + 1 == PW ? OW - col * POOL_W : POOL_W;
        for (uint block = 0; block < CO; block += WIDTH) {
            const uint c = min(block, (uint)(CO - WIDTH));
            const FLOATV gradient = VLOAD(dy + col * CO + c) * scale;
            const INTV at = LOAD_PLACES(place + col * CO + c);
            for (uint i = 0; i < rows; i++)
                for (uint j = 0; j < cols; j++) {
                    const INTV here = (INTV)(i < POOL_H && j < POOL_W ? (int)(i * POOL_W + j) : -1);
                    VSTORE(at == here ? gradient : (FLOATV)(0.0f),
                           dz + (i * OW + col * POOL_W + j) * CO + c);
                }
        }
    }
}

/* WIDTH 1 */
__kernel void spread_elements(TENSOR(const float, dy), TENSOR(const uchar, place),
                              TENSOR(float, dz), uint n, float scale) {
    OPEN(const float, dy);
    OPEN(const uchar, place);
    OPEN(float, dz);
    const uint item = get_global_id(0);
    if (item >= n * OH * OW * CO)
        return;
    const uint c = item % CO, x = item / CO % OW, y = item / (CO * OW) % OH;
    const uint row = y / POOL_H, col = x / POOL_W, here = y % POOL_H * POOL_W + x % POOL_W;
    float gradient = 0.0f;
    if (row < PH && col < PW) {
        const uint from = ((item / (CO * OW * OH) * PH + row) * PW + col) * CO + c;
        gradient = place[from] == here ? dy[from] * scale : 0.0f;
    }
    dz[item] = gradient;
}
