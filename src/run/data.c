/* The data sets of a run's cells: found, told of, and kept as far as they are needed. */
#include <stdlib.h>
#include <string.h>

#include "base/json_put.h"
#include "run/cell_json.h"
#include "run/run_private.h"

static void on_download(void *user, const struct cln_data_progress *progress) {
    const struct cln_run *run = user;
    if (run->observer.on_download)
        run->observer.on_download(run->observer.context, progress);
}

enum cln_status cln_run_dataset(struct cln_run *run, int cell, const struct cln_dataset **out) {
    const struct cln_data_spec *spec = &run->experiment->cells[cell].data;
    const struct cln_data_source source = {.data_dir = run->request->data_dir,
                                           .context = run,
                                           .on_progress = on_download,
                                           .interrupted = cln_run_interrupted};
    if (!run->dataset || !cln_data_spec_equal(&run->opened, spec)) {
        cln_dataset_free(run->dataset);
        run->dataset = NULL;
        CLN_TRY(cln_dataset_open(spec, &source, &run->dataset));
        run->opened = *spec;
    }
    *out = run->dataset;
    return CLN_OK;
}

/* The number of the data set among those seen so far; -1: it is new. */
static int find_seen(const struct cln_run *run, int cell) {
    const struct cln_cell *cells = run->experiment->cells;
    for (int d = run->data_count - 1; d >= 0; d--)
        if (cln_data_spec_equal(&cells[run->data[d].first_cell].data, &cells[cell].data))
            return d;
    return -1;
}

static enum cln_status see(struct cln_run *run, int cell) {
    const struct cln_run_observer *observer = &run->observer;
    const struct cln_dataset *dataset;
    CLN_TRY(cln_run_dataset(run, cell, &dataset));
    if (observer->on_note)
        CLN_TRY(cln_dataset_notes(dataset, observer->on_note, observer->context));
    struct cln_run_data *seen = &run->data[run->data_count++];
    *seen = (struct cln_run_data){.first_cell = cell, .substituted = dataset->substituted};
    seen->json = cln_cell_json_data(dataset);
    seen->name = strdup(dataset->name);
    return cln_json_is_whole(seen->json) && seen->name
               ? CLN_OK
               : CLN_FAIL(MEMORY, "out of memory for a data set");
}

enum cln_status cln_run_find_data(struct cln_run *run) {
    size_t count = (size_t)run->experiment->cell_count + 1;
    run->data = calloc(count, sizeof *run->data);
    run->data_of = calloc(count, sizeof *run->data_of);
    run->named = calloc(count, sizeof *run->named);
    if (!run->data || !run->data_of || !run->named)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", count);
    for (int i = 0; i < run->experiment->cell_count; i++) {
        struct cln_cell *cell = &run->experiment->cells[i];
        if ((run->data_of[i] = find_seen(run, i)) < 0) {
            run->data_of[i] = run->data_count;
            CLN_TRY(see(run, i));
        }
        const struct cln_run_data *data = &run->data[run->data_of[i]];
        memcpy(run->named[i], cell->id, sizeof run->named[i]);
        if (data->substituted) /* then it is another cell */
            CLN_TRY(cln_cell_stand_in(cell, data->name));
    }
    return CLN_OK;
}

void cln_run_data_done(struct cln_run *run) {
    for (int d = 0; d < run->data_count; d++) {
        cJSON_Delete(run->data[d].json);
        free(run->data[d].name);
    }
    free(run->data);
    free(run->data_of);
    free(run->named);
    cln_dataset_free(run->dataset);
}
