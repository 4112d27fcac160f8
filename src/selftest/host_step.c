/* What begins and ends a step on the host: the batch, the loss, the optimizers; first values. */
#include <stdlib.h>

#include "base/rng.h"
#include "data/noise.h"
#include "nn/init.h"
#include "nn/load_batch.h"
#include "selftest/host.h"

void cln_host_load_batch(const struct cln_node *node, double *const *at) {
    const struct cln_load_batch_attrs *attrs = node->attrs;
    const struct cln_tensor *images = cln_node_in(node, 0);
    const size_t elems = cln_tensor_elems(images) / images->dim[0];
    const struct cln_noise_spec noise = {.kind = attrs->noise_kind, .clip = attrs->clip};
    const double *control = HOST_IN(3);
    uint8_t *pixels = malloc(elems);
    float *x = malloc(elems * sizeof *x);
    for (size_t row = 0; row < (size_t)attrs->batch && pixels && x; row++) {
        const size_t sample = (size_t)HOST_IN(2)[(size_t)control[CONTROL_BATCH_START] + row];
        const struct cln_noise_place place = {cln_host_seed(control), (uint32_t)sample,
                                              (uint32_t)control[CONTROL_NOISE_DRAW], attrs->stream};
        for (size_t e = 0; e < elems; e++)
            pixels[e] = (uint8_t)HOST_IN(0)[sample * elems + e];
        cln_noise_apply(&noise, (double)cln_host_float(control[CONTROL_NOISE_SCALE]), &place,
                        pixels, elems, x);
        for (size_t e = 0; e < elems; e++)
            HOST_OUT(0)[row * elems + e] = (double)x[e];
        HOST_OUT(1)[row] = HOST_IN(1)[sample];
        HOST_OUT(2)[row] = (double)sample;
    }
    free(pixels);
    free(x);
}

void cln_host_step_end(const struct cln_node *node, double *const *at) {
    const struct cln_step_end_attrs *attrs = node->attrs;
    HOST_IN(0)[CONTROL_BATCH_START] += (double)attrs->batch;
    HOST_IN(0)[CONTROL_STEP] += attrs->training;
}

/* Redrawn while more than two deviations out, at most seven times (cl/init.cl). */
static double truncated_normal(uint64_t seed, uint32_t element, uint32_t stream) {
    double value = 0;
    for (uint32_t draw = 0; draw < 8; draw++) {
        value = (double)cln_random_normal(seed, element, draw, 0, stream);
        if (fabs(value) <= 2)
            break;
    }
    return fmax(-2, fmin(value, 2));
}

void cln_host_init(const struct cln_node *node, double *const *at) {
    const struct cln_init_attrs *attrs = node->attrs;
    const uint64_t seed = cln_host_seed(HOST_IN(0));
    const uint32_t stream = STREAM_INIT + attrs->stream;
    const double scale = (double)(float)cln_init_scale(&attrs->init);
    for (uint32_t i = 0; i < cln_tensor_elems(cln_node_out(node, 0)); i++) {
        double value = 1;
        if (attrs->init.kind == CLN_INIT_GLOROT_UNIFORM || attrs->init.kind == CLN_INIT_HE_UNIFORM)
            value = (cln_random_word(seed, i, 0, 0, stream) >> 8) * 0x1p-23 + 0x1p-24 - 1;
        else if (attrs->init.kind != CLN_INIT_ZEROS && attrs->init.kind != CLN_INIT_ONES)
            value = truncated_normal(seed, i, stream);
        HOST_OUT(0)[i] = (double)(float)(value * scale);
    }
}

/* Over rows of the last dimension. */
static double softmax_row(const double *x, size_t c, double *y) {
    double top = x[0], sum = 0;
    for (size_t k = 1; k < c; k++)
        top = fmax(top, x[k]);
    for (size_t k = 0; k < c; k++)
        sum += exp(x[k] - top);
    for (size_t k = 0; k < c; k++)
        y[k] = exp(x[k] - top) / sum;
    return log(sum) + top;
}

void cln_host_softmax(const struct cln_node *node, double *const *at) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    const size_t c = x->dim[x->rank - 1];
    for (size_t i = 0; i < cln_tensor_elems(x); i += c)
        softmax_row(HOST_IN(0) + i, c, HOST_OUT(0) + i);
}

void cln_host_softmax_backward(const struct cln_node *node, double *const *at) {
    const struct cln_tensor *y = cln_node_in(node, 0);
    const size_t c = y->dim[y->rank - 1];
    for (size_t i = 0; i < cln_tensor_elems(y); i += c) {
        double sum = 0;
        for (size_t k = i; k < i + c; k++)
            sum += HOST_IN(0)[k] * HOST_IN(1)[k];
        for (size_t k = i; k < i + c; k++)
            HOST_OUT(0)[k] = HOST_IN(0)[k] * (HOST_IN(1)[k] - sum);
    }
}

