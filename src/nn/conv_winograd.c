/*
 * 3 x 3 convolutions with stride 1 on CPUs by Winograd's F(4x4, 3x3): how cl/conv_winograd.cl and
 * cl/conv_winograd_weights.cl are tiled. Relative errors are some five times those of the direct
 * convolution, 1e-6 instead of 2e-7.
 */
#include <stdio.h>
#include <string.h>

#include "graph/launch.h"
#include "nn/conv_pool.h"
#include "nn/conv_shape.h"
#include "nn/sums.h"
#include "nn/vector.h"

#define POINTS    36 /* transformed values a tile and channel */
#define TILE_SIDE 4  /* outputs along each side of a tile */
#define ROWS      6  /* tiles in registers */

/* What the transformed inputs may take of a work-item's stack. */
#define STACK_BYTES ((size_t)1 << 18)

#define GRADIENT_TILES 36 /* of the weights' gradient, that share a pass over its part */
#define WEIGHT_PARTS   16 /* partial gradients, each over some of the images */
#define MIN_CHANNELS   16 /* with fewer, the transforms cost more than they save */

static size_t divide_up(size_t a, size_t b) {
    return (a + b - 1) / b;
}

struct tiling {
    size_t width, vectors, blocks, depth, tiles; /* tiles in the whole batch */
};

static struct tiling tiling_of(const struct cln_caps *caps, const struct cln_conv_shape *s) {
    struct tiling t = {.width = (size_t)cln_vector_width(caps, SIZE_MAX)};
    const size_t vectors = divide_up(s->co, t.width);
    t.blocks = divide_up(vectors, t.width == 16 ? 4 : 2);
    t.vectors = divide_up(vectors, t.blocks);
    t.depth = divide_up(s->ci, t.width) * t.width;
    t.tiles = s->n * divide_up(s->oh, TILE_SIDE) * divide_up(s->ow, TILE_SIDE);
    return t;
}

/* Tiles of a work-item: as many of one or two register tiles as fit on the stack. */
static size_t tiles_per_item(size_t depth) {
    return 2 * ROWS * POINTS * depth * sizeof(float) <= STACK_BYTES ? 2 * ROWS : ROWS;
}

bool cln_conv_winograd_fits(const struct cln_conv_shape *s, const struct cln_caps *caps) {
    const size_t deepest = s->ci > s->co ? s->ci : s->co; /* dx takes dy for its input */
    const size_t depth = divide_up(deepest, 16) * 16;
    return caps->is_cpu && s->kh == 3 && s->kw == 3 && s->sh == 1 && s->sw == 1 &&
           s->ci >= MIN_CHANNELS && s->co >= MIN_CHANNELS && s->oh >= TILE_SIDE &&
           s->ow >= TILE_SIDE && ROWS * POINTS * depth * sizeof(float) <= STACK_BYTES;
}

bool cln_conv_winograd_fits_weights(const struct cln_conv_shape *s, const struct cln_caps *caps) {
    return caps->compute_units <= WEIGHT_PARTS && cln_conv_winograd_fits(s, caps);
}

/* What the kernels of cl/conv_winograd.cl are built with. */
struct options {
    char chars[CLN_OPTIONS_SIZE];
};

static struct options options_of(const struct cln_conv *c, const struct tiling *t, bool flip) {
    struct options o;
    snprintf(o.chars, sizeof o.chars,
             "%s -DWIDTH=%zu -DVECTORS=%zu -DTILES=%zu -DROWS=%d -DFLIP=%d -DBIAS=%d "
             "-DACTIVATION=%d",
             cln_conv_options(&c->shape).chars, t->width, t->vectors, tiles_per_item(t->depth),
             ROWS, flip, c->bias != CLN_NO_TENSOR, c->activation);
    return o;
}

/* Transforms the weights. */
static cln_tensor_id emit_filter(struct cln_lowering *l, const struct cln_conv *c,
                                 const struct tiling *t, const char *options) {
    const size_t ci = c->shape.ci, padded_co = t->blocks * t->vectors * t->width;
    const cln_tensor_id packed = cln_scratch(l, "filters", CLN_F32, padded_co * POINTS * ci);
    struct cln_launch *launch = cln_emit(l, "conv_winograd.cl", "winograd_filter", "%s", options);
    cln_arg_read(launch, c->w);
    cln_arg_write(launch, packed);
    cln_grid(launch, 1, (size_t[]){ci}, (size_t[]){1});
    cln_launch_cost(launch, 0, 4 * (double)((9 + POINTS) * ci * c->shape.co));
    return packed;
}

/* The convolution by `kernel`, up to the argument y; the caller adds the rest. */
static struct cln_launch *emit_conv(struct cln_lowering *l, const struct cln_conv *c,
                                    const struct tiling *t, const char *kernel,
                                    const char *options) {
    const cln_tensor_id packed = emit_filter(l, c, t, options);
    struct cln_launch *launch = cln_emit(l, "conv_winograd.cl", kernel, "%s", options);
    cln_arg_read(launch, c->x);
    cln_arg_read(launch, packed);
    cln_arg_read(launch, c->bias);
    cln_arg_write(launch, c->y);
    cln_grid(launch, 1, (size_t[]){divide_up(t->tiles, tiles_per_item(t->depth))}, (size_t[]){1});
    return launch;
}

/* y = f(x * w + bias); with `flip`, w is stored (3, 3, co, ci) and turned round. */
static void emit(struct cln_lowering *l, const struct cln_conv *c, bool flip) {
    const struct tiling t = tiling_of(l->caps, &c->shape);
    const struct options options = options_of(c, &t, flip);
    struct cln_launch *launch = emit_conv(l, c, &t, "winograd_conv", options.chars);
    cln_arg_u32(launch, c->shape.n);
    const struct cln_cost cost = cln_conv_cost(&c->shape);
    cln_launch_cost(launch, cost.flops, cost.bytes);
}

