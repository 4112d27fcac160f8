/*
 * The tuner, with a made-up op whose variants are right, slow or wrong by design: what it chooses.
 * What it keeps is tested in test_tune_cache.c; the ops' own kernels are checked elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/plan.h"
#include "graph/tune_private.h"
#include "graph/variant.h"
#include "nn/registry.h"
#include "support/device.h"
#include "support/made_up.h"
#include "support/scratch.h"

static const struct cln_tune_candidate *candidate(const struct made_up_choice *choice,
                                                  const char *name) {
    for (int i = 0; i < choice->entry.count; i++)
        if (!strcmp(choice->entry.candidates[i].name, name))
            return &choice->entry.candidates[i];
    fail_msg("%s was no candidate", name);
    return NULL;
}

static void wrong_and_slow_variants_are_not_chosen(void **state) {
    (void)state;
    struct made_up_choice choice = made_up_choose(&made_up, 64, "", made_up_options);
    assert_string_equal(choice.variant, "fast");
    assert_int_equal(choice.measured, 1);
    assert_int_equal(choice.entry.how, CLN_TUNE_MEASURED);
    assert_int_equal(candidate(&choice, "wrong")->verdict, CLN_TUNE_WRONG);
    assert_int_equal(candidate(&choice, "slow")->verdict, CLN_TUNE_RIGHT);
    /* 40 launches against one: any noise is smaller than a factor of 4 */
    assert_true(candidate(&choice, "slow")->seconds > 4 * candidate(&choice, "fast")->seconds);
    assert_true(strstr(made_up_last_note, "variant wrong of made_up gives wrong results") != NULL);
    assert_int_equal(choice.progress_calls, 2); /* one node, and the end */
}

static void the_reference_is_left_when_all_else_is_wrong(void **state) {
    (void)state;
    struct made_up_choice choice = made_up_choose(&made_up_wrong, 64, "", made_up_options);
    assert_string_equal(choice.variant, "reference");
    assert_true(made_up_last_note[0] != '\0');
    /* told once: the choice is kept */
    choice = made_up_choose(&made_up_wrong, 64, "", made_up_options);
    assert_string_equal(choice.variant, "reference");
    assert_string_equal(made_up_last_note, "");
}

static void a_variant_that_does_not_build_is_not_chosen(void **state) {
    (void)state;
    made_up_broken = true;
    struct made_up_choice choice = made_up_choose(&made_up, 64, "", made_up_options);
    assert_string_equal(choice.variant, "fast");
    assert_int_equal(candidate(&choice, "broken")->verdict, CLN_TUNE_FAILED);
}

static void what_is_known_is_not_measured_again(void **state) {
    (void)state;
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    struct made_up_choice again = made_up_choose(&made_up, 64, "", made_up_options);
    assert_int_equal(again.measured, 0);
    assert_int_equal(again.progress_calls, 0);
    assert_string_equal(again.variant, "fast");
    struct cln_tune_options full = made_up_options;
    full.full = true;
    assert_int_equal(made_up_choose(&made_up, 64, "", full).measured, 1);
}

static void other_shapes_and_candidates_are_measured(void **state) {
    (void)state;
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    assert_int_equal(made_up_choose(&made_up, 63, "", made_up_options).measured, 1);
    assert_int_equal(made_up_choose(&made_up_fewer, 64, "", made_up_options).measured, 1);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 0);
}

static void a_spent_budget_leaves_the_order(void **state) {
    (void)state;
    struct cln_tune_options hurried = made_up_options;
    hurried.budget_seconds = 1e-3;
    struct made_up_choice choice = made_up_choose(&made_up_fewer, 64, "", hurried);
    assert_string_equal(choice.variant, "slow");
    assert_int_equal(choice.measured, 0);
    assert_int_equal(choice.entry.how, CLN_TUNE_UNMEASURED);
    assert_int_equal(choice.progress_calls, 2); /* it was compared, and that was the end */
    /* kept, for the same bits, until somebody asks for more */
    hurried.budget_seconds = 1000;
    choice = made_up_choose(&made_up_fewer, 64, "", hurried);
    assert_string_equal(choice.variant, "slow");
    assert_int_equal(choice.measured, 0);
    choice = made_up_choose(&made_up_fewer, 64, "", made_up_options);
    assert_string_equal(choice.variant, "fast");
    assert_int_equal(choice.measured, 1);
}

/* Without time to measure, what is wrong is still not taken: it is compared with the reference
 * once, and at other shapes known by that. */
