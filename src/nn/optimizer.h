/*
 * What the optimizers share. An optimizer is one node, and one launch, over all parameters at once:
 *
 *     inputs: params f32 (P), grads f32 (P), state_count state vectors f32 (P), control
 *
 * params and the state vectors are updated in place, and so is the control word CONTROL_SPOILT, by
 * a step that leaves a weight which is no finite number. The learning rate used is the one in the
 * control words, so that it may change from step to step; the field `learning_rate` is its start.
 */
#ifndef CLN_NN_OPTIMIZER_H
#define CLN_NN_OPTIMIZER_H

#include "graph/op.h"
#include "nn/vector.h"

/* For infer(): checks the inputs by node->op->state_count. */
enum cln_status cln_optimizer_infer(struct cln_node *node);

/* For example(): the control words of a step with a learning rate that shows. */
void cln_optimizer_example(const struct cln_node *node, int index, void *values);

/* Flops by element, and bytes: `streams` vectors read or written. */
struct cln_cost cln_optimizer_cost(const struct cln_node *node, double flops, double streams);

/*
 * Emits the kernel with its tensor arguments, the number of elements and its grid; the caller adds
 * the kernel's scalars. Only `used_states` of the state vectors are touched: null buffers for the
 * others. `momentum` and `nesterov` are compiled in. `wide`: the CPU variant.
 */
struct cln_optimizer_kernel {
    const char *name;
    int used_states;
    bool momentum, nesterov, wide;
};

struct cln_launch *cln_optimizer_emit(const struct cln_node *node, struct cln_lowering *lowering,
                                      struct cln_optimizer_kernel kernel);

/* Whether the variant with explicit vectors and long stretches a work-item is for this device. */
bool cln_optimizer_wide_fits(const struct cln_node *node, const struct cln_caps *caps);

/* The row of `learning_rate` of an attribute struct. */
#define CLN_FIELD_LEARNING_RATE(attrs_type, default_rate)                                          \
    {                                                                                              \
        .key = "learning_rate", .type = CLN_FIELD_FLOAT,                                           \
        .offset = offsetof(attrs_type, learning_rate), .bare = true, .number = default_rate,       \
        .min = 0, .max = 1e6, .above_min = true, .help = "length of a step"                        \
    }

#define CLN_FIELD_EPSILON(attrs_type)                                                              \
    {                                                                                              \
        .key = "epsilon", .type = CLN_FIELD_FLOAT, .offset = offsetof(attrs_type, epsilon),        \
        .number = 1e-7, .min = 0, .max = 1, .above_min = true,                                     \
        .help = "keeps the divisor away from zero"                                                 \
    }

/* A share in [0, 1). */
#define CLN_FIELD_DECAY(attrs_type, member, default_decay, what)                                   \
    {                                                                                              \
        .key = #member, .type = CLN_FIELD_FLOAT, .offset = offsetof(attrs_type, member),           \
        .number = default_decay, .min = 0, .max = 1, .below_max = true, .help = what               \
    }

#endif
