/*
 * A replay that looks at every value: where a step first makes something that is not a finite
 * number. Slow; for steps that are known to do so.
 */
#ifndef CLN_GRAPH_INSPECT_H
#define CLN_GRAPH_INSPECT_H

#include "graph/plan.h"
#include "runtime/store.h"

struct cln_nonfinite {
    int node; /* of the plan's graph, after which it was found; -1: all is finite */
    cln_tensor_id tensor;
    size_t first;        /* element of the tensor, row-major */
    size_t count, elems; /* so many of so many are not finite */
};

/*
 * Replays the plan once, node by node, on the store it was made for, and looks at each node's
 * outputs and at what it updates. Stops at the first node that leaves a NaN or an infinity: what
 * comes after is then not run. Launches' scratch memory is not looked at. Blocks.
 */
enum cln_status cln_plan_replay_inspected(struct cln_plan *plan, struct cln_store *store,
                                          struct cln_nonfinite *out);

/* The plan's graph, borrowed: for the indices above. */
const struct cln_graph *cln_plan_graph(const struct cln_plan *plan);

/* How many of the values are NaN or infinite; `*first` is the first of them. */
size_t cln_count_nonfinite(const float *values, size_t count, size_t *first);

#endif
