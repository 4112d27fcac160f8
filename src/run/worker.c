/*
 * cln_run_worker(): one cell, trained in a process of its own. The job comes on stdin; what there
 * is to say goes to descriptor 3, a line a message, so that a driver may print what it likes. The
 * end of stdin means that nobody is left to work for: the worker stops as if told to.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "clnoise/run.h"
#include "run/cell_train.h"
#include "run/lock.h"
#include "run/message.h"
#include "run/worker_process.h"
#include "runtime/device.h"
#include "runtime/program.h"
#include "selftest/first_use.h"
#include "selftest/host.h"

#define BEAT_SECONDS 0.5
#define LOCK_SECONDS 60.0

struct worker {
    struct cln_message_job job;
    cJSON *job_memory;
    bool stop;
    double beaten; /* the clock when something was sent last */
    struct cln_experiment *experiment;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_tuner *tuner; /* NULL: CLNOISE_TUNE is off */
    char *frozen;            /* the folder of the run's choices of kernels */
    struct cln_dataset *dataset;
    struct cln_lock *lock; /* on the cell */
};

static volatile sig_atomic_t told_to_end; /* by SIGTERM: from a system that shuts down */

static void on_signal(int number) {
    (void)number;
    told_to_end = 1;
}

/* Ctrl-C reaches every process of a terminal, but it is the supervisor's to say what comes of it;
 * it may also be gone before what it is told. */
static void heed_signals(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, end = {.sa_handler = on_signal};
    sigemptyset(&ignore.sa_mask);
    sigemptyset(&end.sa_mask);
    end.sa_flags = SA_RESTART;
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    sigaction(SIGTERM, &end, NULL);
}

/* If nobody reads it any more, stdin says so as well. */
static bool write_line(const char *chars, size_t length) {
    bool good = true;
    for (size_t done = 0; good && done < length;) {
        ssize_t count = write(CLN_WORKER_MESSAGES, chars + done, length - done);
        good = count >= 0 || errno == EINTR;
        done += count > 0 ? (size_t)count : 0;
    }
    return good;
}

static bool send(struct worker *worker, const struct cln_message *message) {
    struct cln_text line = {0};
    cln_message_print(message, &line);
    bool good = !line.failed && write_line(line.chars, line.length);
    cln_text_free(&line);
    worker->beaten = cln_clock_seconds();
    return good;
}

/* In words that need no memory, if there is none for better ones. */
static bool send_end(struct worker *worker, const struct cln_message *end) {
    char line[64];
    if (send(worker, end))
        return true;
    int length =
        snprintf(line, sizeof line, "\n{\"type\":\"end\",\"status\":%d,\"message\":\"%s\"}\n",
                 end->end.status, end->end.message ? "out of memory" : "");
    return write_line(line, (size_t)length);
}

/* Also the heart: it beats where the work is done, so that a driver that hangs stops it. */
static bool interrupted(void *user) {
    struct worker *worker = user;
    struct pollfd from = {.fd = STDIN_FILENO, .events = POLLIN};
    if (cln_clock_seconds() - worker->beaten > BEAT_SECONDS)
        send(worker, &(struct cln_message){.type = CLN_MESSAGE_BEAT});
    /* Whatever comes after the job means the same: a line "stop", or the end. */
    if (!worker->stop && poll(&from, 1, 0) > 0)
        worker->stop = true;
    return worker->stop || told_to_end;
}

static enum cln_status on_prepare(void *user, const struct cln_prepare_progress *progress) {
    send(user, &(struct cln_message){.type = CLN_MESSAGE_PREPARE, .prepare = *progress});
    return CLN_OK;
}

static enum cln_status on_tune(void *user, const struct cln_tune_progress *progress) {
    send(user, &(struct cln_message){.type = CLN_MESSAGE_TUNE, .tune = *progress});
    return interrupted(user) ? CLN_FAIL(INTERRUPTED, "interrupted while tuning") : CLN_OK;
}

static void on_note(void *user, const char *line) {
    send(user, &(struct cln_message){.type = CLN_MESSAGE_NOTE, .note = line});
}

static void on_ready(void *user) {
    send(user, &(struct cln_message){.type = CLN_MESSAGE_READY});
}

