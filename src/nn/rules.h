/* Every rewrite rule the engine knows, in the order in which they are tried. Adding one is a line
 * in this list. */
#ifndef CLN_NN_RULES_H
#define CLN_NN_RULES_H

#include "graph/rewrite.h"

/* name -> the descriptor cln_rule_<name>, defined in the rule's own file */
#define CLN_RULE_LIST(X)                                                                           \
    X(activation)                                                                                  \
    X(conv_pool)                                                                                   \
    X(flatten_dropout)                                                                             \
    X(conv_pool_dropout)                                                                           \
    X(dense_dropout)                                                                               \
    X(conv_pair)

#define CLN_RULE_DECLARE(name) extern const struct cln_rewrite_rule cln_rule_##name;
CLN_RULE_LIST(CLN_RULE_DECLARE)
#undef CLN_RULE_DECLARE

extern const struct cln_rewrite_rule *const cln_rules[]; /* ends with NULL */

#endif
