/*
 * Convolution on CPUs: how cl/conv_cpu.cl and cl/conv_cpu_weights.cl are tiled. No choice made here
 * changes the order of a sum, but the number of images a part of the weights' gradient covers, and
 * that follows from the batch alone.
 */
#include "graph/launch.h"
#include "nn/conv_shape.h"
#include "nn/sizes.h"
#include "nn/sums.h"
#include "nn/vector.h"

#define WEIGHT_PARTS 16 /* partial gradients of the weights, each over some of the images */

/*
 * Sums in registers: up to 26 of 32 where vectors have 16 floats, else up to 12 of 16. A row of the
 * output is cut into tiles of equal size; what is computed twice where they overlap is waste, and
 * so are tiles too small to keep the multipliers busy. About six pixels of two vectors did best.
 */
struct cln_conv_tile cln_conv_cpu_tile(const struct cln_caps *caps, size_t ow, size_t co) {
    struct cln_conv_tile t = {.width = (size_t)cln_vector_width(caps, SIZE_MAX), .pixels = 1};
    t.vectors = co > t.width ? 2 : 1;
    const size_t limit = cln_smaller(ow, (t.width == 16 ? 26 : 12) / t.vectors);
    const size_t best_pixels = 12 / t.vectors;
    double best = 0;
    for (size_t p = 1; p <= limit; p++) {
        const double used = (double)ow / (double)(cln_divide_up(ow, p) * p);
        const double speed = p < best_pixels ? (double)(p + 2) / (double)(best_pixels + 2)
                                             : 1 - 0.01 * (double)(p - best_pixels);
        if (used * speed > best) {
            best = used * speed;
            t.pixels = p;
        }
    }
    return t;
}

/* `shape` is what the kernel sees; the gradient of the input is a convolution of dy. */
struct pass {
    struct cln_conv_shape shape;
    size_t dilate_h, dilate_w;
    bool flip, gather, gated;
    cln_tensor_id x, w, bias, y, gate;
    enum cln_activation activation;
};

static void emit_pass(struct cln_lowering *l, const struct pass *p) {
    const struct cln_conv_shape *s = &p->shape;
    const struct cln_conv_tile t = cln_conv_cpu_tile(l->caps, s->ow, s->co);
    const size_t taps = s->kh * s->kw * s->ci, block = t.vectors * t.width;
    const size_t blocks = cln_divide_up(s->co, block);
    const cln_tensor_id packed = cln_scratch(l, "packed", CLN_F32, blocks * block * taps);
    const char *options = "%s -DWIDTH=%zu -DVECTORS=%zu -DPIXELS=%zu -DDILATE_H=%zu -DDILATE_W=%zu "
                          "-DFLIP=%d -DGATHER=%d -DBIAS=%d -DACTIVATION=%d -DGATED=%d";
    const struct cln_conv_options shape_options = cln_conv_options(s);
    struct cln_launch *pack =
        cln_emit(l, "conv_cpu.cl", "conv_cpu_pack", options, shape_options.chars, t.width,
                 t.vectors, t.pixels, p->dilate_h, p->dilate_w, p->flip, p->gather,
                 p->bias != CLN_NO_TENSOR, p->activation, p->gated);
    cln_arg_read(pack, p->w);
    cln_arg_write(pack, packed);
    cln_grid(pack, 1, (size_t[]){taps}, NULL);
    cln_launch_cost(pack, 0, 8 * (double)(taps * s->co));

    struct cln_launch *launch =
        cln_emit(l, "conv_cpu.cl", "conv_cpu", options, shape_options.chars, t.width, t.vectors,
                 t.pixels, p->dilate_h, p->dilate_w, p->flip, p->gather, p->bias != CLN_NO_TENSOR,
                 p->activation, p->gated);
    cln_arg_read(launch, p->x);
    cln_arg_read(launch, packed);
    cln_arg_read(launch, p->bias);
    cln_arg_write(launch, p->y);
    cln_arg_read(launch, p->gated ? p->gate : CLN_NO_TENSOR);
    cln_arg_u32(launch, s->n);
    cln_grid(launch, 2, (size_t[]){s->n * s->oh, blocks}, (size_t[]){1, 1});
}

void cln_conv_cpu(struct cln_lowering *l, const struct cln_conv *c) {
    const struct pass pass = {.shape = c->shape,
                              .dilate_h = 1,
                              .dilate_w = 1,
                              .gather = cln_conv_is_padded(&c->shape),
                              .x = c->x,
                              .w = c->w,
                              .bias = c->bias,
                              .y = c->y,
                              .activation = c->activation};
    const struct cln_cost cost = cln_conv_cost(&c->shape);
    emit_pass(l, &pass);
    if (l->status == CLN_OK)
        cln_launch_cost(&l->launches[l->launch_count - 1], cost.flops, cost.bytes);
}

