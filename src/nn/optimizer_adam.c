/*
 * adam, as Keras 2 computes it (TensorFlow's ResourceApplyAdam), with t counting steps from 1:
 *
 *     mean = beta_1 mean + (1 - beta_1) g
 *     mean_square = beta_2 mean_square + (1 - beta_2) g^2
 *     w -= rate sqrt(1 - beta_2^t) / (1 - beta_1^t) mean / (sqrt(mean_square) + epsilon)
 *
 * This epsilon is the "epsilon hat" of Kingma and Ba, not divided by the correction as PyTorch's
 * is.
 */
#include <math.h>
#include <stddef.h>

#include "nn/optimizer.h"
#include "nn/registry.h"

struct attrs {
    double learning_rate, beta_1, beta_2, epsilon;
};

static struct cln_cost cost(const struct cln_node *node) {
    return cln_optimizer_cost(node, 12, 7);
}

/* log(0) would make 0 * -infinity of beta = 0; the kernel needs any number that far down. */
static double log_of(double beta) {
    return beta > 0 ? log(beta) : -1000;
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool wide) {
    const struct attrs *attrs = node->attrs;
    struct cln_launch *launch = cln_optimizer_emit(
        node, lowering,
        (struct cln_optimizer_kernel){.name = "adam", .used_states = 2, .wide = wide});
    cln_arg_f32(launch, 1 - attrs->beta_1);
    cln_arg_f32(launch, 1 - attrs->beta_2);
    cln_arg_f32(launch, log_of(attrs->beta_1));
    cln_arg_f32(launch, log_of(attrs->beta_2));
    cln_arg_f32(launch, attrs->epsilon);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_optimizer_wide_fits, lower)

static const struct cln_field fields[] = {
    CLN_FIELD_LEARNING_RATE(struct attrs, 0.001),
    CLN_FIELD_DECAY(struct attrs, beta_1, 0.9, "how slowly the mean of the gradient moves"),
    CLN_FIELD_DECAY(struct attrs, beta_2, 0.999, "how slowly its mean square moves"),
    CLN_FIELD_EPSILON(struct attrs),
};

const struct cln_op cln_op_adam = {
    .name = "adam",
    .help = "running means of the gradient and of its square, corrected for their start at zero",
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
