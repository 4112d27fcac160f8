/*
 * sgd, as Keras 2 computes it (keras/optimizers/optimizer_v2/gradient_descent.py):
 *
 *     w -= rate g                                                  without momentum
 *     velocity = momentum velocity - rate g
 *     w += velocity                                                with momentum
 *     w += momentum velocity - rate g                              with Nesterov's
 */
#include <stddef.h>

#include "nn/optimizer.h"
#include "nn/registry.h"

struct attrs {
    double learning_rate, momentum;
    bool nesterov;
};

static struct cln_cost cost(const struct cln_node *node) {
    const struct attrs *attrs = node->attrs;
    return attrs->momentum > 0 ? cln_optimizer_cost(node, attrs->nesterov ? 6 : 4, 5)
                               : cln_optimizer_cost(node, 2, 3);
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool wide) {
    const struct attrs *attrs = node->attrs;
    const bool momentum = attrs->momentum > 0;
    struct cln_launch *launch =
        cln_optimizer_emit(node, lowering,
                           (struct cln_optimizer_kernel){.name = "sgd",
                                                         .used_states = momentum ? 1 : 0,
                                                         .momentum = momentum,
                                                         .nesterov = momentum && attrs->nesterov,
                                                         .wide = wide});
    cln_arg_f32(launch, attrs->momentum);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_optimizer_wide_fits, lower)

static const struct cln_field fields[] = {
    CLN_FIELD_LEARNING_RATE(struct attrs, 0.01),
    CLN_FIELD_DECAY(struct attrs, momentum, 0, "how much of the last step is taken along"),
    {.key = "nesterov",
     .type = CLN_FIELD_BOOL,
     .offset = offsetof(struct attrs, nesterov),
     .help = "Nesterov's momentum: look where the step leads"},
};

const struct cln_op cln_op_sgd = {
    .name = "sgd",
    .help = "gradient descent, with momentum if wanted",
    .kind = CLN_OP_OPTIMIZER,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct attrs),
    .infer = cln_optimizer_infer,
    .cost = cost,
    .example = cln_optimizer_example,
    .variants = variants,
    .state_count = 1,
};
