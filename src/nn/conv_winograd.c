/*
 * 3 x 3 convolutions with stride 1 on CPUs by Winograd's F(4x4, 3x3) and F(2x2, 3x3): how
 * cl/conv_winograd.cl and cl/conv_winograd_weights.cl are tiled. By the former, relative errors are
 * some five times those of the direct convolution, 1e-6 instead of 2e-7. By the latter they are no
 * larger, and images a little larger than a multiple of four waste less of their last tiles.
 */
#include <stdio.h>
#include <string.h>

#include "graph/launch.h"
#include "nn/conv_pair.h"
#include "nn/conv_pool.h"
#include "nn/conv_shape.h"
#include "nn/sizes.h"
#include "nn/sums.h"
#include "nn/vector.h"

#define ROWS 6 /* tiles in registers */

/* What the transformed inputs may take of a work-item's stack. */
#define STACK_BYTES ((size_t)1 << 18)

#define ITEM_VALUES      432  /* transformed values a channel, of all tiles of a work-item */
#define GRADIENT_VALUES  1296 /* the same of tiles that share a pass over the weights' gradient */
#define GRADIENT_VECTORS 2    /* of output channels in registers */
#define WEIGHT_ITEMS     16   /* work-items; more cores than that are not used */
#define PART_TILES       256  /* that pay for adding up a partial gradient */
#define FIRST_BYTES      ((size_t)1 << 16) /* what the convolution before may take of its stack */
#define MIN_CHANNELS     16                /* with fewer, the transforms cost more than they save */

/* Transformed values a tile and channel: the tile and the pixels its windows reach beyond it. */
static size_t points_of(size_t side) {
    return (side + 2) * (side + 2);
}

struct tiling {
    size_t side, points; /* outputs along each side of a tile */
    size_t width, vectors, blocks;
    size_t tiles; /* in the whole batch */
};

static struct tiling tiling_of(const struct cln_caps *caps, const struct cln_conv_shape *s,
                               size_t side, size_t most_vectors) {
    struct tiling t = {.side = side, .points = points_of(side)};
    t.width = (size_t)cln_vector_width(caps, SIZE_MAX);
    const size_t vectors = cln_divide_up(s->co, t.width);
    t.blocks = cln_divide_up(vectors, most_vectors);
    t.vectors = cln_divide_up(vectors, t.blocks);
    t.tiles = s->n * cln_divide_up(s->oh, side) * cln_divide_up(s->ow, side);
    return t;
}

/* Vectors of output channels in registers: as many as ROWS tiles leave room for. */
static size_t forward_vectors(const struct cln_caps *caps) {
    return cln_vector_lanes(caps) == 16 ? 4 : 2;
}

/* What a work-item of the convolution has on its stack. */
struct stack {
    size_t tiles; /* a multiple of ROWS */
    size_t depth; /* input channels at a time, whole vectors: all of them, or equal shares */
};

/* As many register tiles as fit with all channels; with too many channels, one with some. */
static struct stack choose_stack(size_t points, size_t width, size_t ci) {
    const size_t values = STACK_BYTES / sizeof(float) / points;
    const size_t most_tiles = ITEM_VALUES / points / ROWS * ROWS;
    struct stack s = {.tiles = most_tiles, .depth = cln_divide_up(ci, width) * width};
    while (s.tiles > ROWS && s.tiles * s.depth > values)
        s.tiles -= ROWS;
    const size_t chunks = cln_divide_up(s.tiles * s.depth, values);
    s.depth = cln_divide_up(cln_divide_up(ci, chunks), width) * width;
    return s;
}

/* Whether even the last channels at a time fill a vector, as the input's transform wants it. */
static bool fills_vectors(size_t side, size_t width, size_t ci) {
    const size_t depth = choose_stack(points_of(side), width, ci).depth;
    return ci >= width && (ci % depth == 0 || ci % depth >= width);
}

