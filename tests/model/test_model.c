/* Models: what layer lists become, and how those that do not fit are refused; needs no device. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/model.h"
#include "support/device.h"
#include "support/nets.h"

static const struct cln_model_shape mnist = {28, 28, 1, 10};

static struct cln_model_graph build(const struct cln_experiment *experiment, int cell,
                                    bool training) {
    struct cln_model_graph model;
    TEST_OK(cln_model_build(&experiment->cells[cell].model, &mnist, NULL, 4, training, &model));
    return model;
}

static struct cln_experiment *load_sweep(void) {
    struct cln_experiment *experiment;
    const char *const overrides[] = {"noise.scale=0"};
    TEST_OK(cln_experiment_load("experiments/sweep.yaml", overrides, 1, &experiment));
    assert_int_equal(experiment->cell_count, 2);
    return experiment;
}

struct wanted_layer {
    const char *name;
    int rank;
    size_t dim[CLN_MAX_RANK];
    size_t parameters;
};

static void check_layers(const struct cln_model_graph *model, const struct wanted_layer *wanted,
                         int count) {
    assert_int_equal(model->layer_count, count);
    for (int i = 0; i < count; i++) {
        const struct cln_layer_info *layer = &model->layers[i];
        assert_string_equal(layer->name, wanted[i].name);
        assert_int_equal(layer->rank, wanted[i].rank);
        for (int d = 0; d < layer->rank; d++)
            assert_int_equal(layer->dim[d], wanted[i].dim[d]);
        assert_int_equal(layer->parameters, wanted[i].parameters);
        assert_int_equal(layer->trainable_parameters, wanted[i].parameters);
    }
}

/* The numbers that Keras's summary() gives for the notebook's nets. */
static void nets_of_the_notebook_are_built_layer_by_layer(void **state) {
    (void)state;
    static const struct wanted_layer convnet[] = {
        {"conv2d_1", 4, {4, 26, 26, 32}, 320},   {"conv2d_2", 4, {4, 24, 24, 64}, 18496},
        {"max_pool2d_1", 4, {4, 12, 12, 64}, 0}, {"dropout_1", 4, {4, 12, 12, 64}, 0},
        {"flatten_1", 2, {4, 9216}, 0},          {"dense_1", 2, {4, 128}, 1179776},
        {"dropout_2", 2, {4, 128}, 0},           {"dense_2", 2, {4, 10}, 1290}};
    static const struct wanted_layer mlp[] = {
        {"flatten_1", 2, {4, 784}, 0}, {"dense_1", 2, {4, 512}, 401920},
        {"dropout_1", 2, {4, 512}, 0}, {"dense_2", 2, {4, 512}, 262656},
        {"dropout_2", 2, {4, 512}, 0}, {"dense_3", 2, {4, 10}, 5130}};
    struct cln_experiment *experiment = load_sweep();
    struct cln_model_graph model = build(experiment, 0, true);
    check_layers(&model, convnet, 8);
    assert_int_equal(cln_model_parameters(&model), 1199882);
    assert_int_equal(model.variable_count, 8);
    cln_model_graph_done(&model);
    model = build(experiment, 1, true);
    check_layers(&model, mlp, 6);
    assert_int_equal(cln_model_parameters(&model), 669706);
    cln_model_graph_done(&model);
    cln_experiment_free(experiment);
}

static int count_nodes(const struct cln_graph *graph, const char *op) {
    int count = 0;
    for (int i = 0; i < graph->node_count; i++)
        count += !strcmp(graph->nodes[i].op->name, op);
    return count;
}

static void evaluation_has_no_dropout_gradients_or_optimizer(void **state) {
    (void)state;
    struct cln_experiment *experiment = load_sweep();
    snprintf(experiment->cells[0].model.fusion, CLN_FIELD_TEXT_SIZE, "off");
    struct cln_model_graph training = build(experiment, 0, true);
    struct cln_model_graph evaluation = build(experiment, 0, false);
    assert_int_equal(count_nodes(training.graph, "dropout"), 2);
    assert_int_equal(count_nodes(training.graph, "dropout_backward"), 2);
    assert_int_equal(count_nodes(training.graph, "conv2d_backward_weights"), 2);
    /* Nobody needs the gradient of the images. */
    assert_int_equal(count_nodes(training.graph, "conv2d_backward_data"), 1);
    assert_int_equal(count_nodes(training.graph, "adadelta"), 1);
    assert_int_equal(count_nodes(evaluation.graph, "conv2d"), 2);
    for (int i = 0; i < evaluation.graph->node_count; i++) {
        const struct cln_node *node = &evaluation.graph->nodes[i];
        assert_null(strstr(node->op->name, "dropout"));
        assert_null(strstr(node->op->name, "backward"));
        assert_int_not_equal(node->op->kind, CLN_OP_OPTIMIZER);
    }
    /* Both see their variables in the same places. */
    assert_int_equal(training.variable_count, evaluation.variable_count);
    for (int i = 0; i < training.variable_count; i++) {
        const struct cln_tensor *a = &training.graph->tensors[training.variables[i].tensor];
        const struct cln_tensor *b = &evaluation.graph->tensors[evaluation.variables[i].tensor];
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->offset_elems, b->offset_elems);
        /* ... and a parameter's gradient lies where the parameter does. */
        assert_int_equal(training.graph->tensors[a->gradient].offset_elems, a->offset_elems);
    }
    cln_model_graph_done(&training);
    cln_model_graph_done(&evaluation);
    cln_experiment_free(experiment);
}

