/* What earlier runs left in the folder: which cells are done, and whether one may go on with the
 * others. */
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "clnoise/version.h"
#include "run/cell_json.h"
#include "run/run_private.h"
#include "train/checkpoint.h"

static const cJSON *get(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

/* Whether there is anything to be done for the cell, and if it is trained, to be tested. */
static bool is_left(const struct cln_cell_state *state) {
    if (!strcmp(state->status, "done"))
        return !state->tested;
    return !(state->diverged && !strcmp(state->status, "failed"));
}

bool cln_run_wants(const struct cln_run *run, int cell) {
    return run->picked[cell] && is_left(&run->states[cell]);
}

enum cln_status cln_run_read_state(struct cln_run *run, int cell) {
    struct cln_cell_record *record;
    CLN_TRY(cln_cell_record_open(cln_run_folder_path(run->folder), &run->experiment->cells[cell],
                                 &record));
    enum cln_status status = cln_cell_record_state(record, &run->states[cell]);
    cln_cell_record_free(record);
    return status;
}

static enum cln_status fail_data(const struct cln_run *run, const struct cln_text *lines) {
    enum cln_status status =
        CLN_FAIL(CONFIG,
                 "%s holds cells that were trained on other data; give another --out, or "
                 "bring these back:",
                 cln_run_folder_path(run->folder));
    cln_error_set_detail(lines->chars);
    return status;
}

/* Each file that has another content now. */
static enum cln_status compare_files(const struct cln_run *run, const cJSON *before,
                                     const cJSON *after) {
    struct cln_text lines = {0};
    const cJSON *old = before ? before->child : NULL, *new = after ? after->child : NULL;
    for (; old && new; old = old->next, new = new->next)
        if (strcmp(cln_cell_json_get_text(old, "sha256"), cln_cell_json_get_text(new, "sha256")))
            cln_text_add(&lines, "%s: sha256 %s -> %s\n", cln_cell_json_get_text(old, "name"),
                         cln_cell_json_get_text(old, "sha256"),
                         cln_cell_json_get_text(new, "sha256"));
    enum cln_status status = cln_text_check(&lines);
    if (status == CLN_OK && lines.chars)
        status = fail_data(run, &lines);
    cln_text_free(&lines);
    return status;
}

/* A cell that waits may have been begun under the id it has with another data set. */
static enum cln_status look_for_other(const struct cln_run *run, int cell) {
    const struct cln_run_data *data = &run->data[run->data_of[cell]];
    const struct cln_cell *ours = &run->experiment->cells[cell];
    struct cln_cell other = *ours;
    struct cln_cell_record *record;
    struct cln_cell_state state = {0};
    struct cln_text line = {0};
    if (!*ours->data.otherwise)
        return CLN_OK;
    memcpy(other.id, run->named[cell], sizeof other.id);
    if (!data->substituted)
        CLN_TRY(cln_cell_stand_in(&other, ours->data.otherwise));
    CLN_TRY(cln_cell_record_open(cln_run_folder_path(run->folder), &other, &record));
    enum cln_status status = cln_cell_record_state(record, &state);
    if (status == CLN_OK && state.attempts > 0) {
        cln_text_add(&line, "data set: %s -> %s",
                     cln_cell_json_get_text(get(cln_cell_record_json(record), "data"), "dataset"),
                     cln_cell_json_get_text(data->json, "dataset"));
        status = fail_data(run, &line);
    }
    cln_text_free(&line);
    cln_cell_record_free(record);
    return status;
}

static enum cln_status check_data(const struct cln_run *run, int cell) {
    struct cln_cell_record *record;
    if (!run->states[cell].attempts)
        return look_for_other(run, cell);
    CLN_TRY(cln_cell_record_open(cln_run_folder_path(run->folder), &run->experiment->cells[cell],
                                 &record));
    const cJSON *before = get(get(cln_cell_record_json(record), "data"), "files"),
                *after = get(run->data[run->data_of[cell]].json, "files");
    enum cln_status status = compare_files(run, before, after);
    cln_cell_record_free(record);
    return status;
}

/* Whether some device of this run, with this program, would give the same bits as far as one can
 * tell; else `line` says what is different. */
static bool same_device(const struct cln_run *run, const cJSON *root, struct cln_text *line) {
    const cJSON *device = get(root, "device");
    const char *name = cln_cell_json_get_text(device, "name"),
               *driver = cln_cell_json_get_text(device, "driver"),
               *version = cln_cell_json_get_text(root, "clnoise");
    bool same = false;
    for (int i = 0; i < run->device_count; i++)
        same = same ||
               (!strcmp(name, run->chosen[i]->name) && !strcmp(driver, run->chosen[i]->driver));
    same = (same || !*name) && !strcmp(version, cln_version());
    if (!same)
        cln_text_add(line,
                     "cells were trained before on %s, driver %s, by clnoise %s; now it is %s, "
                     "driver %s, clnoise %s, so the last bits of the results may differ",
                     name, driver, version, run->chosen[0]->name, run->chosen[0]->driver,
                     cln_version());
    return same;
}

/* Of the first cell that has something to tell. */
static enum cln_status note_device(const struct cln_run *run) {
    const struct cln_run_observer *observer = &run->observer;
    bool noted = false;
    for (int i = 0; i < run->experiment->cell_count && !noted; i++) {
        struct cln_cell_record *record;
        struct cln_text line = {0};
        if (!run->states[i].attempts)
            continue;
        CLN_TRY(cln_cell_record_open(cln_run_folder_path(run->folder), &run->experiment->cells[i],
                                     &record));
        noted = !same_device(run, cln_cell_record_json(record), &line);
        if (noted && observer->on_note && line.chars)
            observer->on_note(observer->context, line.chars);
        cln_text_free(&line);
        cln_cell_record_free(record);
    }
    return CLN_OK;
}

/* Takes away what a run that was killed was just about to remove, or to rename. */
static enum cln_status tidy_up(const struct cln_run *run) {
    const char *path = cln_run_folder_path(run->folder);
    char *plots = cln_path_join(path, "plots");
    enum cln_status status =
        plots ? cln_file_sweep(plots) : CLN_FAIL(MEMORY, "out of memory for a path");
    free(plots);
    CLN_TRY(status);
    CLN_TRY(cln_file_sweep(path));
    for (int i = 0; i < run->experiment->cell_count; i++) {
        struct cln_cell_record *record;
        if (is_left(&run->states[i])) /* who trains it will do that */
            continue;
        CLN_TRY(cln_cell_record_open(path, &run->experiment->cells[i], &record));
        status = cln_file_sweep(cln_cell_record_folder(record));
        if (status == CLN_OK)
            status = cln_checkpoint_remove(cln_cell_record_folder(record));
        cln_cell_record_free(record);
        CLN_TRY(status);
    }
    return CLN_OK;
}

enum cln_status cln_run_look_back(struct cln_run *run) {
    int count = run->experiment->cell_count, left = 0;
    run->states = calloc((size_t)count + 1, sizeof *run->states);
    if (!run->states)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", count);
    for (int i = 0; i < count; i++) {
        CLN_TRY(cln_run_read_state(run, i));
        CLN_TRY(check_data(run, i));
        const struct cln_cell_state *state = &run->states[i];
        left += cln_run_wants(run, i);
        run->info.cells_done += !strcmp(state->status, "done") && state->tested;
        run->info.cells_begun += cln_run_wants(run, i) && state->attempts > 0;
        run->failed += !is_left(state) && strcmp(state->status, "done") != 0;
    }
    CLN_TRY(tidy_up(run));
    return left ? note_device(run) : CLN_OK;
}
