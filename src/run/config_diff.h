/* What differs between two configurations. */
#ifndef CLN_RUN_CONFIG_DIFF_H
#define CLN_RUN_CONFIG_DIFF_H

#include "base/text.h"

/*
 * Appends a line "key: old -> new" for each dotted key that two experiment files do not agree on;
 * "(none)" stands for a key that one does not have. `*count` of them. CLN_CONFIG if either is no
 * YAML.
 */
enum cln_status cln_config_diff(const char *before, const char *after, struct cln_text *out,
                                int *count);

#endif
