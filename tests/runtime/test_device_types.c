/* What is made of the types that a driver gives its devices, which may be several at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/device.h"
#include "runtime/device_traits.h"
#include "support/device.h"
#include "support/scratch.h"

#ifdef TYPES_ICD

static char *folder;

/* The loader reads the folder once a process, at the first call. */
static int make_vendors(void **state) {
    (void)state;
    folder = scratch_make();
    scratch_write(folder, "types.icd", TYPES_ICD "\n", strlen(TYPES_ICD "\n"));
    return setenv("OCL_ICD_VENDORS", folder, 1);
}

static int remove_vendors(void **state) {
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* How `clnoise devices` shows the row, or "" where it leaves it out. */
static void expect_simulator_row(const struct cln_device *device, const char *value) {
    const struct cln_device_trait *trait = cln_device_traits;
    while (trait->symbol && strcmp(trait->symbol, "simulator"))
        trait++;
    assert_non_null(trait->symbol);
    struct cln_text text = {0};
    if (cln_device_trait_known(trait, device))
        cln_device_trait_print(trait, device, &text);
    assert_string_equal(text.chars ? text.chars : "", value);
    cln_text_free(&text);
}

/* A CPU and a GPU at once is what no machine can be: a program that plays them. It gets kernels
 * made for CPUs, and builds programs one after another (runtime/program.c). */
static void simulators_are_told_by_their_types(void **state) {
    (void)state;
    static const struct {
        const char *name;
        enum cln_device_type type;
        bool simulator;
    } rows[] = {
        {"processor", CLN_DEVICE_CPU, false},
        {"first processor", CLN_DEVICE_CPU, false},
        {"graphics", CLN_DEVICE_GPU, false},
        {"accelerator", CLN_DEVICE_ACCELERATOR, false},
        {"graphics accelerator", CLN_DEVICE_GPU, false},
        {"host accelerator", CLN_DEVICE_CPU, false},
        {"graphics in software", CLN_DEVICE_CPU, true},
        {"everything", CLN_DEVICE_CPU, true},
    };
    const int count = sizeof rows / sizeof *rows;
    struct cln_device_list *list;
    TEST_OK(cln_devices_list(&list));
    assert_int_equal(list->trouble_count, 0);
    assert_int_equal(list->count, count);
    for (int i = 0; i < count; i++) {
        const struct cln_device *device = &list->devices[i];
        struct cln_caps caps;
        assert_string_equal(device->unusable, "");
        assert_string_equal(device->name, rows[i].name);
        assert_int_equal(device->type, rows[i].type);
        assert_int_equal(device->simulator, rows[i].simulator);
        expect_simulator_row(device, rows[i].simulator ? "yes" : "");
        TEST_OK(cln_device_caps(device, &caps));
        assert_int_equal(caps.is_cpu, rows[i].type == CLN_DEVICE_CPU);
    }
    cln_devices_free(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(simulators_are_told_by_their_types)};
    return cmocka_run_group_tests(tests, make_vendors, remove_vendors);
}

#else

int main(void) {
    fprintf(stderr, "skipped: this system's OpenCL takes no drivers\n");
    return 77;
}

#endif
