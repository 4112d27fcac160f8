/*
 * What whoever computes on a device wants to know of it before: what self-tests found. A run has
 * the brief one done where there was none yet; the others go by what is known (selftest/kept.h).
 */
#ifndef CLN_SELFTEST_FIRST_USE_H
#define CLN_SELFTEST_FIRST_USE_H

#include "selftest/selftest.h"

struct cln_first_use {
    /* The kernel variants to avoid, where that was found before in this run; NULL: it was not. */
    const char *known;
    void *context; /* given to both below, which may be NULL */
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

/*
 * For all that compute without being a run: variants that a self-test has found wrong will not be
 * used by this context either. CLN_SELFTEST for a device that the last one refused; CLN_CONFIG as
 * above. Tests nothing itself.
 */
enum cln_status cln_selftest_heed(struct cln_context *context);

#endif