/* The loss works on logits, so neither spelling leaves a softmax in the graph. */
static void a_last_softmax_becomes_part_of_the_loss(void **state) {
    (void)state;
    static const char *const spellings[] = {
        "{m: {layers: [flatten, {dense: {units: 10, activation: softmax}}], optimizer: sgd}}",
        "{m: {layers: [flatten, {dense: 10}, softmax], optimizer: sgd}}"};
    for (int i = 0; i < 2; i++) {
        struct cln_experiment *experiment = test_experiment(spellings[i]);
        struct cln_model_graph model = build(experiment, 0, true);
        assert_int_equal(count_nodes(model.graph, "softmax"), 0);
        assert_int_equal(count_nodes(model.graph, "softmax_cross_entropy"), 1);
        assert_int_equal(model.layer_count, 2 + i);
        const struct cln_layer_info *last = &model.layers[model.layer_count - 1];
        assert_string_equal(last->name, i ? "softmax_1" : "dense_1");
        assert_int_equal(last->rank, 2);
        assert_int_equal(last->dim[1], 10);
        assert_int_equal(cln_model_parameters(&model), 7850);
        cln_model_graph_done(&model);
        cln_experiment_free(experiment);
    }
}

static void a_softmax_further_up_is_a_layer_like_others(void **state) {
    (void)state;
    struct cln_experiment *experiment = test_experiment(
        "{m: {layers: [flatten, {dense: {units: 12, activation: softmax}}, {dense: 10}, softmax],\n"
        "  optimizer: sgd}}");
    struct cln_model_graph model = build(experiment, 0, true);
    assert_int_equal(count_nodes(model.graph, "softmax"), 1);
    assert_int_equal(count_nodes(model.graph, "softmax_backward"), 1);
    cln_model_graph_done(&model);
    cln_experiment_free(experiment);
}

static void running_means_are_variables_that_are_not_trained(void **state) {
    (void)state;
    struct cln_experiment *experiment = test_experiment(
        "{m: {layers: [{conv2d: {filters: 6, kernel: 3}}, batch_norm, flatten, {dense: 10},\n"
        "  softmax], optimizer: sgd}}");
    struct cln_model_graph model = build(experiment, 0, true);
    assert_string_equal(model.layers[1].name, "batch_norm_1");
    assert_int_equal(model.layers[1].parameters, 24);
    assert_int_equal(model.layers[1].trainable_parameters, 12);
    int still = 0;
    for (int i = 0; i < model.variable_count; i++) {
        const struct cln_tensor *tensor = &model.graph->tensors[model.variables[i].tensor];
        const char *slot = model.graph->slots[tensor->slot].name;
        assert_string_equal(slot, model.variables[i].trainable ? "params" : "buffers");
        still += !model.variables[i].trainable;
    }
    assert_int_equal(still, 2);
    cln_model_graph_done(&model);
    cln_experiment_free(experiment);
}

/* Every first value is written once, in the place the model has it. */
static void the_first_values_cover_every_variable(void **state) {
    (void)state;
    struct cln_experiment *experiment = load_sweep();
    struct cln_model_graph model = build(experiment, 0, true);
    struct cln_graph *init;
    TEST_OK(cln_model_build_init(&model, &init));
    assert_int_equal(init->node_count, model.variable_count);
    for (int i = 0; i < init->node_count; i++) {
        const struct cln_tensor *to = cln_node_in(&init->nodes[i], 1);
        const struct cln_tensor *of = &model.graph->tensors[model.variables[i].tensor];
        assert_string_equal(to->name, of->name);
        assert_int_equal(to->offset_elems, of->offset_elems);
        assert_string_equal(init->slots[to->slot].name, model.graph->slots[of->slot].name);
        assert_int_equal(init->slots[to->slot].elems, model.graph->slots[of->slot].elems);
    }
    cln_graph_free(init);
    cln_model_graph_done(&model);
    cln_experiment_free(experiment);
}

