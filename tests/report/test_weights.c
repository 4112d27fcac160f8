/* Weights that were written come back into another trainer, and those of another model do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "report/weights.h"
#include "support/device.h"
#include "support/nets.h"
#include "support/scratch.h"
#include "train/evaluate.h"

#define MODEL(units)                                                                               \
    "{m: {layers: [flatten, {dense: {units: " units ", activation: relu}},\n"                      \
    "  {dense: {units: 10, activation: softmax}}], optimizer: sgd}}"
#define TEST 45

struct net {
    struct cln_experiment *experiment;
    struct cln_dataset *data;
    struct cln_trainer *trainer;
};

static struct net make(const char *models, uint32_t train, int64_t seed) {
    struct net net = {.experiment = test_experiment(models), .data = test_images(train, TEST)};
    struct cln_train_job job = cln_cell_train_job(&net.experiment->cells[0], net.data);
    job.train.seed = seed;
    job.evaluate_only = train == 0;
    TEST_OK(cln_trainer_create(test_context(), &job, &net.trainer));
    return net;
}

static void done(struct net *net) {
    cln_trainer_free(net->trainer);
    test_images_free(net->data);
    cln_experiment_free(net->experiment);
}

static void weights_come_back(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "model.safetensors");
    struct net first = make(MODEL("16"), 20, 3), second = make(MODEL("16"), 0, 4);
    float a[TEST * 10], b[TEST * 10];
    TEST_OK(cln_weights_write(path, first.trainer, NULL, 0));
    TEST_OK(cln_trainer_predict(first.trainer, 0, a));
    TEST_OK(cln_trainer_predict(second.trainer, 0, b));
    assert_memory_not_equal(a, b, sizeof a);
    TEST_OK(cln_weights_read(path, second.trainer));
    TEST_OK(cln_trainer_predict(second.trainer, 0, b));
    assert_memory_equal(a, b, sizeof a);
    done(&second);
    done(&first);
    free(path);
    scratch_remove(folder);
}

static void assert_refused(const char *path, const char *models, const char *message) {
    struct net net = make(models, 0, 3);
    float before[TEST * 10], after[TEST * 10];
    TEST_OK(cln_trainer_predict(net.trainer, 0, before));
    assert_int_equal(cln_weights_read(path, net.trainer), CLN_FILE);
    if (!strstr(cln_error_last()->message, message))
        fail_msg("'%s' does not say '%s'", cln_error_last()->message, message);
    TEST_OK(cln_trainer_predict(net.trainer, 0, after));
    assert_memory_equal(before, after, sizeof before);
    done(&net);
}

static void weights_of_another_model_are_refused(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "model.safetensors");
    struct net net = make(MODEL("16"), 20, 3);
    assert_int_equal(cln_weights_read(path, net.trainer), CLN_FILE);
    TEST_OK(cln_weights_write(path, net.trainer, NULL, 0));
    assert_refused(path, MODEL("8"), "dense_1/kernel is (784, 16); the model has (784, 8)");
    assert_refused(path,
                   "{m: {layers: [{conv2d: {filters: 2, kernel: 3}}, flatten, {dense: {units: 10, "
                   "activation: softmax}}], optimizer: sgd}}",
                   "there is no conv2d_1/kernel");
    assert_refused(path,
                   "{m: {layers: [flatten, {dense: {units: 16, use_bias: false}}, {dense: {units: "
                   "10, activation: softmax}}], optimizer: sgd}}",
                   "4 tensors; the model has 3");
    done(&net);
    free(path);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_come_back),
        cmocka_unit_test(weights_of_another_model_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
