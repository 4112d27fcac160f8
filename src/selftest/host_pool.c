/* Pooling and batch normalisation on the host. */
#include "nn/pool.h"
#include "nn/window.h"
#include "selftest/host.h"

/* Of an image (n, ih, iw, c) and its windows. */
struct pooling {
    size_t n, ih, iw, c, kh, kw, sh, sw;
    struct cln_window h, w;
};

static struct pooling pooling_of(const struct cln_node *node, const struct cln_tensor *image) {
    const struct cln_pool_attrs *a = node->attrs;
    struct pooling p = {.n = image->dim[0],
                        .ih = image->dim[1],
                        .iw = image->dim[2],
                        .c = image->dim[3],
                        .kh = (size_t)a->size[0],
                        .kw = (size_t)a->size[1],
                        .sh = (size_t)(a->stride[0] ? a->stride[0] : a->size[0]),
                        .sw = (size_t)(a->stride[1] ? a->stride[1] : a->size[1])};
    (void)cln_window_compute(node->name, p.ih, p.kh, p.sh, (enum cln_padding)a->padding, &p.h);
    (void)cln_window_compute(node->name, p.iw, p.kw, p.sw, (enum cln_padding)a->padding, &p.w);
    return p;
}

static size_t windows_of(const struct pooling *p) {
    return p->n * p->h.out * p->w.out * p->c;
}

/* The places in the image that window `y` covers, row by row; returns how many. Windows of this
 * test are small. */
#define MOST_PLACES 64
static size_t places_of(const struct pooling *p, size_t y, size_t places[MOST_PLACES]) {
    const size_t c = y % p->c, ox = y / p->c % p->w.out, oy = y / p->c / p->w.out % p->h.out;
    const size_t image = y / p->c / p->w.out / p->h.out;
    size_t count = 0;
    for (size_t k = 0; k < p->kh * p->kw && count < MOST_PLACES; k++) {
        const size_t iy = oy * p->sh + k / p->kw - p->h.before;
        const size_t ix = ox * p->sw + k % p->kw - p->w.before;
        if (iy < p->ih && ix < p->iw)
            places[count++] = ((image * p->ih + iy) * p->iw + ix) * p->c + c;
    }
    return count;
}

static size_t first_maximum(const double *x, const size_t *places, size_t count) {
    size_t best = places[0];
    for (size_t k = 1; k < count; k++)
        best = x[places[k]] > x[best] ? places[k] : best;
    return best;
}

void cln_host_max_pool2d(const struct cln_node *node, double *const *at) {
    const struct pooling p = pooling_of(node, cln_node_in(node, 0));
    size_t places[MOST_PLACES];
    for (size_t y = 0; y < windows_of(&p); y++) {
        const size_t count = places_of(&p, y, places);
        HOST_OUT(0)[y] = HOST_IN(0)[first_maximum(HOST_IN(0), places, count)];
    }
}

void cln_host_max_pool2d_backward(const struct cln_node *node, double *const *at) {
    const struct cln_pool_attrs *attrs = node->attrs;
    const struct pooling p = pooling_of(node, cln_node_in(node, 0));
    const double *x = HOST_IN(0);
    double *dx = HOST_OUT(0);
    size_t places[MOST_PLACES];
    for (size_t i = 0; i < p.n * p.ih * p.iw * p.c; i++)
        dx[i] = 0;
    for (size_t y = 0; y < windows_of(&p); y++) {
        const size_t count = places_of(&p, y, places), best = first_maximum(x, places, count);
        dx[best] += attrs->through_relu && !(x[best] > 0) ? 0 : HOST_IN(2)[y];
    }
}

void cln_host_average_pool2d(const struct cln_node *node, double *const *at) {
    const struct pooling p = pooling_of(node, cln_node_in(node, 0));
    size_t places[MOST_PLACES];
    for (size_t y = 0; y < windows_of(&p); y++) {
        const size_t count = places_of(&p, y, places);
        double sum = 0;
        for (size_t k = 0; k < count; k++)
            sum += HOST_IN(0)[places[k]];
        HOST_OUT(0)[y] = sum / (double)count;
    }
}

void cln_host_average_pool2d_backward(const struct cln_node *node, double *const *at) {
    const struct pooling p = pooling_of(node, cln_node_out(node, 0));
    size_t places[MOST_PLACES];
    for (size_t i = 0; i < p.n * p.ih * p.iw * p.c; i++)
        HOST_OUT(0)[i] = 0;
    for (size_t y = 0; y < windows_of(&p); y++) {
        const size_t count = places_of(&p, y, places);
        for (size_t k = 0; k < count; k++)
            HOST_OUT(0)[places[k]] += HOST_IN(0)[y] / (double)count;
    }
}

/* x, gamma, beta, moving mean, moving variance -> y, mean, inverse deviation */
void cln_host_batch_norm(const struct cln_node *node, double *const *at) {
    const size_t c = cln_tensor_elems(cln_node_in(node, 1));
    const size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    const double rows = (double)(elems / c), momentum = cln_host_attr(node, "momentum");
    for (size_t ch = 0; ch < c; ch++) {
        double mean = 0, variance = 0;
        for (size_t i = ch; i < elems; i += c)
            mean += HOST_IN(0)[i] / rows;
        for (size_t i = ch; i < elems; i += c)
            variance += (HOST_IN(0)[i] - mean) * (HOST_IN(0)[i] - mean) / rows;
        const double inverse = 1 / sqrt(variance + cln_host_attr(node, "epsilon"));
        for (size_t i = ch; i < elems; i += c)
            HOST_OUT(0)[i] = HOST_IN(1)[ch] * (HOST_IN(0)[i] - mean) * inverse + HOST_IN(2)[ch];
        HOST_OUT(1)[ch] = mean;
        HOST_OUT(2)[ch] = inverse;
        HOST_IN(3)[ch] = momentum * HOST_IN(3)[ch] + (1 - momentum) * mean;
        HOST_IN(4)[ch] = momentum * HOST_IN(4)[ch] + (1 - momentum) * variance;
    }
}

void cln_host_batch_norm_inference(const struct cln_node *node, double *const *at) {
    const size_t c = cln_tensor_elems(cln_node_in(node, 1));
    const double epsilon = cln_host_attr(node, "epsilon");
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++)
        HOST_OUT(0)
    [i] = HOST_IN(1)[i % c] * (HOST_IN(0)[i] - HOST_IN(3)[i % c]) /
              sqrt(HOST_IN(4)[i % c] + epsilon) +
          HOST_IN(2)[i % c];
}

/* x, dy, gamma, mean, inverse -> dgamma, dbeta, dx; the mean and deviation depend on x */
void cln_host_batch_norm_backward(const struct cln_node *node, double *const *at) {
    const size_t c = cln_tensor_elems(cln_node_in(node, 2));
    const size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    const double rows = (double)(elems / c), *x = HOST_IN(0), *dy = HOST_IN(1);
    for (size_t ch = 0; ch < c; ch++) {
        const double mean = HOST_IN(3)[ch], inverse = HOST_IN(4)[ch];
        double dgamma = 0, dbeta = 0;
        for (size_t i = ch; i < elems; i += c) {
            dgamma += dy[i] * (x[i] - mean) * inverse;
            dbeta += dy[i];
        }
        HOST_OUT(0)[ch] = dgamma;
        HOST_OUT(1)[ch] = dbeta;
        for (size_t i = ch; i < elems && node->output_count == 3; i += c)
            HOST_OUT(2)
        [i] =
            HOST_IN(2)[ch] * inverse * (dy[i] - (dbeta + (x[i] - mean) * inverse * dgamma) / rows);
    }
}
