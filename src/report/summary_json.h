/* What the files that make summary.json share: a tree of cJSON, put together. */
#ifndef CLN_REPORT_SUMMARY_JSON_H
#define CLN_REPORT_SUMMARY_JSON_H

#include <cjson/cJSON.h>

#include "base/json_put.h"
#include "report/meaning.h"

/* groups, comparisons, robustness, conclusion */
void cln_summary_put_study(cJSON *root, const struct cln_meaning *meaning);

#endif
