/* `clnoise report A B --compare`: two runs side by side. */
#ifndef CLN_CLI_REPORT_COMPARE_H
#define CLN_CLI_REPORT_COMPARE_H

#include "base/error.h"

/* Prints the table to stdout. With `out` not NULL, compare.html and compare.csv are written into
 * that folder as well, which is made if need be. */
enum cln_status cln_report_compare(const char *const folders[2], const char *out);

#endif
