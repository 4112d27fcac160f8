/* An experiment file: parsed, bound, spread out into cells, and read again as it was resolved. */
#include <stdlib.h>
#include <string.h>

#include "experiment/experiment.h"
#include "fuzz/fuzz.h"

#define ORIGIN "experiment.yaml"

static void check_cells(const struct cln_experiment *experiment) {
    fuzz_check(experiment->cell_count >= 1 && experiment->cell_count <= CLN_MAX_CELLS,
               "no cells, or too many");
    for (int c = 0; c < experiment->cell_count; c++)
        fuzz_check(strlen(experiment->cells[c].id) == CLN_CELL_ID_SIZE - 1 &&
                       strspn(experiment->cells[c].id, "0123456789abcdef") == CLN_CELL_ID_SIZE - 1,
                   "an id that is no file name");
}

/* What is recorded of a run loads to the same cells. */
static void check_resolved(const struct cln_experiment *experiment) {
    struct cln_experiment *again;
    enum cln_status status =
        cln_experiment_load_text(ORIGIN, cln_experiment_resolved(experiment), NULL, 0, &again);
    fuzz_check(status == CLN_OK, cln_error_last()->message);
    fuzz_check(again->cell_count == experiment->cell_count, "other cells when resolved");
    for (int c = 0; c < again->cell_count; c++)
        fuzz_check(!strcmp(again->cells[c].id, experiment->cells[c].id),
                   "another id when resolved");
    cln_experiment_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_experiment *experiment;
    char *text = fuzz_text(data, size);
    enum cln_status status = cln_experiment_load_text(ORIGIN, text, NULL, 0, &experiment);
    if (status == CLN_OK) {
        check_cells(experiment);
        check_resolved(experiment);
        cln_experiment_free(experiment);
    } else {
        fuzz_check_error(status);
    }
    free(text);
    return 0;
}
