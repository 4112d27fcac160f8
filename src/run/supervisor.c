/*
 * Every cell in a worker of its own: a driver that crashes or hangs takes one attempt at one cell
 * with it. The supervisor starts workers as devices are free, passes on what they say, and decides
 * what is tried again, where, and when to give up.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "run/supervisor_private.h"

#define TICK_SECONDS       0.2 /* between looks at limits and at Ctrl-C */
#define SUSPENDED_SECONDS  5.0 /* a tick that took longer: all of us were stopped */
#define PREPARE_HEARTBEATS 10  /* how much longer than a step compiling a kernel may take */
#define EXIT_SECONDS       5.0 /* from its last word to its end */

static char *copy(const char *text) {
    return text ? strdup(text) : NULL;
}

/* If it is dead, we shall hear of it. One that does not learn of its job ends at once, and one that
 * cannot be told to stop stops. */
static void send(struct cln_worker_slot *slot, const struct cln_message *message) {
    struct cln_text line = {0};
    char why[256];
    cln_message_print(message, &line);
    if (!cln_worker_send(&slot->process, &line) && errno != EPIPE &&
        message->type == CLN_MESSAGE_JOB) {
        slot->ended = true;
        slot->status = errno == ENOMEM ? CLN_MEMORY : CLN_FILE;
        snprintf(why, sizeof why, "its worker cannot be told what to train: %s",
                 errno == ENOMEM ? "out of memory" : strerror(errno));
        slot->message = copy(why);
    }
    cln_text_free(&line);
}

static void tell_worker(const struct cln_supervisor *supervisor, const struct cln_worker_slot *slot,
                        bool alive) {
    const struct cln_run_observer *observer = &supervisor->run->observer;
    if (observer->on_worker)
        observer->on_worker(observer->context, slot->cell, slot->process.pid, alive);
}

void cln_supervisor_stop(struct cln_supervisor *supervisor) {
    if (supervisor->stopping)
        return;
    supervisor->stopping = true;
    for (int i = 0; i < supervisor->slot_count; i++)
        if (supervisor->slots[i].process.pid)
            send(&supervisor->slots[i], &(struct cln_message){.type = CLN_MESSAGE_STOP});
}

/* Whatever ends the run first is what it ends with. */
static void check(struct cln_supervisor *supervisor, enum cln_status status) {
    if (status == CLN_OK)
        return;
    if (!supervisor->failed) {
        cln_error_save(&supervisor->error);
        supervisor->failed = true;
    }
    cln_supervisor_stop(supervisor);
}

void cln_run_start_spare(struct cln_run *run) {
    struct cln_error before;
    if (!run->request->worker || run->spare.pid)
        return;
    cln_error_save(&before);
    (void)cln_worker_start(&run->spare, run->request->worker);
    (void)cln_error_restore(&before);
}

void cln_run_end_spare(struct cln_run *run) {
    int state;
    cln_worker_kill(&run->spare); /* it has done nothing yet */
    while (run->spare.pid && !cln_worker_reap(&run->spare, &state))
        (void)poll(NULL, 0, 1);
}

/* The one started ahead, or a new one. */
static enum cln_status take_worker(struct cln_run *run, struct cln_worker_process *out) {
    if (!run->spare.pid)
        return cln_worker_start(out, run->request->worker);
    *out = run->spare;
    run->spare = (struct cln_worker_process){0};
    return CLN_OK;
}

