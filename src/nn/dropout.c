/*
 * dropout: (x (N, ...), samples u32 (N), control) -> y: inverted dropout, so that evaluation needs
 * nothing done. dropout_backward: (dy, samples, control, dx) -> dx, with the same mask, recomputed.
 * Both run one kernel.
 */
#include "nn/dropout.h"

#include <math.h>

#include "cl/control.clh"
#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

uint32_t cln_dropout_threshold(double rate) {
    double threshold = floor(rate * 4294967296.0 + 0.5);
    return threshold > UINT32_MAX ? UINT32_MAX : (uint32_t)threshold;
}

enum cln_status cln_dropout_check(const struct cln_node *node, int samples, size_t rows) {
    CLN_TRY(cln_node_check_elems(node, samples, "samples", CLN_U32, rows));
    return cln_node_check_elems(node, samples + 1, "control words", CLN_U32, CONTROL_WORDS);
}

static enum cln_status check(struct cln_node *node) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    if (x->dtype != CLN_F32 || x->rank < 1)
        return CLN_FAIL(INTERNAL, "%s: %s is no batch of floats", node->name, x->name);
    return cln_dropout_check(node, 1, x->dim[0]);
}

static enum cln_status infer(struct cln_node *node) {
    if (node->input_count != 3)
        return CLN_FAIL(INTERNAL, "%s: wants x, samples and control", node->name);
    CLN_TRY(check(node));
    const struct cln_tensor x = *cln_node_in(node, 0);
    return cln_node_output(node, 0, NULL, CLN_F32, x.rank, x.dim);
}

static enum cln_status infer_backward(struct cln_node *node) {
    if (node->input_count != 4)
        return CLN_FAIL(INTERNAL, "%s: wants dy, samples, control and dx", node->name);
    CLN_TRY(check(node));
    return cln_node_adopt_output(node, cln_node_in(node, 0));
}

static enum cln_status backward(struct cln_graph *graph, int node_index) {
    const struct cln_node node = graph->nodes[node_index];
    const cln_tensor_id dy = graph->tensors[node.output[0]].gradient;
    return cln_node_input_gradient(graph, &node, "backward", &cln_op_dropout_backward, node.attrs,
                                   (cln_tensor_id[]){dy, node.input[1], node.input[2]}, 3);
}

static struct cln_cost cost(const struct cln_node *node) {
    const double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = elems, .bytes = 8 * elems};
}

void cln_dropout_grid(struct cln_launch *launch, size_t rows, size_t elems, int lanes,
                      size_t chunks) {
    const size_t item_elems = 4 * (size_t)lanes * chunks;
    cln_grid(launch, 2, (size_t[]){(elems + item_elems - 1) / item_elems, rows},
             chunks > 1 ? cln_groups_of_one : NULL);
}

void cln_dropout_emit(struct cln_lowering *lowering, const struct cln_dropout_attrs *attrs,
                      cln_tensor_id x, cln_tensor_id samples, cln_tensor_id control,
                      cln_tensor_id y, bool vector) {
    const struct cln_tensor *tensor = &lowering->graph->tensors[x];
    const int lanes = vector ? cln_vector_lanes(lowering->caps) : 1;
    const size_t chunks = vector ? CLN_DROPOUT_CHUNKS : 1;
    const size_t rows = tensor->dim[0], elems = cln_tensor_elems(tensor) / rows;
    struct cln_launch *launch =
        cln_emit(lowering, "dropout.cl", "dropout", "-DLANES=%d -DCHUNKS=%zu", lanes, chunks);
    cln_arg_read(launch, x);
    cln_arg_read(launch, samples);
    cln_arg_read(launch, control);
    cln_arg_write(launch, y);
    cln_arg_u32(launch, rows);
    cln_arg_u32(launch, elems);
    cln_arg_u32(launch, attrs->stream);
    cln_arg_u32(launch, cln_dropout_threshold(attrs->rate));
    cln_arg_f32(launch, 1 / (1 - attrs->rate));
    cln_dropout_grid(launch, rows, elems, lanes, chunks);
    cln_launch_cost(launch, (double)(rows * elems), 8 * (double)(rows * elems));
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    cln_dropout_emit(lowering, node->attrs, node->input[0], node->input[1], node->input[2],
                     node->output[0], vector);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_fits_wide_cpu, lower)

static enum cln_status build(struct cln_builder *builder, const void *attrs) {
    struct cln_dropout_attrs dropout = *(const struct cln_dropout_attrs *)attrs;
    if (!builder->training || dropout.rate == 0)
        return CLN_OK;
    dropout.stream = STREAM_DROPOUT + (uint32_t)builder->layer_index;
    struct cln_node *node;
    CLN_TRY(cln_graph_add(builder->graph, &cln_op_dropout, builder->layer_name, &dropout,
                          (cln_tensor_id[]){builder->x, builder->samples, builder->control}, 3,
                          &node));
    builder->x = node->output[0];
    return CLN_OK;
}

static const struct cln_field fields[] = {
    {.key = "rate",
     .type = CLN_FIELD_FLOAT,
     .offset = offsetof(struct cln_dropout_attrs, rate),
     .required = true,
     .bare = true,
     .min = 0,
     .max = 1,
     .below_max = true,
     .help = "share of the values that are set to zero in training"},
};

const struct cln_op cln_op_dropout = {
    .name = "dropout",
    .help = "sets a random share of the values to zero in training, and scales up the others",
    .kind = CLN_OP_LAYER,
    .fields = fields,
    .field_count = sizeof fields / sizeof *fields,
    .attrs_bytes = sizeof(struct cln_dropout_attrs),
    .infer = infer,
    .backward = backward,
    .cost = cost,
    .variants = variants,
    .build = build,
};

const struct cln_op cln_op_dropout_backward = {
    .name = "dropout_backward",
    .help = "gradient of dropout, with the mask recomputed",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_dropout_attrs),
    .infer = infer_backward,
    .cost = cost,
    .variants = variants,
};