static void a_spent_budget_lets_nothing_wrong_through(void **state) {
    (void)state;
    struct cln_tune_options hurried = made_up_options;
    struct cln_graph *graphs[2] = {made_up_graph(&made_up, 64), made_up_graph(&made_up, 63)};
    struct cln_tuner *tuner;
    int count;
    hurried.budget_seconds = 1e-3;
    snprintf(graphs[1]->nodes[0].name, CLN_NAME_SIZE, "other"); /* else it would follow */
    made_up_last_note[0] = '\0';
    TEST_OK(cln_tuner_create(test_context(), &hurried, &tuner));
    TEST_OK(cln_tuner_prepare(tuner, graphs, 2, ""));
    assert_string_equal(graphs[0]->nodes[0].measured->name, "slow");
    assert_string_equal(graphs[1]->nodes[0].measured->name, "slow");
    assert_true(strstr(made_up_last_note, "variant wrong of made_up gives wrong results") != NULL);
    const struct cln_tune_row *rows = cln_tuner_rows(tuner, &count);
    assert_int_equal(count, 2);
    const struct cln_tune_entry *first = rows[0].entry, *second = rows[1].entry;
    assert_int_equal(first->how, CLN_TUNE_UNMEASURED);
    assert_int_equal(first->candidates[0].verdict, CLN_TUNE_WRONG);
    assert_int_equal(first->candidates[1].verdict, CLN_TUNE_RIGHT);
    assert_int_equal(first->candidates[2].verdict, CLN_TUNE_UNCHECKED);
    for (int i = 0; i < second->count; i++)
        assert_int_equal(second->candidates[i].verdict, CLN_TUNE_UNCHECKED);
    assert_int_equal(cln_tuner_measured(tuner), 0);
    cln_tuner_free(tuner);
    cln_graph_free(graphs[0]);
    cln_graph_free(graphs[1]);
    /* where nothing else is right the reference is left */
    assert_string_equal(made_up_choose(&made_up_wrong, 64, "", hurried).variant, "reference");
}

/* y = relu(x), as the host has it; or it knows nothing. */
static bool expect_relu(void *user, const struct cln_node *node, struct cln_trial_value *values) {
    const float *x = (const float *)(const void *)values[node->input[0]].before;
    float *y = (float *)(void *)values[node->output[0]].expected;
    const size_t count = values[node->input[0]].bytes / sizeof *x;
    for (size_t i = 0; i < count; i++)
        y[i] = x[i] > 0 ? x[i] : 0;
    return *(const bool *)user;
}

/* Where the host says what is right, no other kernel runs; where it does not, the reference does.
 */
static void a_spent_budget_asks_the_host(void **state) {
    (void)state;
    for (int knows = 1; knows >= 0; knows--) {
        bool known = knows;
        const struct cln_trial_hooks host = {.user = &known, .expect = expect_relu};
        struct cln_tune_options hurried = made_up_options;
        hurried.budget_seconds = 1e-3;
        hurried.host = &host;
        struct made_up_choice choice = made_up_choose(&made_up, 64 + knows, "", hurried);
        assert_string_equal(choice.variant, "slow");
        assert_int_equal(candidate(&choice, "wrong")->verdict, CLN_TUNE_WRONG);
        assert_int_equal(candidate(&choice, "slow")->verdict, CLN_TUNE_RIGHT);
    }
}

/* Whatever is measured later, on the device or by others: a run that goes on takes the same. */
static void a_frozen_choice_stays(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_tune_options hurried = made_up_options;
    hurried.budget_seconds = 1e-3;
    hurried.frozen_folder = folder;
    assert_string_equal(made_up_choose(&made_up_fewer, 64, "", hurried).variant, "slow");
    assert_string_equal(made_up_choose(&made_up_fewer, 64, "", made_up_options).variant, "fast");
    hurried.budget_seconds = 1000;
    struct made_up_choice choice = made_up_choose(&made_up_fewer, 64, "", hurried);
    assert_string_equal(choice.variant, "slow");
    assert_int_equal(choice.measured, 0);
    hurried.frozen_folder = NULL;
    assert_string_equal(made_up_choose(&made_up_fewer, 64, "", hurried).variant, "fast");
    /* what is known but not frozen yet is frozen as it is */
    hurried.frozen_folder = folder;
    assert_string_equal(made_up_choose(&made_up, 64, "", made_up_options).variant, "fast");
    assert_int_equal(made_up_choose(&made_up, 64, "", hurried).measured, 0);
    setenv("CLNOISE_CACHE", "off", 1);
    choice = made_up_choose(&made_up, 64, "", hurried);
    unsetenv("CLNOISE_CACHE");
    assert_string_equal(choice.variant, "fast");
    assert_int_equal(choice.measured, 0);
    scratch_remove(folder);
}

