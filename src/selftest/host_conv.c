/* Convolutions on the host: seven loops. */
#include <stdlib.h>

#include "nn/conv_pair.h"
#include "selftest/host.h"

/* What is done for each product of a tap: `x` is an element of the image, `w` of the weights, `y`
 * of the output, by their places. */
typedef void each_tap(void *user, size_t x, size_t w, size_t y);

static void for_each_tap(const struct cln_conv_shape *s, each_tap *each, void *user) {
    for (size_t y = 0; y < s->n * s->oh * s->ow; y++)
        for (size_t tap = 0; tap < s->kh * s->kw; tap++) {
            const size_t oy = y / s->ow % s->oh, ox = y % s->ow, image = y / (s->ow * s->oh);
            const size_t iy = oy * s->sh + tap / s->kw - s->pt,
                         ix = ox * s->sw + tap % s->kw - s->pl;
            if (iy >= s->ih || ix >= s->iw) /* before the image they have wrapped around */
                continue;
            for (size_t ci = 0; ci < s->ci; ci++)
                for (size_t co = 0; co < s->co; co++)
                    each(user, ((image * s->ih + iy) * s->iw + ix) * s->ci + ci,
                         (tap * s->ci + ci) * s->co + co, y * s->co + co);
        }
}

struct arrays {
    double *x, *w, *y;
};

static void forward_tap(void *user, size_t x, size_t w, size_t y) {
    const struct arrays *a = user;
    a->y[y] += a->x[x] * a->w[w];
}

static void data_tap(void *user, size_t x, size_t w, size_t y) {
    const struct arrays *a = user;
    a->x[x] += a->y[y] * a->w[w];
}

static void weights_tap(void *user, size_t x, size_t w, size_t y) {
    const struct arrays *a = user;
    a->w[w] += a->x[x] * a->y[y];
}

static void forward(const struct cln_conv_shape *s, double *x, double *w, const double *bias,
                    int activation, double *y) {
    const size_t outputs = s->n * s->oh * s->ow * s->co;
    for (size_t i = 0; i < outputs; i++)
        y[i] = bias ? bias[i % s->co] : 0;
    for_each_tap(s, forward_tap, &(struct arrays){x, w, y});
    for (size_t i = 0; i < outputs; i++)
        y[i] = cln_host_activate(activation, y[i]);
}

static void data(const struct cln_conv_shape *s, double *dy, double *w, const double *gate,
                 double *dx) {
    const size_t inputs = s->n * s->ih * s->iw * s->ci;
    for (size_t i = 0; i < inputs; i++)
        dx[i] = 0;
    for_each_tap(s, data_tap, &(struct arrays){dx, w, dy});
    for (size_t i = 0; i < inputs && gate; i++)
        dx[i] = gate[i] > 0 ? dx[i] : 0;
}

static void weights(const struct cln_conv_shape *s, double *x, double *dy, double *dw, double *db) {
    for (size_t i = 0; i < s->kh * s->kw * s->ci * s->co; i++)
        dw[i] = 0;
    for_each_tap(s, weights_tap, &(struct arrays){x, dw, dy});
    for (size_t i = 0; i < s->co && db; i++) {
        db[i] = 0;
        for (size_t k = 0; k < s->n * s->oh * s->ow; k++)
            db[i] += dy[k * s->co + i];
    }
}

void cln_host_conv2d(const struct cln_node *node, double *const *at) {
    const struct cln_conv_attrs *attrs = node->attrs;
    struct cln_conv_shape s;
    if (cln_conv_shape(node->name, attrs, cln_node_in(node, 0), &s) == CLN_OK)
        forward(&s, HOST_IN(0), HOST_IN(1), attrs->use_bias ? HOST_IN(2) : NULL, attrs->activation,
                HOST_OUT(0));
}

void cln_host_conv2d_backward_data(const struct cln_node *node, double *const *at) {
    const struct cln_conv_attrs *attrs = node->attrs;
    struct cln_conv_shape s;
    if (cln_conv_shape(node->name, attrs, cln_node_out(node, 0), &s) == CLN_OK)
        data(&s, HOST_IN(0), HOST_IN(1), attrs->through_relu ? HOST_IN(2) : NULL, HOST_OUT(0));
}

void cln_host_conv2d_backward_weights(const struct cln_node *node, double *const *at) {
    struct cln_conv_shape s;
    if (cln_conv_shape(node->name, node->attrs, cln_node_in(node, 0), &s) == CLN_OK)
        weights(&s, HOST_IN(0), HOST_IN(1), HOST_OUT(0),
                node->output_count > 1 ? HOST_OUT(1) : NULL);
}

/* Where in z, (n, oh, ow, co), the place of a window lies. `at` counts windows and channels. */
static size_t z_of(const struct cln_conv_pool *c, size_t at, size_t place) {
    const struct cln_conv_shape *s = &c->shape;
    const size_t co = at % s->co, px = at / s->co % c->pw, py = at / s->co / c->pw % c->ph;
    const size_t row = py * c->pool_h + place / c->pool_w, image = at / s->co / c->pw / c->ph;
    return ((image * s->oh + row) * s->ow + px * c->pool_w + place % c->pool_w) * s->co + co;
}

