/*
 * philox: (counters u32 (n, 4), key u32 (2)) -> words u32 (n, 4), normals f32 (n, 4): what a device
 * makes of the random numbers, to be held against the host's. No model uses it.
 */
#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

static enum cln_status infer(struct cln_node *node) {
    if (node->input_count != 2)
        return CLN_FAIL(INTERNAL, "%s: wants counters and a key", node->name);
    const struct cln_tensor counters = *cln_node_in(node, 0), *key = cln_node_in(node, 1);
    if (counters.dtype != CLN_U32 || counters.rank != 2 || counters.dim[1] != 4 ||
        key->dtype != CLN_U32 || cln_tensor_elems(key) != 2)
        return CLN_FAIL(INTERNAL, "%s: counters %s, key %s; accepted: (n, 4), (2,)", node->name,
                        cln_shape_text(&counters).chars, cln_shape_text(key).chars);
    CLN_TRY(cln_node_output(node, 0, "words", CLN_U32, 2, counters.dim));
    return cln_node_output(node, 1, "normals", CLN_F32, 2, counters.dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = 25 * elems, .bytes = 12 * elems};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const size_t count = cln_node_in(node, 0)->dim[0];
    const int lanes = vector ? cln_vector_lanes(lowering->caps) : 1;
    struct cln_launch *launch =
        cln_emit(lowering, "philox.cl", "philox_check", "-DLANES=%d", lanes);
    cln_arg_read(launch, node->input[0]);
    cln_arg_read(launch, node->input[1]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_write(launch, node->output[1]);
    cln_arg_u32(launch, count);
    cln_grid(launch, 1, (size_t[]){(count + (size_t)lanes - 1) / (size_t)lanes},
             lanes > 1 ? cln_groups_of_one : NULL);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_fits_wide_cpu, lower)

const struct cln_op cln_op_philox = {
    .name = "philox",
    .help = "random words and normal numbers by themselves, to check a device",
    .kind = CLN_OP_INTERNAL,
    .infer = infer,
    .cost = cost,
    .variants = variants,
};
