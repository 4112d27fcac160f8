/*
 * rmsprop, as the Keras of the notebook computes it (November 2022: TensorFlow 2.10 or before,
 * keras/optimizers/optimizer_v2/rmsprop.py):
 *
 *     mean_square = rho mean_square + (1 - rho) g^2
 *     w -= rate g / (sqrt(mean_square) + epsilon)                          without momentum
 *     velocity = momentum velocity + rate g / sqrt(mean_square + epsilon)
 *     w -= velocity                                                        with momentum
 *
 * Epsilon's place differs between the two, there and here. Keras 2.11 and later put it under the
 * root in both.
 */
#include <stddef.h>

#include "nn/optimizer.h"
#include "nn/registry.h"

struct attrs {
    double learning_rate, rho, momentum, epsilon;
};

static struct cln_cost cost(const struct cln_node *node) {
    const struct attrs *attrs = node->attrs;
    return attrs->momentum > 0 ? cln_optimizer_cost(node, 10, 7) : cln_optimizer_cost(node, 8, 5);
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool wide) {
    const struct attrs *attrs = node->attrs;
    const bool momentum = attrs->momentum > 0;
    struct cln_launch *launch =
        cln_optimizer_emit(node, lowering,
                           (struct cln_optimizer_kernel){.name = "rmsprop",
                                                         .used_states = momentum ? 2 : 1,
                                                         .momentum = momentum,
                                                         .wide = wide});
    cln_arg_f32(launch, attrs->rho);
    cln_arg_f32(launch, 1 - attrs->rho);
    cln_arg_f32(launch, attrs->momentum);
    cln_arg_f32(launch, attrs->epsilon);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_optimizer_wide_fits, lower)

static const struct cln_field fields[] = {
    CLN_FIELD_LEARNING_RATE(struct attrs, 0.001),
    CLN_FIELD_DECAY(struct attrs, rho, 0.9, "how slowly the mean square of the gradient moves"),
    CLN_FIELD_DECAY(struct attrs, momentum, 0, "how much of the last step is taken along"),
    CLN_FIELD_EPSILON(struct attrs),
};

const struct cln_op cln_op_rmsprop = {
    .name = "rmsprop",
    .help = "steps divided by the root of a running mean square of the gradient",
    .kind = CLN_OP_OPTIMIZER,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct attrs),
    .infer = cln_optimizer_infer,
    .cost = cost,
    .example = cln_optimizer_example,
    .variants = variants,
    .state_count = 2,
};
