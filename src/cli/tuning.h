/* What is said while kernel variants are measured, and the tuner of a command. */
#ifndef CLN_CLI_TUNING_H
#define CLN_CLI_TUNING_H

#include "cli/compile_helper.h"
#include "clnoise/progress.h"
#include "graph/tune.h"

/* One line on stderr, drawn over where it can be; elsewhere only the first and last call print. */
void cln_tuning_progress(const struct cln_tune_progress *progress);

/* A tuner that tells on stderr what it does, and a helper when to begin; NULL in `*out` where
 * CLNOISE_TUNE is off. `helper` NULL: none, else it must outlive the tuner. */
enum cln_status cln_tuning_open(struct cln_context *context, double budget_seconds, bool full,
                                struct cln_compile_helper *helper, struct cln_tuner **out);

#endif
