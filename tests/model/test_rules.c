/* Rewrite rules: which layers they merge, what they leave alone, and how they are switched off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/export.h"
#include "model/model.h"
#include "nn/conv_pool.h"
#include "nn/dense.h"
#include "nn/pool.h"
#include "nn/registry.h"
#include "nn/rules.h"
#include "support/device.h"
#include "support/nets.h"

static const struct cln_model_shape mnist = {28, 28, 1, 10};

/* The names of the nodes before the loss, with spaces between; free() it. */
static char *forward_nodes(const struct cln_graph *graph) {
    struct cln_text text = {0};
    for (int i = 1; strcmp(graph->nodes[i].name, "loss"); i++)
        cln_text_add(&text, "%s%s", i > 1 ? " " : "", graph->nodes[i].name);
    assert_int_equal(cln_text_check(&text), CLN_OK);
    return text.chars;
}

static struct cln_model_graph build(const char *layers, const char *fusion, bool training) {
    char models[1024];
    snprintf(models, sizeof models, "{m: {layers: [%s], optimizer: sgd}}", layers);
    struct cln_experiment *experiment = test_experiment(models);
    struct cln_model_graph model;
    snprintf(experiment->cells[0].model.fusion, CLN_FIELD_TEXT_SIZE, "%s", fusion);
    TEST_OK(cln_model_build(&experiment->cells[0].model, &mnist, NULL, 4, training, &model));
    cln_experiment_free(experiment);
    return model;
}

static void expect(const char *layers, const char *fusion, bool training, const char *nodes) {
    struct cln_model_graph model = build(layers, fusion, training);
    char *got = forward_nodes(model.graph);
    assert_string_equal(got, nodes);
    free(got);
    cln_model_graph_done(&model);
}

#define END ", flatten, {dense: {units: 10, activation: softmax}}"

#define CONVNET                                                                                    \
    "{conv2d: {filters: 4, kernel: 3, activation: relu}},"                                         \
    "{conv2d: {filters: 6, kernel: 3, activation: relu}}, {max_pool2d: 2}, {dropout: 0.25}"

static void layers_that_follow_one_another_are_merged(void **state) {
    (void)state;
    expect(CONVNET END, "on", true, "conv2d_1 conv2d_2+max_pool2d_1+dropout_1 flatten_1 dense_1");
    expect("flatten, {dense: {units: 8, activation: relu}}, {dropout: 0.5}" END, "on", true,
           "flatten_1 dense_1+dropout_1 flatten_2 dense_2");
    expect("{conv2d: {filters: 4, kernel: 3}}, tanh" END, "on", true,
           "conv2d_1+tanh_1 flatten_1 dense_1");
    expect("{conv2d: {filters: 4, kernel: 3}}, relu, max_pool2d, {dropout: 0.1}" END, "on", true,
           "conv2d_1+relu_1+max_pool2d_1+dropout_1 flatten_1 dense_1");
    expect("flatten, {dense: 8}, sigmoid, {dropout: 0.1}" END, "on", true,
           "flatten_1 dense_1+sigmoid_1+dropout_1 flatten_2 dense_2");
    /* what is larger may stand first */
    expect("{conv2d: {filters: 4, kernel: 3}}, max_pool2d, relu, {dropout: 0.1}" END, "on", true,
           "conv2d_1+max_pool2d_1+relu_1+dropout_1 flatten_1 dense_1");
    /* a shape does not matter to dropout */
    expect("{conv2d: {filters: 4, kernel: 3}}, max_pool2d, flatten, {dropout: 0.1}" END, "on", true,
           "conv2d_1+max_pool2d_1+dropout_1 flatten_1 flatten_2 dense_1");
    expect("{conv2d: {filters: 4, kernel: 3}}, max_pool2d, flatten, {dropout: 0.1}" END,
           "-flatten_dropout", true, "conv2d_1+max_pool2d_1 flatten_1 dropout_1 flatten_2 dense_1");
    /* padding that adds nothing */
    expect("{conv2d: {filters: 4, kernel: 3}}, {max_pool2d: {padding: same}}" END, "on", true,
           "conv2d_1+max_pool2d_1 flatten_1 dense_1");
}

static void evaluation_is_merged_too(void **state) {
    (void)state;
    expect(CONVNET END, "on", false, "conv2d_1+conv2d_2+max_pool2d_1 flatten_1 dense_1");
    expect(CONVNET END, "-conv_pair", false, "conv2d_1 conv2d_2+max_pool2d_1 flatten_1 dense_1");
    /* 36 products an output are too many to do some of them twice */
    expect("{conv2d: {filters: 4, kernel: 6}}, {conv2d: {filters: 6, kernel: 3}}, max_pool2d" END,
           "on", false, "conv2d_1 conv2d_2+max_pool2d_1 flatten_1 dense_1");
    struct cln_model_graph model = build(CONVNET END, "-conv_pair", false);
    for (int i = 0; i < model.graph->node_count; i++)
        if (model.graph->nodes[i].op == &cln_op_conv2d_pool)
            assert_int_equal(model.graph->nodes[i].output_count, 1); /* nobody asks for places */
    cln_model_graph_done(&model);
}