static enum cln_status start(struct cln_supervisor *supervisor, struct cln_worker_slot *slot,
                             struct cln_place *place, int index) {
    struct cln_run *run = supervisor->run;
    const struct cln_cell *cell = &run->experiment->cells[index];
    const struct cln_run_request *request = run->request;
    *slot = (struct cln_worker_slot){.cell = index, .place = place};
    CLN_TRY(take_worker(run, &slot->process));
    slot->began = slot->heard = cln_clock_seconds();
    supervisor->tasks[index].state = CLN_TASK_RUNNING;
    place->busy++;
    tell_worker(supervisor, slot, true);
    send(slot, &(struct cln_message){.type = CLN_MESSAGE_JOB,
                                     .job = {.folder = cln_run_folder_path(run->folder),
                                             .config = cell->config,
                                             .id = cell->id,
                                             .device = place->device->index,
                                             .device_name = place->device->name,
                                             .platform = place->device->platform,
                                             .data_dir = request->data_dir,
                                             .trace = index == 0 ? request->trace : NULL,
                                             .avoid = place->avoid,
                                             .checkpoint_seconds = request->checkpoint_seconds,
                                             .progress = run->observer.on_progress != NULL}});
    if (run->observer.on_cell)
        run->observer.on_cell(run->observer.context, index);
    return CLN_OK;
}

static struct cln_worker_slot *free_slot(struct cln_supervisor *supervisor) {
    for (int i = 0; i < supervisor->slot_count; i++)
        if (!supervisor->slots[i].process.pid)
            return &supervisor->slots[i];
    return NULL;
}

/* Whether what was measured and compiled for such a cell on that device serves this one. */
static bool is_proven(const struct cln_supervisor *supervisor, const struct cln_place *place,
                      int cell) {
    const struct cln_cell *cells = supervisor->run->experiment->cells;
    for (int i = 0; i < supervisor->run->experiment->cell_count; i++)
        if (place->proven[i] && !strcmp(cells[i].model.name, cells[cell].model.name) &&
            cells[i].train.batch == cells[cell].train.batch)
            return true;
    return false;
}

/* Measuring kernels needs a device for itself: a cell of a new kind begins alone. */
static bool may_start(const struct cln_supervisor *supervisor, const struct cln_place *place,
                      int cell) {
    for (int i = 0; i < supervisor->slot_count; i++) {
        const struct cln_worker_slot *slot = &supervisor->slots[i];
        if (slot->process.pid && slot->place == place && !slot->ready &&
            !is_proven(supervisor, place, slot->cell))
            return false;
    }
    return place->busy == 0 || (place->busy < place->jobs && is_proven(supervisor, place, cell));
}

static void start_workers(struct cln_supervisor *supervisor) {
    for (int p = 0; p < supervisor->place_count; p++) {
        struct cln_place *place = &supervisor->places[p];
        int cell;
        while (!supervisor->stopping && !place->set_aside &&
               (cell = cln_supervisor_next(supervisor, place)) >= 0 &&
               may_start(supervisor, place, cell))
            check(supervisor, start(supervisor, free_slot(supervisor), place, cell));
    }
}

/* While the last epoch of a cell is trained, the next one's worker may get ready. */
static void prepare_next(struct cln_supervisor *supervisor, const struct cln_worker_slot *slot,
                         int epoch) {
    const struct cln_run *run = supervisor->run;
    if (!supervisor->stopping && epoch + 1 >= run->experiment->cells[slot->cell].train.epochs &&
        cln_supervisor_next(supervisor, slot->place) >= 0)
        cln_run_start_spare(supervisor->run);
}

static void take_end(struct cln_worker_slot *slot, const struct cln_message_end *end) {
    free(slot->message); /* it should say so once, but who knows */
    free(slot->detail);
    slot->ended = true;
    slot->status = (enum cln_status)end->status;
    slot->message = copy(end->message);
    slot->detail = copy(end->detail);
}

