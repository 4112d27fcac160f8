/* An earlier bench's JSON, and the table that sets it beside itself, fit for a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/bench_compare.h"
#include "fuzz/fuzz.h"

static void check_printed(const char *path, const cJSON *report) {
    char *printed = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&printed, &length);
    fuzz_check(stream != NULL, "out of memory");
    cln_bench_compare_print(stream, report, path, report);
    fuzz_check(!fclose(stream), "out of memory");
    char *plain = fuzz_text((const uint8_t *)printed, length);
    cln_utf8_disarm(plain, true);
    fuzz_check(!strcmp(plain, printed), "a table that a terminal may take for orders");
    free(plain);
    free(printed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cJSON *report;
    const char *path = fuzz_put("bench.json", data, size);
    enum cln_status status = cln_bench_report_read(path, &report);
    if (status == CLN_OK) {
        check_printed(path, report);
        cJSON_Delete(report);
    } else {
        fuzz_check_error(status);
    }
    return 0;
}
