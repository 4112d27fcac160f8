/* What `clnoise run` and `clnoise resume` show while cells are trained, and what they share. */
#ifndef CLN_CLI_RUN_DISPLAY_H
#define CLN_CLI_RUN_DISPLAY_H

#include "cli/command.h"
#include "clnoise/run.h"

/* Trains what the request asks for and shows it. `options` are those of the command, with the
 * experiment's file and overrides as operands. */
enum cln_status cln_run_and_show(const struct cln_run_request *request,
                                 const struct cln_options *options);

#endif