bool cln_conv_winograd_fits(const struct cln_conv_shape *s, const struct cln_caps *caps,
                            size_t side) {
    const size_t width = (size_t)cln_vector_lanes(caps);
    return caps->is_cpu && s->kh == 3 && s->kw == 3 && s->sh == 1 && s->sw == 1 &&
           s->ci >= MIN_CHANNELS && s->co >= MIN_CHANNELS && s->oh >= side && s->ow >= side &&
           fills_vectors(side, width, s->ci) &&
           fills_vectors(side, width, s->co); /* dx takes dy for its input */
}

bool cln_conv_winograd_fits_weights(const struct cln_conv_shape *s, const struct cln_caps *caps,
                                    size_t side) {
    return caps->compute_units <= WEIGHT_ITEMS && cln_conv_winograd_fits(s, caps, side);
}

/* Tiles of 2 x 2 take 16 products for 4 outputs where those of 4 x 4 take 36 for 16. */
bool cln_conv_may_win(const struct cln_variant *variant, const struct cln_conv_shape *s) {
    const size_t large = cln_divide_up(s->oh, 4) * cln_divide_up(s->ow, 4) * points_of(4);
    const size_t small = cln_divide_up(s->oh, 2) * cln_divide_up(s->ow, 2) * points_of(2);
    return strcmp(variant->name, "cpu_winograd2") != 0 || small <= large || s->oh < 4 || s->ow < 4;
}

/* What the kernels of cl/conv_winograd.cl are built with. */
struct options {
    char chars[CLN_OPTIONS_SIZE];
};

static struct options options_of(const struct cln_conv *c, const struct tiling *t, bool flip) {
    const struct stack stack = choose_stack(t->points, t->width, c->shape.ci);
    struct options o;
    snprintf(o.chars, sizeof o.chars,
             "%s -DWINOGRAD_OUT=%zu -DWIDTH=%zu -DVECTORS=%zu -DTILES=%zu -DDEPTH=%zu -DROWS=%d "
             "-DFLIP=%d -DBIAS=%d -DACTIVATION=%d -DGATED=%d",
             cln_conv_options(&c->shape).chars, t->side, t->width, t->vectors, stack.tiles,
             stack.depth, ROWS, flip, c->bias != CLN_NO_TENSOR, c->activation, c->gated);
    return o;
}

/* Transforms the weights. */
static cln_tensor_id emit_filter(struct cln_lowering *l, const struct cln_conv *c,
                                 const struct tiling *t, const char *options) {
    const size_t ci = c->shape.ci, padded_co = t->blocks * t->vectors * t->width;
    const cln_tensor_id packed = cln_scratch(l, "filters", CLN_F32, padded_co * t->points * ci);
    struct cln_launch *launch = cln_emit(l, "conv_winograd.cl", "winograd_filter", "%s", options);
    cln_arg_read(launch, c->w);
    cln_arg_write(launch, packed);
    cln_grid(launch, 1, (size_t[]){ci}, (size_t[]){1});
    cln_launch_cost(launch, 0, 4 * (double)((9 + t->points) * ci * c->shape.co));
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
    const size_t tiles = choose_stack(t->points, t->width, c->shape.ci).tiles;
    cln_grid(launch, 1, (size_t[]){cln_divide_up(t->tiles, tiles)}, (size_t[]){1});
    return launch;
}

/* y = f(x * w + bias); with `flip`, w is stored (3, 3, co, ci) and turned round. */
static void emit(struct cln_lowering *l, const struct cln_conv *c, size_t side, bool flip) {
    const struct tiling t = tiling_of(l->caps, &c->shape, side, forward_vectors(l->caps));
    const struct options options = options_of(c, &t, flip);
    struct cln_launch *launch = emit_conv(l, c, &t, "winograd_conv", options.chars);
    cln_arg_read(launch, c->gated ? c->gate : CLN_NO_TENSOR);
    cln_arg_u32(launch, c->shape.n);
    const struct cln_cost cost = cln_conv_cost(&c->shape);
    cln_launch_cost(launch, cost.flops, cost.bytes);
}

