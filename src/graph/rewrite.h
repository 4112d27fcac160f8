/*
 * Rewrite rules: before a model's graph is differentiated, nodes that follow one another become one
 * node that does their work in one go, so that what lies between them is never stored. The values
 * stay the same, but for the rounding of sums that a faster kernel adds in another order.
 *
 * A rule looks at one node and what follows it. Rules are tried at every node, in the order of
 * their list, until none of them finds anything. Like an op, a rule is a descriptor: one file and
 * one line in nn/rules.h.
 */
#ifndef CLN_GRAPH_REWRITE_H
#define CLN_GRAPH_REWRITE_H

#include "graph/op.h"

#define CLN_MAX_RULES 32

struct cln_rewrite_rule {
    const char *name; /* "conv_pool" */
    const char *help; /* one line */
    bool evaluation;  /* only for graphs that will not be differentiated */
    /* Changes the graph where the rule fits at the node, and says so in `*changed`. Indices and
     * pointers into the graph are then no longer valid. */
    enum cln_status (*apply)(struct cln_graph *graph, int node_index, bool *changed);
};

/*
 * Which rules a choice leaves on, bit i for rules[i]. A choice is a list of words read from left to
 * right, beginning with all rules on: "off" and "on" mean all of them, "-conv_pool" switches one
 * off, "conv_pool" on; so "off,conv_pool" leaves that alone. NULL or "": the environment's
 * CLNOISE_FUSION, else all. CLN_CONFIG names a word that is no rule, and the nearest.
 */
enum cln_status cln_rewrite_choose(const struct cln_rewrite_rule *const *rules, const char *choice,
                                   uint32_t *on);

/* Applies the rules (NULL-terminated) that the choice leaves on. With `differentiated`, before
 * cln_graph_backward(). */
enum cln_status cln_graph_rewrite(struct cln_graph *graph,
                                  const struct cln_rewrite_rule *const *rules, const char *choice,
                                  bool differentiated);

/* For rules: the index of the only node that reads the tensor, and it once; else -1. */
int cln_rewrite_reader(const struct cln_graph *graph, cln_tensor_id tensor);

/*
 * For rules: one node in the place of `first` and of `second`, which alone reads first's output 0.
 * Its output 0 is what second's was, so that nobody else notices. It is named after both of them,
 * "conv2d_2+max_pool2d_1". `attrs` (op->attrs_bytes) is copied; attributes and input of the two
 * nodes may be passed.
 */
enum cln_status cln_rewrite_merge(struct cln_graph *graph, int first, int second,
                                  const struct cln_op *op, const void *attrs,
                                  const cln_tensor_id *input, int input_count);

/*
 * For rules: the nodes `first` and `second`, which alone reads first's output 0, in the other
 * order. For ops of which one works on each element by itself and the other leaves elements where
 * they are.
 */
enum cln_status cln_rewrite_swap(struct cln_graph *graph, int first, int second);

#endif
