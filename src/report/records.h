/*
 * The tables that are derived from results. Rows stand in the order of the plan, then by epoch, so
 * that runs broken off, spread over machines and merged give the same bytes as one that went
 * through; times would not, and have a file of their own.
 *
 *     metrics.csv    cell,model,noise_scale,seed,epoch,loss,accuracy,val_loss,val_accuracy
 *                    and, where a validation split leaves the test images aside,
 *                    test_loss,test_accuracy
 *     metrics.jsonl  the same with the cell's other choices, a JSON object a line; null: not finite
 *     timings.csv    cell,model,noise_scale,seed,epoch,seconds
 */
#ifndef CLN_REPORT_RECORDS_H
#define CLN_REPORT_RECORDS_H

#include "report/results.h"

/* Whether any epoch has figures of the test images besides those of the validation split. */
bool cln_results_have_test(const struct cln_results *results);

/* Each appends to an empty text. */
void cln_records_metrics_csv(const struct cln_results *results, struct cln_text *out);
void cln_records_metrics_jsonl(const struct cln_results *results, struct cln_text *out);
void cln_records_timings_csv(const struct cln_results *results, struct cln_text *out);

/* Writes the three files into the folder, each atomically. */
enum cln_status cln_records_write(const struct cln_results *results, const char *folder);

#endif
