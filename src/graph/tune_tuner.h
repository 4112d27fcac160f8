/* Inside the tuner: what it holds, for choosing variants and recorders. */
#ifndef CLN_GRAPH_TUNE_TUNER_H
#define CLN_GRAPH_TUNE_TUNER_H

#include "graph/tune_private.h"

struct cln_tuner {
    struct cln_context *context;
    struct cln_tune_options options;
    struct cln_tune_cache cache;
    struct cln_tune_cache frozen; /* what decides before it; empty without a folder for it */
    struct cln_tune_sources sources;
    double earlier_seconds; /* spent by others of those that share the frozen choices */
    double spent_seconds;
    uint64_t *met; /* programs that were needed already */
    int met_count, met_capacity;
    double build_seconds; /* spent on nodes that needed new programs, */
    int built;            /* and how many those were */
    int measured;
    struct cln_tune_progress progress; /* how far the work on the nodes has come */
    bool told;                         /* somebody: the end is to be told as well */
    struct cln_tune_row *rows;
    int row_count, row_capacity;
};

/* A node to choose a variant for. */
struct cln_tune_job {
    struct cln_node *node;
    const struct cln_variant *fitting[CLN_TUNE_CANDIDATES]; /* the reference last */
    int count;
    struct cln_cost cost;
    char key[CLN_SHA256_HEX_SIZE];
    struct cln_tune_programs programs;
    const struct cln_tune_job *leader; /* the same node at a larger batch; NULL: none */
    struct cln_tune_entry *entry;
};

/* Whether there is something to win: more variants than the reference and one, on a node that takes
 * any time. */
bool cln_tune_is_race(const struct cln_tune_job *job);

/* Finds an entry for the job, and puts it into the cache. */
enum cln_status cln_tune_decide(struct cln_tuner *tuner, struct cln_tune_job *job);

/* Takes what has been spent since `began` from the budget. */
void cln_tuner_charge(struct cln_tuner *tuner, double began);

/* Seconds that are left of the budget; INFINITY without one. */
double cln_tuner_left(const struct cln_tuner *tuner);

/* Whether they will do for the job, as far as can be foretold: most goes into building. */
bool cln_tune_has_time(const struct cln_tuner *tuner, const struct cln_tune_job *job);

/* What is known of a kind of node: as it was frozen, else as it was measured; NULL: nothing. */
struct cln_tune_entry *cln_tuner_find(const struct cln_tuner *tuner, const char *key);

/* From now on that is what is known of it, if nothing was before. To be saved with
 * cln_tune_cache_save(&tuner->frozen): another process may have been first, and what it decided
 * holds, so it is to be found again afterwards. Without a folder nothing happens. */
enum cln_status cln_tuner_freeze(struct cln_tuner *tuner, const struct cln_tune_entry *entry);

/* Whether an entry need not be measured (again). NULL is none. */
bool cln_tuner_knows(const struct cln_tuner *tuner, const struct cln_tune_entry *entry);

/* Fills in the shape and the seconds, and calls the observer. */
enum cln_status cln_tuner_tell(struct cln_tuner *tuner, const struct cln_node *node,
                               struct cln_tune_progress progress);

enum cln_status cln_tuner_add_row(struct cln_tuner *tuner, const char *node,
                                  const struct cln_tune_entry *entry);

#endif
