/*
 * cell.json and metrics.jsonl, as a run that goes on takes them up: what the cell's state is, one
 * epoch more, and a failure; read again, that is what they say. cell.json begins with the cell's
 * id, for one of another cell is not looked at.
 */
#include <string.h>

#include "fuzz/run_folder.h"
#include "run/cell_record.h"

static const struct cln_device device = {.name = "made up", .driver = "1"};
static const struct cln_dataset dataset = {.name = "mnist", .classes = 10};

static struct cln_cell_record *open_record(const char *folder, struct cln_cell_state *state) {
    struct cln_cell_record *record;
    fuzz_check(cln_cell_record_open(folder, &fuzz_run_experiment()->cells[0], &record) == CLN_OK,
               cln_error_last()->message);
    fuzz_check(cln_cell_record_state(record, state) == CLN_OK, cln_error_last()->message);
    return record;
}

static void go_on(struct cln_cell_record *record, int epochs) {
    const struct cln_epoch_metrics metrics = {.epoch = epochs + 1, .seconds = 1};
    const struct cln_error error = {.status = CLN_INTERRUPTED, .message = "interrupted"};
    fuzz_check(cln_cell_record_begin(record, &device, &dataset, epochs) == CLN_OK &&
                   cln_cell_record_epoch(record, &metrics) == CLN_OK &&
                   cln_cell_record_fail(record, &error) == CLN_OK,
               cln_error_last()->message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_text begin = {0};
    struct cln_cell_state state, after;
    cln_text_add(&begin, "{\"id\": \"%s\"", fuzz_run_experiment()->cells[0].id);
    fuzz_check(cln_text_check(&begin) == CLN_OK, "out of memory");
    const char *folder = fuzz_run_folder(begin.chars, data, size);
    cln_text_free(&begin);

    struct cln_cell_record *record = open_record(folder, &state);
    const int epochs = state.epochs / 2;
    fuzz_check(state.attempts >= 0, "begun less than never");
    go_on(record, epochs);
    cln_cell_record_free(record);

    cln_cell_record_free(open_record(folder, &after));
    fuzz_check(after.epochs == epochs + 1, "other epochs than were written");
    fuzz_check(!strcmp(after.status, "interrupted"), "another status than was written");
    fuzz_check(after.attempts > 0 && after.attempts >= state.attempts,
               "an attempt that was not counted");
    return 0;
}
