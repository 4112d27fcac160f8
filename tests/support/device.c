#include "support/device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/device.h"

#define EXIT_SKIPPED 77

static struct cln_context *context;

static void close_context(void) {
    cln_context_free(context);
}

void test_ok(enum cln_status status, const char *call, const char *file, int line) {
    if (status == CLN_OK)
        return;
    const struct cln_error *error = cln_error_last();
    fail_msg("%s:%d: %s gave %s: %s\n%s", file, line, call, cln_status_name(status), error->message,
             error->detail ? error->detail : "");
}

struct cln_context *test_context(void) {
    struct cln_device_list *list;
    const struct cln_device *device;
    if (context)
        return context;
    TEST_OK(cln_devices_list(&list));
    if (list->count == 0) {
        fprintf(stderr, "skipped: no OpenCL device\n");
        exit(EXIT_SKIPPED);
    }
    TEST_OK(cln_device_select(list, NULL, &device, NULL));
    TEST_OK(cln_context_create(device, &context));
    /* Oclgrind 21.10 has lost a thread-local of its own by the time exit handlers run, and writes
     * to freed memory when anything is released then. */
    if (!device->simulator)
        atexit(close_context);
    cln_devices_free(list);
    return context;
}

struct cln_caps *test_caps(void) {
    return (struct cln_caps *)cln_context_caps(test_context());
}

bool test_is_simulated(void) {
    return cln_context_device(test_context())->simulator;
}
