/*
 * builtin: (a, b, c) f32 (n) -> y (n) = f(a, b, c): what a device makes of the built-in functions
 * that our kernels rely on. No model uses it.
 */
#include "nn/builtin.h"

#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

static enum cln_status infer(struct cln_node *node) {
    const struct cln_builtin_attrs *attrs = node->attrs;
    if (node->input_count != 3 || attrs->function < 0 || attrs->function >= BUILTIN_COUNT)
        return CLN_FAIL(INTERNAL, "%s: wants a, b, c and a function there is", node->name);
    const struct cln_tensor a = *cln_node_in(node, 0);
    for (int i = 0; i < 3; i++)
        if (cln_node_in(node, i)->dtype != CLN_F32 || cln_node_in(node, i)->rank != 1 ||
            cln_node_in(node, i)->dim[0] != a.dim[0] || !a.dim[0])
            return CLN_FAIL(INTERNAL, "%s: %s is %s; accepted: floats (n), all alike", node->name,
                            cln_node_in(node, i)->name, cln_shape_text(cln_node_in(node, i)).chars);
    return cln_node_output(node, 0, "y", CLN_F32, 1, a.dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = elems, .bytes = 16 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const struct cln_builtin_attrs *attrs = node->attrs;
    const size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    const int lanes = vector ? cln_vector_lanes(lowering->caps) : 1;
    struct cln_launch *launch = cln_emit(lowering, "builtin.cl", "builtin", "-DLANES=%d", lanes);
    for (int i = 0; i < 3; i++)
        cln_arg_read(launch, node->input[i]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, (size_t)attrs->function);
    cln_arg_u32(launch, elems);
    cln_grid(launch, 1, (size_t[]){(elems + (size_t)lanes - 1) / (size_t)lanes},
             lanes > 1 ? cln_groups_of_one : NULL);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_fits_wide_cpu, lower)

const struct cln_op cln_op_builtin = {
    .name = "builtin",
    .help = "one of OpenCL's built-in functions by itself, to check a device",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_builtin_attrs),
    .infer = infer,
    .cost = cost,
    .variants = variants,
};
