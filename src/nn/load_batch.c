#include "nn/load_batch.h"

#include <string.h>

#include "base/rng.h"
#include "cl/control.clh"
#include "cl/noise_kind.clh"
#include "graph/op.h"
#include "nn/node.h"
#include "nn/registry.h"
#include "nn/vector.h"

#define CPU_CHUNKS 16 /* of 4 * LANES elements: a work-item takes 1024 at full width */

static enum cln_status check_inputs(struct cln_node *node) {
    if (node->input_count != 4)
        return CLN_FAIL(INTERNAL, "%s: wants images, labels, order and control", node->name);
    const struct cln_tensor *images = cln_node_in(node, 0), *labels = cln_node_in(node, 1);
    const struct cln_tensor *order = cln_node_in(node, 2), *control = cln_node_in(node, 3);
    if (images->dtype != CLN_U8 || images->rank != 4)
        return CLN_FAIL(INTERNAL, "%s: images are %s; accepted: bytes (total, H, W, C)", node->name,
                        cln_shape_text(images).chars);
    if (labels->dtype != CLN_U8 || order->dtype != CLN_U32 ||
        cln_tensor_elems(labels) != images->dim[0] || cln_tensor_elems(order) < 1)
        return CLN_FAIL(INTERNAL, "%s: %zu images, labels %s, order %s", node->name, images->dim[0],
                        cln_shape_text(labels).chars, cln_shape_text(order).chars);
    if (control->dtype != CLN_U32 || cln_tensor_elems(control) < CONTROL_WORDS)
        return CLN_FAIL(INTERNAL, "%s: control has less than %d words", node->name, CONTROL_WORDS);
    return CLN_OK;
}

static enum cln_status infer(struct cln_node *node) {
    CLN_TRY(check_inputs(node));
    const struct cln_load_batch_attrs *attrs = node->attrs;
    const struct cln_tensor images = *cln_node_in(node, 0);
    const size_t places = cln_tensor_elems(cln_node_in(node, 2));
    if (attrs->batch < 1 || (uint64_t)attrs->batch > places)
        return CLN_FAIL(CONFIG, "%s: batch %lld; accepted: 1 to the %zu samples there are",
                        node->name, (long long)attrs->batch, places);
    if (attrs->noise_kind < 0 || attrs->noise_kind >= NOISE_KINDS)
        return CLN_FAIL(INTERNAL, "%s: unknown kind of noise %d", node->name, attrs->noise_kind);
    const size_t batch = (size_t)attrs->batch;
    const size_t dim[4] = {batch, images.dim[1], images.dim[2], images.dim[3]};
    CLN_TRY(cln_node_output(node, 0, "x", CLN_F32, 4, dim));
    CLN_TRY(cln_node_output(node, 1, "labels", CLN_U32, 1, &batch));
    return cln_node_output(node, 2, "samples", CLN_U32, 1, &batch);
}

/* A normal number takes about 60 operations, half of Philox and half of Box-Muller, most of them on
 * integers; as flops count the 25 on floats. Other kinds are taken for as dear. */
static struct cln_cost cost(const struct cln_node *node) {
    const struct cln_load_batch_attrs *attrs = node->attrs;
    const double elems = (double)cln_tensor_elems(cln_node_out(node, 0));
    return (struct cln_cost){.flops = elems * (attrs->noisy ? 30 : 5),
                             .bytes = elems * 5 + (double)attrs->batch * 13};
}

