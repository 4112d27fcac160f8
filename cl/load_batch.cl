/*
 * load_batch: gathers the batch's samples, scales their pixels to [0, 1] and adds noise.
 *
 * Kind and clipping of the noise are compiled in, its scale and draw stand in the control words: a
 * recorded step serves every scale. At scale 0 no random number is made.
 *
 * A work-item makes up to CHUNKS chunks of 4 * LANES elements of one sample, because Philox gives
 * four numbers a block and LANES blocks are drawn side by side. The noise of an element depends on
 * (element, original sample number, draw, stream, seed) and on nothing else.
 */
#include "control.clh"
#include "noise.clh"
#include "tensor.clh"

#ifndef CHUNKS
#define CHUNKS 1
#endif
#ifndef NOISE /* one of noise.clh */
#define NOISE NOISE_GAUSSIAN
#endif
#ifndef CLIP /* to [0, 1] */
#define CLIP 0
#endif
#if NOISE < 0 || NOISE >= NOISE_KINDS
#error "NOISE is one of the kinds in noise.clh"
#endif

#define CHUNK (4 * LANES)

/* byte / 255 rounded as a division would: the product is mended by its exact remainder. */
static inline floatv pixel_value(floatv byte) {
    const floatv inverse = (floatv)(0x1.010102p-8f);
    floatv quotient = byte * inverse;
    return fma(fma(-quotient, (floatv)(255.0f), byte), inverse, quotient);
}

/* Adds noise to 4 * LANES pixels, in the order of elements, the first of which is `element`. */
static inline void add_noise(floatv x[4], uint element, uint sample, uint stream, float scale,
                             __global const uint *control) {
    floatv draw[4];
    noise_draws(NOISE, element / 4, sample, control[CONTROL_NOISE_DRAW], stream,
                control[CONTROL_SEED_LOW], control[CONTROL_SEED_HIGH], draw);
    IN_ELEMENT_ORDER(floatv, draw);
    for (int part = 0; part < 4; part++)
        x[part] = noisy_pixels(NOISE, CLIP, scale, draw[part], x[part]);
}

kernel void load_batch(TENSOR(const uchar, images), TENSOR(const uchar, labels),
                       TENSOR(const uint, order), TENSOR(const uint, control), TENSOR(float, x),
                       TENSOR(uint, batch_labels), TENSOR(uint, samples), uint batch, uint total,
                       uint places, uint elems, uint stream) {
    uint row = get_global_id(1);
    uint first = get_global_id(0) * CHUNKS * CHUNK;
    if (row >= batch || first >= elems)
        return;
    OPEN(const uchar, images);
    OPEN(const uchar, labels);
    OPEN(const uint, order);
    OPEN(const uint, control);
    OPEN(float, x);
    OPEN(uint, batch_labels);
    OPEN(uint, samples);
    uint sample = min(order[min(control[CONTROL_BATCH_START] + row, places - 1)], total - 1);
    float scale = as_float(control[CONTROL_NOISE_SCALE]);
    if (first == 0) {
        batch_labels[row] = labels[sample];
        samples[row] = sample;
    }
    images += (size_t)sample * elems;
    x += (size_t)row * elems;
    uint last = min(elems, first + CHUNKS * CHUNK);
    floatv value[4];
    for (; first + CHUNK <= last; first += CHUNK) {
        for (int part = 0; part < 4; part++)
            value[part] = pixel_value(TO_FLOATV(LOADV(part, images + first)));
        if (scale != 0.0f)
            add_noise(value, first, sample, stream, scale, control);
        for (int part = 0; part < 4; part++)
            STOREV(value[part], part, x + first);
    }
    if (first < last) {
        float rest[CHUNK];
        for (uint i = 0; i < CHUNK; i++)
            rest[i] = first + i < last ? convert_float(images[first + i]) : 0.0f;
        for (int part = 0; part < 4; part++)
            value[part] = pixel_value(LOADV(part, rest));
        if (scale != 0.0f)
            add_noise(value, first, sample, stream, scale, control);
        for (int part = 0; part < 4; part++)
            STOREV(value[part], part, rest);
        for (uint i = 0; first + i < last; i++)
            x[first + i] = rest[i];
    }
}