void cln_conv_winograd(struct cln_lowering *l, const struct cln_conv *c) {
    emit(l, c, 4, false);
}

void cln_conv_winograd2(struct cln_lowering *l, const struct cln_conv *c) {
    emit(l, c, 2, false);
}

static void emit_data(struct cln_lowering *l, const struct cln_conv_gradient *g, size_t side) {
    const struct cln_conv c = {.shape = cln_conv_transposed(&g->shape),
                               .x = g->dy,
                               .w = g->w,
                               .bias = CLN_NO_TENSOR,
                               .y = g->dx,
                               .gated = g->through_relu,
                               .gate = g->x};
    emit(l, &c, side, true);
}

void cln_conv_winograd_data(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    emit_data(l, g, 4);
}

void cln_conv_winograd2_data(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    emit_data(l, g, 2);
}

bool cln_conv_pool_winograd_fits(const struct cln_conv_pool *c, const struct cln_caps *caps,
                                 size_t side) {
    const bool masks_fit = c->dropout.rate == 0 || c->shape.co % 4 == 0; /* see winograd_pool.clh */
    return c->pool_h == 2 && c->pool_w == 2 && masks_fit && cln_fits_wide_cpu(NULL, caps) &&
           cln_conv_winograd_fits(&c->shape, caps, side);
}

/* The convolution that a node with pooling stands for. */
static struct cln_conv conv_of_pool(const struct cln_conv_pool *p) {
    struct cln_conv c = {.shape = p->shape,
                         .x = p->x,
                         .w = p->w,
                         .bias = p->bias,
                         .y = p->y,
                         .activation = p->activation};
    c.shape.oh = 2 * p->ph; /* what no window covers is not computed */
    c.shape.ow = 2 * p->pw;
    return c;
}

static struct options pool_options(const struct cln_conv *c, const struct tiling *t, bool drops,
                                   bool places) {
    struct options o = options_of(c, t, false);
    const size_t length = strlen(o.chars);
    snprintf(o.chars + length, sizeof o.chars - length, " -DPOOL=1 -DDROPOUT=%d -DPLACES=%d", drops,
             places);
    return o;
}

void cln_conv_pool_winograd(struct cln_lowering *l, const struct cln_conv_pool *p, size_t side) {
    const struct cln_conv c = conv_of_pool(p);
    const bool drops = p->dropout.rate > 0, places = p->place != CLN_NO_TENSOR;
    const struct tiling t = tiling_of(l->caps, &c.shape, side, forward_vectors(l->caps));
    const struct options options = pool_options(&c, &t, drops, places);
    struct cln_launch *launch = emit_conv(l, &c, &t, "winograd_conv_pool", options.chars);
    cln_arg_write(launch, p->place);
    cln_arg_read(launch, p->samples);
    cln_arg_read(launch, p->control);
    cln_arg_u32(launch, c.shape.n);
    cln_arg_u32(launch, p->dropout.stream);
    cln_arg_u32(launch, cln_dropout_threshold(p->dropout.rate));
    cln_arg_f32(launch, 1 / (1 - p->dropout.rate));
    const struct cln_cost cost = cln_conv_pool_cost(p);
    const size_t place_bytes = places ? p->shape.n * p->ph * p->pw * p->shape.co : 0;
    cln_launch_cost(launch, cost.flops, cost.bytes + (double)place_bytes);
}

