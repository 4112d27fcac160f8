/*
 * Merged layers train to the same weights as the layers one by one.
 *
 * With the reference kernels both add the same numbers in the same order, so weights are equal bit
 * for bit, but where an activation's output is scaled back from what a dropout made of it (tanh,
 * sigmoid): that rounds once or twice more. With the kernels that the device likes best, sums are
 * in another order: 1e-6 of a gradient, by Winograd's algorithm, and with a rate of 0.05 some 1e-7
 * of a weight after three steps; a wrong mask, place or scale shows as 1e-3.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/device.h"
#include "support/nets.h"
#include "train/evaluate.h"
#include "train/train.h"

#define BATCH   16
#define STEPS   3
#define ROUNDED 2e-7 /* of a weight below 1, by a rounding or two in each step */
#define SUMMED  2e-6

/* A net after an epoch. */
struct trained {
    struct cln_experiment *experiment;
    struct cln_dataset *data;
    struct cln_trainer *trainer;
};

static struct trained trained_make(const char *models, const char *fusion, const char *variants) {
    struct trained trained = {test_experiment(models), test_images(BATCH * STEPS, BATCH), NULL};
    struct cln_model_spec *spec = &trained.experiment->cells[0].model;
    snprintf(spec->fusion, sizeof spec->fusion, "%s", fusion);
    const struct cln_train_job job = {.model = spec,
                                      .dataset = trained.data,
                                      .noise = {.scale = 0.1, .test_scale = 0.1},
                                      .train = {.epochs = 1, .batch = BATCH, .seed = 3},
                                      .variants = variants};
    TEST_OK(cln_trainer_create(test_context(), &job, &trained.trainer));
    TEST_OK(cln_trainer_run(trained.trainer, &(struct cln_train_observer){0}));
    return trained;
}

static void trained_free(struct trained *trained) {
    cln_trainer_free(trained->trainer);
    test_images_free(trained->data);
    cln_experiment_free(trained->experiment);
}

static float *train(const char *models, const char *fusion, const char *variants, size_t *count,
                    double *val_loss) {
    struct trained trained = trained_make(models, fusion, variants);
    struct cln_trainer *trainer = trained.trainer;
    double accuracy;
    TEST_OK(cln_trainer_evaluate(trainer, val_loss, &accuracy));
    const struct cln_model_graph *model = cln_trainer_model(trainer);
    *count = cln_model_parameters(model);
    float *weights = malloc(*count * sizeof *weights), *at = weights;
    assert_non_null(weights);
    for (int i = 0; i < model->variable_count; i++) {
        TEST_OK(cln_trainer_read_variable(trainer, i, at));
        at += cln_tensor_elems(&model->graph->tensors[model->variables[i].tensor]);
    }
    trained_free(&trained);
    return weights;
}

/* `off` is trained without rules, `on` with them. */
static void compare_two(const char *off_models, const char *on_models, const char *variants,
                        double tolerance) {
    size_t count, merged_count;
    double loss, merged_loss, worst = 0;
    float *one = train(off_models, "off", variants, &count, &loss);
    float *merged = train(on_models, "on", variants, &merged_count, &merged_loss);
    assert_int_equal(merged_count, count);
    for (size_t i = 0; i < count; i++) {
        const double off = fabs((double)merged[i] - (double)one[i]);
        if (!(off <= tolerance))
            fail_msg("weight %zu is %.9g merged, %.9g one by one: tolerance %g", i,
                     (double)merged[i], (double)one[i], tolerance);
        worst = fmax(worst, off);
    }
    print_message("largest difference of a weight %.2g, tolerance %.2g; losses %.7g, %.7g\n", worst,
                  tolerance, loss, merged_loss);
    assert_true(fabs(loss - merged_loss) <= 100 * tolerance);
    free(one);
    free(merged);
}

static void compare(const char *models, const char *variants, double tolerance) {
    compare_two(models, models, variants, tolerance);
}

#define SGD "optimizer: {sgd: {learning_rate: 0.05}}"

