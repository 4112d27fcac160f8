/*
 * Layouts of real models: whatever the memory plan and the schedule promise for made-up spans must
 * hold for the tensors of training and evaluation graphs, on the capabilities of a CPU and of GPUs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/plan_private.h"
#include "support/device.h"
#include "support/nets.h"

static const struct cln_caps all_caps[] = {
    {.is_cpu = true,
     .float_vector_width = 16,
     .compute_units = 2,
     .max_group_items = 4096,
     .max_item_sizes = {4096, 4096, 4096},
     .local_memory_bytes = 1 << 19,
     .cache_bytes = 1 << 25},
    {.float_vector_width = 1,
     .compute_units = 40,
     .max_group_items = 256,
     .max_item_sizes = {256, 256, 256},
     .local_memory_bytes = 1 << 15,
     .local_memory_dedicated = true},
    {.float_vector_width = 4,
     .compute_units = 132,
     .max_group_items = 1024,
     .max_item_sizes = {1024, 1024, 64},
     .local_memory_bytes = 48 << 10,
     .local_memory_dedicated = true,
     .clblast = true},
};

static cln_tensor_id owner_of(const struct cln_graph *graph, cln_tensor_id id) {
    while (graph->tensors[id].base != CLN_NO_TENSOR)
        id = graph->tensors[id].base;
    return id;
}

struct life {
    int first, last; /* launches; first < 0: never used */
};

static struct life *find_lives(const struct cln_layout *layout) {
    const struct cln_graph *graph = layout->graph;
    struct life *lives = malloc(((size_t)graph->tensor_count + 1) * sizeof *lives);
    assert_non_null(lives);
    for (int i = 0; i < graph->tensor_count; i++)
        lives[i] = (struct life){-1, -1};
    for (int l = 0; l < layout->lowering.launch_count; l++)
        for (int a = 0; a < layout->lowering.launches[l].arg_count; a++) {
            const struct cln_arg *arg = &layout->lowering.launches[l].args[a];
            if (arg->kind != CLN_ARG_TENSOR || arg->tensor == CLN_NO_TENSOR)
                continue;
            struct life *life = &lives[owner_of(graph, arg->tensor)];
            life->first = life->first < 0 ? l : life->first;
            life->last = l;
        }
    return lives;
}

static size_t begin_of(const struct cln_tensor *tensor) {
    return tensor->offset_elems * cln_dtype_bytes(tensor->dtype);
}

static size_t end_of(const struct cln_tensor *tensor) {
    return begin_of(tensor) + cln_tensor_elems(tensor) * cln_dtype_bytes(tensor->dtype);
}

/* Tensors of the arena share bytes only if their lives do not touch. */
static void check_arena(const struct cln_layout *layout) {
    const struct cln_graph *graph = layout->graph;
    struct life *lives = find_lives(layout);
    int shared = 0;
    for (int i = 0; i < graph->tensor_count; i++)
        for (int j = 0; j < i; j++) {
            const struct cln_tensor *a = &graph->tensors[i], *b = &graph->tensors[j];
            if (a->slot != CLN_ARENA || b->slot != CLN_ARENA || lives[i].first < 0 ||
                lives[j].first < 0 || begin_of(a) >= end_of(b) || begin_of(b) >= end_of(a))
                continue;
            if (lives[i].first <= lives[j].last && lives[j].first <= lives[i].last)
                fail_msg("%s and %s live together and overlap", a->name, b->name);
            shared++;
        }
    free(lives);
    assert_true(shared > 0); /* else the check above checked nothing */
}

/* What a launch touches lies within its slot; what it only reads in the arena was written before.
 * (What it updates there may be scratch that it fills itself.) */
