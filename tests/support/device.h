/* The device that tests run on, opened once a process. */
#ifndef TEST_SUPPORT_DEVICE_H
#define TEST_SUPPORT_DEVICE_H

#include <stdbool.h>

#include "runtime/context.h"

/* The context of the device in $CLNOISE_DEVICE, or of the one clnoise would pick. Exits with 77,
 * which ctest counts as skipped, on a machine without any device. Freed at exit. */
struct cln_context *test_context(void);

/* Its capabilities, to be changed for a while so that variants for other devices run here too. */
struct cln_caps *test_caps(void);

/* Whether it is an interpreter, a thousand times slower than a processor: tests leave out there what
 * only repeats what a smaller case has shown. */
bool test_is_simulated(void);

/* Fails the running test with the library's message unless `status` is CLN_OK. */
#define TEST_OK(call) test_ok((call), #call, __FILE__, __LINE__)
void test_ok(enum cln_status status, const char *call, const char *file, int line);

#endif