static void take(struct cln_supervisor *supervisor, struct cln_worker_slot *slot,
                 const struct cln_message *message) {
    const struct cln_run_observer *observer = &supervisor->run->observer;
    void *user = observer->context;
    switch (message->type) {
    case CLN_MESSAGE_TESTED: /* the first one speaks for all that follow */
        if (!slot->place->avoid)
            slot->place->avoid = copy(message->avoid);
        break;
    case CLN_MESSAGE_READY:
        slot->ready = slot->place->proven[slot->cell] = true;
        break;
    case CLN_MESSAGE_PREPARE:
        if (observer->on_prepare)
            observer->on_prepare(user, slot->cell, &message->prepare);
        break;
    case CLN_MESSAGE_TUNE:
        if (observer->on_tune)
            observer->on_tune(user, &message->tune);
        break;
    case CLN_MESSAGE_NOTE:
        if (observer->on_note)
            observer->on_note(user, message->note ? message->note : "");
        break;
    case CLN_MESSAGE_PROGRESS:
        if (observer->on_progress)
            check(supervisor, observer->on_progress(user, slot->cell, &message->progress));
        break;
    case CLN_MESSAGE_EPOCH:
        prepare_next(supervisor, slot, message->epoch.epoch);
        check(supervisor, cln_run_epoch(supervisor->run, slot->cell, &message->epoch));
        break;
    case CLN_MESSAGE_END:
        take_end(slot, &message->end);
        break;
    default: /* a beat: that it came is all there is to it */
        break;
    }
}

static void receive(struct cln_supervisor *supervisor, struct cln_worker_slot *slot) {
    slot->closed = !cln_worker_receive(&slot->process);
    slot->heard = cln_clock_seconds();
    slot->unheard |= slot->process.unread.failed;
    size_t at = 0;
    const char *line;
    while ((line = cln_worker_next_line(&slot->process, &at))) {
        struct cln_message message;
        cJSON *memory;
        if (cln_message_parse(line, &message, &memory))
            take(supervisor, slot, &message);
        else
            slot->unheard = true;
        cJSON_Delete(memory);
    }
    cln_worker_drop_lines(&slot->process, at);
}

/* Waits for any worker to say something, but not for long. */
static void listen(struct cln_supervisor *supervisor) {
    struct pollfd *from = supervisor->poll;
    int count = 0, wait_ms = (int)(1000 * TICK_SECONDS);
    for (int i = 0; i < supervisor->slot_count; i++) {
        struct cln_worker_slot *slot = &supervisor->slots[i];
        if (slot->process.pid && slot->closed)
            wait_ms = 10; /* it is about to be dead */
        else if (slot->process.pid)
            from[count++] = (struct pollfd){.fd = slot->process.from, .events = POLLIN};
    }
    if (poll(from, (nfds_t)count, wait_ms) <= 0)
        return;
    for (int i = 0; i < supervisor->slot_count; i++)
        for (int k = 0; k < count; k++)
            if (supervisor->slots[i].process.pid && from[k].revents &&
                from[k].fd == supervisor->slots[i].process.from)
                receive(supervisor, &supervisor->slots[i]);
}

static void check_slot(struct cln_supervisor *supervisor, struct cln_worker_slot *slot,
                       double now) {
    const struct cln_run_request *request = supervisor->run->request;
    double heartbeat = request->heartbeat_seconds * (slot->ready ? 1 : PREPARE_HEARTBEATS);
    if ((slot->closed || slot->ended) && now - slot->heard > EXIT_SECONDS) {
        cln_worker_kill(&slot->process); /* some drivers do not end */
    } else if (!slot->closed && !slot->ended && heartbeat > 0 && now - slot->heard > heartbeat) {
        slot->hung = true;
        cln_worker_kill(&slot->process);
    } else if (!slot->late && request->cell_seconds > 0 &&
               now - slot->began > request->cell_seconds) {
        slot->late = true;
        send(slot, &(struct cln_message){.type = CLN_MESSAGE_STOP});
    }
}

static void check_limits(struct cln_supervisor *supervisor) {
    double now = cln_clock_seconds(), gap = now - supervisor->looked;
    for (int i = 0; i < supervisor->slot_count; i++) {
        struct cln_worker_slot *slot = &supervisor->slots[i];
        if (gap > SUSPENDED_SECONDS) { /* Ctrl-Z, or the lid was closed: nobody could be heard */
            slot->heard = now;
            slot->began = slot->began + gap < now ? slot->began + gap : now;
        }
        if (slot->process.pid)
            check_slot(supervisor, slot, now);
    }
    supervisor->looked = now;
}

