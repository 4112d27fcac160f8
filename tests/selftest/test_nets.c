/*
 * That nothing is left out: every variant of every op fits some node of the self-test's nets, on a
 * CPU with long vectors or a GPU, and the host knows the op. No device is needed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "graph/variant.h"
#include "nn/registry.h"
#include "selftest/host.h"
#include "selftest/nets.h"

static const struct cln_caps devices[] = {
    {.is_cpu = true,
     .float_vector_width = 16,
     .compute_units = 2,
     .max_group_items = 4096,
     .max_item_sizes = {4096, 4096, 4096},
     .local_memory_bytes = 1 << 18,
     .cache_bytes = 1 << 20,
     .clblast = true},
    {.float_vector_width = 1,
     .compute_units = 16,
     .max_group_items = 256,
     .max_item_sizes = {256, 256, 64},
     .local_memory_bytes = 1 << 15,
     .local_memory_dedicated = true},
};

#define MOST 512
static const struct cln_variant *seen[MOST];
static int seen_count;

static bool is_seen(const struct cln_variant *variant) {
    for (int i = 0; i < seen_count; i++)
        if (seen[i] == variant)
            return true;
    return false;
}

static void note_graph(const struct cln_graph *graph) {
    for (int n = 0; n < graph->node_count; n++)
        for (const struct cln_variant *v = graph->nodes[n].op->variants; v && v->name; v++)
            for (size_t d = 0; d < sizeof devices / sizeof *devices; d++)
                if (!is_seen(v) && cln_variant_fits(v, &graph->nodes[n], &devices[d])) {
                    assert_true(seen_count < MOST);
                    seen[seen_count++] = v;
                }
}

static void note_model(const struct cln_net *net, const struct cln_experiment *experiment,
                       bool merged, bool training) {
    struct cln_model_graph model;
    struct cln_graph *init;
    assert_int_equal(cln_net_build(net, experiment, merged, training, &model), CLN_OK);
    note_graph(model.graph);
    assert_int_equal(cln_model_build_init(&model, &init), CLN_OK);
    note_graph(init);
    cln_graph_free(init);
    cln_model_graph_done(&model);
}

/* Those that have checks of their own. */
static bool is_apart(const struct cln_op *op) {
    return op == &cln_op_philox || op == &cln_op_builtin;
}

static void every_variant_is_tried(void **state) {
    (void)state;
    for (const struct cln_net *net = cln_nets; net->name; net++) {
        struct cln_experiment *experiment;
        assert_int_equal(cln_net_open(net, &experiment), CLN_OK);
        note_model(net, experiment, false, true);
        note_model(net, experiment, true, true);
        if (net->evaluate)
            note_model(net, experiment, true, false);
        cln_experiment_free(experiment);
    }
    for (const struct cln_op *const *op = cln_ops; *op; op++)
        for (const struct cln_variant *v = (*op)->variants; v && v->name && !is_apart(*op); v++)
            if (!is_seen(v))
                fail_msg("%s of %s fits no node of the self-test's nets", v->name, (*op)->name);
}

static void the_host_knows_every_op(void **state) {
    (void)state;
    for (const struct cln_op *const *op = cln_ops; *op; op++)
        if ((*op)->variants && !is_apart(*op) && !cln_host_find(*op))
            fail_msg("the host does not know %s", (*op)->name);
}

static void what_is_avoided_does_not_fit(void **state) {
    (void)state;
    const struct cln_variant variant = {.name = "cpu_vector"};
    const struct cln_node node = {.op = &cln_op_dense};
    struct cln_caps caps = devices[0];
    assert_true(cln_variant_fits(&variant, &node, &caps));
    caps.avoid = "conv2d=cpu_vector,dense=gpu_local,dense=cpu_vector2";
    assert_true(cln_variant_fits(&variant, &node, &caps));
    caps.avoid = "conv2d=cpu_vector,dense=cpu_vector";
    assert_false(cln_variant_fits(&variant, &node, &caps));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_variant_is_tried),
        cmocka_unit_test(the_host_knows_every_op),
        cmocka_unit_test(what_is_avoided_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
