#include "nn/conv_shape.h"

#include <stdio.h>

#include "nn/node.h"
#include "nn/window.h"

enum cln_status cln_conv_shape(const char *name, const struct cln_conv_attrs *attrs,
                               const struct cln_tensor *x, struct cln_conv_shape *out) {
    if (x->rank != 4 || x->dtype != CLN_F32)
        return CLN_FAIL(CONFIG, "%s: wants images (N, H, W, C), not %s of shape %s", name, x->name,
                        cln_shape_text(x).chars);
    struct cln_conv_shape s = {
        .n = x->dim[0],
        .ih = x->dim[1],
        .iw = x->dim[2],
        .ci = x->dim[3],
        .co = (size_t)attrs->filters,
        .kh = (size_t)attrs->kernel[0],
        .kw = (size_t)attrs->kernel[1],
        .sh = (size_t)attrs->stride[0],
        .sw = (size_t)attrs->stride[1],
    };
    struct cln_window h, w;
    CLN_TRY(cln_window_compute(name, s.ih, s.kh, s.sh, attrs->padding, &h));
    CLN_TRY(cln_window_compute(name, s.iw, s.kw, s.sw, attrs->padding, &w));
    s.oh = h.out, s.pt = h.before, s.ow = w.out, s.pl = w.before;
    *out = s;
    return CLN_OK;
}

struct cln_cost cln_conv_cost(const struct cln_conv_shape *s) {
    const double taps = (double)(s->kh * s->kw * s->ci), outputs = (double)(s->n * s->oh * s->ow);
    const double in = (double)(s->n * s->ih * s->iw * s->ci), co = (double)s->co;
    return (struct cln_cost){.flops = 2 * outputs * co * taps,
                             .bytes = 4 * (in + taps * co + outputs * co),
                             .product = true};
}

enum cln_status cln_conv_check_weights(const struct cln_node *node, int at,
                                       const struct cln_conv_attrs *attrs,
                                       const struct cln_conv_shape *s) {
    const struct cln_tensor *w = cln_node_in(node, at);
    if (w->rank != 4 || w->dim[0] != s->kh || w->dim[1] != s->kw || w->dim[2] != s->ci ||
        w->dim[3] != s->co)
        return CLN_FAIL(INTERNAL, "%s: weights are %s, not (%zu, %zu, %zu, %zu)", node->name,
                        cln_shape_text(w).chars, s->kh, s->kw, s->ci, s->co);
    return attrs->use_bias ? cln_node_check_elems(node, at + 1, "bias", CLN_F32, s->co) : CLN_OK;
}

struct cln_conv_options cln_conv_options(const struct cln_conv_shape *s) {
    struct cln_conv_options options;
    snprintf(options.chars, sizeof options.chars,
             "-DIH=%zu -DIW=%zu -DCI=%zu -DOH=%zu -DOW=%zu -DCO=%zu -DKH=%zu -DKW=%zu -DSH=%zu "
             "-DSW=%zu -DPT=%zu -DPL=%zu",
             s->ih, s->iw, s->ci, s->oh, s->ow, s->co, s->kh, s->kw, s->sh, s->sw, s->pt, s->pl);
    return options;
}

struct cln_conv_shape cln_conv_transposed(const struct cln_conv_shape *s) {
    return (struct cln_conv_shape){.n = s->n,
                                   .ih = s->oh,
                                   .iw = s->ow,
                                   .ci = s->co,
                                   .oh = s->ih,
                                   .ow = s->iw,
                                   .co = s->ci,
                                   .kh = s->kh,
                                   .kw = s->kw,
                                   .sh = 1,
                                   .sw = 1,
                                   .pt = s->kh - 1 - s->pt,
                                   .pl = s->kw - 1 - s->pl};
}

bool cln_conv_is_padded(const struct cln_conv_shape *s) {
    return s->pt > 0 || s->pl > 0 || (s->oh - 1) * s->sh + s->kh > s->ih ||
           (s->ow - 1) * s->sw + s->kw > s->iw;
}
