/* Another process of a program, for what a driver only reads at its start. */
#ifndef CLN_CLI_CHILD_H
#define CLN_CLI_CHILD_H

#include <stddef.h>

#include "base/text.h"

/*
 * Runs `arguments` (NULL at the end; the first is looked for in PATH if it has no slash) with
 * `name` set to `value` in its environment, and waits for its end. What it writes to stdout is
 * added to `*output`; its stderr is ours. CLN_FILE when it cannot be started or does not exit
 * with 0.
 */
enum cln_status cln_child_run(const char *const *arguments, const char *name, const char *value,
                              struct cln_text *output);

#endif
