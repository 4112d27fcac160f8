/* What is derived from a run's folder, written into it or elsewhere. */
#ifndef CLN_REPORT_REPORT_H
#define CLN_REPORT_REPORT_H

#include "report/results.h"

/* report.html, as one file that needs no other. Appended. `running`: it renews itself. */
enum cln_status cln_report_html(const struct cln_results *results, bool running,
                                struct cln_text *out);

/*
 * Writes metrics.csv, metrics.jsonl, timings.csv and report.html into `folder`; unless the run goes
 * on, plots/ as well. Each file atomically. Blocks: about a second for the plots of twelve cells.
 */
enum cln_status cln_report_write_results(const struct cln_results *results, const char *folder,
                                         bool running);

/* The same for the run in that folder, as it stands. */
enum cln_status cln_report_write(const char *folder, bool running);

#endif
