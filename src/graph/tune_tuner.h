/* Inside the tuner: what it holds, for choosing variants and recorders. */
#ifndef CLN_GRAPH_TUNE_TUNER_H
#define CLN_GRAPH_TUNE_TUNER_H

#include "graph/tune_private.h"

struct cln_tuner {
    struct cln_context *context;
    struct cln_tune_options options;
    struct cln_tune_cache cache;
    struct cln_tune_sources sources;
    double spent_seconds;
    double longest_seconds; /* that a node took: so much may the next one need */
    int measured;
    struct cln_tune_row *rows;
    int row_count, row_capacity;
};

/* Whether the budget allows for one more node. */
bool cln_tuner_has_time(const struct cln_tuner *tuner);

/* Whether an entry need not be measured (again). NULL is none. */
bool cln_tuner_knows(const struct cln_tuner *tuner, const struct cln_tune_entry *entry);

enum cln_status cln_tuner_add_row(struct cln_tuner *tuner, const char *node,
                                  const struct cln_tune_entry *entry);

#endif
