/*
 * A plan: a graph compiled for one device. Variants are chosen, intermediates placed in one arena
 * by lifetime, dependencies derived from what each launch reads and writes, programs built, and the
 * whole recorded, so that one replay is one step.
 */
#ifndef CLN_GRAPH_PLAN_H
#define CLN_GRAPH_PLAN_H

#include "graph/graph.h"
#include "runtime/recording.h"

struct cln_plan;
struct cln_tuner;

struct cln_plan_options {
    const char *recorder; /* "command-buffer", "out-of-order", "in-order"; NULL: the cheapest */
    const char *variants; /* "conv2d=reference,dense=cpu_vector" pins; NULL: $CLNOISE_VARIANT */
    bool profile;         /* keep start and end of every launch (in-order recorder) */
    bool backwards;       /* make programs from the last that is needed to the first */
    cln_work_progress on_build; /* programs made, of those that the plans need; NULL: nobody */
    void *user;                 /* given to it */
    struct cln_tuner *tuner;    /* measures variants (tune.h); NULL: the first that fit */
};

/*
 * Compiles graphs that take turns on one store (training, its remainder batch, evaluation): they
 * share one arena, as large as the largest needs, and none finds anything in it. Slots become
 * buffers of the store. The graphs must outlive the plans. Blocks while programs build. On failure
 * no plan is left; else the caller frees each.
 */
enum cln_status cln_plans_create(struct cln_graph *const *graphs, int count,
                                 struct cln_store *store, struct cln_context *context,
                                 const struct cln_plan_options *options, struct cln_plan **out);

/* The same for one graph. */
enum cln_status cln_plan_create(struct cln_graph *graph, struct cln_store *store,
                                struct cln_context *context, const struct cln_plan_options *options,
                                struct cln_plan **out);
void cln_plan_free(struct cln_plan *plan);

/*
 * Launches everything in the plans once, where the driver may still have to compile for that; see
 * cln_recordings_try(). The store's buffers must hold zeros, and hold anything afterwards if
 * `*tried` is set. Blocks. `on_launch` may be NULL.
 */
enum cln_status cln_plans_try(struct cln_plan *const *plans, int count, bool backwards,
                              cln_work_progress on_launch, void *user, bool *tried);

/*
 * Where no recorder is named, lets the tuner choose one, and records the plans anew if it is
 * another than they have. The store and the options are those the plans were made with. Stands
 * apart from cln_plans_create() for steps to be timed when cln_plans_try() has had everything
 * compiled, as fast as can be. Blocks. If it fails the plans can only be freed.
 */
enum cln_status cln_plans_settle(struct cln_plan *const *plans, int count, struct cln_store *store,
                                 const struct cln_plan_options *options);

/* Enqueues every launch once; returns before they have run. */
enum cln_status cln_plan_replay(struct cln_plan *plan);

/* One launch of a plan, for tables and traces; pointers are borrowed from the plan. */
struct cln_launch_info {
    const char *node;    /* "conv2d_1/weights_gradient" */
    const char *op;      /* "conv2d_backward_weights" */
    const char *variant; /* "cpu_vector" */
    const char *kernel;
    double flops, bytes;
    bool product;   /* does the flops of a convolution or matrix product, or a tenth of them */
    double seconds; /* of the last replay; 0 without profiling */
};

int cln_plan_launch_count(const struct cln_plan *plan);

/* Fills one row a launch, in order. With profiling on, waits for the last replay. */
enum cln_status cln_plan_launches(struct cln_plan *plan, struct cln_launch_info *rows);

/*
 * When the launches of the last replays were enqueued and ran: with profiling only. Blocks until
 * they have. free() timeline->rows.
 */
struct cln_timeline {
    struct cln_command_times *rows; /* (replays, launches) */
    int replays, launches;          /* the former at most CLN_PROFILED_REPLAYS */
};
enum cln_status cln_plan_timeline(struct cln_plan *plan, struct cln_timeline *out);

const char *cln_plan_recorder(const struct cln_plan *plan);
size_t cln_plan_arena_bytes(const struct cln_plan *plan);

#endif
