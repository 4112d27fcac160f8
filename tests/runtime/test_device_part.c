/* A device with fewer cores: it computes, and says how many it has; what cannot be is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/device_part.h"
#include "runtime/peak.h"
#include "support/device.h"

static void a_part_of_a_device_computes(void **state) {
    (void)state;
    const struct cln_device *device = cln_context_device(test_context());
    struct cln_device part;
    if (cln_device_part(device, 1, &part) != CLN_OK) {
        assert_non_null(strstr(cln_error_last()->message, "cannot be divided"));
        skip();
    }
    struct cln_context *context;
    struct cln_peak peak;
    assert_int_equal(part.compute_units, 1);
    TEST_OK(cln_context_create(&part, &context));
    assert_int_equal(cln_context_caps(context)->compute_units, 1);
    TEST_OK(cln_peak_measure(context, &peak));
    assert_true(peak.flops_per_second > 0);
    cln_context_free(context);
    cln_device_part_done(&part);
}

static void more_than_there_is_is_refused(void **state) {
    (void)state;
    const struct cln_device *device = cln_context_device(test_context());
    struct cln_device part;
    assert_int_equal(cln_device_part(device, device->compute_units + 1, &part), CLN_DEVICE);
    assert_non_null(strstr(cln_error_last()->message, device->name));
}

static void only_drivers_known_to_read_it_have_a_variable(void **state) {
    (void)state;
    struct cln_device device = {.type = CLN_DEVICE_CPU, .platform = "Portable Computing Language"};
    assert_string_equal(cln_device_cores_variable(&device), "POCL_MAX_PTHREAD_COUNT");
    device.type = CLN_DEVICE_GPU;
    assert_null(cln_device_cores_variable(&device));
    device = (struct cln_device){.type = CLN_DEVICE_CPU, .platform = "Another"};
    assert_null(cln_device_cores_variable(&device));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_a_device_computes),
        cmocka_unit_test(more_than_there_is_is_refused),
        cmocka_unit_test(only_drivers_known_to_read_it_have_a_variable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
