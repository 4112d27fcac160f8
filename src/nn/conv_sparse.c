/*
 * The gradients of conv2d_pool on CPUs that visit only the places a gradient comes from: how
 * cl/conv_sparse_data.cl and cl/conv_sparse_weights.cl are tiled. Pooling's, dropout's and, on
 * request, the gradient of the relu before are taken along.
 *
 * Of a window of `area` places at most one counts, so there are area times fewer products than in
 * the convolution; but input channels fill whole vectors, and lists are not read at full speed.
 */
#include "graph/launch.h"
#include "nn/conv_pool.h"
#include "nn/sizes.h"
#include "nn/sums.h"
#include "nn/vector.h"

#define WEIGHT_PARTS 16 /* partial gradients of the weights, each over some of the images */
#define MIN_AREA     4  /* of a window; with fewer places a dense convolution is as fast */
#define MAX_AREA     64 /* places are taken one after the other in unrolled code */
#define TILE_WINDOWS 64 /* one bit each */

/* A work-item's stack, and the part of it that should stay in the first cache. */
#define STACK_BYTES ((size_t)1 << 18)
#define PIXEL_BYTES ((size_t)28 << 10)

/* Registers for sums: all but those for a factor and addresses. */
static size_t most_sums(size_t width) {
    return width == 16 ? 26 : 12;
}

/* The most rows of weights that are in registers at once: a divisor of all. */
static size_t rows_at_once(const struct cln_conv_shape *s, size_t width) {
    size_t rows = s->kh;
    while (rows > 1 && (s->kh % rows != 0 || rows * s->kw > most_sums(width)))
        rows--;
    return rows;
}

static bool fits(const struct cln_conv_pool *c, const struct cln_caps *caps) {
    const uint16_t one = 1; /* bits are gathered from bytes in the order of their addresses */
    const bool little_endian = *(const uint8_t *)&one == 1;
    const size_t area = c->pool_h * c->pool_w, width = (size_t)cln_vector_lanes(caps);
    const size_t padded_ci = cln_divide_up(c->shape.ci, width) * width;
    return caps->is_cpu && width > 1 && little_endian && area >= MIN_AREA && area <= MAX_AREA &&
           area * c->shape.ci >= 2 * padded_ci && c->shape.kw <= most_sums(width);
}

/* Of the input's gradient: places whose sums are in registers together, and the stack. */
struct data_tile {
    size_t width, rows, tile_h, tile_w, stack_bytes;
};

static struct data_tile choose_data_tile(const struct cln_conv_pool *c,
                                         const struct cln_caps *caps) {
    const struct cln_conv_shape *s = &c->shape;
    struct data_tile t = {.width = (size_t)cln_vector_lanes(caps), .tile_h = 1, .tile_w = 1};
    const size_t limit = most_sums(t.width), columns = (c->pool_w - 1) * s->sw + s->kw;
    const size_t strip_rows = (c->pool_h - 1) * s->sh + s->kh;
    t.rows = rows_at_once(s, t.width);
    if (t.rows * columns <= limit)
        t.tile_w = c->pool_w;
    if (t.rows == s->kh && strip_rows * columns <= limit)
        t.tile_h = c->pool_h;
    const size_t touched = (c->pw * c->pool_w - 1) * s->sw + s->kw, image = s->pl + s->iw;
    const size_t strip_columns = touched > image ? touched : image;
    t.stack_bytes = strip_rows * strip_columns * t.width * sizeof(float) +
                    c->pw * c->pool_h * c->pool_w * sizeof(uint64_t);
    return t;
}

bool cln_conv_pool_sparse_fits_data(const struct cln_conv_pool *c, const struct cln_caps *caps) {
    return fits(c, caps) && choose_data_tile(c, caps).stack_bytes <= STACK_BYTES;
}

