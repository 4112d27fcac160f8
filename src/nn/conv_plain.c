/* Convolution by cl/conv_reference.cl, and by cl/conv_gpu.cl as matrix products. */
#include "graph/launch.h"
#include "nn/conv_shape.h"
#include "nn/gemm.h"
#include "nn/sizes.h"
#include "nn/sums.h"

void cln_conv_reference(struct cln_lowering *l, const struct cln_conv *c) {
    const struct cln_conv_shape *s = &c->shape;
    struct cln_launch *launch =
        cln_emit(l, "conv_reference.cl", "conv_reference", "%s -DBIAS=%d -DACTIVATION=%d",
                 cln_conv_options(s).chars, c->bias != CLN_NO_TENSOR, c->activation);
    cln_arg_read(launch, c->x);
    cln_arg_read(launch, c->w);
    cln_arg_read(launch, c->bias);
    cln_arg_write(launch, c->y);
    cln_arg_u32(launch, s->n);
    cln_grid(launch, 1, (size_t[]){s->n * s->oh * s->ow * s->co}, NULL);
}

void cln_conv_reference_data(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    struct cln_launch *launch =
        cln_emit(l, "conv_reference.cl", "conv_reference_data", "%s -DGATED=%d",
                 cln_conv_options(s).chars, g->through_relu);
    cln_arg_read(launch, g->dy);
    cln_arg_read(launch, g->w);
    cln_arg_write(launch, g->dx);
    cln_arg_read(launch, g->through_relu ? g->x : CLN_NO_TENSOR);
    cln_arg_u32(launch, s->n);
    cln_grid(launch, 1, (size_t[]){s->n * s->ih * s->iw * s->ci}, NULL);
}

void cln_conv_reference_weights(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    const struct cln_cost cost = cln_conv_cost(s);
    struct cln_launch *launch =
        cln_emit(l, "conv_reference.cl", "conv_reference_weights", "%s", cln_conv_options(s).chars);
    cln_arg_read(launch, g->x);
    cln_arg_read(launch, g->dy);
    cln_arg_write(launch, g->dw);
    cln_arg_u32(launch, s->n);
    cln_grid(launch, 1, (size_t[]){s->kh * s->kw * s->ci * s->co}, NULL);
    cln_launch_cost(launch, cost.flops, cost.bytes);
    if (g->db != CLN_NO_TENSOR)
        cln_column_sum_emit(l, g->dy, s->n * s->oh * s->ow, s->co, g->db);
}

/* A product of rows x columns, `depth` deep, cut into parts of `depth_part`. */
struct product {
    int pass;
    size_t rows, columns, depth, depth_part;
    cln_tensor_id a, b, bias, c;
    enum cln_activation activation;
    bool gated;
    cln_tensor_id gate;
};

static void emit_product(struct cln_lowering *l, const struct cln_conv_shape *s,
                         const struct product *p) {
    const size_t group = cln_group_side(l->caps), tile = 4 * group;
    struct cln_launch *launch = cln_emit(
        l, "conv_gpu.cl", "conv_gpu",
        "%s -DPASS=%d -DGROUP=%zu -DBIAS=%d -DACTIVATION=%d -DGATED=%d", cln_conv_options(s).chars,
        p->pass, group, p->bias != CLN_NO_TENSOR, p->activation, p->gated);
    cln_arg_read(launch, p->a);
    cln_arg_read(launch, p->b);
    cln_arg_read(launch, p->bias);
    cln_arg_write(launch, p->c);
    cln_arg_read(launch, p->gated ? p->gate : CLN_NO_TENSOR);
    cln_arg_u32(launch, p->rows);
    cln_arg_u32(launch, p->depth);
    cln_arg_u32(launch, p->depth_part);
    cln_grid(launch, 3,
             (size_t[]){cln_divide_up(p->columns, tile) * group,
                        cln_divide_up(p->rows, tile) * group,
                        cln_divide_up(p->depth, p->depth_part)},
             (size_t[]){group, group, 1});
    const struct cln_cost cost = cln_conv_cost(s);
    cln_launch_cost(launch, cost.flops, cost.bytes);
}

void cln_conv_gpu(struct cln_lowering *l, const struct cln_conv *c) {
    const struct cln_conv_shape *s = &c->shape;
    const size_t depth = s->kh * s->kw * s->ci;
    emit_product(l, s,
                 &(struct product){.pass = 0,
                                   .rows = s->n * s->oh * s->ow,
                                   .columns = s->co,
                                   .depth = depth,
                                   .depth_part = depth,
                                   .a = c->x,
                                   .b = c->w,
                                   .bias = c->bias,
                                   .c = c->y,
                                   .activation = c->activation});
}

void cln_conv_gpu_data(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    const size_t depth = s->kh * s->kw * s->co;
    emit_product(l, s,
                 &(struct product){.pass = 1,
                                   .rows = s->n * s->ih * s->iw,
                                   .columns = s->ci,
                                   .depth = depth,
                                   .depth_part = depth,
                                   .a = g->dy,
                                   .b = g->w,
                                   .bias = CLN_NO_TENSOR,
                                   .c = g->dx,
                                   .gated = g->through_relu,
                                   .gate = g->x});
}

void cln_conv_gpu_weights(struct cln_lowering *l, const struct cln_conv_gradient *g) {
    const struct cln_conv_shape *s = &g->shape;
    const size_t rows = s->kh * s->kw * s->ci, depth = s->n * s->oh * s->ow;
    const size_t tile = 4 * cln_group_side(l->caps);
    const size_t depth_part = cln_divide_up(
        depth, cln_split_count(cln_divide_up(rows, tile) * cln_divide_up(s->co, tile), depth));
    const size_t parts = cln_divide_up(depth, depth_part);
    const cln_tensor_id to =
        parts == 1 ? g->dw : cln_scratch(l, "parts", CLN_F32, parts * rows * s->co);
    emit_product(l, s,
                 &(struct product){.pass = 2,
                                   .rows = rows,
                                   .columns = s->co,
                                   .depth = depth,
                                   .depth_part = depth_part,
                                   .a = g->x,
                                   .b = g->dy,
                                   .bias = CLN_NO_TENSOR,
                                   .c = to});
    if (parts > 1)
        cln_sum_parts_emit(l, &(struct cln_sum_parts){.part = to,
                                                      .bias = CLN_NO_TENSOR,
                                                      .y = g->dw,
                                                      .parts = parts,
                                                      .rows = rows,
                                                      .n = s->co,
                                                      .stride = s->co});
    if (g->db != CLN_NO_TENSOR)
        cln_column_sum_emit(l, g->dy, depth, s->co, g->db);
}
