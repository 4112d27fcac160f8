/*
 * What begins and what ends a step: load_batch gathers the batch and adds the noise, step_end moves
 * the control words on.
 *
 * load_batch: (images u8 (total, H, W, C), labels u8 (total), order u32 (places), control) ->
 *     x f32 (batch, H, W, C) = pixel / 255 with noise (cl/noise.clh), labels u32 (batch),
 *     samples u32 (batch): the samples' numbers among all `total`.
 *     Row i is sample order[control[CONTROL_BATCH_START] + i]. Scale and draw of the noise stand in
 *     the control words, so that one recorded step serves every scale; 0 costs nothing.
 * step_end: (control) -> updated in place.
 */
#ifndef CLN_NN_LOAD_BATCH_H
#define CLN_NN_LOAD_BATCH_H

#include <stdbool.h>
#include <stdint.h>

struct cln_load_batch_attrs {
    int64_t batch;   /* samples a step */
    int noise_kind;  /* NOISE_GAUSSIAN, ... */
    bool clip;       /* noisy pixels are cut to [0, 1] */
    bool noisy;      /* the scale may be other than 0: for costs and tuning only */
    uint32_t stream; /* of the noise: STREAM_NOISE_TRAIN, ... */
};

struct cln_step_end_attrs {
    int64_t batch; /* how far the batch's start moves on */
    bool training; /* counts an optimizer step too */
};

#endif