static const char shape_options[] = "%s -DPOOL_H=%zu -DPOOL_W=%zu -DPH=%zu -DPW=%zu -DWIDTH=%zu "
                                    "-DVECTORS=%zu -DROWS=%zu -DTILE_H=%zu -DTILE_W=%zu "
                                    "-DTHROUGH_RELU=%d";

void cln_conv_pool_sparse_data(struct cln_lowering *l, const struct cln_conv_pool *c) {
    const struct cln_conv_shape *s = &c->shape;
    const struct data_tile t = choose_data_tile(c, l->caps);
    const struct cln_conv_options options = cln_conv_options(s);
    const size_t blocks = cln_divide_up(s->ci, t.width), taps = s->kh * s->kw;
    const cln_tensor_id packed = cln_scratch(l, "packed", CLN_F32, blocks * t.width * taps * s->co);
    struct cln_launch *pack = cln_emit(l, "conv_sparse_data.cl", "sparse_pack", shape_options,
                                       options.chars, c->pool_h, c->pool_w, c->ph, c->pw, t.width,
                                       (size_t)1, t.rows, t.tile_h, t.tile_w, c->through_relu);
    cln_arg_read(pack, c->w);
    cln_arg_write(pack, packed);
    cln_grid(pack, 1, (size_t[]){s->co}, (size_t[]){1});
    cln_launch_cost(pack, 0, 8 * (double)(taps * s->ci * s->co));

    struct cln_launch *launch = cln_emit(l, "conv_sparse_data.cl", "sparse_data", shape_options,
                                         options.chars, c->pool_h, c->pool_w, c->ph, c->pw, t.width,
                                         (size_t)1, t.rows, t.tile_h, t.tile_w, c->through_relu);
    cln_arg_read(launch, c->dy);
    cln_arg_read(launch, c->place);
    cln_arg_read(launch, packed);
    cln_arg_read(launch, c->through_relu ? c->x : CLN_NO_TENSOR);
    cln_arg_write(launch, c->dx);
    cln_arg_f32(launch, 1 / (1 - c->dropout.rate));
    cln_arg_u32(launch, s->n);
    cln_grid(launch, 2, (size_t[]){blocks, s->n}, (size_t[]){1, 1});
    const double x = (double)(s->n * s->ih * s->iw * s->ci);
    const double y = (double)(s->n * c->ph * c->pw * s->co);
    cln_launch_cost(launch, cln_conv_cost(s).flops,
                    4 * (x * (c->through_relu ? 2 : 1) + (double)(taps * s->ci * s->co)) + 5 * y);
}

/* Of the weights' gradient: windows whose pixels are copied together. */
struct weights_tile {
    size_t width, vectors, rows, tile_h, tile_w;
    size_t pixel_bytes, stack_bytes;
};

static size_t pixel_bytes(const struct cln_conv_pool *c, const struct weights_tile *t) {
    const struct cln_conv_shape *s = &c->shape;
    const size_t rows = (t->tile_h * c->pool_h - 1) * s->sh + s->kh;
    const size_t columns = (t->tile_w * c->pool_w - 1) * s->sw + s->kw;
    return rows * columns * t->vectors * t->width * sizeof(float);
}

/* As many windows as the cache and a word take, in tiles of equal size as far as possible. */
static struct weights_tile choose_weights_tile(const struct cln_conv_pool *c,
                                               const struct cln_caps *caps) {
    const struct cln_conv_shape *s = &c->shape;
    struct weights_tile t = {.width = (size_t)cln_vector_lanes(caps), .tile_h = 1};
    t.rows = rows_at_once(s, t.width);
    t.vectors = cln_smaller(cln_divide_up(s->ci, t.width), most_sums(t.width) / (t.rows * s->kw));
    t.vectors = cln_smaller(t.vectors, 2);
    t.tile_w = cln_divide_up(c->pw, cln_divide_up(c->pw, TILE_WINDOWS / 4));
    while (t.tile_w > 1 && pixel_bytes(c, &t) > PIXEL_BYTES)
        t.tile_w--;
    while (t.tile_h < c->ph && (t.tile_h + 1) * t.tile_w <= TILE_WINDOWS) {
        t.tile_h++;
        if (pixel_bytes(c, &t) > PIXEL_BYTES) {
            t.tile_h--;
            break;
        }
    }
    t.tile_h = cln_divide_up(c->ph, cln_divide_up(c->ph, t.tile_h));
    const size_t channels = cln_divide_up(s->co, 16) * 16, group = cln_smaller(channels, 64);
    t.stack_bytes = pixel_bytes(c, &t) + channels * sizeof(float) + group * sizeof(uint64_t) +
                    t.tile_h * t.tile_w * group * (sizeof(float) + sizeof(uint32_t));
    return t;
}

