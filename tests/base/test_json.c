/* What is JSON: examples of each rule, and the texts cJSON refuses without being out of memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/json.h"

static bool valid(const char *text) {
    return cln_json_is_valid(text, strlen(text));
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
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cJSON *root = cJSON_Parse(texts[i]);
        assert_true(valid(texts[i]));
        assert_non_null(root);
        cJSON_Delete(root);
    }
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
                                        "01",
                                        "1.",
                                        ".5",
                                        "+1",
                                        "1e",
                                        "1e+",
                                        "-",
                                        "\"",
                                        "\"\\\"",
                                        "\"\\x\"",
                                        "\"\\u12g4\"",
                                        "\"\\ud800\"",
                                        "\"\\ud800\\u0041\"",
                                        "\"\\udc00\"",
                                        "\"a\nb\"",
                                        "{} x",
                                        "{}{}",
                                        "'a'",
                                        "[1",
                                        "{\"a\":1",
                                        "nan"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(valid(texts[i]));
    assert_false(cln_json_is_valid("{}\0", 3));
    assert_false(cln_json_is_valid("[1]", 2)); /* no further than asked for */
}

/* Every beginning of a document is refused. */
static void what_is_cut_off_is_refused(void **state) {
    (void)state;
    static const char whole[] =
        "{\"a\":[1.5e-3,\"\\u00e4\\ud83d\\ude00\",{\"b\":null}],\"c\":true}";
    for (size_t length = 0; length < strlen(whole); length++)
        assert_false(cln_json_is_valid(whole, length));
    assert_true(valid(whole));
}

/* No deeper than cJSON goes, which would otherwise seem to be out of memory. */
static void it_goes_as_deep_as_cjson(void **state) {
    (void)state;
    enum { MOST = 1100 };
    char text[2 * MOST + 1];
    for (int depth = 990; depth < MOST; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        text[2 * depth] = '\0';
        cJSON *root = cJSON_Parse(text);
        if (valid(text))
            assert_non_null(root);
        cJSON_Delete(root);
    }
    memset(text, '[', MOST);
    text[MOST] = '\0';
    assert_false(valid(text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json_is_taken),
        cmocka_unit_test(what_is_not_is_refused),
        cmocka_unit_test(what_is_cut_off_is_refused),
        cmocka_unit_test(it_goes_as_deep_as_cjson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