static void check_launches(const struct cln_layout *layout) {
    const struct cln_graph *graph = layout->graph;
    bool *written = calloc((size_t)graph->tensor_count + 1, sizeof *written);
    assert_non_null(written);
    for (int l = 0; l < layout->lowering.launch_count; l++)
        for (int a = 0; a < layout->lowering.launches[l].arg_count; a++) {
            const struct cln_arg *arg = &layout->lowering.launches[l].args[a];
            if (arg->kind != CLN_ARG_TENSOR || arg->tensor == CLN_NO_TENSOR)
                continue;
            const struct cln_tensor *tensor = &graph->tensors[arg->tensor];
            const struct cln_slot *slot = &graph->slots[tensor->slot];
            size_t bytes = tensor->slot == CLN_ARENA ? layout->arena_bytes
                                                     : slot->elems * cln_dtype_bytes(slot->dtype);
            if (end_of(tensor) > bytes)
                fail_msg("%s reaches beyond slot %s", tensor->name, slot->name);
            cln_tensor_id owner = owner_of(graph, arg->tensor);
            if (!arg->writes && tensor->slot == CLN_ARENA && !written[owner])
                fail_msg("%s is read by launch %d before it is written", tensor->name, l);
            written[owner] |= arg->writes;
        }
    free(written);
}

static void check_views(const struct cln_layout *layout) {
    const struct cln_graph *graph = layout->graph;
    for (int i = 0; i < graph->tensor_count; i++) {
        const struct cln_tensor *view = &graph->tensors[i];
        if (view->base == CLN_NO_TENSOR)
            continue;
        const struct cln_tensor *base = &graph->tensors[owner_of(graph, i)];
        assert_int_equal(view->slot, base->slot);
        assert_int_equal(begin_of(view), begin_of(base));
        assert_int_equal(end_of(view), end_of(base));
    }
}

static bool touch(const struct cln_layout *layout, int first, int second) {
    const struct cln_launch *a = &layout->lowering.launches[first];
    const struct cln_launch *b = &layout->lowering.launches[second];
    for (int i = 0; i < a->arg_count; i++)
        for (int j = 0; j < b->arg_count; j++) {
            const struct cln_arg *x = &a->args[i], *y = &b->args[j];
            if (x->kind != CLN_ARG_TENSOR || y->kind != CLN_ARG_TENSOR ||
                x->tensor == CLN_NO_TENSOR || y->tensor == CLN_NO_TENSOR ||
                !(x->writes || y->writes))
                continue;
            const struct cln_tensor *t = &layout->graph->tensors[x->tensor];
            const struct cln_tensor *u = &layout->graph->tensors[y->tensor];
            if (t->slot == u->slot && begin_of(t) < end_of(u) && begin_of(u) < end_of(t))
                return true;
        }
    return false;
}

/* Launches that touch the same bytes, one of them writing, run one after the other. */
static void check_order(const struct cln_layout *layout) {
    const struct cln_schedule *schedule = &layout->schedule;
    size_t n = (size_t)layout->lowering.launch_count;
    bool *after = calloc(n * n + 1, sizeof *after); /* after[b * n + a]: b waits for a */
    assert_non_null(after);
    for (size_t b = 0; b < n; b++) {
        for (int w = schedule->wait_begin[b]; w < schedule->wait_begin[b + 1]; w++) {
            size_t a = (size_t)schedule->waits[w];
            assert_true(a < b);
            after[b * n + a] = true;
            for (size_t c = 0; c < a; c++)
                after[b * n + c] |= after[a * n + c];
        }
        for (size_t a = 0; a < b; a++)
            if (!after[b * n + a] && touch(layout, (int)a, (int)b))
                fail_msg("launch %d does not wait for %d", (int)b, (int)a);
    }
    free(after);
}

static void check_model(const struct cln_model_spec *spec, const struct cln_model_shape *shape,
                        size_t batch, bool training) {
    for (size_t c = 0; c < sizeof all_caps / sizeof *all_caps; c++) {
        struct cln_model_graph model;
        struct cln_layout layout;
        TEST_OK(cln_model_build(spec, shape, NULL, batch, training, &model));
        TEST_OK(cln_layout_make(model.graph, &all_caps[c], "", &layout));
        check_arena(&layout);
        check_launches(&layout);
        check_views(&layout);
        check_order(&layout);
        cln_layout_done(&layout);
        cln_model_graph_done(&model);
    }
}