/* A run trains each cell in a process of its own, and has one budget all the same. */
static void a_frozen_folder_has_one_budget(void **state) {
    (void)state;
    char *folder = scratch_make();
    struct cln_tune_options shared = made_up_options;
    shared.budget_seconds = 1000;
    shared.frozen_folder = folder;
    assert_int_equal(made_up_choose(&made_up_fewer, 64, "", shared).measured, 1);
    /* A program is thought to need 0.3 seconds, and the one before has taken more than 0.01. */
    shared.budget_seconds = 0.31;
    assert_int_equal(made_up_choose(&made_up_fewer, 65, "", shared).measured, 0);
    /* What that one spent, next to nothing, is no reason to forget what the first one did. */
    assert_int_equal(made_up_choose(&made_up_fewer, 66, "", shared).measured, 0);
    shared.frozen_folder = NULL;
    assert_int_equal(made_up_choose(&made_up_fewer, 67, "", shared).measured, 1);
    scratch_remove(folder);
}

/* A node uses the budget up, and those after it are left, the small ones last. */
static void the_budget_ends_between_nodes(void **state) {
    (void)state;
    struct cln_tune_options hurried = made_up_options;
    hurried.budget_seconds = 0.31; /* more than a program is thought to need */
    struct cln_graph *graphs[9];
    struct cln_tuner *tuner;
    for (size_t i = 0; i < 9; i++) {
        graphs[i] = made_up_graph(&made_up_fewer, 200 + i);
        snprintf(graphs[i]->nodes[0].name, CLN_NAME_SIZE, "node%zu", i);
    }
    TEST_OK(cln_tuner_create(test_context(), &hurried, &tuner));
    TEST_OK(cln_tuner_prepare(tuner, graphs, 9, ""));
    int measured = cln_tuner_measured(tuner);
    assert_in_range(measured, 1, 9); /* 9 on a device that is faster than any is today */
    assert_int_equal(made_up_left, 9 - measured);
    assert_string_equal(graphs[8]->nodes[0].measured->name, "fast");
    assert_string_equal(graphs[0]->nodes[0].measured->name, measured < 9 ? "slow" : "fast");
    cln_tuner_free(tuner);
    for (size_t i = 0; i < 9; i++)
        cln_graph_free(graphs[i]);
}

static void smaller_batches_follow(void **state) {
    (void)state;
    struct cln_graph *graphs[2] = {made_up_graph(&made_up, 8), made_up_graph(&made_up, 64)};
    struct cln_tuner *tuner;
    int count;
    TEST_OK(cln_tuner_create(test_context(), &made_up_options, &tuner));
    TEST_OK(cln_tuner_prepare(tuner, graphs, 2, ""));
    const struct cln_tune_row *rows = cln_tuner_rows(tuner, &count);
    assert_int_equal(count, 2);
    assert_int_equal(rows[0].entry->how, CLN_TUNE_FOLLOWED);
    assert_int_equal(rows[1].entry->how, CLN_TUNE_MEASURED);
    assert_string_equal(graphs[0]->nodes[0].measured->name, "fast");
    cln_tuner_free(tuner);
    cln_graph_free(graphs[0]);
    cln_graph_free(graphs[1]);
}

static void a_pin_is_not_measured(void **state) {
    (void)state;
    struct made_up_choice choice = made_up_choose(&made_up, 64, "made_up=wrong", made_up_options);
    assert_string_equal(choice.variant, "wrong");
    assert_int_equal(choice.measured, 0);
    setenv("CLNOISE_VARIANT", "slow", 1);
    choice = made_up_choose(&made_up, 64, NULL, made_up_options);
    unsetenv("CLNOISE_VARIANT");
    assert_string_equal(choice.variant, "slow");
    assert_int_equal(choice.measured, 0);
}

/* Where the reference would take too long, variants are compared with it on few samples, and with
 * each other on all: one that is right on few only is found. */
static void what_is_wrong_on_many_samples_is_found(void **state) {
    (void)state;
    struct made_up_choice choice = made_up_choose(&made_up_costly, 64, "", made_up_options);
    assert_string_equal(choice.variant, "fast");
    assert_int_equal(candidate(&choice, "few")->verdict, CLN_TUNE_WRONG);
    assert_int_equal(candidate(&choice, "wrong")->verdict, CLN_TUNE_WRONG);
    assert_int_equal(candidate(&choice, "fast")->verdict, CLN_TUNE_RIGHT);
}

