/*
 * A kernel takes its counts from the shape of one tensor and goes by them through all of its
 * tensors. So each op's infer() must compare every shape it is given with the others: here each
 * dimension of each input of each node of real training graphs is changed by one, and infer() must
 * refuse it, or give an output of another shape, which then does not fit the next node.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/op.h"
#include "model/model.h"
#include "support/device.h"
#include "support/nets.h"

#define BATCH 6

static const char *const models[] = {
    "{m: {layers: [{conv2d: {filters: 4, kernel: 3, activation: relu}}, {conv2d: {filters: 6,\n"
    "  kernel: 3, activation: relu}}, {max_pool2d: 2}, {dropout: 0.2}, flatten,\n"
    "  {dense: {units: 12, activation: relu}}, {dropout: 0.1}, {dense: {units: 10, activation:\n"
    "  softmax}}], optimizer: adadelta}}",
    "{m: {layers: [{conv2d: {filters: 4, kernel: 3, use_bias: false}}, batch_norm, tanh,\n"
    "  {average_pool2d: 2}, {conv2d: {filters: 3, kernel: 5, stride: 2}}, sigmoid, max_pool2d,\n"
    "  flatten, batch_norm, {dropout: 0.1}, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: {sgd: {momentum: 0.9}}}}",
    "{m: {layers: [flatten, {dense: {units: 20, activation: tanh}}, {dense: {units: 10,\n"
    "  use_bias: false, activation: softmax}}], optimizer: adam}}",
    "{m: {layers: [flatten, softmax, relu, {dense: {units: 10, activation: softmax}}],\n"
    "  optimizer: rmsprop}}",
};

static const struct cln_model_shape mnist = {28, 28, 1, 10};

/* Where another size does no harm. */
static bool may_differ(const struct cln_node *node, int input, int dim, bool longer) {
    const char *op = node->op->name;
    const bool slides = strstr(op, "conv2d") || strstr(op, "pool2d");
    if (!strcmp(op,
                "load_batch")) /* a data set may hold more than is taken; both counts go along */
        return dim == 0 && (longer || input < 1);
    if (slides && input == 0 && (dim == 1 || dim == 2)) /* the last window may leave a rest */
        return true;
    if (!strcmp(op, "softmax_cross_entropy") && input == 0 && dim == 1)
        return true; /* as many classes as there are; their gradient has them too */
    /* control words and metrics, which go by their numbers */
    return longer && cln_node_in(node, input)->dtype == CLN_U32;
}

struct shape {
    int rank;
    size_t dim[CLN_MAX_RANK];
};

static struct shape shape_of(const struct cln_tensor *tensor) {
    struct shape shape = {.rank = tensor->rank};
    for (int d = 0; d < tensor->rank; d++)
        shape.dim[d] = tensor->dim[d];
    return shape;
}

/* How a node was given what it writes into, such as gradients: not at all, as its last inputs, or
 * as those from the last to the first. */
enum writes { NONE, IN_ORDER, REVERSED };

/* Whether infer() accepts the node and gives outputs of the shapes it had. */
static bool passes(const struct cln_graph *graph, int index, enum writes writes) {
    const struct cln_node *node = &graph->nodes[index];
    struct cln_node copy = *node;
    struct shape before[CLN_MAX_OUTPUTS];
    for (int o = 0; o < node->output_count; o++)
        before[o] = shape_of(cln_node_out(node, o));
    for (int o = 0; writes != NONE && o < node->output_count; o++)
        copy.input[copy.input_count++] =
            node->output[writes == REVERSED ? node->output_count - 1 - o : o];
    copy.output_count = 0;
    if (copy.op->infer(&copy) != CLN_OK)
        return false;
    for (int o = 0; o < copy.output_count; o++) {
        const struct shape after = shape_of(cln_node_out(&copy, o));
        if (after.rank != before[o].rank ||
            memcmp(after.dim, before[o].dim, (size_t)after.rank * sizeof *after.dim) != 0)
            return false;
    }
    return true;
}

static int check_node(struct cln_graph *graph, int index, enum writes writes) {
    int tried = 0;
    for (int i = 0; i < graph->nodes[index].input_count; i++) {
        const cln_tensor_id id = graph->nodes[index].input[i];
        for (int d = 0; id != CLN_NO_TENSOR && d < graph->tensors[id].rank; d++)
            for (int change = -1; change <= 1; change += 2) {
                const size_t was = graph->tensors[id].dim[d];
                if ((change < 0 && was == 1) || may_differ(&graph->nodes[index], i, d, change > 0))
                    continue;
                graph->tensors[id].dim[d] = was + (size_t)change;
                if (passes(graph, index, writes))
                    fail_msg(
                        "%s (%s): input %d with dimension %d of %zu instead of %zu goes through",
                        graph->nodes[index].name, graph->nodes[index].op->name, i, d,
                        graph->tensors[id].dim[d], was);
                graph->tensors[id].dim[d] = was;
                tried++;
            }
    }
    return tried;
}

static void every_op_compares_its_shapes(void **state) {
    (void)state;
    int tried = 0;
    for (size_t m = 0; m < sizeof models / sizeof *models; m++)
        for (int fused = 0; fused < 2; fused++) {
            struct cln_experiment *experiment = test_experiment(models[m]);
            struct cln_model_spec spec = experiment->cells[0].model;
            struct cln_model_graph model;
            snprintf(spec.fusion, sizeof spec.fusion, "%s", fused ? "" : "off");
            TEST_OK(cln_model_build(&spec, &mnist, NULL, BATCH, true, &model));
            const int nodes = model.graph->node_count;
            for (int n = 0; n < nodes; n++) {
                enum writes writes = NONE;
                while (writes < REVERSED && !passes(model.graph, n, writes))
                    writes++;
                assert_true(passes(model.graph, n, writes)); /* as it is */
                tried += check_node(model.graph, n, writes);
            }
            cln_model_graph_done(&model);
            cln_experiment_free(experiment);
        }
    print_message("%d changed shapes\n", tried);
    assert_in_range(tried, 300, 100000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_op_compares_its_shapes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
