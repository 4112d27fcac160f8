/* What becomes of a cell whose worker has ended, and of the device it was on. */
#include <string.h>

#include "run/supervisor_private.h"

#define FAILURES_IN_A_ROW 2 /* then a device is set aside, if there is another */

static int usable_places(const struct cln_supervisor *supervisor) {
    int count = 0;
    for (int i = 0; i < supervisor->place_count; i++)
        count += !supervisor->places[i].set_aside;
    return count;
}

int cln_supervisor_next(const struct cln_supervisor *supervisor, const struct cln_place *place) {
    bool choice = usable_places(supervisor) > 1;
    for (int i = 0; i < supervisor->run->experiment->cell_count; i++) {
        const struct cln_task *task = &supervisor->tasks[i];
        if (task->state == CLN_TASK_WAITING && !(choice && task->avoid == place))
            return i;
    }
    return -1;
}

static void note(const struct cln_supervisor *supervisor, const struct cln_text *line) {
    const struct cln_run_observer *observer = &supervisor->run->observer;
    if (observer->on_note && line->chars)
        observer->on_note(observer->context, line->chars);
}

/* Raises what the worker came to; CLN_OK if the cell is done. */
static enum cln_status raise_outcome(const struct cln_supervisor *supervisor,
                                     const struct cln_worker_slot *slot, int state) {
    const struct cln_run_request *request = supervisor->run->request;
    struct cln_text end = {0};
    if (slot->ended && slot->status == CLN_OK)
        return CLN_OK;
    if (slot->late)
        return CLN_FAIL(INTERNAL, "not done within %g s, the limit for a cell",
                        request->cell_seconds);
    if (slot->hung)
        return CLN_FAIL(INTERNAL, "its worker made no step for %g s on %s, and was killed",
                        request->heartbeat_seconds, slot->place->device->name);
    if (slot->ended) {
        enum cln_status status = cln_error_raise(slot->status, __FILE__, __LINE__, "%s",
                                                 slot->message ? slot->message : "");
        if (slot->detail)
            cln_error_set_detail(slot->detail);
        return status;
    }
    if (slot->unheard)
        return CLN_FAIL(MEMORY, "out of memory for what its worker said");
    cln_worker_describe_end(state, &end);
    enum cln_status status = CLN_FAIL(INTERNAL, "its worker %s", end.chars ? end.chars : "ended");
    cln_text_free(&end);
    return status;
}

/* Whether nothing can be trained there: it does not open, or computes wrong results. */
static bool is_unfit(enum cln_status status) {
    return status == CLN_DEVICE || status == CLN_SELFTEST;
}

/* Whether the driver may have had a hand in it. */
static bool may_be_device(const struct cln_worker_slot *slot, enum cln_status status) {
    return slot->hung || !slot->ended || status == CLN_OPENCL || is_unfit(status);
}

/* Whether another attempt may fare better. */
static bool may_be_chance(const struct cln_worker_slot *slot, enum cln_status status) {
    return !slot->late && status != CLN_SELFTEST &&
           (may_be_device(slot, status) || status == CLN_MEMORY || status == CLN_INTERNAL ||
            status == CLN_INTERRUPTED);
}

/* The record of a cell whose worker could not write it any more. */
static void record_failure(const struct cln_supervisor *supervisor,
                           const struct cln_worker_slot *slot, const struct cln_error *error) {
    const struct cln_run *run = supervisor->run;
    struct cln_cell_record *record;
    struct cln_cell_state state;
    if (cln_cell_record_open(cln_run_folder_path(run->folder), &run->experiment->cells[slot->cell],
                             &record) != CLN_OK)
        return; /* the failure itself is the one to tell */
    if (cln_cell_record_state(record, &state) == CLN_OK && strcmp(state.status, "failed") != 0)
        (void)cln_cell_record_fail(record, error);
    cln_cell_record_free(record);
}

/* The cell goes back to those that wait. */
static void put_back(struct cln_supervisor *supervisor, const struct cln_worker_slot *slot) {
    supervisor->tasks[slot->cell].state = CLN_TASK_WAITING;
    supervisor->tasks[slot->cell].avoid = slot->place;
}

static void set_aside(struct cln_supervisor *supervisor, const struct cln_worker_slot *slot,
                      const struct cln_error *error) {
    struct cln_text line = {0};
    slot->place->set_aside = true;
    cln_text_add(&line, "device %d (%s) is set aside, its cells go to the others: %s",
                 slot->place->device->index, slot->place->device->name, error->message);
    note(supervisor, &line);
    cln_text_free(&line);
}

static void try_again(struct cln_supervisor *supervisor, const struct cln_worker_slot *slot,
                      const struct cln_error *error) {
    struct cln_text line = {0};
    cln_text_add(&line, "cell %s (%s): %s; trying again",
                 supervisor->run->experiment->cells[slot->cell].id,
                 supervisor->run->experiment->cells[slot->cell].label, error->message);
    note(supervisor, &line);
    cln_text_free(&line);
}

/* Whether the failure was settled without counting as the cell's: its device is set aside. */
static bool blame_device(struct cln_supervisor *supervisor, const struct cln_worker_slot *slot,
                         const struct cln_error *error) {
    struct cln_place *place = slot->place;
    if (!may_be_device(slot, error->status))
        return false;
    place->failures++;
    if (place->set_aside)
        return true; /* by another worker on it */
    if (usable_places(supervisor) < 2 ||
        (place->failures < FAILURES_IN_A_ROW && !is_unfit(error->status)))
        return false;
    set_aside(supervisor, slot, error);
    return true;
}

static enum cln_status failed(struct cln_supervisor *supervisor, struct cln_worker_slot *slot,
                              struct cln_error *error) {
    struct cln_task *task = &supervisor->tasks[slot->cell];
    bool device = blame_device(supervisor, slot, error);
    if (device || (may_be_chance(slot, error->status) &&
                   task->failures < supervisor->run->request->retries)) {
        put_back(supervisor, slot);
        task->failures += !device;
        if (!device)
            try_again(supervisor, slot, error);
        cln_error_drop(error);
        return CLN_OK;
    }
    record_failure(supervisor, slot, error);
    enum cln_status status = cln_error_restore(error);
    return cln_run_cell_ended(supervisor->run, slot->cell, status);
}

enum cln_status cln_supervisor_ended(struct cln_supervisor *supervisor,
                                     struct cln_worker_slot *slot, int state) {
    struct cln_task *task = &supervisor->tasks[slot->cell];
    enum cln_status status = raise_outcome(supervisor, slot, state);
    struct cln_error error;
    task->state = CLN_TASK_ENDED;
    if (status == CLN_OK) {
        slot->place->failures = 0;
        return cln_run_cell_ended(supervisor->run, slot->cell, CLN_OK);
    }
    cln_error_save(&error);
    if (!supervisor->stopping)
        return failed(supervisor, slot, &error);
    /* What did not come to its end because all was told to stop, goes on another time. */
    if (status != CLN_INTERRUPTED)
        record_failure(supervisor, slot, &error);
    status = cln_error_restore(&error);
    return cln_run_cell_ended(supervisor->run, slot->cell, status);
}