/* Models that cannot be, and what the message must say. */
static void models_that_do_not_fit_are_refused_by_layer(void **state) {
    (void)state;
    static const struct {
        const char *layers;
        const char *says[3];
    } cases[] = {
        {"[flatten, {dense: 10}]", {"dense", "softmax", "accepted"}},
        {"[flatten, {dense: {units: 10, activation: relu}}]", {"dense", "softmax", NULL}},
        {"[{dense: {units: 10, activation: softmax}}]", {"dense_1", "flatten", NULL}},
        {"[flatten, {dense: {units: 9, activation: softmax}}]", {"9", "10 classes", "accepted"}},
        {"[flatten, {dense: 11}, softmax]", {"11", "10 classes", NULL}},
        {"[softmax]", {"10 classes", NULL, NULL}},
        {"[{conv2d: {filters: 2, kernel: 3}}, {conv2d: {filters: 2, kernel: 27}}, flatten,\n"
         "  {dense: 10}, softmax]",
         {"conv2d_2", NULL, NULL}},
        {"[flatten, {conv2d: {filters: 2, kernel: 3}}, {dense: 10}, softmax]",
         {"conv2d_1", NULL, NULL}},
        {"[{max_pool2d: 2}, {max_pool2d: 20}, flatten, {dense: 10}, softmax]",
         {"max_pool2d_2", NULL, NULL}},
        {"[flatten, softmax]", {"784", "10 classes", NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char models[512];
        struct cln_experiment *experiment;
        snprintf(models, sizeof models, "{m: {layers: %s, optimizer: sgd}}", cases[i].layers);
        if (test_experiment_try(models, &experiment) != CLN_CONFIG)
            fail_msg("%s was taken", cases[i].layers);
        const char *message = cln_error_last()->message;
        for (int s = 0; s < 3 && cases[i].says[s]; s++)
            if (!strstr(message, cases[i].says[s]))
                fail_msg("%s: '%s' is not in: %s", cases[i].layers, cases[i].says[s], message);
    }
}

static void a_model_without_weights_is_refused(void **state) {
    (void)state;
    const struct cln_model_shape shape = {1, 10, 1, 10};
    struct cln_experiment *experiment =
        test_experiment("{m: {layers: [flatten, {dense: 10}, softmax], optimizer: sgd}}");
    struct cln_model_spec *spec = &experiment->cells[0].model;
    struct cln_layer_spec layers[] = {spec->layers[0], spec->layers[2]};
    struct cln_model_spec bare = *spec;
    bare.layers = layers;
    bare.layer_count = 2;
    assert_int_equal(cln_model_check(&bare, &shape), CLN_CONFIG);
    assert_non_null(strstr(cln_error_last()->message, "nothing to train"));
    bare.layer_count = 0;
    assert_int_equal(cln_model_check(&bare, &shape), CLN_CONFIG);
    assert_non_null(strstr(cln_error_last()->message, "no layers"));
    cln_experiment_free(experiment);
}

/* Numbers of elements that no memory could hold must not wrap round to small ones. */
static void models_beyond_all_memory_are_refused(void **state) {
    (void)state;
    struct cln_experiment *experiment =
        test_experiment("{m: {layers: [flatten, {dense: 10}, softmax], optimizer: sgd}}");
    const struct cln_model_shape shapes[] = {{(size_t)1 << 33, (size_t)1 << 31, 1, 10},
                                             {(size_t)1 << 31, (size_t)1 << 30, 2, 10}};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(cln_model_check(&experiment->cells[0].model, &shapes[i]), CLN_CONFIG);
        assert_non_null(strstr(cln_error_last()->message, "too large"));
    }
    cln_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nets_of_the_notebook_are_built_layer_by_layer),
        cmocka_unit_test(evaluation_has_no_dropout_gradients_or_optimizer),
        cmocka_unit_test(a_last_softmax_becomes_part_of_the_loss),
        cmocka_unit_test(a_softmax_further_up_is_a_layer_like_others),
        cmocka_unit_test(running_means_are_variables_that_are_not_trained),
        cmocka_unit_test(the_first_values_cover_every_variable),
        cmocka_unit_test(models_that_do_not_fit_are_refused_by_layer),
        cmocka_unit_test(a_model_without_weights_is_refused),
        cmocka_unit_test(models_beyond_all_memory_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
