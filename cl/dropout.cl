/*
 * dropout: y = x / (1 - rate) where an element is kept, else 0. The same kernel gives the gradient:
 * dx from dy; where an activation stands before the dropout, another goes through both. x is (rows,
 * elems), a row a sample.
 *
 * A work-item takes up to CHUNKS chunks of 4 * LANES elements of one row.
 */
#include "activation.clh"
#include "control.clh"
#include "dropout.clh"
#include "tensor.clh"

#ifndef CHUNKS
#define CHUNKS 1
#endif

#ifndef ACTIVATION /* before the dropout, of activation_dropout_backward */
#define ACTIVATION ACTIVATION_NONE
#endif
#ifndef MASKED /* 0: an output of 0 says by itself that no gradient passes */
#define MASKED 1
#endif

#define CHUNK (4 * LANES)

static inline floatv kept(floatv x, intv keep, float scale) {
    return AS_FLOATV(AS_INTV(x * scale) & keep);
}

kernel void dropout(TENSOR(const float, x), TENSOR(const uint, samples),
                    TENSOR(const uint, control), TENSOR(float, y), uint rows, uint elems,
                    uint stream, uint threshold, float scale) {
    uint row = get_global_id(1);
    uint first = get_global_id(0) * CHUNKS * CHUNK;
    if (row >= rows || first >= elems)
        return;
    OPEN(const float, x);
    OPEN(const uint, samples);
    OPEN(const uint, control);
    OPEN(float, y);
    uint sample = samples[row], epoch = control[CONTROL_EPOCH];
    uint seed_low = control[CONTROL_SEED_LOW], seed_high = control[CONTROL_SEED_HIGH];
    uint last = min(elems, first + CHUNKS * CHUNK);
    x += (size_t)row * elems;
    y += (size_t)row * elems;
    intv keep[4];
    for (; first + CHUNK <= last; first += CHUNK) {
        dropout_masks(first, sample, epoch, stream, seed_low, seed_high, threshold, keep);
        for (int part = 0; part < 4; part++)
            STOREV(kept(LOADV(part, x + first), keep[part], scale), part, y + first);
    }
    if (first < last) {
        int rest[CHUNK];
        dropout_masks(first, sample, epoch, stream, seed_low, seed_high, threshold, keep);
        for (int part = 0; part < 4; part++)
            STOREV(keep[part], part, rest);
        for (uint i = 0; first + i < last; i++)
            y[first + i] = rest[i] ? x[first + i] * scale : 0.0f;
    }
}

/*
 * dz = f'(z) dy / (1 - rate) where an element was kept, else 0; y is f(z) / (1 - rate) there. `share`
 * is 1 - rate.
 */
static inline floatv gradient(floatv y, floatv dy, float scale, float share) {
    const floatv f = y * share, d = dy * scale;
    return ACTIVATION_GRADIENT(ACTIVATION, floatv, f, d);
}

kernel void activation_dropout_backward(TENSOR(const float, y), TENSOR(const float, dy),
                                        TENSOR(const uint, samples), TENSOR(const uint, control),
                                        TENSOR(float, dz), uint rows, uint elems, uint stream,
                                        uint threshold, float scale, float share) {
    const uint row = get_global_id(1);
    uint first = get_global_id(0) * CHUNKS * CHUNK;
    if (row >= rows || first >= elems)
        return;
    OPEN(const float, y);
    OPEN(const float, dy);
    OPEN(float, dz);
#if MASKED
    OPEN(const uint, samples);
    OPEN(const uint, control);
    const uint sample = samples[row], epoch = control[CONTROL_EPOCH];
    const uint seed_low = control[CONTROL_SEED_LOW], seed_high = control[CONTROL_SEED_HIGH];
#endif
    const uint last = min(elems, first + CHUNKS * CHUNK);
    y += (size_t)row * elems;
    dy += (size_t)row * elems;
    dz += (size_t)row * elems;
    for (; first < last; first += CHUNK) {
        const uint count = min((uint)CHUNK, last - first);
        intv keep[4];
        for (int part = 0; part < 4; part++)
            keep[part] = (intv)(-1);
#if MASKED
        dropout_masks(first, sample, epoch, stream, seed_low, seed_high, threshold, keep);
#endif
        float in[CHUNK], out[CHUNK], upstream[CHUNK]; /* of a chunk that is not full */
        for (uint i = 0; i < CHUNK && count < CHUNK; i++) {
            in[i] = i < count ? y[first + i] : 0.0f;
            upstream[i] = i < count ? dy[first + i] : 0.0f;
        }
        for (int part = 0; part < 4; part++) {
            const bool full = count == CHUNK;
            const floatv v = full ? LOADV(part, y + first) : LOADV(part, in);
            const floatv d = full ? LOADV(part, dy + first) : LOADV(part, upstream);
            const floatv g = AS_FLOATV(AS_INTV(gradient(v, d, scale, share)) & keep[part]);
            if (full)
                STOREV(g, part, dz + first);
            else
                STOREV(g, part, out);
        }
        for (uint i = 0; i < count && count < CHUNK; i++)
            dz[first + i] = out[i];
    }
}
