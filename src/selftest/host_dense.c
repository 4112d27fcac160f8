/* Dense layers, activations and dropout on the host. */
#include "base/rng.h"
#include "nn/activation.h"
#include "nn/dense.h"
#include "selftest/host.h"

double cln_host_activate(int kind, double x) {
    switch (kind) {
    case CLN_ACTIVATION_RELU:
        return x < 0 ? 0 : x;
    case CLN_ACTIVATION_TANH:
        return tanh(x);
    case CLN_ACTIVATION_SIGMOID:
        return 1 / (1 + exp(-x));
    default:
        return x;
    }
}

double cln_host_activation_gradient(int kind, double y, double dy) {
    switch (kind) {
    case CLN_ACTIVATION_RELU:
        return y > 0 ? dy : 0;
    case CLN_ACTIVATION_TANH:
        return dy * (1 - y * y);
    case CLN_ACTIVATION_SIGMOID:
        return dy * y * (1 - y);
    default:
        return dy;
    }
}

void cln_host_drop(const struct cln_dropout_attrs *attrs, const double *samples,
                   const double *control, double *values, size_t rows, size_t elems) {
    const uint32_t threshold = cln_dropout_threshold(attrs->rate);
    for (size_t i = 0; i < rows * elems; i++) {
        const uint32_t word = cln_random_word(cln_host_seed(control), (uint32_t)(i % elems),
                                              (uint32_t)samples[i / elems],
                                              (uint32_t)control[CONTROL_EPOCH], attrs->stream);
        values[i] = word < threshold ? 0 : values[i] / (1 - attrs->rate);
    }
}

void cln_host_dense(const struct cln_node *node, double *const *at) {
    const struct cln_dense_attrs *attrs = node->attrs;
    const struct cln_tensor *w = cln_node_in(node, 1);
    const size_t in = w->dim[0], out = w->dim[1];
    const size_t rows = cln_tensor_elems(cln_node_in(node, 0)) / in;
    double *y = HOST_OUT(0);
    for (size_t i = 0; i < rows * out; i++) {
        double sum = attrs->use_bias ? HOST_IN(2)[i % out] : 0;
        for (size_t k = 0; k < in; k++)
            sum += HOST_IN(0)[i / out * in + k] * HOST_IN(1)[k * out + i % out];
        y[i] = cln_host_activate(attrs->activation, sum);
    }
    const int more = 2 + attrs->use_bias;
    const size_t samples = cln_node_out(node, 0)->dim[0];
    if (attrs->dropout.rate > 0)
        cln_host_drop(&attrs->dropout, HOST_IN(more), HOST_IN(more + 1), y, samples,
                      rows * out / samples);
}

void cln_host_dense_backward_data(const struct cln_node *node, double *const *at) {
    const struct cln_tensor *w = cln_node_in(node, 1);
    const size_t in = w->dim[0], out = w->dim[1];
    for (size_t i = 0; i < cln_tensor_elems(cln_node_out(node, 0)); i++) {
        double sum = 0;
        for (size_t k = 0; k < out; k++)
            sum += HOST_IN(0)[i / in * out + k] * HOST_IN(1)[i % in * out + k];
        HOST_OUT(0)[i] = sum;
    }
}

void cln_host_dense_backward_weights(const struct cln_node *node, double *const *at) {
    const struct cln_tensor *dw = cln_node_out(node, 0);
    const size_t in = dw->dim[0], out = dw->dim[1];
    const size_t rows = cln_tensor_elems(cln_node_in(node, 0)) / in;
    for (size_t i = 0; i < in * out; i++) {
        double sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += HOST_IN(0)[r * in + i / out] * HOST_IN(1)[r * out + i % out];
        HOST_OUT(0)[i] = sum;
    }
    for (size_t i = 0; i < out && node->output_count > 1; i++) {
        double sum = 0;
        for (size_t r = 0; r < rows; r++)
            sum += HOST_IN(1)[r * out + i];
        HOST_OUT(1)[i] = sum;
    }
}

static void activate(const struct cln_node *node, double *const *at, int kind) {
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++)
        HOST_OUT(0)[i] = cln_host_activate(kind, HOST_IN(0)[i]);
}

void cln_host_relu(const struct cln_node *node, double *const *at) {
    activate(node, at, CLN_ACTIVATION_RELU);
}

void cln_host_tanh(const struct cln_node *node, double *const *at) {
    activate(node, at, CLN_ACTIVATION_TANH);
}

void cln_host_sigmoid(const struct cln_node *node, double *const *at) {
    activate(node, at, CLN_ACTIVATION_SIGMOID);
}

void cln_host_activation_backward(const struct cln_node *node, double *const *at) {
    const struct cln_activation_attrs *attrs = node->attrs;
    for (size_t i = 0; i < cln_tensor_elems(cln_node_in(node, 0)); i++)
        HOST_OUT(0)[i] = cln_host_activation_gradient(attrs->kind, HOST_IN(0)[i], HOST_IN(1)[i]);
}

/* y went through the dropout, which is undone where it was kept. */
void cln_host_activation_dropout_backward(const struct cln_node *node, double *const *at) {
    const struct cln_activation_dropout_attrs *attrs = node->attrs;
    const struct cln_tensor *y = cln_node_in(node, 0);
    const size_t elems = cln_tensor_elems(y), rows = y->dim[0];
    double *dz = HOST_OUT(0);
    if (attrs->kind == CLN_ACTIVATION_RELU) {
        for (size_t i = 0; i < elems; i++)
            dz[i] = HOST_IN(0)[i] > 0 ? HOST_IN(1)[i] / (1 - attrs->dropout.rate) : 0;
        return;
    }
    for (size_t i = 0; i < elems; i++)
        dz[i] = cln_host_activation_gradient(attrs->kind, HOST_IN(0)[i] * (1 - attrs->dropout.rate),
                                             HOST_IN(1)[i]);
    cln_host_drop(&attrs->dropout, HOST_IN(2), HOST_IN(3), dz, rows, elems / rows);
}

static void drop(const struct cln_node *node, double *const *at) {
    const struct cln_tensor *y = cln_node_out(node, 0);
    const size_t elems = cln_tensor_elems(y);
    for (size_t i = 0; i < elems; i++)
        HOST_OUT(0)[i] = HOST_IN(0)[i];
    cln_host_drop(node->attrs, HOST_IN(1), HOST_IN(2), HOST_OUT(0), y->dim[0], elems / y->dim[0]);
}

void cln_host_dropout(const struct cln_node *node, double *const *at) {
    drop(node, at);
}

void cln_host_dropout_backward(const struct cln_node *node, double *const *at) {
    drop(node, at);
}
