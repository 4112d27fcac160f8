#include "nn/optimizer.h"

#include <string.h>

#include "cl/control.clh"
#include "graph/op.h"
#include "nn/node.h"
#include "nn/vector.h"

#define CPU_CHUNK 1024 /* elements a work-item takes on a CPU */

enum cln_status cln_optimizer_infer(struct cln_node *node) {
    const int vectors = 2 + node->op->state_count;
    if (node->input_count != vectors + 1)
        return CLN_FAIL(INTERNAL,
                        "%s: %d inputs; accepted: params, grads, %d state vectors, control",
                        node->name, node->input_count, node->op->state_count);
    const struct cln_tensor *params = cln_node_in(node, 0);
    for (int i = 0; i < vectors; i++) {
        const struct cln_tensor *vector = cln_node_in(node, i);
        if (vector->dtype != CLN_F32 || cln_tensor_elems(vector) != cln_tensor_elems(params))
            return CLN_FAIL(INTERNAL, "%s: %s of shape %s is not like the parameters, %s",
                            node->name, vector->name, cln_shape_text(vector).chars,
                            cln_shape_text(params).chars);
    }
    const struct cln_tensor *control = cln_node_in(node, vectors);
    if (control->dtype != CLN_U32 || cln_tensor_elems(control) < CONTROL_WORDS)
        return CLN_FAIL(INTERNAL, "%s: control has less than %d words", node->name, CONTROL_WORDS);
    return CLN_OK;
}

void cln_optimizer_example(const struct cln_node *node, int index, void *values) {
    const float rate = 0.1F;
    if (index == 2 + node->op->state_count)
        memcpy((uint32_t *)values + CONTROL_LEARNING_RATE, &rate, sizeof rate);
}

struct cln_cost cln_optimizer_cost(const struct cln_node *node, double flops, double streams) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = flops * elems, .bytes = 4 * streams * elems};
}

bool cln_optimizer_wide_fits(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    return caps->is_cpu && cln_vector_width(caps, SIZE_MAX) > 1;
}

struct cln_launch *cln_optimizer_emit(const struct cln_node *node, struct cln_lowering *lowering,
                                      struct cln_optimizer_kernel kernel) {
    const size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    const int width = kernel.wide ? cln_vector_width(lowering->caps, SIZE_MAX) : 1;
    const size_t chunk = kernel.wide ? CPU_CHUNK : 1;
    struct cln_launch *launch = cln_emit(lowering, "optimizer.cl", kernel.name,
                                         "-DWIDTH=%d -DCHUNK=%zu -DMOMENTUM=%d -DNESTEROV=%d",
                                         width, chunk, kernel.momentum, kernel.nesterov);
    cln_arg_update(launch, node->input[0]);
    cln_arg_read(launch, node->input[1]);
    for (int i = 0; i < node->op->state_count; i++)
        cln_arg_update(launch, i < kernel.used_states ? node->input[2 + i] : CLN_NO_TENSOR);
    cln_arg_update(launch, node->input[2 + node->op->state_count]);
    cln_arg_u32(launch, elems);
    cln_grid(launch, 1, (size_t[]){(elems + chunk - 1) / chunk},
             kernel.wide ? cln_groups_of_one : NULL);
    return launch;
}
