/*
 * summary.json: what a run was, what came of it and what that means, for people and programs.
 * docs/summary.schema.json describes it; a change that readers must know of counts its
 * "summary_version" up.
 */
#ifndef CLN_REPORT_SUMMARY_H
#define CLN_REPORT_SUMMARY_H

#include "report/meaning.h"

#define CLN_SUMMARY_VERSION 1

/*
 * Replaces the file, atomically. `status` of the run: "done", "failed", "interrupted", "running";
 * NULL: what the cells say together, see cln_results_status(). Figures that are not finite become
 * null. Version, compiler and operating system are added here.
 */
enum cln_status cln_summary_write(const char *path, const struct cln_results *results,
                                  const struct cln_meaning *meaning, const char *status);

/* The same for a caller who has no meaning yet. */
enum cln_status cln_summary_write_results(const char *path, const struct cln_results *results,
                                          const char *status);

/* "running" if any cell is, else "interrupted", "waiting" or "failed" if any is; else "done". */
const char *cln_results_status(const struct cln_results *results);

#endif
