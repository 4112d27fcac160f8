/*
 * What a run wants to know of a device before it trains there: the brief self-test, done once for
 * each device, driver, version of clnoise and set of kernels, and kept in the cache folder under
 * selftest/, a file each. A full self-test is kept there as well.
 *
 * CLNOISE_CACHE=off leaves the disk alone. A file that is damaged or not of this device counts for
 * nothing, and one that cannot be written is no error.
 */
#ifndef CLN_SELFTEST_FIRST_USE_H
#define CLN_SELFTEST_FIRST_USE_H

#include "selftest/selftest.h"

struct cln_first_use {
    void *context; /* given to both, which may be NULL */
    /* What is wrong and has been found just now: one line. */
    void (*on_note)(void *context, const char *line);
    /* Between parts of the test; true ends it with CLN_INTERRUPTED. */
    bool (*interrupted)(void *context);
};

/*
 * Returns at once where the device is known to be right; else tests it, on a context of its own, so
 * that nothing of it stays in this one. CLN_SELFTEST where nothing should be trained there. Kernel
 * variants that are wrong will not be used by this context. CLN_CONFIG for $CLNOISE_SELFTEST other
 * than "on" and "off"; "off" trusts the device. Blocks.
 */
enum cln_status cln_selftest_first_use(struct cln_context *context,
                                       const struct cln_first_use *options);

/* Keeps what a self-test on this device found, so that runs know of it: the variants to avoid, or
 * nothing where the device is refused. Failures to write are ignored. */
void cln_selftest_keep(const struct cln_context *context, const struct cln_selftest *selftest);

/* "philox cpu_vector, 1x4 2: 0.12 of the values differ; accepted: none" */
void cln_selftest_item_text(const struct cln_selftest_item *item, struct cln_text *out);

#endif
