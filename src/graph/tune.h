/*
 * The tuner: kernel variants and the recorder chosen by measurement.
 *
 * The first time a node of some op, attributes and shapes is met on a device, every variant that
 * fits runs on made-up inputs of those shapes. One whose outputs differ from the reference's by
 * more than rounding explains is never used; the fastest of the others is. What was found is kept
 * in the user's cache folder, in one file a device under tuning/, each entry named by all that it
 * depends on, so that later runs choose the same without measuring, and give the same bits.
 *
 * CLNOISE_CACHE=off leaves the disk alone. A file that is damaged or of another device is written
 * anew; one that cannot be written is no error. Not thread-safe; processes may share the file.
 */
#ifndef CLN_GRAPH_TUNE_H
#define CLN_GRAPH_TUNE_H

#include "base/hash.h"
#include "clnoise/progress.h"
#include "graph/graph.h"
#include "runtime/context.h"

#define CLN_TUNE_CANDIDATES 12
#define CLN_TUNE_SHAPE_SIZE 96
#define CLN_TUNE_BUDGET     7 /* seconds, for what nobody asked for */

enum cln_tune_verdict {
    CLN_TUNE_RIGHT,     /* the outputs are the reference's, up to rounding */
    CLN_TUNE_WRONG,     /* they are not */
    CLN_TUNE_FAILED,    /* does not build or run here */
    CLN_TUNE_UNCHECKED, /* not tried */
};

struct cln_tune_candidate {
    char name[CLN_NAME_SIZE];
    enum cln_tune_verdict verdict;
    double seconds; /* of one run; 0: not timed */
    double error;   /* largest difference from the reference over the root mean square of the output
                       it is in; of integers the share that differ */
    double tolerance; /* what was allowed */
};

enum cln_tune_how {
    CLN_TUNE_MEASURED,   /* the fastest that is right */
    CLN_TUNE_CHECKED,    /* the first that is right: the others are no match, or the node is tiny */
    CLN_TUNE_FOLLOWED,   /* as measured for the same node at a larger batch */
    CLN_TUNE_UNMEASURED, /* the budget was spent: the first that is right, here or elsewhere */
};

/* What is known of one kind of node on one device, or of the recorders for one kind of step. */
struct cln_tune_entry {
    char key[CLN_SHA256_HEX_SIZE];   /* all that the choice depends on */
    char op[CLN_NAME_SIZE];          /* "conv2d"; "recorder" */
    char shape[CLN_TUNE_SHAPE_SIZE]; /* "128x26x26x32 3x3x32x64 64" */
    char choice[CLN_NAME_SIZE];
    enum cln_tune_how how;
    struct cln_tune_candidate candidates[CLN_TUNE_CANDIDATES];
    int count;
    bool fresh;   /* found by this process; not in the file */
    bool current; /* asked for by this process, so it is about the kernels there are now */
};

struct cln_trial_hooks; /* graph/trial.h */

struct cln_tune_options {
    /* Then the first variants that are right are taken, and nothing is timed; 0: no limit. Tuners
     * with one frozen folder share it, those of a device. */
    double budget_seconds;
    bool full; /* measure what is known already as well, and more often */
    /* Begins at the other end and keeps nothing: for a process that compiles for another. */
    bool helps;
    /* How the host computes a node. Then a variant that is taken without being timed is compared
     * with the host, for which no kernel need be compiled. NULL: with the reference. */
    const struct cln_trial_hooks *host;
    /* A folder of choices that are to stay: those in it decide, whatever was measured since, and
     * those made for others are added. NULL: none. It must outlive the tuner. */
    const char *frozen_folder;
    void *context; /* given to both below, which may be NULL */
    /* Before each kind of node and after the last. A status other than CLN_OK ends tuning. */
    enum cln_status (*on_progress)(void *context, const struct cln_tune_progress *progress);
    /* A variant gives wrong results, or none: one line. */
    void (*on_note)(void *context, const char *line);
};

struct cln_tuner;

/* Whether $CLNOISE_TUNE is "off"; "on" is the default, and CLN_CONFIG is for anything else. */
enum cln_status cln_tune_is_off(bool *off);

/* The context must outlive the tuner; the options are copied. */
enum cln_status cln_tuner_create(struct cln_context *context,
                                 const struct cln_tune_options *options, struct cln_tuner **out);
void cln_tuner_free(struct cln_tuner *tuner);

/*
 * Sets `measured` of every node of graphs that take turns (training, its remainder batch,
 * evaluation), but for those that `pins` (see variant.h) decide. Of nodes with one op and name, as
 * a remainder batch has, the smaller follow the largest. Blocks; runs kernels in a store of its
 * own.
 */
enum cln_status cln_tuner_prepare(struct cln_tuner *tuner, struct cln_graph *const *graphs,
                                  int count, const char *pins);

/* The recorder that replays a graph, of those prepared, fastest; a static string. Blocks, and runs
 * the graph on zeros in a store of its own, if it has not been measured on this device. */
enum cln_status cln_tuner_recorder(struct cln_tuner *tuner, struct cln_graph *graph,
                                   const char *pins, const char **out);

/* What was asked of this tuner, in order, each node name and kind once; borrowed. */
struct cln_tune_row {
    char node[CLN_NAME_SIZE]; /* "conv2d_2"; "step" for the recorder */
    const struct cln_tune_entry *entry;
};
const struct cln_tune_row *cln_tuner_rows(const struct cln_tuner *tuner, int *count);

/* Nodes measured by this tuner rather than found in the file. */
int cln_tuner_measured(const struct cln_tuner *tuner);

/* "measured", "checked", "followed", "unmeasured" */
const char *cln_tune_how_name(enum cln_tune_how how);
/* "right", "wrong", "failed", "unchecked" */
const char *cln_tune_verdict_name(enum cln_tune_verdict verdict);

#endif
