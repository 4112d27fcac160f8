/* Every check there is, in the order they are done: what others rely on comes first. */
#include "selftest/check.h"

// clang-format off
#define CHECKS(X) \
    X(philox)     \
    X(noise)      \
    X(builtins)   \
    X(kernels)    \
    X(sums)       \
    X(training)
// clang-format on

#define DECLARE(name) extern const struct cln_check cln_check_##name;
CHECKS(DECLARE)

#define ADDRESS(name) &cln_check_##name,
const struct cln_check *const cln_checks[] = {CHECKS(ADDRESS) NULL};
