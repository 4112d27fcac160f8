/* Which variant computes a node: the first that fits, unless pinned; with made-up ops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "graph/variant.h"

static bool on_cpu(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    return caps->is_cpu;
}

static bool never(const struct cln_node *node, const struct cln_caps *caps) {
    (void)node;
    (void)caps;
    return false;
}

static const struct cln_variant variants[] = {{"fast", on_cpu, NULL},
                                              {"fast_gpu", never, NULL},
                                              {"reference", NULL, NULL},
                                              {NULL, NULL, NULL}};
static const struct cln_variant gradient_variants[] = {{"tiled", NULL, NULL},
                                                       {"fast_gpu", never, NULL},
                                                       {"reference", NULL, NULL},
                                                       {NULL, NULL, NULL}};
static const struct cln_variant no_variants[] = {{"fast_gpu", never, NULL}, {NULL, NULL, NULL}};

static const struct cln_op conv = {.name = "conv", .variants = variants};
static const struct cln_op conv_backward_data = {.name = "conv_backward_data",
                                                 .variants = gradient_variants};
static const struct cln_op conv_pool = {.name = "conv_pool", .variants = variants};
static const struct cln_op conv_pool_pair = {.name = "conv_pool_pair", .variants = variants};
static const struct cln_op conv_wide = {.name = "conv_wide", .variants = variants};
static const struct cln_op hopeless = {.name = "hopeless", .variants = no_variants};

static const struct cln_caps cpu = {.is_cpu = true}, gpu = {.is_cpu = false};

/* The chosen variant's name, or "" if it was refused with `refusal`. */
static const char *choose(const struct cln_op *op, const struct cln_caps *caps, const char *pins,
                          enum cln_status refusal) {
    const struct cln_node node = {.op = op, .name = "node_7"};
    const struct cln_variant *chosen = NULL;
    enum cln_status status = cln_variant_choose(&node, caps, pins, &chosen);
    if (status == CLN_OK)
        return chosen->name;
    assert_int_equal(status, refusal);
    return "";
}

static void the_first_that_fits_is_taken(void **state) {
    (void)state;
    assert_string_equal(choose(&conv, &cpu, "", CLN_OK), "fast");
    assert_string_equal(choose(&conv, &gpu, "", CLN_OK), "reference");
    assert_string_equal(choose(&hopeless, &cpu, "", CLN_INTERNAL), "");
}

static void a_pin_names_the_variant(void **state) {
    (void)state;
    assert_string_equal(choose(&conv, &cpu, "conv=reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "dense=fast,conv=reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "conv=reference,dense=fast", CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "con=reference", CLN_OK), "fast");
    assert_string_equal(choose(&conv_wide, &cpu, "conv=reference", CLN_OK), "fast");
    /* a name alone is for all that have it, and goes behind a pin of the op's own */
    assert_string_equal(choose(&conv, &cpu, "reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "dense=fast,reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "conv=fast,reference", CLN_OK), "fast");
    assert_string_equal(choose(&conv, &cpu, "reference,conv=fast", CLN_OK), "fast");
    assert_string_equal(choose(&conv_backward_data, &cpu, "reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "tiled", CLN_OK), "fast");
    /* the last word counts */
    assert_string_equal(choose(&conv, &cpu, "conv=reference,conv=fast", CLN_OK), "fast");
}

static void a_pin_holds_for_gradients_that_have_it(void **state) {
    (void)state;
    assert_string_equal(choose(&conv_backward_data, &cpu, "conv=reference", CLN_OK), "reference");
    /* no such variant there, or it does not fit: the gradient chooses by itself */
    assert_string_equal(choose(&conv_backward_data, &cpu, "conv=fast", CLN_OK), "tiled");
    assert_string_equal(choose(&conv_backward_data, &cpu, "conv=fast_gpu", CLN_OK), "tiled");
    /* a pin of its own goes before that of its op, wherever it stands */
    assert_string_equal(
        choose(&conv_backward_data, &cpu, "conv_backward_data=tiled,conv=reference", CLN_OK),
        "tiled");
    assert_string_equal(
        choose(&conv_backward_data, &cpu, "conv=reference,conv_backward_data=tiled", CLN_OK),
        "tiled");
}

static void a_pin_holds_for_what_rules_make_of_the_op(void **state) {
    (void)state;
    assert_string_equal(choose(&conv_pool, &cpu, "conv=reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv_pool, &cpu, "conv=tiled", CLN_OK), "fast");
    assert_string_equal(choose(&conv_pool, &cpu, "conv_pool=fast,conv=reference", CLN_OK), "fast");
    assert_string_equal(choose(&conv_pool_pair, &cpu, "conv=reference", CLN_OK), "reference");
    assert_string_equal(choose(&conv_pool_pair, &cpu, "conv_pool=reference", CLN_OK), "reference");
}

static void assert_message_has(const char *text) {
    if (!strstr(cln_error_last()->message, text))
        fail_msg("'%s' is not in: %s", text, cln_error_last()->message);
}

static void a_pin_that_cannot_be_is_refused(void **state) {
    (void)state;
    assert_string_equal(choose(&conv, &cpu, "conv=fastest", CLN_CONFIG), "");
    assert_message_has("'fastest' of conv does not exist");
    assert_message_has("node_7");
    assert_message_has("accepted: fast, fast_gpu, reference");
    assert_string_equal(choose(&conv, &cpu, "conv=fas", CLN_CONFIG), "");
    assert_string_equal(choose(&conv, &cpu, "conv=", CLN_CONFIG), "");
    assert_string_equal(choose(&conv, &gpu, "conv=fast", CLN_CONFIG), "");
    assert_message_has("does not fit");
    assert_string_equal(choose(&conv_backward_data, &cpu, "conv_backward_data=fast", CLN_CONFIG),
                        "");
}

static void the_environment_pins_where_nothing_else_does(void **state) {
    (void)state;
    setenv("CLNOISE_VARIANT", "conv=reference", 1);
    assert_string_equal(choose(&conv, &cpu, NULL, CLN_OK), "reference");
    assert_string_equal(choose(&conv, &cpu, "", CLN_OK), "fast");
    assert_string_equal(choose(&conv, &cpu, "conv=fast", CLN_OK), "fast");
    unsetenv("CLNOISE_VARIANT");
    assert_string_equal(choose(&conv, &cpu, NULL, CLN_OK), "fast");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_fits_is_taken),
        cmocka_unit_test(a_pin_names_the_variant),
        cmocka_unit_test(a_pin_holds_for_gradients_that_have_it),
        cmocka_unit_test(a_pin_holds_for_what_rules_make_of_the_op),
        cmocka_unit_test(a_pin_that_cannot_be_is_refused),
        cmocka_unit_test(the_environment_pins_where_nothing_else_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
