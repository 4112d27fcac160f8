/* A run's folder, and the tables and the summary that are derived from it. Nothing is drawn here.
 */
#include <stdlib.h>
#include <string.h>

#include "fuzz/run_folder.h"
#include "report/records.h"
#include "report/report.h"
#include "report/summary.h"

static void derive(const struct cln_results *results) {
    struct cln_meaning *meaning;
    struct cln_text csv = {0}, jsonl = {0}, times = {0};
    fuzz_check(cln_meaning_make(results, &meaning) == CLN_OK, cln_error_last()->message);
    cln_records_metrics_csv(results, &csv);
    cln_records_metrics_jsonl(results, &jsonl);
    cln_records_timings_csv(results, &times);
    const char *summary = fuzz_put("summary.json", (const uint8_t *)"", 0);
    fuzz_check(cln_summary_write(summary, results, meaning, NULL) == CLN_OK,
               cln_error_last()->message);
    cln_text_free(&csv);
    cln_text_free(&jsonl);
    cln_text_free(&times);
    cln_meaning_free(meaning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_results *results = fuzz_run_results(data, size);
    if (results) {
        derive(results);
        cln_results_free(results);
    }
    return 0;
}
