#include "graph/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/json_put.h"

/* Tracks of a process, in the order they are shown. */
enum track { TRACK_HOST = 1, TRACK_STEPS, TRACK_LAUNCHES };

struct cln_trace {
    cJSON *events;
    int processes;
    int64_t begin_ns; /* of the first timeline */
};

struct interval {
    int64_t from, to;
};

static int by_beginning(const void *a, const void *b) {
    int64_t x = ((const struct interval *)a)->from, y = ((const struct interval *)b)->from;
    return x < y ? -1 : x > y;
}

/* Of intervals in order of their beginning: what they cover, and where the last of them ends. */
static int64_t covered_ns(const struct interval *intervals, size_t count, int64_t *end) {
    int64_t covered = 0;
    *end = intervals[0].from;
    for (size_t i = 0; i < count; i++) {
        int64_t from = intervals[i].from > *end ? intervals[i].from : *end;
        if (intervals[i].to <= from)
            continue;
        covered += intervals[i].to - from;
        *end = intervals[i].to;
    }
    return covered;
}

enum cln_status cln_timeline_measure(const struct cln_timeline *timeline,
                                     struct cln_timeline_use *out) {
    *out = (struct cln_timeline_use){0};
    size_t count = (size_t)timeline->replays * (size_t)timeline->launches;
    if (!count)
        return CLN_OK;
    struct interval *busy = calloc(count, sizeof *busy);
    if (!busy)
        return CLN_FAIL(MEMORY, "out of memory for %zu launches", count);
    for (size_t i = 0; i < count; i++)
        busy[i] = (struct interval){timeline->rows[i].started_ns, timeline->rows[i].ended_ns};
    qsort(busy, count, sizeof *busy, by_beginning);
    int64_t end;
    out->busy_seconds = (double)covered_ns(busy, count, &end) * 1e-9;
    out->span_seconds = (double)(end - busy[0].from) * 1e-9;
    free(busy);
    return CLN_OK;
}

enum cln_status cln_trace_create(struct cln_trace **out) {
    struct cln_trace *trace = calloc(1, sizeof *trace);
    if (trace && (trace->events = cJSON_CreateArray())) {
        *out = trace;
        return CLN_OK;
    }
    free(trace);
    return CLN_FAIL(MEMORY, "out of memory for a trace");
}

void cln_trace_free(struct cln_trace *trace) {
    if (trace)
        cJSON_Delete(trace->events);
    free(trace);
}

/* An event of the trace's newest process. */
static cJSON *add_event(struct cln_trace *trace, const char *phase, const char *name,
                        enum track track) {
    cJSON *event = cln_json_put_object(trace->events, NULL);
    cln_json_put_text(event, "ph", phase);
    cln_json_put_text(event, "name", name);
    cln_json_put_number(event, "pid", trace->processes);
    cln_json_put_number(event, "tid", track);
    return event;
}

static void add_name(struct cln_trace *trace, const char *what, enum track track,
                     const char *name) {
    cJSON *event = add_event(trace, "M", what, track);
    cln_json_put_text(cln_json_put_object(event, "args"), "name", name);
}

/* Returns the event's arguments. */
static cJSON *add_slice(struct cln_trace *trace, const char *name, enum track track,
                        int64_t from_ns, int64_t to_ns, int replay) {
    cJSON *event = add_event(trace, "X", name, track);
    cln_json_put_number(event, "ts", (double)(from_ns - trace->begin_ns) * 1e-3);
    cln_json_put_number(event, "dur", (double)(to_ns - from_ns) * 1e-3);
    cJSON *args = cln_json_put_object(event, "args");
    cln_json_put_number(args, "step", replay + 1);
    return args;
}

static void add_launch(struct cln_trace *trace, const struct cln_launch_info *launch,
                       const struct cln_command_times *times, int replay, const char *name) {
    double seconds = (double)(times->ended_ns - times->started_ns) * 1e-9;
    cJSON *args =
        add_slice(trace, name, TRACK_LAUNCHES, times->started_ns, times->ended_ns, replay);
    cln_json_put_text(args, "op", launch->op);
    cln_json_put_text(args, "variant", launch->variant);
    cln_json_put_text(args, "kernel", launch->kernel);
    cln_json_put_number(args, "flops", launch->flops);
    cln_json_put_number(args, "bytes", launch->bytes);
    if (seconds > 0) {
        cln_json_put_number(args, "GFLOP/s", launch->flops / seconds * 1e-9);
        cln_json_put_number(args, "GB/s", launch->bytes / seconds * 1e-9);
    }
    cln_json_put_number(args, "queued_us", (double)(times->queued_ns - trace->begin_ns) * 1e-3);
    cln_json_put_number(args, "submitted_us",
                        (double)(times->submitted_ns - trace->begin_ns) * 1e-3);
    if (times->waited_from_ns < times->enqueue_began_ns)
        add_slice(trace, "wait for an older step", TRACK_HOST, times->waited_from_ns,
                  times->enqueue_began_ns, replay);
    add_slice(trace, name, TRACK_HOST, times->enqueue_began_ns, times->enqueue_ended_ns, replay);
}

/* The node, and the kernel too where the node has several launches. */
static void launch_name(const struct cln_launch_info *launches, int count, int at, char *name,
                        size_t size) {
    const struct cln_launch_info *launch = &launches[at];
    bool alone = !(at > 0 && !strcmp(launch[-1].node, launch->node)) &&
                 !(at + 1 < count && !strcmp(launch[1].node, launch->node));
    snprintf(name, size, alone ? "%s" : "%s: %s", launch->node, launch->kernel);
}

static void add_replay(struct cln_trace *trace, const struct cln_timeline *timeline,
                       const struct cln_launch_info *launches, int replay) {
    const struct cln_command_times *row =
        timeline->rows + (size_t)replay * (size_t)timeline->launches;
    char name[3 * CLN_NAME_SIZE];
    int64_t ended = row[0].ended_ns;
    for (int i = 0; i < timeline->launches; i++) {
        ended = row[i].ended_ns > ended ? row[i].ended_ns : ended;
        launch_name(launches, timeline->launches, i, name, sizeof name);
        add_launch(trace, &launches[i], &row[i], replay, name);
    }
    snprintf(name, sizeof name, "step %d", replay + 1);
    add_slice(trace, name, TRACK_STEPS, row[0].started_ns, ended, replay);
}

enum cln_status cln_trace_add(struct cln_trace *trace, const char *name,
                              const struct cln_timeline *timeline,
                              const struct cln_launch_info *launches) {
    if (!trace->processes++ && timeline->replays && timeline->launches)
        trace->begin_ns = timeline->rows[0].waited_from_ns;
    add_name(trace, "process_name", TRACK_HOST, name);
    add_name(trace, "thread_name", TRACK_HOST, "host: enqueues");
    add_name(trace, "thread_name", TRACK_STEPS, "device: steps");
    add_name(trace, "thread_name", TRACK_LAUNCHES, "device: launches");
    for (int r = 0; r < timeline->replays && timeline->launches; r++)
        add_replay(trace, timeline, launches, r);
    return cln_json_is_whole(trace->events)
               ? CLN_OK
               : CLN_FAIL(MEMORY, "out of memory for the trace of %s", name);
}

enum cln_status cln_trace_write(struct cln_trace *trace, const char *path) {
    char *text = cln_json_print(trace->events, false);
    if (!text)
        return CLN_FAIL(MEMORY, "out of memory for the trace");
    enum cln_status status = cln_file_write(path, text, strlen(text));
    cJSON_free(text);
    return status;
}