bool cln_conv_pool_sparse_fits_weights(const struct cln_conv_pool *c, const struct cln_caps *caps) {
    return fits(c, caps) && caps->compute_units <= WEIGHT_PARTS &&
           choose_weights_tile(c, caps).stack_bytes <= STACK_BYTES;
}

void cln_conv_pool_sparse_weights(struct cln_lowering *l, const struct cln_conv_pool *c) {
    const struct cln_conv_shape *s = &c->shape;
    const struct weights_tile t = choose_weights_tile(c, l->caps);
    const struct cln_conv_options options = cln_conv_options(s);
    const size_t images = cln_divide_up(s->n, WEIGHT_PARTS), parts = cln_divide_up(s->n, images);
    const size_t block = t.vectors * t.width, blocks = cln_divide_up(s->ci, block);
    const size_t part_elems = blocks * block * s->kh * s->kw * s->co;
    const double scale = 1 / (1 - c->dropout.rate);
    const cln_tensor_id part = cln_scratch(l, "parts", CLN_F32, parts * part_elems);
    const cln_tensor_id bias_part = cln_scratch(l, "bias_parts", CLN_F32, parts * s->co);
    struct cln_launch *launch = cln_emit(
        l, "conv_sparse_weights.cl", "sparse_weights", shape_options, options.chars, c->pool_h,
        c->pool_w, c->ph, c->pw, t.width, t.vectors, t.rows, t.tile_h, t.tile_w, false);
    cln_arg_read(launch, c->x);
    cln_arg_read(launch, c->dy);
    cln_arg_read(launch, c->place);
    cln_arg_update(launch, part);
    cln_arg_write(launch, bias_part);
    cln_arg_f32(launch, scale);
    cln_arg_u32(launch, s->n);
    cln_arg_u32(launch, images);
    cln_grid(launch, 2, (size_t[]){parts, blocks}, (size_t[]){1, 1});
    const double x = (double)(s->n * s->ih * s->iw * s->ci);
    const double y = (double)(s->n * c->ph * c->pw * s->co);
    cln_launch_cost(launch, cln_conv_cost(s).flops, 4 * (x + (double)(parts * part_elems)) + 5 * y);

    struct cln_launch *sum = cln_emit(l, "conv_sparse_weights.cl", "sparse_weights_sum",
                                      shape_options, options.chars, c->pool_h, c->pool_w, c->ph,
                                      c->pw, t.width, t.vectors, t.rows, t.tile_h, t.tile_w, false);
    cln_arg_read(sum, part);
    cln_arg_write(sum, c->dw);
    cln_arg_u32(sum, parts);
    cln_arg_f32(sum, scale);
    cln_grid(sum, 2, (size_t[]){s->kh * s->kw, cln_divide_up(s->ci, t.width)}, (size_t[]){1, 1});
    cln_launch_cost(sum, (double)(parts * part_elems), 4 * (double)((parts + 1) * part_elems));
    if (c->db != CLN_NO_TENSOR)
        cln_sum_parts_emit(l, &(struct cln_sum_parts){.part = bias_part,
                                                      .bias = CLN_NO_TENSOR,
                                                      .y = c->db,
                                                      .parts = parts,
                                                      .rows = 1,
                                                      .n = s->co,
                                                      .stride = s->co});
}
