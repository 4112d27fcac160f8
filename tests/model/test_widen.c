/* Wider models: every layer but the last that has outputs of its own, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "model/widen.h"
#include "support/device.h"
#include "support/nets.h"

static const char *const net =
    "{m: {layers: [{conv2d: {filters: 8, kernel: 3}}, batch_norm, {max_pool2d: 2}, flatten,"
    " {dropout: 0.25}, {dense: {units: 12, activation: relu}},"
    " {dense: {units: 10, activation: softmax}}], optimizer: {adam: {learning_rate: 0.25}}}}";

static size_t parameters_of(const struct cln_model_spec *spec) {
    const struct cln_model_shape shape = {28, 28, 1, 10};
    struct cln_model_graph model;
    TEST_OK(cln_model_build(spec, &shape, NULL, 4, true, &model));
    size_t count = cln_model_parameters(&model);
    cln_model_graph_done(&model);
    return count;
}

/* 3 x 3 kernels with their biases, batch_norm's four numbers a channel, 13 x 13 pixels, 10 classes.
 */
static size_t parameters_by_hand(size_t filters, size_t units) {
    return 10 * filters + 4 * filters + (13 * 13 * filters + 1) * units + (units + 1) * 10;
}

static void hidden_layers_grow_and_the_last_stays(void **state) {
    (void)state;
    struct cln_experiment *experiment = test_experiment(net);
    const struct cln_model_spec *spec = &experiment->cells[0].model;
    assert_int_equal(parameters_of(spec), parameters_by_hand(8, 12));
    for (size_t factor = 1; factor <= 4; factor++) {
        struct cln_model_spec wide;
        TEST_OK(cln_model_spec_widen(spec, (int64_t)factor, &wide));
        assert_int_equal(parameters_of(&wide), parameters_by_hand(8 * factor, 12 * factor));
        assert_string_equal(wide.name, spec->name);
        assert_memory_equal(wide.optimizer_attrs, spec->optimizer_attrs,
                            spec->optimizer->attrs_bytes);
        cln_model_spec_done(&wide);
    }
    assert_int_equal(parameters_of(spec), parameters_by_hand(8, 12)); /* left as it was */
    cln_experiment_free(experiment);
}

static void more_than_a_layer_takes_is_refused(void **state) {
    (void)state;
    struct cln_experiment *experiment = test_experiment(net);
    struct cln_model_spec wide;
    assert_int_equal(cln_model_spec_widen(&experiment->cells[0].model, INT64_MAX / 16, &wide),
                     CLN_CONFIG);
    assert_non_null(strstr(cln_error_last()->message, "units"));
    cln_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hidden_layers_grow_and_the_last_stays),
        cmocka_unit_test(more_than_a_layer_takes_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
