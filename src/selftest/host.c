#include "selftest/host.h"

#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "nn/registry.h"

cln_host_op *cln_host_find(const struct cln_op *op) {
#define HOST_FIND(name)                                                                            \
    if (op == &cln_op_##name)                                                                      \
        return cln_host_##name;
    CLN_HOST_OPS(HOST_FIND)
#undef HOST_FIND
    return NULL;
}

double cln_host_attr(const struct cln_node *node, const char *key) {
    const struct cln_field *field = cln_field_find(node->op->fields, node->op->field_count, key);
    const char *at = field ? (const char *)node->attrs + field->offset : NULL;
    bool truth;
    double number;
    if (!field)
        return 0;
    if (field->type == CLN_FIELD_BOOL) {
        memcpy(&truth, at, sizeof truth);
        return truth;
    }
    memcpy(&number, at, sizeof number);
    return number;
}

float cln_host_float(double word) {
    const uint32_t bits = (uint32_t)word;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint64_t cln_host_seed(const double *control) {
    return (uint64_t)control[CONTROL_SEED_HIGH] << 32 | (uint64_t)control[CONTROL_SEED_LOW];
}

static double read_element(const unsigned char *bytes, enum cln_dtype dtype, size_t i) {
    float f32;
    uint32_t u32;
    if (dtype == CLN_U8)
        return bytes[i];
    memcpy(&f32, bytes + 4 * i, sizeof f32);
    memcpy(&u32, bytes + 4 * i, sizeof u32);
    return dtype == CLN_F32 ? (double)f32 : (double)u32;
}

static void write_element(unsigned char *bytes, enum cln_dtype dtype, size_t i, double value) {
    const float f32 = (float)value;
    const uint32_t u32 = dtype == CLN_U32 ? (uint32_t)value : 0;
    if (dtype == CLN_U8)
        bytes[i] = (unsigned char)value;
    else if (dtype == CLN_F32)
        memcpy(bytes + 4 * i, &f32, sizeof f32);
    else
        memcpy(bytes + 4 * i, &u32, sizeof u32);
}

/* The maxima of windows come from the image, or no gradient would pass; each label is a class. */
void cln_host_fill(void *user, const struct cln_node *node, const struct cln_trial_value *values) {
    (void)user;
    if (node->op == &cln_op_softmax_cross_entropy)
        for (size_t i = 0; i < values[node->input[1]].bytes / 4; i++)
            write_element(values[node->input[1]].before, CLN_U32, i,
                          (double)(i % cln_node_in(node, 0)->dim[1]));
    if (node->op != &cln_op_max_pool2d_backward)
        return;
    double *at[8] = {0};
    struct cln_node forward = *node;
    forward.op = &cln_op_max_pool2d;
    forward.output[0] = node->input[1];
    bool made = node->input[0] < 8 && node->input[1] < 8; /* the graph is the node's alone */
    for (int i = 0; i < 2 && made; i++) {
        const struct cln_tensor *tensor = cln_node_in(node, i);
        const size_t elems = cln_tensor_elems(tensor);
        at[node->input[i]] = calloc(elems + 1, sizeof(double));
        made = at[node->input[i]] != NULL;
        for (size_t e = 0; e < elems && made; e++)
            at[node->input[i]][e] = read_element(values[node->input[i]].before, CLN_F32, e);
    }
    if (made) {
        cln_host_max_pool2d(&forward, at);
        for (size_t e = 0; e < cln_tensor_elems(cln_node_in(node, 1)); e++)
            write_element(values[node->input[1]].before, CLN_F32, e, at[node->input[1]][e]);
    }
    for (int i = 0; i < 8; i++)
        free(at[i]);
}

bool cln_host_expect(void *user, const struct cln_node *node, struct cln_trial_value *values) {
    (void)user;
    const struct cln_graph *graph = node->graph;
    cln_host_op *compute = cln_host_find(node->op);
    int count = 0; /* of the node's tensors; those of its variants come after them */
    while (values[count].before)
        count++;
    double **at = compute ? calloc((size_t)count + 1, sizeof *at) : NULL;
    bool made = at != NULL;
    for (int t = 0; t < count && made; t++) {
        const size_t elems = cln_tensor_elems(&graph->tensors[t]);
        at[t] = calloc(elems + 1, sizeof **at);
        made = at[t] != NULL;
        for (size_t i = 0; i < elems && made; i++)
            at[t][i] = read_element(values[t].before, graph->tensors[t].dtype, i);
    }
    if (made)
        compute(node, at);
    for (int t = 0; t < count && made; t++)
        for (size_t i = 0; i < cln_tensor_elems(&graph->tensors[t]); i++)
            write_element(values[t].expected, graph->tensors[t].dtype, i, at[t][i]);
    if (made && node->op == &cln_op_softmax_cross_entropy)
        values[node->input[2]].written = false;
    for (int t = 0; at && t < count; t++)
        free(at[t]);
    free(at);
    return made;
}

const struct cln_trial_hooks cln_host_hooks = {.fill = cln_host_fill, .expect = cln_host_expect};
