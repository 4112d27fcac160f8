/* What profiled steps looked like in time: how much the device idled, and a trace to look at. */
#ifndef CLN_GRAPH_TRACE_H
#define CLN_GRAPH_TRACE_H

#include "graph/plan.h"

struct cln_timeline_use {
    double span_seconds; /* from the first launch's start to the last one's end */
    double busy_seconds; /* of it, while at least one launch ran */
};

/*
 * How busy the queue kept the device over all replays of the timeline, as they followed each other.
 * What remains of the span is time between launches. Cores that wait for others within a launch
 * count as busy. Zeros for an empty timeline.
 */
enum cln_status cln_timeline_measure(const struct cln_timeline *timeline,
                                     struct cln_timeline_use *out);

/*
 * A trace in the JSON array format of Chrome's tracing, which Perfetto and chrome://tracing show.
 * Each timeline is a process of three tracks: what the host enqueued and when it waited for an
 * older step to end, and the steps and the launches that ran on the device's queue. Times are
 * microseconds from where the first timeline begins.
 */
struct cln_trace;

enum cln_status cln_trace_create(struct cln_trace **out);
void cln_trace_free(struct cln_trace *trace);

/* `name` ("convnet") is copied; `launches` are the timeline's, as cln_plan_launches() gives
 * them. CLN_MEMORY, and the trace is then good for cln_trace_free() alone. */
enum cln_status cln_trace_add(struct cln_trace *trace, const char *name,
                              const struct cln_timeline *timeline,
                              const struct cln_launch_info *launches);

/* Writes the file atomically. */
enum cln_status cln_trace_write(struct cln_trace *trace, const char *path);

#endif
