/* Texts from outside: made well-formed UTF-8, and harmless to a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/utf8.h"

static void bad_utf8_becomes_question_marks(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "plain"},
        {"\xc3\xa9\xe2\x88\x92\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x88\x92\xf0\x9f\x98\x80"},
        {"\xc3", "?"},                /* cut short */
        {"\xe2\x88", "??"},           /* cut short */
        {"\x80z", "?z"},              /* a byte that only goes on */
        {"\xc0\xaf", "??"},           /* overlong */
        {"\xe0\x80\xaf", "???"},      /* overlong */
        {"\xed\xa0\x80", "???"},      /* a surrogate */
        {"\xf4\x90\x80\x80", "????"}, /* beyond the last character */
        {"\xf5z", "?z"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char *clean = cln_utf8_clean(cases[c][0]);
        assert_string_equal(clean, cases[c][1]);
        free(clean);
    }
}

static void orders_to_a_terminal_become_question_marks(void **state) {
    (void)state;
    static const char *const cases[][2] = {
        {"plain \xc3\xa9 \xf0\x9f\x98\x80", "plain \xc3\xa9 \xf0\x9f\x98\x80"},
        {"\x1b[2J\x1b]0;title\x07", "?[2J?]0;title?"},
        {"one\rtwo\bthree\x7f", "one?two?three?"},
        {"\xc2\x9b"
         "2J",
         "?2J"}, /* CSI as one character */
        {"\x9b"
         "2J",
         "?2J"}, /* and as a byte of Latin-1 */
        {"a\xe2\x80\xae"
         "b\xe2\x81\xa6",
         "a?b?"}, /* the direction turned round */
        {"a\xe2\x80\xa8"
         "b",
         "a?b"},                                          /* a line separator */
        {"\xc2\xa0\xe2\x80\xa7", "\xc2\xa0\xe2\x80\xa7"}, /* neighbours of those */
        {"cut \xe2\x80", "cut ??"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[64];
        snprintf(text, sizeof text, "%s", cases[c][0]);
        cln_utf8_disarm(text, false);
        assert_string_equal(text, cases[c][1]);
    }
    char lines[] = "one\n\ttwo\x1b", line[] = "one\n\ttwo\x1b";
    cln_utf8_disarm(lines, true);
    assert_string_equal(lines, "one\n\ttwo?");
    cln_utf8_disarm(line, false);
    assert_string_equal(line, "one??two?");
}

/* Every byte and every pair of bytes: nothing below a blank, nor DEL, nor what is no UTF-8. */
static void nothing_gets_through(void **state) {
    (void)state;
    for (int first = 1; first < 256; first++)
        for (int second = 1; second < 256; second++) {
            char text[] = {(char)first, (char)second, '\0'};
            cln_utf8_disarm(text, false);
            for (const char *at = text; *at; at++)
                assert_true((unsigned char)*at >= 32 && *at != 127);
            char *clean = cln_utf8_clean(text);
            assert_string_equal(clean, text);
            free(clean);
        }
}

/* Umlauts in one code point and in two, kana, a face, and a text that was cut. */
static void columns_are_counted_as_a_terminal_shows_them(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int columns;
        const char *in_three; /* what of it fits into three columns */
    } cases[] = {
        {"", 0, ""},
        {"cat", 3, "cat"},
        {"L\xc3\xb6we", 4, "L\xc3\xb6w"},
        {"Lo\xcc\x88we", 4, "Lo\xcc\x88w"},
        {"\xe3\x81\x8a\xe3\x81\x8d", 4, "\xe3\x81\x8a"},
        {"a\xe3\x81\x8a\xe3\x81\x8d", 5, "a\xe3\x81\x8a"},
        {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80", 4, "\xf0\x9f\x98\x80"},
        {"ab\xe3\x81", 2, "ab"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        assert_int_equal(cln_utf8_columns(cases[c].text), cases[c].columns);
        int taken;
        assert_int_equal(cln_utf8_fitting(cases[c].text, 3, &taken), strlen(cases[c].in_three));
        assert_int_equal(taken, cln_utf8_columns(cases[c].in_three));
        char printed[32] = "";
        FILE *file = tmpfile();
        assert_non_null(file);
        cln_utf8_print(file, cases[c].text, 3);
        rewind(file);
        printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
        fclose(file);
        assert_int_equal(cln_utf8_columns(printed), 3);
        assert_memory_equal(printed, cases[c].in_three, strlen(cases[c].in_three));
    }
}

static void errors_are_disarmed(void **state) {
    (void)state;
    assert_int_equal(CLN_FAIL(FILE, "cannot open %s", "a\n\x1b[31mb"), CLN_FILE);
    assert_string_equal(cln_error_last()->message, "cannot open a??[31mb");
    cln_error_set_detail("line 1\n\tline \x1b[2\n");
    assert_string_equal(cln_error_last()->detail, "line 1\n\tline ?[2\n");
    /* Cut to the room there is, in the middle of a character. */
    char name[2048];
    for (size_t i = 0; i + 2 < sizeof name; i += 2)
        memcpy(name + i, "\xc3\xa9", 3);
    (void)CLN_FAIL(FILE, "%s", name);
    char *clean = cln_utf8_clean(cln_error_last()->message);
    assert_string_equal(clean, cln_error_last()->message);
    free(clean);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_utf8_becomes_question_marks),
        cmocka_unit_test(orders_to_a_terminal_become_question_marks),
        cmocka_unit_test(nothing_gets_through),
        cmocka_unit_test(columns_are_counted_as_a_terminal_shows_them),
        cmocka_unit_test(errors_are_disarmed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
