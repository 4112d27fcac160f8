/* Which variant of an op computes a node on a device. */
#ifndef CLN_GRAPH_VARIANT_H
#define CLN_GRAPH_VARIANT_H

#include "graph/op.h"

/* Whether the variant can compute the node on the device. */
bool cln_variant_fits(const struct cln_variant *variant, const struct cln_node *node,
                      const struct cln_caps *caps);

/*
 * The one that the tuner measured (node->measured), else the first that fits, unless `pins`
 * ("conv2d=reference,dense=cpu_vector"; NULL: the environment's CLNOISE_VARIANT) names another. A
 * pin for an op holds for its gradient ops too, and for those that rewrite rules make of it, as far
 * as they have a variant of that name ("conv2d" also pins "conv2d_backward_data", "conv2d_pool" and
 * "conv2d_pool_pair"). A pin for a node ("conv2d@conv2d_2=cpu_vector") goes before one for its op,
 * and is passed over where it does not fit. A variant alone ("reference") is a pin for all ops that
 * have it and have no pin of their own. CLN_CONFIG when the one pinned for the very op does not
 * exist or does not fit the node.
 */
enum cln_status cln_variant_choose(const struct cln_node *node, const struct cln_caps *caps,
                                   const char *pins, const struct cln_variant **out);

/* The same as far as a pin decides; NULL in `*out` where none does. */
enum cln_status cln_variant_pinned(const struct cln_node *node, const struct cln_caps *caps,
                                   const char *pins, const struct cln_variant **out);

#endif
