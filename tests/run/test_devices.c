/* How many cells a device gets at a time; no device is needed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/run_private.h"

#define GIB ((uint64_t)1 << 30)

static struct cln_device device(enum cln_device_type type, int cores, uint64_t memory_bytes) {
    return (struct cln_device){
        .type = type, .compute_units = cores, .global_memory_bytes = memory_bytes};
}

static void a_cpu_takes_several_cells(void **state) {
    (void)state;
    static const struct {
        int cores, jobs;
    } rows[] = {{1, 1}, {2, 2}, {3, 2}, {4, 2}, {8, 2}, {12, 3}, {16, 4}, {32, 8}, {192, 8}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cln_device cpu = device(CLN_DEVICE_CPU, rows[i].cores, 64 * GIB);
        assert_int_equal(cln_run_paying_jobs(&cpu, 1), rows[i].jobs);
    }
}

static void memory_limits_them(void **state) {
    (void)state;
    const struct cln_device small = device(CLN_DEVICE_CPU, 32, 2 * GIB);
    assert_int_equal(cln_run_paying_jobs(&small, 1), 4);
    const struct cln_device tiny = device(CLN_DEVICE_CPU, 32, GIB / 4);
    assert_int_equal(cln_run_paying_jobs(&tiny, 1), 1);
}

static void cpus_share_the_cores(void **state) {
    (void)state;
    const struct cln_device two = device(CLN_DEVICE_CPU, 2, 64 * GIB);
    assert_int_equal(cln_run_paying_jobs(&two, 2), 1);
    const struct cln_device many = device(CLN_DEVICE_CPU, 32, 64 * GIB);
    assert_int_equal(cln_run_paying_jobs(&many, 2), 4);
    assert_int_equal(cln_run_paying_jobs(&many, 3), 2);
}

static void others_take_one(void **state) {
    (void)state;
    const struct cln_device gpu = device(CLN_DEVICE_GPU, 132, 78 * GIB);
    assert_int_equal(cln_run_paying_jobs(&gpu, 0), 1);
    const struct cln_device other = device(CLN_DEVICE_ACCELERATOR, 16, 8 * GIB);
    assert_int_equal(cln_run_paying_jobs(&other, 0), 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cpu_takes_several_cells),
        cmocka_unit_test(memory_limits_them),
        cmocka_unit_test(cpus_share_the_cores),
        cmocka_unit_test(others_take_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