static void what_does_not_fit_is_left_alone(void **state) {
    (void)state;
    static const char *const alone[] = {
        "{conv2d: {filters: 4, kernel: 3, activation: tanh}}, max_pool2d",
        "{conv2d: {filters: 4, kernel: 3}}, {max_pool2d: {size: 2, stride: 3}}",
        "{conv2d: {filters: 4, kernel: 3}}, {max_pool2d: {size: 3, stride: 2}}",
        "{conv2d: {filters: 4, kernel: 2}}, {max_pool2d: {size: 2, padding: same}}", /* 27 x 27 */
        "{conv2d: {filters: 4, kernel: 3}}, {max_pool2d: {size: [16, 16]}}", /* 256 places */
    };
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        char layers[256];
        snprintf(layers, sizeof layers, "%s" END, alone[i]);
        expect(layers, "on", true, "conv2d_1 max_pool2d_1 flatten_1 dense_1");
    }
    expect("{conv2d: {filters: 4, kernel: 3, activation: relu}}, {average_pool2d: 2}" END, "on",
           true, "conv2d_1 average_pool2d_1 flatten_1 dense_1");
    expect("{conv2d: {filters: 4, kernel: 3, activation: relu}}, tanh" END, "on", true,
           "conv2d_1 tanh_1 flatten_1 dense_1");
    expect("{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu" END, "on", true,
           "conv2d_1 batch_norm_1 relu_1 flatten_1 dense_1");
}

static void rules_are_switched_off(void **state) {
    (void)state;
    static const char *const all = "conv2d_1 conv2d_2 max_pool2d_1 dropout_1 flatten_1 dense_1";
    expect(CONVNET END, "off", true, all);
    expect(CONVNET END, "-conv_pool", true, all);
    expect(CONVNET END, "off,dense_dropout", true, all);
    expect(CONVNET END, "off,conv_pool", true,
           "conv2d_1 conv2d_2+max_pool2d_1 dropout_1 flatten_1 dense_1");
    expect(CONVNET END, "-conv_pool_dropout,-activation", true,
           "conv2d_1 conv2d_2+max_pool2d_1 dropout_1 flatten_1 dense_1");
    setenv("CLNOISE_FUSION", "off", 1);
    expect(CONVNET END, "", true, all);
    expect(CONVNET END, "off,conv_pool,conv_pool_dropout", true,
           "conv2d_1 conv2d_2+max_pool2d_1+dropout_1 flatten_1 dense_1"); /* what is said counts */
    unsetenv("CLNOISE_FUSION");
}

/* A relu that no rule merges still costs its gradient no pass of its own, where the node that
 * writes it can take it along: the gradients of a convolution and of pooling. */
static void a_relu_alone_gives_its_gradient_away(void **state) {
    (void)state;
    static const char *const behind[] = {
        "{conv2d: {filters: 6, kernel: 3}}",
        "{conv2d: {filters: 6, kernel: 3}}, max_pool2d",
        "{max_pool2d: {size: 3, stride: 2}}",
        "{average_pool2d: 2}",
    };
    for (int i = 0; i < 4; i++) {
        char layers[256];
        snprintf(layers, sizeof layers,
                 "{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu, %s" END, behind[i]);
        struct cln_model_graph model = build(layers, "on", true);
        bool found = false;
        for (int n = 0; n < model.graph->node_count; n++)
            found |= !strcmp(model.graph->nodes[n].name, "relu_1/backward");
        assert_int_equal(found, i == 3);
        cln_model_graph_done(&model);
    }
}

static void unknown_rules_are_refused(void **state) {
    (void)state;
    uint32_t on;
    static const char *const wrong[] = {"conv_pol", "-conv_pol", "off,conv_pol",
                                        "-conv_pool,conv_pol"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(cln_rewrite_choose(cln_rules, wrong[i], &on), CLN_CONFIG);
        const char *message = cln_error_last()->message;
        assert_non_null(strstr(message, "CLNOISE_FUSION: unknown rule 'conv_pol'"));
        assert_non_null(strstr(message, "accepted: on, off, activation, "));
        assert_non_null(strstr(message, "did you mean conv_pool?"));
    }
    assert_int_equal(cln_rewrite_choose(cln_rules, "-off", &on), CLN_CONFIG);
}

/* Neither nodes nor buffers of what was merged are seen, and every layer still is. */
static void nothing_is_left_of_merged_layers(void **state) {
    (void)state;
    struct cln_model_graph model = build(CONVNET END, "on", true),
                           one = build(CONVNET END, "off", true);
    assert_int_equal(model.layer_count, one.layer_count);
    for (int i = 0; i < model.layer_count; i++)
        assert_string_equal(model.layers[i].name, one.layers[i].name);
    assert_int_equal(cln_model_parameters(&model), cln_model_parameters(&one));
    struct cln_text table = {0};
    TEST_OK(cln_graph_export_table(model.graph, test_caps(), "reference", &table));
    assert_null(strstr(table.chars, "  dropout_1"));
    assert_null(strstr(table.chars, "  max_pool2d_1"));
    assert_null(strstr(table.chars, "conv2d_2/y"));
    assert_non_null(strstr(table.chars, "conv2d_2+max_pool2d_1+dropout_1/y"));
    assert_non_null(strstr(table.chars, "conv2d_2+max_pool2d_1+dropout_1/place"));
    assert_non_null(strstr(table.chars, "conv2d_2/kernel"));
    cln_text_free(&table);
    cln_model_graph_done(&model);
    cln_model_graph_done(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layers_that_follow_one_another_are_merged),
        cmocka_unit_test(evaluation_is_merged_too),
        cmocka_unit_test(what_does_not_fit_is_left_alone),
        cmocka_unit_test(rules_are_switched_off),
        cmocka_unit_test(a_relu_alone_gives_its_gradient_away),
        cmocka_unit_test(unknown_rules_are_refused),
        cmocka_unit_test(nothing_is_left_of_merged_layers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
