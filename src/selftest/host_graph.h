/* A whole graph on the host: its nodes in order, in double precision. */
#ifndef CLN_SELFTEST_HOST_GRAPH_H
#define CLN_SELFTEST_HOST_GRAPH_H

#include "graph/graph.h"

#define CLN_HOST_SLOTS 16

/* The named slots of graphs that work together; intermediates do not outlive a run. Starts as
 * zeros. */
struct cln_host_memory {
    struct cln_host_slot {
        char name[CLN_NAME_SIZE];
        double *values; /* (elems) */
        size_t elems;
    } slots[CLN_HOST_SLOTS];
    int count;
};

/* The slot of that name, of zeros when new. CLN_INTERNAL if it is smaller. */
enum cln_status cln_host_slot(struct cln_host_memory *memory, const char *name, size_t elems,
                              double **out);
void cln_host_memory_done(struct cln_host_memory *memory);

/* CLN_INTERNAL for a graph with an op that the host does not know. */
enum cln_status cln_host_run(const struct cln_graph *graph, struct cln_host_memory *memory);

#endif
