/*
 * adadelta, as Keras 2 computes it (TensorFlow's ResourceApplyAdadelta):
 *
 *     mean_square = rho mean_square + (1 - rho) g^2
 *     step = g sqrt(mean_step + epsilon) / sqrt(mean_square + epsilon)
 *     mean_step = rho mean_step + (1 - rho) step^2
 *     w -= rate step
 *
 * The kernel takes one root of the quotient instead of a quotient of two roots.
 */
#include <stddef.h>

#include "nn/optimizer.h"
#include "nn/registry.h"

struct attrs {
    double learning_rate, rho, epsilon;
};

static struct cln_cost cost(const struct cln_node *node) {
    return cln_optimizer_cost(node, 15, 7);
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool wide) {
    const struct attrs *attrs = node->attrs;
    struct cln_launch *launch = cln_optimizer_emit(
        node, lowering,
        (struct cln_optimizer_kernel){.name = "adadelta", .used_states = 2, .wide = wide});
    cln_arg_f32(launch, attrs->rho);
    cln_arg_f32(launch, 1 - attrs->rho);
    cln_arg_f32(launch, attrs->epsilon);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_optimizer_wide_fits, lower)

static const struct cln_field fields[] = {
    CLN_FIELD_LEARNING_RATE(struct attrs, 0.001),
    CLN_FIELD_DECAY(struct attrs, rho, 0.95, "how slowly the two mean squares move"),
    CLN_FIELD_EPSILON(struct attrs),
};

const struct cln_op cln_op_adadelta = {
    .name = "adadelta",
    .help = "steps scaled by the mean square of earlier steps over that of the gradient",
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