static void check_experiment(struct cln_experiment *experiment) {
    const struct cln_model_shape shape = {28, 28, 1, 10}, odd = {21, 17, 3, 10};
    for (int i = 0; i < experiment->cell_count; i++) {
        const struct cln_model_spec *spec = &experiment->cells[i].model;
        check_model(spec, &shape, 128, true);
        check_model(spec, &shape, 96, false);
        check_model(spec, &odd, 1, true);
    }
    cln_experiment_free(experiment);
}

static void layouts_of_the_sweep_are_sound(void **state) {
    (void)state;
    struct cln_experiment *experiment;
    const char *const overrides[] = {"noise.scale=1"};
    TEST_OK(cln_experiment_load("experiments/sweep.yaml", overrides, 1, &experiment));
    assert_int_equal(experiment->cell_count, 2);
    check_experiment(experiment);
}

static void layouts_of_odd_models_are_sound(void **state) {
    (void)state;
    check_experiment(test_experiment(
        "{m: {layers: [{conv2d: {filters: 5, kernel: [3, 2], stride: 2, padding: same}},\n"
        "  batch_norm, relu, {average_pool2d: 2}, {conv2d: {filters: 3, kernel: 1}}, tanh,\n"
        "  batch_norm, sigmoid, flatten, {dropout: 0.3}, {dense: {units: 7, activation: tanh}},\n"
        "  {dense: 10}, softmax], optimizer: {adam: {}}}}"));
    check_experiment(test_experiment("{m: {layers: [flatten, {dense: 10}, softmax],\n"
                                     "  optimizer: {sgd: {momentum: 0.9, nesterov: true}}}}"));
}

/* A tensor that reaches one element beyond its buffer is refused before anything is launched, by a
 * message that names the node, the kernel and the tensor; one that ends with it is not. */
static void what_leaves_its_buffer_is_refused(void **state) {
    (void)state;
    struct cln_experiment *experiment =
        test_experiment("{m: {layers: [flatten, {dense: 10}, softmax], optimizer: adam}}");
    const struct cln_model_shape shape = {28, 28, 1, 10};
    struct cln_model_graph model;
    struct cln_layout layout;
    int tried = 0;
    TEST_OK(cln_model_build(&experiment->cells[0].model, &shape, NULL, 6, true, &model));
    struct cln_graph *graph = model.graph;
    TEST_OK(cln_layout_make(graph, &all_caps[0], "", &layout));
    const struct life *lives = find_lives(&layout);
    const int tensors = graph->tensor_count;
    cln_layout_done(&layout);
    for (int t = 0; t < tensors; t++) {
        struct cln_tensor *tensor = &graph->tensors[t];
        const size_t offset = tensor->offset_elems;
        if (tensor->slot == CLN_ARENA || lives[t].first < 0)
            continue;
        tensor->offset_elems = graph->slots[tensor->slot].elems - cln_tensor_elems(tensor);
        TEST_OK(cln_layout_make(graph, &all_caps[0], "", &layout));
        cln_layout_done(&layout);
        graph->tensors[t].offset_elems++; /* lowering has added tensors, and moved them */
        assert_int_equal(cln_layout_make(graph, &all_caps[0], "", &layout), CLN_INTERNAL);
        assert_non_null(strstr(cln_error_last()->message, " would touch "));
        assert_non_null(strstr(cln_error_last()->message, graph->tensors[t].name));
        graph->tensors[t].offset_elems = offset;
        tried++;
    }
    assert_in_range(tried, 5, tensors);
    free((void *)lives);
    cln_model_graph_done(&model);
    cln_experiment_free(experiment);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(layouts_of_the_sweep_are_sound),
                                       cmocka_unit_test(layouts_of_odd_models_are_sound),
                                       cmocka_unit_test(what_leaves_its_buffer_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
