#include "nn/node.h"

#include <stdio.h>

struct cln_shape_text cln_shape_text(const struct cln_tensor *tensor) {
    struct cln_shape_text text = {"("};
    size_t used = 1;
    for (int i = 0; i < tensor->rank && used < sizeof text.chars; i++)
        used += (size_t)snprintf(text.chars + used, sizeof text.chars - used, i ? ", %zu" : "%zu",
                                 tensor->dim[i]);
    if (used < sizeof text.chars)
        snprintf(text.chars + used, sizeof text.chars - used, tensor->rank == 1 ? ",)" : ")");
    return text;
}

enum cln_status cln_node_adopt_output(struct cln_node *node, const struct cln_tensor *like) {
    if (node->input_count == 0 || node->output_count >= CLN_MAX_OUTPUTS)
        return CLN_FAIL(INTERNAL, "%s: no tensor to write to", node->name);
    const struct cln_tensor *to = cln_node_in(node, node->input_count - 1);
    if (to->dtype != like->dtype || cln_tensor_elems(to) != cln_tensor_elems(like))
        return CLN_FAIL(INTERNAL, "%s: writes %s into %s of shape %s", node->name,
                        cln_shape_text(like).chars, to->name, cln_shape_text(to).chars);
    node->output[node->output_count++] = node->input[--node->input_count];
    return CLN_OK;
}

enum cln_status cln_node_check_elems(const struct cln_node *node, int input, const char *what,
                                     enum cln_dtype dtype, size_t elems) {
    const struct cln_tensor *tensor = cln_node_in(node, input);
    if (tensor->dtype == dtype && cln_tensor_elems(tensor) == elems)
        return CLN_OK;
    return CLN_FAIL(INTERNAL, "%s: the %s, %s, is of shape %s; wanted: %zu elements", node->name,
                    what, tensor->name, cln_shape_text(tensor).chars, elems);
}