static enum cln_status on_progress(void *user, const struct cln_train_progress *progress) {
    send(user, &(struct cln_message){.type = CLN_MESSAGE_PROGRESS, .progress = *progress});
    return CLN_OK;
}

static enum cln_status on_epoch(void *user, const struct cln_epoch_metrics *metrics) {
    send(user, &(struct cln_message){.type = CLN_MESSAGE_EPOCH, .epoch = *metrics});
    return CLN_OK;
}

static enum cln_status on_keep(void *user, int done, int count) {
    const struct cln_prepare_progress progress = {"Keeping kernels for the next start", done, count,
                                                  false};
    return interrupted(user) ? CLN_FAIL(INTERRUPTED, "interrupted") : on_prepare(user, &progress);
}

/* One byte at a time, for there is only this line, and what comes after it must stay in the pipe.
 * `*whole` false: there is none, for the supervisor is gone. */
static enum cln_status read_line(struct cln_text *line, bool *whole) {
    char byte = '\0';
    *whole = false;
    while (!*whole) {
        ssize_t count = read(STDIN_FILENO, &byte, 1);
        if (count == 0)
            return CLN_OK;
        if (count < 0 && errno != EINTR)
            return CLN_FAIL(FILE, "cannot read what its worker is to train: %s", strerror(errno));
        *whole = count == 1 && byte == '\n';
        if (count == 1 && !*whole)
            cln_text_append(line, &byte, 1);
    }
    return cln_text_check(line);
}

/* `*any` false: nobody is left to work for. */
static enum cln_status read_job(struct worker *worker, bool *any) {
    struct cln_text line = {0};
    struct cln_message message;
    enum cln_status status = read_line(&line, any);
    if (status != CLN_OK)
        *any = true;
    else if (*any &&
             (!cln_message_parse(line.chars ? line.chars : "", &message, &worker->job_memory) ||
              message.type != CLN_MESSAGE_JOB))
        status = CLN_FAIL(MEMORY, "out of memory for what a worker is told to train");
    else if (*any)
        worker->job = message.job;
    cln_text_free(&line);
    return status;
}

/* With what a driver said, as it may be at fault. */
static enum cln_status fail_device(const struct worker *worker) {
    const struct cln_message_job *job = &worker->job;
    const struct cln_device_list *devices = worker->devices;
    const char *why = devices->trouble_count ? devices->troubles[0] : "";
    return CLN_FAIL(DEVICE, "'%s' of %s is gone%s%s", job->device_name, job->platform,
                    *why ? ": " : "", why);
}

static bool is_device(const struct cln_device *device, const struct cln_message_job *job) {
    return !strcmp(device->name, job->device_name) && !strcmp(device->platform, job->platform);
}

/* Where it was, or elsewhere: a platform that is gone takes its indices with it. NULL: gone. */
static const struct cln_device *find_device(const struct worker *worker) {
    const struct cln_message_job *job = &worker->job;
    const struct cln_device_list *devices = worker->devices;
    if (job->device >= 0 && job->device < devices->count &&
        is_device(&devices->devices[job->device], job))
        return &devices->devices[job->device];
    for (int d = 0; d < devices->count; d++)
        if (is_device(&devices->devices[d], job))
            return &devices->devices[d];
    return NULL;
}

static enum cln_status open_device(struct worker *worker) {
    const struct cln_device *device = find_device(worker);
    return device ? cln_context_create(device, &worker->context) : fail_device(worker);
}

static enum cln_status test_device(struct worker *worker) {
    const struct cln_first_use options = {.context = worker,
                                          .known = worker->job.avoid,
                                          .on_note = on_note,
                                          .interrupted = interrupted};
    CLN_TRY(cln_selftest_first_use(worker->context, &options));
    const char *avoid = cln_context_caps(worker->context)->avoid;
    if (!worker->job.avoid)
        send(worker,
             &(struct cln_message){.type = CLN_MESSAGE_TESTED, .avoid = avoid ? avoid : ""});
    return CLN_OK;
}

static enum cln_status open_tuner(struct worker *worker) {
    bool off;
    CLN_TRY(cln_tune_is_off(&off));
    if (off)
        return CLN_OK;
    worker->frozen = cln_path_join(worker->job.folder, "kernels");
    if (!worker->frozen)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    const struct cln_tune_options options = {.budget_seconds = CLN_TUNE_BUDGET,
                                             .host = &cln_host_hooks,
                                             .frozen_folder = worker->frozen,
                                             .context = worker,
                                             .on_progress = on_tune,
                                             .on_note = on_note};
    return cln_tuner_create(worker->context, &options, &worker->tuner);
}

