/* Memory in large pages, and buffers of a store that lie in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/device.h"
#include "runtime/large_pages.h"
#include "runtime/store.h"

#define PAGE_BYTES ((size_t)2 << 20)
#define FINE(call) assert_int_equal((call), CLN_OK)

static void small_buffers_get_none(void **state) {
    (void)state;
    assert_null(cln_large_pages_take(PAGE_BYTES - 1));
    assert_null(cln_large_pages_take(SIZE_MAX));
    cln_large_pages_free(NULL);
}

/* Every byte is there, zero, and from a page's beginning on; other systems have no such memory. */
static void bytes_are_zero_and_aligned(void **state) {
    (void)state;
    const size_t bytes = 3 * PAGE_BYTES + 5;
    struct cln_large_pages *pages = cln_large_pages_take(bytes);
#ifdef __linux__
    assert_non_null(pages);
#endif
    if (!pages)
        return;
    unsigned char *at = cln_large_pages_bytes(pages);
    assert_int_equal((uintptr_t)at % PAGE_BYTES, 0);
    for (size_t i = 0; i < bytes; i++) {
        assert_int_equal(at[i], 0);
        at[i] = 1;
    }
    cln_large_pages_free(pages);
}

/* Buffers of many sizes at once, some with large pages and some without: each keeps its own. */
static void buffers_of_a_store_are_right(void **state) {
    (void)state;
    static const size_t sizes[] = {1000, 2097148, 2097152, 2097155, 9000001};
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    struct cln_device_list *list;
    const struct cln_device *device;
    struct cln_context *context;
    struct cln_store *store;
    struct cln_buffer *buffer;
    FINE(cln_devices_list(&list));
    FINE(cln_device_select(list, NULL, &device, NULL));
    FINE(cln_context_create(device, &context));
    for (int round = 0; round < 3; round++) { /* the memory is given back and taken again */
        FINE(cln_store_create(context, &store));
        for (uint8_t i = 0; i < 5; i++) {
            const uint8_t mark = i + 1;
            FINE(cln_store_require(store, names[i], sizes[i], &buffer));
            FINE(cln_store_write(store, names[i], 0, &mark, 1));
            FINE(cln_store_write(store, names[i], sizes[i] - 1, &mark, 1));
        }
        for (uint8_t i = 0; i < 5; i++) {
            uint8_t ends[3] = {9, 9, 9};
            FINE(cln_store_read(store, names[i], 0, &ends[0], 1));
            FINE(cln_store_read(store, names[i], sizes[i] / 2, &ends[1], 1));
            FINE(cln_store_read(store, names[i], sizes[i] - 1, &ends[2], 1));
            assert_int_equal(ends[0], i + 1);
            assert_int_equal(ends[1], 0);
            assert_int_equal(ends[2], i + 1);
        }
        cln_store_free(store);
    }
    cln_context_free(context);
    cln_devices_free(list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_buffers_get_none),
        cmocka_unit_test(bytes_are_zero_and_aligned),
        cmocka_unit_test(buffers_of_a_store_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
