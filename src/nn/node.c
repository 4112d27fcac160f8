#include "nn/node.h"

#include <stdio.h>
#include <string.h>

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

struct cln_node_name cln_node_part_name(const char *node, const char *part) {
    struct cln_node_name name;
    const int room = (int)(sizeof name.chars - sizeof "/" - strlen(part));
    snprintf(name.chars, sizeof name.chars, "%.*s/%s", room, node, part);
    return name;
}

enum cln_status cln_node_input_gradient(struct cln_graph *graph, const struct cln_node *node,
                                        const char *part, const struct cln_op *op,
                                        const void *attrs, const cln_tensor_id *input,
                                        int input_count) {
    cln_tensor_id all[CLN_MAX_INPUTS], dx;
    CLN_TRY(cln_graph_gradient(graph, node->input[0], &dx));
    if (dx == CLN_NO_TENSOR)
        return CLN_OK;
    memcpy(all, input, (size_t)input_count * sizeof *input);
    all[input_count] = dx;
    return cln_graph_add(graph, op, cln_node_part_name(node->name, part).chars, attrs, all,
                         input_count + 1, NULL);
}
