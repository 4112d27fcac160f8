/* metrics.jsonl of a cell, as a run that goes on reads it, and cut. */
#include <stdlib.h>

#include "fuzz/fuzz.h"
#include "run/journal.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_put("metrics.jsonl", data, size);
    struct cln_epoch_metrics *rows, *again;
    int count, kept;
    fuzz_check(cln_journal_read(path, &rows, &count) == CLN_OK, "a torn journal is an error");
    for (int i = 0; i < count; i++)
        fuzz_check(rows[i].epoch == i + 1, "a row out of its place");
    const int most = count / 2 + 1;
    fuzz_check(cln_journal_cut(path, most) == CLN_OK, cln_error_last()->message);
    fuzz_check(cln_journal_read(path, &again, &kept) == CLN_OK, cln_error_last()->message);
    fuzz_check(kept == (count < most ? count : most), "other rows when cut");
    free(rows);
    free(again);
    return 0;
}