/* Rows of the second convolution's input under the tiles of one work-item, at most and in all. */
static void count_rows(const struct cln_conv_shape *s, const struct tiling *t, size_t tiles,
                       size_t *most, size_t *all) {
    const size_t across = cln_divide_up(s->ow, t->side);
    const size_t down = cln_divide_up(s->oh, t->side);
    *most = *all = 0;
    for (size_t first = 0; first < t->tiles; first += tiles) {
        const size_t last = cln_smaller(first + tiles, t->tiles) - 1;
        const size_t top = first / across % down * t->side, low = last / across % down * t->side;
        const size_t begin = first / across / down * s->ih + (top > s->pt ? top - s->pt : 0);
        const size_t end =
            last / across / down * s->ih + cln_smaller(low + t->side + 2 - s->pt, s->ih);
        *most = end - begin > *most ? end - begin : *most;
        *all += end - begin;
    }
}

/* Where its rows fit on the stack, and no more than half of them are computed once more. */
bool cln_conv_pair_winograd_fits(const struct cln_conv_pair *p, const struct cln_caps *caps,
                                 size_t side) {
    if (!cln_conv_pool_winograd_fits(&p->second, caps, side) || cln_conv_is_padded(&p->first.shape))
        return false;
    const struct cln_conv c = conv_of_pool(&p->second);
    const struct tiling t = tiling_of(caps, &c.shape, side, forward_vectors(caps));
    size_t most, all;
    count_rows(&c.shape, &t, choose_stack(t.points, t.width, c.shape.ci).tiles, &most, &all);
    return most * c.shape.iw * c.shape.ci * sizeof(float) <= FIRST_BYTES &&
           2 * all <= 3 * c.shape.n * c.shape.ih;
}

void cln_conv_pair_winograd(struct cln_lowering *l, const struct cln_conv_pair *p, size_t side) {
    struct cln_conv c = conv_of_pool(&p->second);
    const struct cln_conv_shape *f = &p->first.shape;
    const struct tiling t = tiling_of(l->caps, &c.shape, side, forward_vectors(l->caps));
    const struct cln_conv_tile tile = cln_conv_cpu_tile(l->caps, f->ow, f->co);
    struct options options = pool_options(&c, &t, false, false);
    const size_t length = strlen(options.chars);
    size_t most, all;
    count_rows(&c.shape, &t, choose_stack(t.points, t.width, c.shape.ci).tiles, &most, &all);
    snprintf(
        options.chars + length, sizeof options.chars - length,
        " -DFIRST=1 -DFIRST_IH=%zu -DFIRST_IW=%zu -DFIRST_CI=%zu -DFIRST_KH=%zu -DFIRST_KW=%zu "
        "-DFIRST_SH=%zu -DFIRST_SW=%zu -DFIRST_BIAS=%d -DFIRST_ACTIVATION=%d -DFIRST_ROWS=%zu "
        "-DFIRST_PIXELS=%zu -DFIRST_VECTORS=%zu",
        f->ih, f->iw, f->ci, f->kh, f->kw, f->sh, f->sw, p->first.bias != CLN_NO_TENSOR,
        p->first.activation, most, tile.pixels, tile.vectors);
    c.x = p->first.x;
    struct cln_launch *launch = emit_conv(l, &c, &t, "winograd_pool_pair", options.chars);
    cln_arg_read(launch, p->first.w);
    cln_arg_read(launch, p->first.bias);
    cln_arg_u32(launch, c.shape.n);
    const struct cln_cost cost = cln_conv_pair_cost(p);
    cln_launch_cost(launch, cost.flops, cost.bytes);
}

/* What the launches of the weights' gradient share. */
struct weights {
    struct tiling t;
    size_t images, parts;  /* a part is the gradient over so many images */
    size_t blocks, groups; /* blocks of output channels a work-item takes; groups of them */
    size_t block, padded_co, depth, tiles;
    cln_tensor_id part, bias_part;
    struct options options;
};