static enum cln_status lower(const struct cln_node *node, struct cln_lowering *lowering,
                             bool vector) {
    const struct cln_load_batch_attrs *attrs = node->attrs;
    const struct cln_tensor *images = cln_node_in(node, 0);
    const size_t batch = (size_t)attrs->batch, elems = cln_tensor_elems(images) / images->dim[0];
    const int lanes = vector ? cln_vector_lanes(lowering->caps) : 1;
    const size_t chunks = vector ? CPU_CHUNKS : 1;
    const size_t item_elems = 4 * (size_t)lanes * chunks;
    struct cln_launch *launch = cln_emit(lowering, "load_batch.cl", "load_batch",
                                         "-DLANES=%d -DCHUNKS=%zu -DNOISE=%d -DCLIP=%d", lanes,
                                         chunks, attrs->noise_kind, attrs->clip);
    for (int i = 0; i < 4; i++)
        cln_arg_read(launch, node->input[i]);
    for (int i = 0; i < 3; i++)
        cln_arg_write(launch, node->output[i]);
    cln_arg_u32(launch, batch);
    cln_arg_u32(launch, images->dim[0]);
    cln_arg_u32(launch, cln_tensor_elems(cln_node_in(node, 2)));
    cln_arg_u32(launch, elems);
    cln_arg_u32(launch, attrs->stream);
    cln_grid(launch, 2, (size_t[]){(elems + item_elems - 1) / item_elems, batch},
             chunks > 1 ? cln_groups_of_one : NULL);
    return lowering->status;
}

CLN_VECTOR_VARIANTS(variants, cln_fits_wide_cpu, lower)

static void example(const struct cln_node *node, int index, void *values) {
    const struct cln_load_batch_attrs *attrs = node->attrs;
    const size_t elems = cln_tensor_elems(cln_node_in(node, index));
    const size_t total = cln_node_in(node, 0)->dim[0];
    const float scale = attrs->noisy ? 0.5f : 0;
    unsigned char *bytes = values;
    uint32_t *words = values;
    for (size_t i = 0; i < elems && index < 2; i++) /* images, labels */
        bytes[i] = (unsigned char)(cln_random_word(1, (uint32_t)i, 0, 0, 0) >> (index ? 29 : 24));
    for (size_t i = 0; i < elems && index == 2; i++) /* order */
        words[i] = cln_random_word(1, (uint32_t)i, 0, 0, 0) % (uint32_t)total;
    if (index == 3)
        memcpy(&words[CONTROL_NOISE_SCALE], &scale, sizeof scale);
}

const struct cln_op cln_op_load_batch = {
    .name = "load_batch",
    .help = "gathers the batch's images, scales them to [0, 1] and adds noise",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_load_batch_attrs),
    .infer = infer,
    .cost = cost,
    .example = example,
    .variants = variants,
};

/* step_end */

static enum cln_status infer_step_end(struct cln_node *node) {
    if (node->input_count != 1 || cln_node_in(node, 0)->dtype != CLN_U32 ||
        cln_tensor_elems(cln_node_in(node, 0)) < CONTROL_WORDS)
        return CLN_FAIL(INTERNAL, "%s: wants the control words", node->name);
    return CLN_OK;
}

static struct cln_cost cost_step_end(const struct cln_node *node) {
    (void)node;
    return (struct cln_cost){.flops = 0, .bytes = 16};
}

static enum cln_status lower_step_end(const struct cln_node *node, struct cln_lowering *lowering) {
    const struct cln_step_end_attrs *attrs = node->attrs;
    struct cln_launch *launch = cln_emit(lowering, "step_end.cl", "step_end", NULL);
    cln_arg_update(launch, node->input[0]);
    cln_arg_u32(launch, (size_t)attrs->batch);
    cln_arg_u32(launch, attrs->training);
    cln_grid(launch, 1, (size_t[]){1}, (size_t[]){1});
    return lowering->status;
}

static const struct cln_variant step_end_variants[] = {
    {"reference", NULL, lower_step_end},
    {NULL, NULL, NULL},
};

const struct cln_op cln_op_step_end = {
    .name = "step_end",
    .help = "moves on to the next batch and step",
    .kind = CLN_OP_INTERNAL,
    .attrs_bytes = sizeof(struct cln_step_end_attrs),
    .infer = infer_step_end,
    .cost = cost_step_end,
    .variants = step_end_variants,
};
