/* What is JSON, what is not, and what cannot be told for want of memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/json.h"

/* And nothing but JSON. */
static bool is_json(const char *text, size_t length) {
    cJSON *root;
    const char *end = NULL;
    assert_int_equal(cln_json_parse(text, length, &root, &end), CLN_OK);
    const bool whole = root && end + strspn(end, " \t\r\n") == text + length;
    cJSON_Delete(root);
    return whole;
}

static bool valid(const char *text) {
    return is_json(text, strlen(text));
}

static void what_is_json_is_taken(void **state) {
    (void)state;
    static const char *const texts[] = {"{}",
                                        "[]",
                                        " { } ",
                                        "\t[ ]\r\n",
                                        "true",
                                        "false",
                                        "null",
                                        "0",
                                        "-0",
                                        "12",
                                        "-1.5e+10",
                                        "1E2",
                                        "0.25",
                                        "\"\"",
                                        "\"a\\n\\\\\\\"\\/\\u00e4\"",
                                        "\"\\ud83d\\ude00\"",
                                        "[1, [2, {\"a\": [null]}], \"x\"]",
                                        "{\"a\": {\"b\": [true, false]}, \"c\":1}",
                                        "\"\xc3\xa4\""};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(valid(texts[i]));
}

static void what_is_not_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"",
                                        " ",
                                        "{",
                                        "[",
                                        "}",
                                        "]",
                                        "[1,]",
                                        "[1 2]",
                                        "[,]",
                                        "{,}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{1:1}",
                                        "tru",
                                        "nul",
                                        "truex",
                                        ".5",
                                        "+1",
                                        "1e",
                                        "1e+",
                                        "-",
                                        "\"",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\ud800\"",
                                        "\"\\ud800\\u0041\"",
                                        "\"\\udc00\"",
                                        "{} x",
                                        "{}{}",
                                        "'a'",
                                        "[1",
                                        "{\"a\":1",
                                        "nan"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(valid(texts[i]));
    assert_false(is_json("{}\0", 3));
    assert_false(is_json("[1]", 2)); /* no further than asked for */
}

/* Every beginning of a document is refused. */
static void what_is_cut_off_is_refused(void **state) {
    (void)state;
    static const char whole[] =
        "{\"a\":[1.5e-3,\"\\u00e4\\ud83d\\ude00\",{\"b\":null}],\"c\":true}";
    for (size_t length = 0; length < strlen(whole); length++)
        assert_false(is_json(whole, length));
    assert_true(valid(whole));
}

/* Deeper than cJSON goes is no want of memory. */
static void it_goes_as_deep_as_cjson(void **state) {
    (void)state;
    enum { MOST = 1100 };
    char text[2 * MOST + 1];
    for (int depth = 990; depth < MOST; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        assert_int_equal(valid(text), depth <= CJSON_NESTING_LIMIT);
    }
    memset(text, '[', MOST);
    text[MOST] = '\0';
    assert_false(valid(text));
}

static long allocations_left;

static void *refuse_one(size_t size) {
    if (allocations_left-- > 0)
        return malloc(size);
    errno = ENOMEM;
    return NULL;
}

/* Whichever allocation fails: it is told, and not taken for what is no JSON. */
static void want_of_memory_is_told(void **state) {
    (void)state;
    static const char text[] = "{\"a\": [1, \"b\", {\"c\": null}]}";
    cJSON_Hooks hooks = {refuse_one, free};
    enum cln_status status = CLN_MEMORY;
    long n = 0;
    cJSON_InitHooks(&hooks);
    for (; status == CLN_MEMORY && n < 100; n++) {
        cJSON *root;
        allocations_left = n;
        status = cln_json_parse(text, strlen(text), &root, NULL);
        assert_true((root != NULL) == (status == CLN_OK));
        cJSON_Delete(root);
    }
    cJSON_InitHooks(NULL);
    assert_int_equal(status, CLN_OK);
    assert_in_range(n, 10, 99); /* six values, two names, a text */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json_is_taken),      cmocka_unit_test(what_is_not_is_refused),
        cmocka_unit_test(what_is_cut_off_is_refused), cmocka_unit_test(it_goes_as_deep_as_cjson),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