/* y, and place unless that is NULL, from x. */
static bool pooled(const struct cln_conv_pool *c, double *x, double *w, const double *bias,
                   double *y, double *place) {
    const struct cln_conv_shape *s = &c->shape;
    double *z = calloc(s->n * s->oh * s->ow * s->co + 1, sizeof *z);
    if (!z)
        return false;
    forward(s, x, w, bias, c->activation, z);
    for (size_t i = 0; i < s->n * c->ph * c->pw * s->co; i++) {
        size_t best = 0;
        for (size_t p = 1; p < c->pool_h * c->pool_w; p++)
            best = z[z_of(c, i, p)] > z[z_of(c, i, best)] ? p : best;
        y[i] = z[z_of(c, i, best)];
        const bool cut = c->activation == CLN_ACTIVATION_RELU && !(y[i] > 0);
        if (place)
            place[i] = cut ? NO_PLACE : (double)best;
    }
    free(z);
    return true;
}

void cln_host_conv2d_pool(const struct cln_node *node, double *const *at) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    const int more = 2 + attrs->conv.use_bias;
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, attrs, cln_node_in(node, 0));
    const struct cln_conv_shape *s = &c.shape;
    const size_t outputs = s->n * c.ph * c.pw * s->co;
    double *y = HOST_OUT(0), *place = attrs->keep_places ? HOST_OUT(1) : NULL;
    if (!pooled(&c, HOST_IN(0), HOST_IN(1), attrs->conv.use_bias ? HOST_IN(2) : NULL, y, place))
        return; /* the outputs stay NaN, which is not what a kernel computes */
    if (!(attrs->dropout.rate > 0))
        return;
    double *kept = calloc(outputs + 1, sizeof *kept);
    for (size_t i = 0; i < outputs && kept; i++)
        kept[i] = 1;
    if (kept)
        cln_host_drop(&attrs->dropout, HOST_IN(more), HOST_IN(more + 1), kept, s->n,
                      outputs / s->n);
    for (size_t i = 0; i < outputs && kept; i++) {
        y[i] *= kept[i];
        if (place && kept[i] == 0)
            place[i] = NO_PLACE;
    }
    free(kept);
}

void cln_host_conv2d_pool_pair(const struct cln_node *node, double *const *at) {
    const struct cln_conv_pair_attrs *attrs = node->attrs;
    const int second = 2 + attrs->first.use_bias;
    struct cln_conv_shape f;
    if (cln_conv_shape(node->name, &attrs->first, cln_node_in(node, 0), &f) != CLN_OK)
        return;
    const struct cln_tensor middle = {.rank = 4, .dim = {f.n, f.oh, f.ow, f.co}};
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, &attrs->second, &middle);
    double *x = calloc(cln_tensor_elems(&middle) + 1, sizeof *x);
    if (!x)
        return; /* the output stays NaN */
    forward(&f, HOST_IN(0), HOST_IN(1), attrs->first.use_bias ? HOST_IN(2) : NULL,
            attrs->first.activation, x);
    (void)pooled(&c, x, HOST_IN(second), attrs->second.conv.use_bias ? HOST_IN(second + 1) : NULL,
                 HOST_OUT(0), NULL);
    free(x);
}

/* The gradient before pooling and dropout; free() it. */
static double *spread(const struct cln_conv_pool *c, const double *dy, const double *place) {
    const struct cln_conv_shape *s = &c->shape;
    double *dz = calloc(s->n * s->oh * s->ow * s->co + 1, sizeof *dz);
    for (size_t i = 0; i < s->n * c->ph * c->pw * s->co && dz; i++)
        if (place[i] != NO_PLACE)
            dz[z_of(c, i, (size_t)place[i])] = dy[i] / (1 - c->dropout.rate);
    return dz;
}

void cln_host_conv2d_pool_backward_data(const struct cln_node *node, double *const *at) {
    const struct cln_conv_pool_attrs *attrs = node->attrs;
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, attrs, cln_node_out(node, 0));
    double *dz = spread(&c, HOST_IN(0), HOST_IN(1));
    if (dz)
        data(&c.shape, dz, HOST_IN(2), attrs->through_relu ? HOST_IN(3) : NULL, HOST_OUT(0));
    free(dz);
}

void cln_host_conv2d_pool_backward_weights(const struct cln_node *node, double *const *at) {
    struct cln_conv_pool c;
    cln_conv_pool_start(&c, node->name, node->attrs, cln_node_in(node, 0));
    double *dz = spread(&c, HOST_IN(1), HOST_IN(2));
    if (dz)
        weights(&c.shape, HOST_IN(0), dz, HOST_OUT(0), node->output_count > 1 ? HOST_OUT(1) : NULL);
    free(dz);
}