static struct weights weights_of(struct cln_lowering *l, const struct cln_conv_gradient *g,
                                 size_t side) {
    const struct cln_conv_shape *s = &g->shape;
    struct weights w = {.t = tiling_of(l->caps, s, side, GRADIENT_VECTORS)};
    w.depth = cln_divide_up(s->ci, w.t.width) * w.t.width;
    w.tiles = GRADIENT_VALUES / w.t.points;
    const size_t most = cln_smaller(w.t.tiles / PART_TILES + 1, WEIGHT_ITEMS);
    w.images = cln_divide_up(s->n, most);
    w.parts = cln_divide_up(s->n, w.images);
    w.blocks = cln_divide_up(w.t.blocks * w.parts, WEIGHT_ITEMS);
    w.groups = cln_divide_up(w.t.blocks, w.blocks);
    w.block = w.t.vectors * w.t.width;
    w.padded_co = w.t.blocks * w.block;
    w.part = cln_scratch(l, "parts", CLN_F32, w.parts * w.padded_co * w.t.points * s->ci);
    w.bias_part = cln_scratch(l, "bias_parts", CLN_F32, w.parts * w.padded_co);
    snprintf(w.options.chars, sizeof w.options.chars,
             "%s -DWINOGRAD_OUT=%zu -DWIDTH=%zu -DVECTORS=%zu -DTILES=%zu -DGRADIENT_ROWS=%d "
             "-DBIAS=%d",
             cln_conv_options(s).chars, side, w.t.width, w.t.vectors, w.tiles,
             w.t.width == 16 ? 8 : 4, g->db != CLN_NO_TENSOR);
    return w;
}

static void emit_weights_sum(struct cln_lowering *l, const struct cln_conv_gradient *g,
                             const struct weights *w) {
    const struct cln_conv_shape *s = &g->shape;
    struct cln_launch *sum =
        cln_emit(l, "conv_winograd_weights.cl", "winograd_weights_sum", "%s", w->options.chars);
    cln_arg_read(sum, w->part);
    cln_arg_write(sum, g->dw);
    cln_arg_u32(sum, w->parts);
    cln_grid(sum, 2, (size_t[]){s->ci, w->t.blocks}, (size_t[]){1, 1});
    const double elems = (double)(w->padded_co * w->t.points * s->ci * w->parts);
    cln_launch_cost(sum, elems, 4 * elems);
    if (g->db != CLN_NO_TENSOR)
        cln_sum_parts_emit(l, &(struct cln_sum_parts){.part = w->bias_part,
                                                      .bias = CLN_NO_TENSOR,
                                                      .y = g->db,
                                                      .parts = w->parts,
                                                      .rows = 1,
                                                      .n = s->co,
                                                      .stride = w->padded_co});
}

static void emit_weights(struct cln_lowering *l, const struct cln_conv_gradient *g, size_t side) {
    const struct cln_conv_shape *s = &g->shape;
    const struct weights w = weights_of(l, g, side);
    const size_t scratch = w.parts * w.groups * w.t.points * w.tiles;
    const cln_tensor_id in = cln_scratch(l, "in", CLN_F32, scratch * w.depth);
    const cln_tensor_id out = cln_scratch(l, "out", CLN_F32, scratch * w.block);
    struct cln_launch *launch =
        cln_emit(l, "conv_winograd_weights.cl", "winograd_weights", "%s", w.options.chars);
    cln_arg_read(launch, g->x);
    cln_arg_read(launch, g->dy);
    cln_arg_update(launch, w.part);
    cln_arg_update(launch, w.bias_part);
    cln_arg_update(launch, in);
    cln_arg_update(launch, out);
    cln_arg_u32(launch, s->n);
    cln_arg_u32(launch, w.images);
    cln_arg_u32(launch, w.blocks);
    cln_grid(launch, 2, (size_t[]){w.parts, w.groups}, (size_t[]){1, 1});
    const struct cln_cost cost = cln_conv_cost(s);
    cln_launch_cost(launch, cost.flops, cost.bytes);
    emit_weights_sum(l, g, &w);
}

void cln_conv_winograd_weights(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    emit_weights(l, g, 4);
}

void cln_conv_winograd2_weights(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    emit_weights(l, g, 2);
}
