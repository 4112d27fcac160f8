/*
 * A trial: one node by itself on the device, computed by each of several kernel variants, on
 * made-up inputs of the node's shapes. Who is right is said by one of them, the witness, or by the
 * host. The tuner times them as well (tune.h); the self-test does not.
 */
#ifndef CLN_GRAPH_TRIAL_H
#define CLN_GRAPH_TRIAL_H

#include "graph/op.h"
#include "graph/tune.h"

/* A tensor of the node on the host, by its number in the isolated graph. After the last comes one
 * without memory. */
struct cln_trial_value {
    size_t bytes;
    bool read, written; /* by some candidate */
    unsigned char *before, *expected, *found, *again;
};

/* What a caller has a say in; each may be NULL. `node` is the only one of its graph. */
struct cln_trial_hooks {
    void *user;
    /* Changes the inputs as made up, in `before`. */
    void (*fill)(void *user, const struct cln_node *node, const struct cln_trial_value *values);
    /* Computes what is `written`, from `before` into `expected`, in the witness's place; false
     * where it does not know how. What it takes `written` off from is not compared. */
    bool (*expect)(void *user, const struct cln_node *node, struct cln_trial_value *values);
    /* Sees what a candidate computed: in `found`, of the witness in `expected`. */
    void (*see)(void *user, const struct cln_node *node, int candidate,
                const struct cln_trial_value *values);
};

struct cln_tune_trial {
    struct cln_context *context;
    const struct cln_node *node;
    const struct cln_variant *candidates[CLN_TUNE_CANDIDATES];
    int count;
    int witness;    /* the candidate that the others are compared with */
    int rounds;     /* of timing; 0: none */
    size_t at_most; /* samples, see cln_tune_isolate(); 0: all */
    bool time_witness;
    bool exact; /* no difference passes for rounding */
    bool twice; /* everything is computed twice, which must give the same bits */
    const struct cln_trial_hooks *hooks; /* NULL: none */
    bool by_host;                        /* filled in: `expected` is the host's */
    double witness_seconds;              /* filled in: its first run, which may compile */
    struct cln_tune_candidate results[CLN_TUNE_CANDIDATES]; /* filled in */
    bool differs[CLN_TUNE_CANDIDATES]; /* filled in: other bits the second time */
};

/* Runs all candidates. CLN_MEMORY and the like only: a candidate's failure is its verdict. */
enum cln_status cln_tune_trial_run(struct cln_tune_trial *trial);

/* "128x26x26x32 3x3x32x64 64": the inputs of the node; the last may be cut off. */
void cln_tune_shape(const struct cln_node *node, char shape[CLN_TUNE_SHAPE_SIZE]);

/* A graph of that node alone, each tensor in a slot of its own, "tune.<tensor>". With `at_most` it
 * has so many samples or fewer, if the node is one that can be made smaller in that way. */
enum cln_status cln_tune_isolate(const struct cln_node *node, size_t at_most,
                                 struct cln_graph **out);

/* What everything found out about a device depends on: the device, its driver, this version. */
enum cln_status cln_tune_device_key(const struct cln_device *device, const struct cln_caps *caps,
                                    char key[CLN_SHA256_HEX_SIZE]);

#endif