/* the notebook's two, with fewer channels */
static const char convnet[] =
    "{m: {layers: [{conv2d: {filters: 16, kernel: 3, activation: relu}},\n"
    "  {conv2d: {filters: 32, kernel: 3, activation: relu}}, {max_pool2d: 2}, {dropout: 0.25},\n"
    "  flatten, {dense: {units: 32, activation: relu}}, {dropout: 0.5},\n"
    "  {dense: {units: 10, activation: softmax}}], " SGD "}}";
static const char mlp[] =
    "{m: {layers: [flatten, {dense: {units: 64, activation: relu}}, {dropout: 0.2},\n"
    "  {dense: {units: 64, activation: relu}}, {dropout: 0.2},\n"
    "  {dense: {units: 10, activation: softmax}}], " SGD "}}";
/* activations as layers, one of them behind the pooling; odd images; a relu that pooling takes
 * along */
static const char others[] =
    "{m: {layers: [{conv2d: {filters: 5, kernel: [2, 3]}}, relu, {max_pool2d: [2, 3]},\n"
    "  {conv2d: {filters: 7, kernel: 3}}, {max_pool2d: 3}, relu, {dropout: 0.1}, flatten,\n"
    "  {dense: 16}, relu, {dropout: 0.3}, {dense: 10}, softmax], " SGD "}}";
/* as Keras's own example has it: dropout behind flatten */
static const char flattened[] =
    "{m: {layers: [{conv2d: {filters: 6, kernel: 3, activation: relu}}, {max_pool2d: 2}, flatten,\n"
    "  {dropout: 0.5}, {dense: {units: 10, activation: softmax}}], " SGD "}}";
static const char smooth[] =
    "{m: {layers: [{conv2d: {filters: 4, kernel: 3, stride: 2}}, tanh, flatten,\n"
    "  {dense: 12}, tanh, {dropout: 0.3}, {dense: {units: 12, activation: sigmoid}},\n"
    "  {dropout: 0.2}, {dense: {units: 12}}, {dropout: 0.2}, {dense: 10}, softmax], " SGD "}}";

#define CLASSES 10

/* On noisy images. */
static void predict(const char *models, const char *fusion, float probabilities[BATCH * CLASSES]) {
    struct trained trained = trained_make(models, fusion, NULL);
    TEST_OK(cln_trainer_predict(trained.trainer, 0.1, probabilities));
    trained_free(&trained);
}

/* Two convolutions in one launch, or in one after the other: sums are added in the same order. */
static void a_pair_of_convolutions_gives_the_same_bits(void **state) {
    (void)state;
    float one[BATCH * CLASSES], merged[BATCH * CLASSES];
    predict(convnet, "-conv_pair", one);
    predict(convnet, "on", merged);
    assert_memory_equal(one, merged, sizeof one);
}

static void reference_kernels_give_the_same_bits(void **state) {
    (void)state;
    compare(convnet, "reference", 0);
    compare(mlp, "reference", 0);
    compare(others, "reference", 0);
    compare(flattened, "reference", 0);
    compare(smooth, "reference", ROUNDED);
}

static void the_fastest_kernels_give_the_same_weights(void **state) {
    (void)state;
    compare(convnet, NULL, SUMMED);
    compare(mlp, NULL, SUMMED);
    compare(others, NULL, SUMMED);
    compare(flattened, NULL, SUMMED);
    compare(smooth, NULL, SUMMED);
}

/* No rule merges this relu, yet the gradient of what comes next takes its gradient along, unless
 * that is the gradient of an average, here of one pixel. */
static void a_relu_alone_is_gone_through(void **state) {
    (void)state;
    compare_two(
        "{m: {layers: [{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu, {average_pool2d: 1},"
        " {conv2d: {filters: 6, kernel: 3}}, flatten, {dense: 10}, softmax], " SGD "}}",
        "{m: {layers: [{conv2d: {filters: 4, kernel: 3}}, batch_norm, relu,"
        " {conv2d: {filters: 6, kernel: 3}}, flatten, {dense: 10}, softmax], " SGD "}}",
        "reference", 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pair_of_convolutions_gives_the_same_bits),
        cmocka_unit_test(reference_kernels_give_the_same_bits),
        cmocka_unit_test(a_relu_alone_is_gone_through),
        cmocka_unit_test(the_fastest_kernels_give_the_same_weights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