/* The supervisor has seen to it that the data are there. */
static enum cln_status open_data(struct worker *worker, struct cln_cell *cell) {
    const struct cln_data_source source = {.data_dir = worker->job.data_dir,
                                           .offline = true,
                                           .context = worker,
                                           .interrupted = interrupted};
    CLN_TRY(cln_dataset_open(&cell->data, &source, &worker->dataset));
    if (worker->dataset->substituted)
        CLN_TRY(cln_cell_stand_in(cell, worker->dataset->name));
    return strcmp(cell->id, worker->job.id)
               ? CLN_FAIL(DATA, "the data set changed while the run was at work: %s is there now",
                          worker->dataset->name)
               : CLN_OK;
}

/* The worker of a run that was killed may still be about to save. */
static enum cln_status take_cell(struct worker *worker) {
    const struct timespec pause = {.tv_nsec = 20000000};
    const double began = cln_clock_seconds();
    for (;;) {
        enum cln_status status =
            cln_lock_take_cell(worker->job.folder, worker->job.id, &worker->lock);
        if (status != CLN_FILE || cln_clock_seconds() - began > LOCK_SECONDS)
            return status;
        if (interrupted(worker))
            return CLN_FAIL(INTERRUPTED, "interrupted while another worker was at the cell");
        nanosleep(&pause, NULL);
    }
}

static enum cln_status work(struct worker *worker) {
    const struct cln_message_job *job = &worker->job;
    CLN_TRY(take_cell(worker));
    CLN_TRY(cln_experiment_load_text("the cell's configuration", job->config, NULL, 0,
                                     &worker->experiment));
    struct cln_cell *cell = &worker->experiment->cells[0];
    CLN_TRY(open_data(worker, cell));
    CLN_TRY(open_device(worker));
    CLN_TRY(test_device(worker));
    CLN_TRY(open_tuner(worker));
    const struct cln_cell_job train = {.folder = job->folder,
                                       .cell = cell,
                                       .dataset = worker->dataset,
                                       .context = worker->context,
                                       .tuner = worker->tuner,
                                       .trace = job->trace,
                                       .checkpoint_seconds = job->checkpoint_seconds,
                                       .user = worker,
                                       .on_prepare = on_prepare,
                                       .on_note = on_note,
                                       .on_ready = on_ready,
                                       .on_epoch = on_epoch,
                                       .on_progress = job->progress ? on_progress : NULL,
                                       .interrupted = interrupted};
    CLN_TRY(cln_cell_train(&train));
    /* Everything is written: to stop now is no failure. */
    (void)cln_programs_keep(worker->context, on_keep, worker);
    return CLN_OK;
}

/* Lists the devices before there is a job, for this takes a while and it may not be there yet. */
static enum cln_status work_if_told(struct worker *worker, bool *told) {
    struct cln_error error;
    enum cln_status listed = cln_devices_list(&worker->devices);
    if (listed != CLN_OK)
        cln_error_save(&error);
    enum cln_status status = read_job(worker, told);
    if (listed != CLN_OK)
        return cln_error_restore(&error);
    CLN_TRY(status);
    if (!*told)
        return CLN_OK;
    interrupted(worker);
    return work(worker);
}

enum cln_status cln_run_worker(void) {
    struct worker worker = {0};
    bool told = false, heard = true;
    heed_signals();
    enum cln_status status = work_if_told(&worker, &told);
    const struct cln_error *error = cln_error_last();
    struct cln_message end = {.type = CLN_MESSAGE_END, .end = {.status = status}};
    if (status != CLN_OK) {
        end.end.message = error->message;
        end.end.detail = error->detail;
    }
    cln_lock_release(worker.lock);
    if (told)
        heard = send_end(&worker, &end);
    cln_tuner_free(worker.tuner);
    free(worker.frozen);
    cln_context_free(worker.context);
    cln_devices_free(worker.devices);
    cln_dataset_free(worker.dataset);
    cln_experiment_free(worker.experiment);
    cJSON_Delete(worker.job_memory);
    return heard ? CLN_OK : status; /* what the supervisor is not told stands on stderr */
}
