/* Buffers of a store on the device: new ones are zero, transfers land where they should. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/device.h"
#include "runtime/store.h"

#define FINE(call) assert_int_equal((call), CLN_OK)

static struct cln_context *context;
static struct cln_store *store;

static int open_device(void **state) {
    (void)state;
    struct cln_device_list *list;
    const struct cln_device *device;
    FINE(cln_devices_list(&list));
    FINE(cln_device_select(list, NULL, &device, NULL));
    FINE(cln_context_create(device, &context));
    cln_devices_free(list); /* the context must not need it */
    return 0;
}

static int close_device(void **state) {
    (void)state;
    cln_context_free(context);
    return 0;
}

static int open_store(void **state) {
    (void)state;
    FINE(cln_store_create(context, &store));
    return 0;
}

static int close_store(void **state) {
    (void)state;
    cln_store_free(store);
    return 0;
}

/* An odd size: its last bytes lie beyond the last whole word. */
static void test_new_is_zero(void **state) {
    (void)state;
    struct cln_buffer *buffer;
    unsigned char bytes[1001], zero[1001] = {0};
    FINE(cln_store_require(store, "new", sizeof bytes, &buffer));
    memset(bytes, 0xa5, sizeof bytes);
    FINE(cln_store_read(store, "new", 0, bytes, sizeof bytes));
    assert_memory_equal(bytes, zero, sizeof bytes);
}

static void test_write_read(void **state) {
    (void)state;
    struct cln_buffer *buffer;
    unsigned char bytes[1001], expected[1001] = {0};
    FINE(cln_store_require(store, "data", sizeof bytes, &buffer));
    for (size_t i = 0; i < 100; i++)
        expected[900 + i] = (unsigned char)(i + 1);
    FINE(cln_store_write(store, "data", 900, expected + 900, 100));
    FINE(cln_store_read(store, "data", 0, bytes, sizeof bytes));
    assert_memory_equal(bytes, expected, sizeof bytes);
    FINE(cln_store_read(store, "data", 901, bytes, 3));
    assert_memory_equal(bytes, expected + 901, 3);
}

static void test_zero(void **state) {
    (void)state;
    struct cln_buffer *buffer;
    unsigned char bytes[7] = {1, 2, 3, 4, 5, 6, 7}, zero[7] = {0};
    FINE(cln_store_require(store, "data", sizeof bytes, &buffer));
    FINE(cln_store_write(store, "data", 0, bytes, sizeof bytes));
    FINE(cln_store_zero(store, "data"));
    FINE(cln_store_read(store, "data", 0, bytes, sizeof bytes));
    assert_memory_equal(bytes, zero, sizeof bytes);
}

/* What was lent is there for kernels, stays as it is when all is wiped, and is lent but once. */
static void test_lend(void **state) {
    (void)state;
    static unsigned char lent[1001];
    unsigned char back[sizeof lent], zero[8] = {0};
    struct cln_buffer *buffer, *other;
    for (size_t i = 0; i < sizeof lent; i++)
        lent[i] = (unsigned char)(i * 7);
    FINE(cln_store_lend(store, "lent", lent, sizeof lent));
    FINE(cln_store_require(store, "other", sizeof zero, &other));
    FINE(cln_store_write(store, "other", 0, lent, sizeof zero));
    FINE(cln_store_zero_all(store));
    FINE(cln_store_read(store, "lent", 0, back, sizeof back));
    for (size_t i = 0; i < sizeof back; i++)
        assert_int_equal(back[i], (unsigned char)(i * 7));
    FINE(cln_store_read(store, "other", 0, back, sizeof zero));
    assert_memory_equal(back, zero, sizeof zero);
    FINE(cln_store_require(store, "lent", sizeof lent, &buffer));
    assert_ptr_not_equal(buffer, other);
    assert_int_equal(cln_store_bytes(store), sizeof lent + sizeof zero);
    assert_int_equal(cln_store_lend(store, "lent", lent, sizeof lent), CLN_INTERNAL);
    assert_int_equal(cln_store_lend(store, "none", lent, 0), CLN_INTERNAL);
}

static void test_same_name_same_buffer(void **state) {
    (void)state;
    struct cln_buffer *first, *again, *other;
    FINE(cln_store_require(store, "a", 64, &first));
    for (int i = 0; i < 20; i++) { /* the table grows */
        char name[] = {'o', (char)('a' + i), '\0'};
        FINE(cln_store_require(store, name, 1, &other));
        assert_ptr_not_equal(first, other);
    }
    FINE(cln_store_require(store, "a", 32, &again));
    assert_ptr_equal(first, again);
    assert_int_equal(cln_store_bytes(store), 64 + 20);
    assert_int_equal(cln_store_require(store, "a", 65, &again), CLN_INTERNAL);
    assert_non_null(strstr(cln_error_last()->message, "'a' has 64 bytes, 65 are needed"));
}

static void test_refusals(void **state) {
    (void)state;
    struct cln_buffer *buffer;
    char bytes[16] = {0};
    FINE(cln_store_require(store, "a", 16, &buffer));
    assert_int_equal(cln_store_read(store, "b", 0, bytes, 1), CLN_INTERNAL);
    assert_int_equal(cln_store_zero(store, "b"), CLN_INTERNAL);
    assert_int_equal(cln_store_write(store, "a", 1, bytes, 16), CLN_INTERNAL);
    assert_int_equal(cln_store_read(store, "a", 17, bytes, 0), CLN_INTERNAL);
    /* offset + bytes would wrap round to 8 */
    assert_int_equal(cln_store_read(store, "a", 16, bytes, SIZE_MAX - 7), CLN_INTERNAL);
    assert_int_equal(cln_store_require(store, "none", 0, &buffer), CLN_INTERNAL);
    FINE(cln_store_write(store, "a", 16, bytes, 0));
}

static void test_too_large(void **state) {
    (void)state;
    struct cln_buffer *buffer;
    assert_int_equal(cln_store_require(store, "huge", SIZE_MAX / 2, &buffer), CLN_OPENCL);
    assert_non_null(strstr(cln_error_last()->message, "'huge'"));
    /* It must not be there half made. */
    FINE(cln_store_require(store, "huge", 8, &buffer));
    assert_int_equal(cln_store_bytes(store), 8);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_store, close_store)
    const struct CMUnitTest tests[] = {
        CASE(test_lend),      CASE(test_new_is_zero),           CASE(test_write_read),
        CASE(test_zero),      CASE(test_same_name_same_buffer), CASE(test_refusals),
        CASE(test_too_large),
    };
    return cmocka_run_group_tests(tests, open_device, close_device);
}