void cln_conv_cpu_data(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    const struct pass pass = {.shape = cln_conv_transposed(s),
                              .dilate_h = s->sh,
                              .dilate_w = s->sw,
                              .flip = true,
                              .gather = s->kh > 1 || s->kw > 1 || s->sh > 1 || s->sw > 1,
                              .x = g->dy,
                              .w = g->w,
                              .bias = CLN_NO_TENSOR,
                              .y = g->dx,
                              .gated = g->through_relu,
                              .gate = g->x};
    const struct cln_cost cost = cln_conv_cost(&g->shape);
    emit_pass(l, &pass);
    if (l->status == CLN_OK)
        cln_launch_cost(&l->launches[l->launch_count - 1], cost.flops, cost.bytes);
}

/* How a work-item's share of the weights' gradient is tiled. */
struct weight_tiles {
    size_t width, vectors, taps, padded_co, taps_block;
    size_t images, parts, tap_blocks;
};

static struct weight_tiles choose_weight_tiles(const struct cln_caps *caps,
                                               const struct cln_conv_shape *s) {
    struct weight_tiles t = {.width = (size_t)cln_vector_width(caps, SIZE_MAX)};
    const size_t all_taps = s->kh * s->kw * s->ci;
    t.vectors = cln_smaller(cln_divide_up(s->co, t.width), t.width == 16 ? 4 : 2);
    t.taps = all_taps <= 9 && t.vectors <= 2 && t.width == 16 ? all_taps : cln_smaller(all_taps, 6);
    t.padded_co = cln_divide_up(s->co, t.vectors * t.width) * t.vectors * t.width;
    t.images = cln_divide_up(s->n, WEIGHT_PARTS);
    t.parts = cln_divide_up(s->n, t.images);
    const size_t wanted = cln_divide_up(4 * (size_t)caps->compute_units, t.parts);
    t.taps_block = cln_divide_up(cln_divide_up(all_taps, t.taps), wanted) * t.taps;
    t.tap_blocks = cln_divide_up(all_taps, t.taps_block);
    return t;
}

void cln_conv_cpu_weights(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    const struct weight_tiles t = choose_weight_tiles(l->caps, s);
    const size_t taps = s->kh * s->kw * s->ci, items = t.parts * t.tap_blocks;
    const bool pad = cln_conv_is_padded(s), has_bias = g->db != CLN_NO_TENSOR;
    const size_t padded_pixels = ((s->oh - 1) * s->sh + s->kh) * ((s->ow - 1) * s->sw + s->kw);
    cln_tensor_id padded_x = CLN_NO_TENSOR, padded_dy = CLN_NO_TENSOR, bias_part = CLN_NO_TENSOR;
    const cln_tensor_id part = cln_scratch(l, "parts", CLN_F32, t.parts * taps * t.padded_co);
    if (has_bias)
        bias_part = cln_scratch(l, "bias_parts", CLN_F32, t.parts * t.padded_co);
    if (pad)
        padded_x = cln_scratch(l, "padded_x", CLN_F32, items * padded_pixels * s->ci);
    if (t.padded_co != s->co)
        padded_dy = cln_scratch(l, "padded_dy", CLN_F32, items * s->oh * s->ow * t.padded_co);
    struct cln_launch *launch = cln_emit(
        l, "conv_cpu_weights.cl", "conv_cpu_weights",
        "%s -DWIDTH=%zu -DVECTORS=%zu -DTAPS=%zu -DTAPS_BLOCK=%zu -DPAD=%d -DBIAS=%d",
        cln_conv_options(s).chars, t.width, t.vectors, t.taps, t.taps_block, pad, has_bias);
    cln_arg_read(launch, g->x);
    cln_arg_read(launch, g->dy);
    cln_arg_update(launch, part);
    cln_arg_update(launch, bias_part);
    cln_arg_update(launch, padded_x);
    cln_arg_update(launch, padded_dy);
    cln_arg_u32(launch, s->n);
    cln_arg_u32(launch, t.images);
    cln_grid(launch, 2, (size_t[]){t.parts, t.tap_blocks}, (size_t[]){1, 1});
    const struct cln_cost cost = cln_conv_cost(s);
    cln_launch_cost(launch, cost.flops, cost.bytes);
    struct cln_sum_parts sum = {.part = part,
                                .bias = CLN_NO_TENSOR,
                                .y = g->dw,
                                .parts = t.parts,
                                .rows = taps,
                                .n = s->co,
                                .stride = t.padded_co};
    cln_sum_parts_emit(l, &sum);
    if (!has_bias)
        return;
    sum.part = bias_part, sum.y = g->db, sum.rows = 1;
    cln_sum_parts_emit(l, &sum);
}
