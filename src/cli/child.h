/* Other processes, mostly of this program: waited for, or left to work beside it. */
#ifndef CLN_CLI_CHILD_H
#define CLN_CLI_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "base/text.h"
#include "cli/command.h"

struct cln_child_variable {
    const char *name; /* NULL ends a list */
    const char *value;
};

/* The command line of a child that is this program, on the same device, data and operands: `words`
 * (NULL at the end) instead of the command's name. free() it; NULL when out of memory. */
const char **cln_child_arguments(const struct cln_options *options, const char *const *words);

/*
 * Runs `arguments` (NULL at the end; the first is looked for in PATH if it has no slash) with
 * `variables` (likewise) set in its environment, and waits for its end. What it writes to stdout is
 * added to `*output`; its stderr is ours. CLN_FILE when it cannot be started or does not exit
 * with 0.
 */
enum cln_status cln_child_run(const char *const *arguments,
                              const struct cln_child_variable *variables, struct cln_text *output);

/*
 * Starts the same and does not wait; what it writes goes nowhere. For work that may be lost:
 * returns 0 if it cannot be started.
 */
pid_t cln_child_start(const char *const *arguments, const struct cln_child_variable *variables);

/* Ends such a process, if it has not ended by itself. 0: nothing. */
void cln_child_stop(pid_t child);

#endif
