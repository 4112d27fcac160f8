/* An earlier bench's JSON, and the table that sets it beside itself. */
#include <stdio.h>

#include "cli/bench_compare.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static FILE *nowhere;
    cJSON *report;
    const char *path = fuzz_put("bench.json", data, size);
    enum cln_status status = cln_bench_report_read(path, &report);
    if (!nowhere)
        nowhere = fopen("/dev/null", "w");
    if (status == CLN_OK) {
        cln_bench_compare_print(nowhere, report, path, report);
        cJSON_Delete(report);
    } else {
        fuzz_check_error(status);
    }
    return 0;
}
