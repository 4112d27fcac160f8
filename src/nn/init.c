#include "nn/init.h"

#include <math.h>

#include "cl/control.clh"
#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

/* Standard deviation of a standard normal number cut off at two: Keras divides by it. */
#define TRUNCATED_DEVIATION 0.87962566103423978

static const char *kernel_of(enum cln_init_kind kind) {
    switch (kind) {
    case CLN_INIT_GLOROT_UNIFORM:
    case CLN_INIT_HE_UNIFORM:
        return "init_uniform";
    case CLN_INIT_GLOROT_NORMAL:
    case CLN_INIT_HE_NORMAL:
        return "init_truncated_normal";
    default:
        return "init_constant";
    }
}

static bool is_random(enum cln_init_kind kind) {
    return kind != CLN_INIT_ZEROS && kind != CLN_INIT_ONES;
}

double cln_init_scale(const struct cln_init *init) {
    const double fan_in = (double)init->fan_in, fan_out = (double)init->fan_out;
    switch (init->kind) {
    case CLN_INIT_ONES:
        return 1;
    case CLN_INIT_GLOROT_UNIFORM:
        return sqrt(6 / (fan_in + fan_out));
    case CLN_INIT_HE_UNIFORM:
        return sqrt(6 / fan_in);
    case CLN_INIT_GLOROT_NORMAL:
        return sqrt(2 / (fan_in + fan_out)) / TRUNCATED_DEVIATION;
    case CLN_INIT_HE_NORMAL:
        return sqrt(2 / fan_in) / TRUNCATED_DEVIATION;
    default:
        return 0;
    }
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_init_attrs *attrs = node->attrs;
    if (node->input_count != 2 || cln_node_in(node, 0)->dtype != CLN_U32 ||
        cln_tensor_elems(cln_node_in(node, 0)) < CONTROL_WORDS)
        return CLN_FAIL(INTERNAL, "%s: wants the control words and a variable", node->name);
    if (cln_node_in(node, 1)->dtype != CLN_F32)
        return CLN_FAIL(INTERNAL, "%s: %s is not float", node->name, cln_node_in(node, 1)->name);
    if (is_random(attrs->init.kind) && (!attrs->init.fan_in || !attrs->init.fan_out))
        return CLN_FAIL(INTERNAL, "%s: initialiser %s needs fan_in and fan_out above 0", node->name,
                        cln_init_names[attrs->init.kind]);
    return cln_node_adopt_output(node, cln_node_in(node, 1));
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_out(node, 0));
    return (struct cln_cost){.flops = 30 * elems, .bytes = 4 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const struct cln_init_attrs *attrs = node->attrs;
    const size_t elems = cln_tensor_elems(cln_node_out(node, 0));
    const int lanes = vector ? cln_vector_lanes(lowering->caps) : 1;
    const size_t item_elems = 4 * (size_t)lanes;
    struct cln_launch *launch =
        cln_emit(lowering, "init.cl", kernel_of(attrs->init.kind), "-DLANES=%d", lanes);
    cln_arg_read(launch, node->input[0]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, elems);
    cln_arg_u32(launch, STREAM_INIT + attrs->stream);
    cln_arg_f32(launch, cln_init_scale(&attrs->init));
    cln_grid(launch, 1, (size_t[]){(elems + item_elems - 1) / item_elems},
             vector ? cln_groups_of_one : NULL);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_fits_wide_cpu, lower)

const struct cln_op cln_op_init = {
    .name = "init",
    .help = "the first values of a variable",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_init_attrs),
    .infer = infer,
    .cost = cost,
    .variants = variants,
};
