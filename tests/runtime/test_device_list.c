/* What this machine's drivers say, and that every row of the listing can be written. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/device_traits.h"
#include "support/device.h"

static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

static void on_signal(int number) {
    (void)number;
}

/* main() has set handlers before any driver was loaded. */
static void test_drivers_leave_signals_alone(void **state) {
    (void)state;
    (void)test_context();
    for (int i = 0; i < 3; i++) {
        struct sigaction now;
        assert_int_equal(sigaction(signals[i], NULL, &now), 0);
        assert_true(now.sa_handler == on_signal);
    }
}

static void test_devices_make_sense(void **state) {
    (void)state;
    struct cln_device_list *list;
    (void)test_context(); /* skips on a machine without devices */
    TEST_OK(cln_devices_list(&list));
    assert_true(list->count > 0);
    for (int i = 0; i < list->count; i++) {
        const struct cln_device *device = &list->devices[i];
        if (*device->unusable)
            continue;
        assert_int_equal(device->index, i);
        assert_non_null(device->id);
        assert_true(*device->name && *device->platform && *device->driver);
        assert_memory_equal(device->version, "OpenCL ", 7);
        assert_memory_equal(device->c_version, "OpenCL C ", 9);
        assert_true(device->compute_units > 0 && device->float_vector_width > 0);
        /* 1.2 promises these. */
        assert_true(device->local_memory_bytes >= (device->local_memory_dedicated ? 32768u : 1u));
        assert_true(device->max_allocation_bytes >= 128u << 20 ||
                    device->max_allocation_bytes >= device->global_memory_bytes / 4);
        assert_true(device->max_item_sizes[0] >= 1 && device->max_group_items >= 1);
        assert_true(device->fp16_storage && device->available && device->compiler);
        assert_true(device->score > 0);
    }
    cln_devices_free(list);
}

/* A context must keep what it needs of a list that is gone. */
static void test_context_outlives_list(void **state) {
    (void)state;
    const struct cln_device *device = cln_context_device(test_context());
    assert_true(*device->name != '\0');
    assert_int_equal(cln_context_caps(test_context())->compute_units, device->compute_units);
    TEST_OK(cln_context_finish(test_context()));
}

static void expect_row(const char *symbol, const struct cln_device *device, const char *value) {
    for (const struct cln_device_trait *trait = cln_device_traits; trait->symbol; trait++) {
        if (strcmp(trait->symbol, symbol))
            continue;
        struct cln_text text = {0};
        if (cln_device_trait_known(trait, device))
            cln_device_trait_print(trait, device, &text);
        assert_string_equal(text.chars ? text.chars : "(unknown)", value);
        cln_text_free(&text);
        return;
    }
    fail_msg("no row %s", symbol);
}

static void test_rows(void **state) {
    (void)state;
    struct cln_device device = {.type = CLN_DEVICE_GPU,
                                .name = "Some GPU",
                                .clock_mhz = 1500,
                                .global_memory_bytes = (uint64_t)24 << 30,
                                .max_allocation_bytes = 1610612736,
                                .local_memory_bytes = 48 << 10,
                                .max_group_items = 1024,
                                .fp16 = true,
                                .score = 12.34};
    expect_row("type", &device, "gpu");
    expect_row("name", &device, "Some GPU");
    expect_row("clock_mhz", &device, "1500 MHz");
    expect_row("global_memory_bytes", &device, "24 GiB");
    expect_row("max_allocation_bytes", &device, "1.5 GiB");
    expect_row("local_memory_bytes", &device, "48 KiB");
    expect_row("cache_bytes", &device, "(unknown)");
    expect_row("max_group_items", &device, "1024 items");
    expect_row("fp16", &device, "yes");
    expect_row("out_of_order", &device, "no");
    expect_row("score", &device, "12.3");
    expect_row("unusable", &device, "(unknown)");
    expect_row("simultaneous_use", &device, "(unknown)");
    device.command_buffer = true;
    expect_row("command_buffer_version", &device, "(unknown)");
    expect_row("simultaneous_use", &device, "no");
    device.command_buffer_version[1] = 9;
    device.command_buffer_version[2] = 5;
    expect_row("command_buffer_version", &device, "0.9.5");
    device.clock_mhz = 0;
    expect_row("clock_mhz", &device, "(unknown)");
}

int main(void) {
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < 3; i++)
        sigaction(signals[i], &action, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drivers_leave_signals_alone),
        cmocka_unit_test(test_devices_make_sense),
        cmocka_unit_test(test_context_outlives_list),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