/* A tensor with as many rows as there are samples need not be one of samples. */
static void nodes_shrink_soundly(void **state) {
    (void)state;
    struct cln_graph *graph, *small;
    struct cln_node *node;
    cln_tensor_id input[2];
    for (int square = 0; square < 2; square++) {
        size_t depth = square ? 48 : 20;
        TEST_OK(cln_graph_create(&graph));
        TEST_OK(cln_graph_tensor(graph, "x", CLN_F32, 2, (size_t[]){48, depth}, 0, &input[0]));
        TEST_OK(cln_graph_tensor(graph, "w", CLN_F32, 2, (size_t[]){depth, 5}, 0, &input[1]));
        const struct cln_op *dense = cln_op_find(CLN_OP_LAYER, "dense");
        void *attrs = calloc(1, dense->attrs_bytes);
        cln_fields_set_defaults(dense->fields, dense->field_count, attrs);
        *(int64_t *)((char *)attrs +
                     cln_field_find(dense->fields, dense->field_count, "units")->offset) = 5;
        *(bool *)((char *)attrs +
                  cln_field_find(dense->fields, dense->field_count, "use_bias")->offset) = false;
        TEST_OK(cln_graph_add(graph, dense, "dense", attrs, input, 2, &node));
        TEST_OK(cln_tune_isolate(node, 16, &small));
        node = &small->nodes[0];
        assert_int_equal(cln_node_in(node, 0)->dim[0], square ? 48 : 16);
        assert_int_equal(cln_node_in(node, 1)->dim[0], depth);
        assert_int_equal(cln_node_out(node, 0)->dim[0], square ? 48 : 16);
        cln_graph_free(small);
        cln_graph_free(graph);
        free(attrs);
    }
}

/* A plan made with a tuner runs what was chosen, and its recorder was measured and kept. */
static void a_plan_takes_what_was_measured(void **state) {
    (void)state;
    for (int pass = 0; pass < 2; pass++) {
        struct cln_graph *graph = made_up_graph(&made_up, 64);
        struct cln_store *store;
        struct cln_plan *plan;
        struct cln_tuner *tuner;
        struct cln_launch_info rows[MADE_UP_SLOW_TIMES];
        int count;
        TEST_OK(cln_store_create(test_context(), &store));
        TEST_OK(cln_tuner_create(test_context(), &made_up_options, &tuner));
        const struct cln_plan_options options = {.tuner = tuner, .variants = ""};
        TEST_OK(cln_plan_create(graph, store, test_context(), &options, &plan));
        TEST_OK(cln_plans_settle(&plan, 1, store, &options));
        TEST_OK(cln_plan_replay(plan)); /* whichever it was recorded for */
        TEST_OK(cln_context_finish(test_context()));
        assert_int_equal(cln_plan_launch_count(plan), 1);
        TEST_OK(cln_plan_launches(plan, rows));
        assert_string_equal(rows[0].variant, "fast");
        const struct cln_tune_row *found = cln_tuner_rows(tuner, &count);
        if (count > 1) /* a device with more than one recorder */
            assert_string_equal(found[count - 1].entry->choice, cln_plan_recorder(plan));
        assert_int_equal(cln_tuner_measured(tuner), pass ? 0 : count);
        cln_plan_free(plan);
        cln_tuner_free(tuner);
        cln_store_free(store);
        cln_graph_free(graph);
    }
}

static void the_switch_is_read(void **state) {
    (void)state;
    bool off;
    TEST_OK(cln_tune_is_off(&off));
    assert_false(off);
    setenv("CLNOISE_TUNE", "off", 1);
    TEST_OK(cln_tune_is_off(&off));
    assert_true(off);
    setenv("CLNOISE_TUNE", "of", 1);
    assert_int_equal(cln_tune_is_off(&off), CLN_CONFIG);
    unsetenv("CLNOISE_TUNE");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_up_set_up, made_up_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(wrong_and_slow_variants_are_not_chosen),
        TEST(the_reference_is_left_when_all_else_is_wrong),
        TEST(a_variant_that_does_not_build_is_not_chosen),
        TEST(what_is_known_is_not_measured_again),
        TEST(other_shapes_and_candidates_are_measured),
        TEST(a_spent_budget_leaves_the_order),
        TEST(a_spent_budget_lets_nothing_wrong_through),
        TEST(a_spent_budget_asks_the_host),
        TEST(a_frozen_choice_stays),
        TEST(a_frozen_folder_has_one_budget),
        TEST(the_budget_ends_between_nodes),
        TEST(smaller_batches_follow),
        TEST(a_pin_is_not_measured),
        TEST(what_is_wrong_on_many_samples_is_found),
        TEST(nodes_shrink_soundly),
        TEST(a_plan_takes_what_was_measured),
        TEST(the_switch_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
