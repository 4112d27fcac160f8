#include "selftest/nets.h"

#include <stdio.h>

#include "base/text.h"
#include "cl/control.clh"
#include "cl/noise_kind.clh"

/* Enough channels for Winograd's algorithm, and not a multiple of any vector's width; dropout
 * behind its pooling wants a multiple of 4. */
#define CONVNET                                                                                    \
    "layers:\n"                                                                                    \
    "      - conv2d: {filters: 17, kernel: 3, activation: relu}\n"                                 \
    "      - conv2d: {filters: 20, kernel: 3, activation: relu}\n"                                 \
    "      - max_pool2d: {size: 2}\n"                                                              \
    "      - dropout: 0.25\n"                                                                      \
    "      - flatten\n"                                                                            \
    "      - dense: {units: 33, activation: relu}\n"                                               \
    "      - dropout: 0.5\n"                                                                       \
    "      - dense: {units: 10, activation: softmax}\n"                                            \
    "    optimizer: {adadelta: {learning_rate: 1.0}}\n"

#define MLP                                                                                        \
    "layers:\n"                                                                                    \
    "      - flatten\n"                                                                            \
    "      - dense: {units: 37, activation: relu}\n"                                               \
    "      - dropout: 0.2\n"                                                                       \
    "      - dense: {units: 29, activation: tanh}\n"                                               \
    "      - dropout: 0.2\n"                                                                       \
    "      - dense: {units: 10, activation: softmax}\n"                                            \
    "    optimizer: {rmsprop: {learning_rate: 0.001}}\n"

#define ODD                                                                                        \
    "layers:\n"                                                                                    \
    "      - conv2d: {filters: 8, kernel: [5, 2], stride: [2, 1], padding: same, use_bias: "       \
    "false}\n"                                                                                     \
    "      - batch_norm\n"                                                                         \
    "      - sigmoid\n"                                                                            \
    "      - average_pool2d: {size: 3, stride: 2, padding: same}\n"                                \
    "      - conv2d: {filters: 21, kernel: 1, activation: tanh}\n"                                 \
    "      - relu\n"                                                                               \
    "      - max_pool2d: {size: 3, stride: 1, padding: same}\n"                                    \
    "      - flatten\n"                                                                            \
    "      - dense: {units: 19, initializer: he_normal}\n"                                         \
    "      - softmax\n"                                                                            \
    "      - tanh\n"                                                                               \
    "      - dense: {units: 10, activation: softmax}\n"                                            \
    "    optimizer: {adam: {learning_rate: 0.01}}\n"

#define LINEAR                                                                                     \
    "layers: [flatten, {dense: {units: 10, activation: softmax}}]\n"                               \
    "    optimizer: {sgd: {learning_rate: 0.1, momentum: 0.9, nesterov: true}}\n"

#define TINY                                                                                       \
    "layers:\n"                                                                                    \
    "      - conv2d: {filters: 5, kernel: 3, activation: relu}\n"                                  \
    "      - max_pool2d: {size: 2}\n"                                                              \
    "      - flatten\n"                                                                            \
    "      - dense: {units: 10, activation: softmax}\n"                                            \
    "    optimizer: {adadelta: {learning_rate: 1.0}}\n"

const struct cln_net cln_nets[] = {
    {"tiny", TINY, 1, {7, 5, 2, 10}, 3, 3, true, false, false},
    {"convnet", CONVNET, 1, {11, 9, 3, 10}, 5, 25, false, true, true},
    {"mlp", MLP, 0.01, {5, 7, 1, 10}, 7, 35, false, true, false},
    {"odd", ODD, 0.01, {10, 7, 2, 10}, 5, 25, false, true, true},
    {"linear", LINEAR, 0.1, {3, 3, 1, 10}, 5, 25, false, true, false},
    {NULL, NULL, 0, {0, 0, 0, 0}, 0, 0, false, false, false},
};

enum cln_status cln_net_open(const struct cln_net *net, struct cln_experiment **out) {
    struct cln_text text = {0};
    cln_text_add(&text, "name: selftest\nmodels:\n  %s:\n    %s", net->name, net->model);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_experiment_load_text("the self-test", text.chars, NULL, 0, out);
    cln_text_free(&text);
    return status;
}

enum cln_status cln_net_build(const struct cln_net *net, const struct cln_experiment *experiment,
                              bool merged, bool training, struct cln_model_graph *out) {
    struct cln_model_spec spec = experiment->cells[0].model;
    const struct cln_model_source source = {
        .images_slot = "images",
        .labels_slot = "labels",
        .order_slot = "order",
        .samples = net->samples,
        .load = {.noise_kind = NOISE_GAUSSIAN, .noisy = true, .stream = STREAM_NOISE_TRAIN}};
    snprintf(spec.fusion, sizeof spec.fusion, "%s", merged ? "" : "off");
    return cln_model_build(&spec, &net->shape, &source, net->batch, training, out);
}
