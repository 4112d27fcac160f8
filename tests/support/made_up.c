#include "support/made_up.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/variant.h"
#include "support/device.h"
#include "support/scratch.h"

bool made_up_broken;
int made_up_progress_calls, made_up_left;
char made_up_last_note[1024];
char *made_up_folder;

#define COLUMNS 16384

/* y = x, by copying so much of it. */
static void emit_relu(const struct cln_node *node, struct cln_lowering *l, size_t elems) {
    struct cln_launch *launch = cln_emit(l, "activation.cl", "activation", "-DACTIVATION=1");
    cln_arg_read(launch, node->input[0]);
    cln_arg_write(launch, node->output[0]);
    cln_arg_u32(launch, elems);
    cln_grid(launch, 1, &elems, NULL);
}

static enum cln_status lower_plain(const struct cln_node *node, struct cln_lowering *l) {
    emit_relu(node, l, cln_tensor_elems(cln_node_in(node, 0)));
    return l->status;
}

static enum cln_status lower_slow(const struct cln_node *node, struct cln_lowering *l) {
    for (int i = 0; i < MADE_UP_SLOW_TIMES; i++)
        emit_relu(node, l, cln_tensor_elems(cln_node_in(node, 0)));
    return l->status;
}

/* Leaves the last elements as they were. */
static enum cln_status lower_wrong(const struct cln_node *node, struct cln_lowering *l) {
    size_t elems = cln_tensor_elems(cln_node_in(node, 0));
    emit_relu(node, l, elems - 1);
    return l->status;
}

static enum cln_status lower_broken(const struct cln_node *node, struct cln_lowering *l) {
    struct cln_launch *launch = cln_emit(l, "activation.cl", "no_such_kernel", NULL);
    cln_arg_write(launch, node->output[0]);
    cln_grid(launch, 1, (size_t[]){1}, NULL);
    return l->status;
}

/* Right as long as there are few samples. */
static enum cln_status lower_few(const struct cln_node *node, struct cln_lowering *l) {
    const struct cln_tensor *x = cln_node_in(node, 0);
    size_t rows = x->dim[0] < 20 ? x->dim[0] : 20;
    emit_relu(node, l, rows * x->dim[1]);
    return l->status;
}

static bool fits_broken(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    (void)caps;
    return made_up_broken;
}

static enum cln_status infer(struct cln_node *node) {
    const struct cln_tensor x = *cln_node_in(node, 0);
    return cln_node_output(node, 0, "y", CLN_F32, x.rank, x.dim);
}

static struct cln_cost cost(const struct cln_node *node) {
    double elems = (double)cln_tensor_elems(cln_node_in(node, 0));
    return (struct cln_cost){.flops = elems, .bytes = 8 * elems};
}

static const struct cln_variant variants[] = {
    {"broken", fits_broken, lower_broken},
    {"wrong", NULL, lower_wrong},
    {"slow", NULL, lower_slow},
    {"fast", NULL, lower_plain},
    {"reference", NULL, lower_plain},
    {NULL, NULL, NULL},
};
static const struct cln_variant all_wrong[] = {
    {"wrong", NULL, lower_wrong}, {"reference", NULL, lower_plain}, {NULL, NULL, NULL}};
static const struct cln_variant fewer[] = {{"slow", NULL, lower_slow},
                                           {"fast", NULL, lower_plain},
                                           {"reference", NULL, lower_plain},
                                           {NULL, NULL, NULL}};

static const struct cln_variant costly[] = {
    {"few", NULL, lower_few},    {"wrong", NULL, lower_wrong},     {"slow", NULL, lower_slow},
    {"fast", NULL, lower_plain}, {"reference", NULL, lower_plain}, {NULL, NULL, NULL}};

const struct cln_op made_up = {
    .name = "made_up", .infer = infer, .cost = cost, .variants = variants};
const struct cln_op made_up_wrong = {
    .name = "made_up", .infer = infer, .cost = cost, .variants = all_wrong};
const struct cln_op made_up_fewer = {
    .name = "made_up", .infer = infer, .cost = cost, .variants = fewer};

static struct cln_cost high_cost(const struct cln_node *node) {
    (void)node;
    return (struct cln_cost){.flops = 1e9, .bytes = 1};
}

const struct cln_op made_up_costly = {
    .name = "made_up", .infer = infer, .cost = high_cost, .variants = costly};

struct cln_graph *made_up_graph(const struct cln_op *of, size_t rows) {
    struct cln_graph *graph;
    struct cln_node *node;
    cln_tensor_id x;
    int slot;
    TEST_OK(cln_graph_create(&graph));
    TEST_OK(cln_graph_slot(graph, "x", CLN_F32, &slot));
    TEST_OK(cln_graph_tensor(graph, "x", CLN_F32, 2, (size_t[]){rows, COLUMNS}, slot, &x));
    TEST_OK(cln_graph_add(graph, of, "node", NULL, &x, 1, &node));
    return graph;
}

static enum cln_status on_progress(void *context, const struct cln_tune_progress *progress) {
    (void)context;
    assert_true(progress->done <= progress->total);
    made_up_progress_calls++;
    made_up_left = progress->left;
    return CLN_OK;
}

static void on_note(void *context, const char *line) {
    (void)context;
    snprintf(made_up_last_note, sizeof made_up_last_note, "%s", line);
}

const struct cln_tune_options made_up_options = {.on_progress = on_progress, .on_note = on_note};

struct made_up_choice made_up_choose(const struct cln_op *of, size_t rows, const char *pins,
                                     struct cln_tune_options options) {
    struct cln_graph *graph = made_up_graph(of, rows);
    struct cln_tuner *tuner;
    struct made_up_choice choice = {.measured = 0};
    const struct cln_variant *variant;
    int count;
    made_up_progress_calls = 0;
    made_up_last_note[0] = '\0';
    TEST_OK(cln_tuner_create(test_context(), &options, &tuner));
    TEST_OK(cln_tuner_prepare(tuner, &graph, 1, pins));
    TEST_OK(cln_variant_choose(&graph->nodes[0], test_caps(), pins, &variant));
    snprintf(choice.variant, sizeof choice.variant, "%s", variant->name);
    choice.measured = cln_tuner_measured(tuner);
    choice.progress_calls = made_up_progress_calls;
    const struct cln_tune_row *rows_found = cln_tuner_rows(tuner, &count);
    if (count)
        choice.entry = *rows_found[0].entry;
    cln_tuner_free(tuner);
    cln_graph_free(graph);
    return choice;
}

int made_up_set_up(void **state) {
    (void)state;
    (void)test_context();
    made_up_folder = scratch_make();
    setenv("XDG_CACHE_HOME", made_up_folder, 1);
    unsetenv("CLNOISE_CACHE");
    unsetenv("CLNOISE_TUNE");
    made_up_broken = false;
    return 0;
}

int made_up_tear_down(void **state) {
    (void)state;
    scratch_remove(made_up_folder);
    return 0;
}
