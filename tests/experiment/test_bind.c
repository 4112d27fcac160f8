/* Fields of every type: bound, refused, printed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "experiment/bind.h"

struct thing {
    int64_t count;
    double rate;
    bool fast;
    int colour;
    char title[CLN_FIELD_TEXT_SIZE];
    int64_t size[2];
};

static const char *const colours[] = {"red", "green", NULL};

static const struct cln_field fields[] = {
    {.key = "count",
     .type = CLN_FIELD_INT,
     .offset = offsetof(struct thing, count),
     .required = true,
     .number = 2, /* no default: a required key is always printed */
     .min = 1,
     .max = 10},
    {.key = "rate",
     .type = CLN_FIELD_FLOAT,
     .offset = offsetof(struct thing, rate),
     .number = 0.5,
     .min = 0,
     .max = HUGE_VAL,
     .above_min = true},
    {.key = "fast", .type = CLN_FIELD_BOOL, .offset = offsetof(struct thing, fast), .number = 1},
    {.key = "colour",
     .type = CLN_FIELD_CHOICE,
     .offset = offsetof(struct thing, colour),
     .number = 1,
     .choices = colours},
    {.key = "title", .type = CLN_FIELD_TEXT, .offset = offsetof(struct thing, title), .text = "t"},
    {.key = "size",
     .type = CLN_FIELD_PAIR,
     .offset = offsetof(struct thing, size),
     .number = 3,
     .min = 1,
     .max = 9},
};
#define COUNT (sizeof fields / sizeof *fields)

static enum cln_status bind(const char *text, struct thing *thing) {
    struct cln_yaml_pool pool = {0};
    struct cln_yaml_node *root;
    memset(thing, 0, sizeof *thing);
    enum cln_status status = cln_yaml_parse(&pool, "t", text, strlen(text), true, &root);
    if (status == CLN_OK)
        status = cln_fields_bind(fields, COUNT, root, "a.b", thing);
    cln_yaml_pool_done(&pool);
    return status;
}

static void assert_prints(const struct thing *thing, bool changed_only, const char *expected) {
    struct cln_text text = {0};
    cln_fields_print(&text, fields, COUNT, thing, changed_only);
    assert_string_equal(text.chars, expected);
    cln_text_free(&text);
}

static void defaults(void **state) {
    (void)state;
    struct thing thing;
    assert_int_equal(bind("{count: 2}", &thing), CLN_OK);
    assert_prints(&thing, false,
                  "{count: 2, rate: 0.5, fast: true, colour: green, title: t, size: 3}");
    assert_prints(&thing, true, "{count: 2}");
}

static void every_type(void **state) {
    (void)state;
    struct thing thing, again;
    const char text[] =
        "{count: 10, rate: 1e-07, fast: false, colour: red, title: \"7\", size: [1, 9]}";
    assert_int_equal(bind(text, &thing), CLN_OK);
    assert_prints(&thing, false, text);
    assert_prints(&thing, true, text);
    assert_int_equal(bind(text, &again), CLN_OK);
    assert_memory_equal(&thing, &again, sizeof thing);
    assert_int_equal(bind("{count: 1, size: 4}", &thing), CLN_OK);
    assert_int_equal(thing.size[0], 4);
    assert_int_equal(thing.size[1], 4);
}

static void refusals(void **state) {
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"{}", "t:1:1: a.b.count: missing; accepted: an integer from 1 to 10"},
        {"{count: 0}", "t:1:9: a.b.count: 0 is out of range; accepted: an integer from 1 to 10"},
        {"{count: 11}", "t:1:9: a.b.count: 11 is out of range; accepted: an integer from 1 to 10"},
        {"{count: 1.0}", "t:1:9: a.b.count: expected an integer, found '1.0'; accepted: an integer "
                         "from 1 to 10"},
        {"{count: 1, rate: 0}", "t:1:18: a.b.rate: 0 is out of range; accepted: a number above 0"},
        {"{count: 1, rate: [1]}",
         "t:1:18: a.b.rate: expected a number, found a list; accepted: a number above 0"},
        {"{count: 1, fast: yes}",
         "t:1:18: a.b.fast: expected true or false, found 'yes'; accepted: true, false"},
        {"{count: 1, fast: \"true\"}", "t:1:18: a.b.fast: expected true or false, found the text "
                                       "\"true\"; accepted: true, false"},
        {"{count: 1, colour: gren}", "t:1:20: a.b.colour: unknown value 'gren'; accepted: red, "
                                     "green; did you mean green?"},
        {"{count: 1, title: 7}", "t:1:19: a.b.title: expected text (numbers and the like in "
                                 "quotes), found '7'; accepted: text of up to 255 bytes"},
        {"{count: 1, size: [1, 2, 3]}",
         "t:1:18: a.b.size: expected an integer or a list of two, found a list; accepted: an "
         "integer from 1 to 9, or a list of two"},
        {"{count: 1, size: [1, 10]}", "t:1:22: a.b.size: 10 is out of range; accepted: an integer "
                                      "from 1 to 9, or a list of two"},
        {"{cuont: 1}", "t:1:2: a.b.cuont: unknown key; accepted: count, rate, fast, colour, title, "
                       "size; did you mean count?"},
        {"7", "t:1:1: a.b: expected a mapping, found a single value; accepted: a mapping of keys "
              "to values"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct thing thing;
        assert_int_equal(bind(cases[i].text, &thing), CLN_CONFIG);
        assert_string_equal(cln_error_last()->message, cases[i].message);
    }
}

static void long_text_is_refused(void **state) {
    (void)state;
    char text[64 + 2 * CLN_FIELD_TEXT_SIZE] = "{count: 1, title: ";
    size_t start = strlen(text);
    struct thing thing;
    memset(text + start, 'x', CLN_FIELD_TEXT_SIZE);
    text[start + CLN_FIELD_TEXT_SIZE] = '}';
    assert_int_equal(bind(text, &thing), CLN_CONFIG);
    text[start + CLN_FIELD_TEXT_SIZE - 1] = '}';
    text[start + CLN_FIELD_TEXT_SIZE] = '\0';
    assert_int_equal(bind(text, &thing), CLN_OK);
    assert_int_equal(strlen(thing.title), CLN_FIELD_TEXT_SIZE - 1);
}

static void minus_zero_is_zero(void **state) {
    (void)state;
    static const struct cln_field row = {
        .key = "x", .type = CLN_FIELD_FLOAT, .min = 0, .max = 1, .number = 1};
    struct cln_yaml_node node = {.kind = CLN_YAML_SCALAR, .text = "-0.0"};
    double value;
    assert_int_equal(cln_field_bind(&row, &node, "x", &value), CLN_OK);
    assert_false(signbit(value));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),           cmocka_unit_test(every_type),
        cmocka_unit_test(refusals),           cmocka_unit_test(long_text_is_refused),
        cmocka_unit_test(minus_zero_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