void cln_conv_winograd(struct cln_lowering *l, const struct cln_conv *c) {
    emit(l, c, false);
}

void cln_conv_winograd_data(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv c = {.shape = cln_conv_transposed(&g->shape),
                               .x = g->dy,
                               .w = g->w,
                               .bias = CLN_NO_TENSOR,
                               .y = g->dx};
    emit(l, &c, true);
}

bool cln_conv_pool_winograd_fits(const struct cln_conv_pool *c, const struct cln_caps *caps) {
    const bool masks_fit = c->dropout.rate == 0 || c->shape.co % 4 == 0; /* see winograd_pool.clh */
    return c->pool_h == 2 && c->pool_w == 2 && masks_fit && cln_fits_wide_cpu(NULL, caps) &&
           (c->activation == CLN_ACTIVATION_NONE || c->activation == CLN_ACTIVATION_RELU) &&
           cln_conv_winograd_fits(&c->shape, caps);
}

void cln_conv_pool_winograd(struct cln_lowering *l, const struct cln_conv_pool *p) {
    struct cln_conv c = {.shape = p->shape,
                         .x = p->x,
                         .w = p->w,
                         .bias = p->bias,
                         .y = p->y,
                         .activation = p->activation};
    c.shape.oh = 2 * p->ph; /* what no window covers is not computed */
    c.shape.ow = 2 * p->pw;
    const bool drops = p->dropout.rate > 0, places = p->place != CLN_NO_TENSOR;
    const struct tiling t = tiling_of(l->caps, &c.shape);
    struct options options = options_of(&c, &t, false);
    const size_t length = strlen(options.chars);
    snprintf(options.chars + length, sizeof options.chars - length,
             " -DPOOL=1 -DLANES=%zu -DDROPOUT=%d -DPLACES=%d", t.width, drops, places);
    struct cln_launch *launch = emit_conv(l, &c, &t, "winograd_conv_pool", options.chars);
    cln_arg_write(launch, p->place);
    cln_arg_read(launch, p->samples);
    cln_arg_read(launch, p->control);
    cln_arg_u32(launch, c.shape.n);
    cln_arg_u32(launch, p->dropout.stream);
    cln_arg_u32(launch, cln_dropout_threshold(p->dropout.rate));
    cln_arg_f32(launch, 1 / (1 - p->dropout.rate));
    const struct cln_cost cost = cln_conv_cost(&p->shape);
    const double unpooled = 4 * (double)(p->shape.n * p->shape.oh * p->shape.ow * p->shape.co);
    const double pooled = (double)(p->shape.n * p->ph * p->pw * p->shape.co);
    cln_launch_cost(launch, cost.flops, cost.bytes - unpooled + pooled * (places ? 5 : 4));
}

void cln_conv_winograd_weights(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    const struct tiling t = tiling_of(l->caps, s);
    const size_t images = divide_up(s->n, WEIGHT_PARTS), parts = divide_up(s->n, images);
    const size_t block = t.vectors * t.width, padded_co = t.blocks * block;
    const bool has_bias = g->db != CLN_NO_TENSOR;
    const cln_tensor_id part = cln_scratch(l, "parts", CLN_F32, parts * padded_co * POINTS * s->ci);
    const cln_tensor_id bias_part = cln_scratch(l, "bias_parts", CLN_F32, parts * padded_co);
    const cln_tensor_id in =
        cln_scratch(l, "in", CLN_F32, parts * POINTS * GRADIENT_TILES * t.depth);
    const cln_tensor_id out =
        cln_scratch(l, "out", CLN_F32, parts * POINTS * GRADIENT_TILES * block);
    const char *options = "%s -DWIDTH=%zu -DVECTORS=%zu -DTILES=%d -DBIAS=%d";
    const struct cln_conv_options shape_options = cln_conv_options(s);
    struct cln_launch *launch =
        cln_emit(l, "conv_winograd_weights.cl", "winograd_weights", options, shape_options.chars,
                 t.width, t.vectors, GRADIENT_TILES, has_bias);
    cln_arg_read(launch, g->x);
    cln_arg_read(launch, g->dy);
    cln_arg_update(launch, part);
    cln_arg_update(launch, bias_part);
    cln_arg_update(launch, in);
    cln_arg_update(launch, out);
    cln_arg_u32(launch, s->n);
    cln_arg_u32(launch, images);
    cln_grid(launch, 1, (size_t[]){parts}, (size_t[]){1});
    const struct cln_cost cost = cln_conv_cost(s);
    cln_launch_cost(launch, cost.flops, cost.bytes);

    struct cln_launch *sum =
        cln_emit(l, "conv_winograd_weights.cl", "winograd_weights_sum", options,
                 shape_options.chars, t.width, t.vectors, GRADIENT_TILES, has_bias);
    cln_arg_read(sum, part);
    cln_arg_write(sum, g->dw);
    cln_arg_u32(sum, parts);
    cln_grid(sum, 2, (size_t[]){s->ci, divide_up(s->co, t.width)}, (size_t[]){1, 1});
    const double elems = (double)(padded_co * POINTS * s->ci * parts);
    cln_launch_cost(sum, elems, 4 * elems);
    if (has_bias)
        cln_sum_parts_emit(l, &(struct cln_sum_parts){.part = bias_part,
                                                      .bias = CLN_NO_TENSOR,
                                                      .y = g->db,
                                                      .parts = parts,
                                                      .rows = 1,
                                                      .n = s->co,
                                                      .stride = padded_co});
}
