/* What is derived from a run's folder, written into it or elsewhere. */
#ifndef CLN_REPORT_REPORT_H
#define CLN_REPORT_REPORT_H

#include "report/meaning.h"
#include "report/results.h"

/* report.html, as one file that needs no other. Appended. `running`: it renews itself. */
enum cln_status cln_report_html(const struct cln_results *results,
                                const struct cln_meaning *meaning, bool running,
                                struct cln_text *out);

/*
 * Writes metrics.csv, metrics.jsonl, timings.csv, summary.json and report.html into `folder`;
 * unless the run goes on, plots/ as well. `status` of the run as in summary.json: "running" for one
 * that goes on; NULL: what the cells say together. Each file atomically. Blocks: about a second for
 * the plots of twelve cells.
 */
enum cln_status cln_report_write_results(const struct cln_results *results, const char *folder,
                                         const char *status);

/* The same for the run in that folder, as it stands. */
enum cln_status cln_report_write(const char *folder, const char *status);

#endif