static void reap(struct cln_supervisor *supervisor) {
    for (int i = 0; i < supervisor->slot_count; i++) {
        struct cln_worker_slot *slot = &supervisor->slots[i];
        const struct cln_worker_process process = slot->process;
        int state;
        if (!process.pid || !cln_worker_is_dead(&slot->process))
            continue;
        /* What it had said. The end may never come: what it started itself has the pipe open. */
        while (!slot->closed && cln_worker_has_more(&slot->process))
            receive(supervisor, slot);
        if (!cln_worker_reap(&slot->process, &state))
            continue;
        slot->place->busy--;
        tell_worker(supervisor, slot, false);
        check(supervisor, cln_supervisor_ended(supervisor, slot, state));
        free(slot->message);
        free(slot->detail);
        slot->message = slot->detail = NULL;
    }
}

static bool any_alive(const struct cln_supervisor *supervisor) {
    for (int i = 0; i < supervisor->slot_count; i++)
        if (supervisor->slots[i].process.pid)
            return true;
    return false;
}

static enum cln_status supervise(struct cln_supervisor *supervisor) {
    supervisor->looked = cln_clock_seconds();
    for (;;) {
        if (cln_run_interrupted(supervisor->run))
            cln_supervisor_stop(supervisor);
        if (!supervisor->stopping)
            start_workers(supervisor);
        if (!any_alive(supervisor))
            break;
        listen(supervisor);
        check_limits(supervisor);
        reap(supervisor);
    }
    if (supervisor->failed)
        return cln_error_restore(&supervisor->error);
    return supervisor->stopping ? CLN_FAIL(INTERRUPTED, "interrupted") : CLN_OK;
}

static enum cln_status make_places(struct cln_supervisor *supervisor) {
    struct cln_run *run = supervisor->run;
    size_t cells = (size_t)run->experiment->cell_count, places = (size_t)run->device_count;
    supervisor->place_count = run->device_count;
    for (int i = 0; i < run->device_count; i++)
        supervisor->slot_count += run->told[i].jobs;
    supervisor->places = calloc(places + 1, sizeof *supervisor->places);
    supervisor->slots = calloc((size_t)supervisor->slot_count + 1, sizeof *supervisor->slots);
    supervisor->poll = calloc((size_t)supervisor->slot_count + 1, sizeof *supervisor->poll);
    supervisor->tasks = calloc(cells + 1, sizeof *supervisor->tasks);
    if (!supervisor->places || !supervisor->slots || !supervisor->poll || !supervisor->tasks)
        return CLN_FAIL(MEMORY, "out of memory for %zu cells", cells);
    for (int i = 0; i < run->device_count; i++) {
        supervisor->places[i].device = run->chosen[i];
        supervisor->places[i].jobs = run->told[i].jobs;
        supervisor->places[i].proven = calloc(cells + 1, sizeof(bool));
        if (!supervisor->places[i].proven)
            return CLN_FAIL(MEMORY, "out of memory for %zu cells", cells);
    }
    for (size_t i = 0; i < cells; i++)
        if (!cln_run_wants(run, (int)i))
            supervisor->tasks[i].state = CLN_TASK_ENDED;
    return CLN_OK;
}

enum cln_status cln_run_supervised(struct cln_run *run) {
    struct cln_supervisor supervisor = {.run = run};
    enum cln_status status = make_places(&supervisor);
    if (status == CLN_OK)
        status = supervise(&supervisor);
    for (int i = 0; supervisor.places && i < supervisor.place_count; i++) {
        free(supervisor.places[i].proven);
        free(supervisor.places[i].avoid);
    }
    free(supervisor.places);
    free(supervisor.slots);
    free(supervisor.poll);
    free(supervisor.tasks);
    return status;
}
