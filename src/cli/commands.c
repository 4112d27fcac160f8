#include "cli/command.h"

/* One line a command, in the order of the help. */
// clang-format off
#define COMMANDS(X) \
    X(run)      \
    X(resume)   \
    X(report)   \
    X(evaluate) \
    X(predict)  \
    X(validate) \
    X(plan)     \
    X(schema)   \
    X(show)     \
    X(summary)  \
    X(graph)    \
    X(bench)    \
    X(tune)     \
    X(selftest) \
    X(devices)  \
    X(fetch)    \
    X(worker)
// clang-format on

#define DECLARE(name) extern const struct cln_command cln_command_##name;
COMMANDS(DECLARE)

#define ADDRESS(name) &cln_command_##name,
const struct cln_command *const cln_commands[] = {COMMANDS(ADDRESS) NULL};
