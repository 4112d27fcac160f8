#include "nn/rules.h"

const struct cln_rewrite_rule *const cln_rules[] = {
#define CLN_RULE_ROW(name) &cln_rule_##name,
    CLN_RULE_LIST(CLN_RULE_ROW) NULL,
#undef CLN_RULE_ROW
};