/* Adds to a pair of 32-bit words, the low one first. */
static void add_to_words(double words[2], double value) {
    const double word = 0x1p32, sum = words[0] + value;
    words[0] = fmod(sum, word);
    words[1] += floor(sum / word);
}

void cln_host_softmax_cross_entropy(const struct cln_node *node, double *const *at) {
    const struct cln_tensor *logits = cln_node_in(node, 0);
    const size_t rows = logits->dim[0], c = logits->dim[1];
    double *metrics = HOST_IN(2), *y = calloc(c, sizeof *y);
    for (size_t r = 0; r < rows && y; r++) {
        const double *z = HOST_IN(0) + r * c;
        const size_t label = (size_t)HOST_IN(1)[r];
        const double loss = softmax_row(z, c, y) - z[label];
        size_t best = 0;
        for (size_t k = 1; k < c; k++)
            best = z[k] > z[best] ? k : best;
        add_to_words(&metrics[2 * METRIC_LOSS], loss * (double)METRIC_LOSS_ONE);
        metrics[2 * METRIC_CORRECT] += best == label;
        metrics[2 * METRIC_SAMPLES] += 1;
        for (size_t k = 0; k < c && node->output_count; k++)
            HOST_OUT(0)[r * c + k] = (y[k] - (k == label)) / (double)rows;
    }
    free(y);
}

/* The optimizers: params, grads, states, control */

static double rate_of(const struct cln_node *node, double *const *at) {
    return (double)cln_host_float(HOST_IN(node->input_count - 1)[CONTROL_LEARNING_RATE]);
}

void cln_host_sgd(const struct cln_node *node, double *const *at) {
    const double rate = rate_of(node, at), momentum = cln_host_attr(node, "momentum");
    double *w = HOST_IN(0), *velocity = HOST_IN(2);
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++) {
        const double down = -rate * HOST_IN(1)[i];
        if (momentum > 0)
            velocity[i] = momentum * velocity[i] + down;
        w[i] += !(momentum > 0)                        ? down
                : cln_host_attr(node, "nesterov") != 0 ? momentum * velocity[i] + down
                                                       : velocity[i];
    }
}

void cln_host_rmsprop(const struct cln_node *node, double *const *at) {
    const double rate = rate_of(node, at), momentum = cln_host_attr(node, "momentum");
    const double rho = cln_host_attr(node, "rho"), epsilon = cln_host_attr(node, "epsilon");
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++) {
        const double g = HOST_IN(1)[i];
        double *mean = &HOST_IN(2)[i], *velocity = &HOST_IN(3)[i];
        *mean = rho * *mean + (1 - rho) * g * g;
        if (momentum > 0)
            *velocity = momentum * *velocity + rate * g / sqrt(*mean + epsilon);
        HOST_IN(0)[i] -= momentum > 0 ? *velocity : rate * g / (sqrt(*mean) + epsilon);
    }
}

void cln_host_adadelta(const struct cln_node *node, double *const *at) {
    const double rho = cln_host_attr(node, "rho"), epsilon = cln_host_attr(node, "epsilon");
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++) {
        const double g = HOST_IN(1)[i];
        double *mean = &HOST_IN(2)[i], *mean_step = &HOST_IN(3)[i];
        *mean = rho * *mean + (1 - rho) * g * g;
        const double step = g * sqrt(*mean_step + epsilon) / sqrt(*mean + epsilon);
        *mean_step = rho * *mean_step + (1 - rho) * step * step;
        HOST_IN(0)[i] -= rate_of(node, at) * step;
    }
}

void cln_host_adam(const struct cln_node *node, double *const *at) {
    const double b1 = cln_host_attr(node, "beta_1"), b2 = cln_host_attr(node, "beta_2");
    const double t = HOST_IN(node->input_count - 1)[CONTROL_STEP] + 1;
    const double corrected = rate_of(node, at) * sqrt(1 - pow(b2, t)) / (1 - pow(b1, t));
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++) {
        const double g = HOST_IN(1)[i];
        double *mean = &HOST_IN(2)[i], *square = &HOST_IN(3)[i];
        *mean = b1 * *mean + (1 - b1) * g;
        *square = b2 * *square + (1 - b2) * g * g;
        HOST_IN(0)[i] -= corrected * *mean / (sqrt(*square) + cln_host_attr(node, "epsilon"));
    }
}
