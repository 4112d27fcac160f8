/* SVGs made small: two grounds in one, and as an address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "report/svg.h"
#include "support/device.h"

/* An SVG as cairo has it, with those elements. */
static struct cln_text svg(const char *elements) {
    struct cln_text text = {0};
    cln_text_add(&text,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg width=\"900pt\">\n%s</svg>\n",
                 elements);
    TEST_OK(cln_text_check(&text));
    return text;
}

/* What comes of both behind the <style>; NULL: they are not joined. free() it. */
static char *joined(const char *on_paper, const char *on_dark) {
    struct cln_text paper = svg(on_paper), dark = svg(on_dark), out = {0};
    char *rest = NULL;
    if (cln_svg_join(&paper, &dark, &out)) {
        const char *end = strstr(out.chars, "</style>");
        assert_non_null(end);
        rest = strdup(end + strlen("</style>"));
    } else {
        assert_int_equal(out.length, 0);
    }
    assert_false(out.failed);
    cln_text_free(&paper);
    cln_text_free(&dark);
    cln_text_free(&out);
    return rest;
}

static void assert_joined(const char *paper, const char *dark, const char *expected) {
    char *found = joined(paper, dark);
    assert_non_null(found);
    assert_string_equal(found, expected);
    free(found);
}

static void colours_become_variables(void **state) {
    (void)state;
    struct cln_text out = {0},
                    paper = svg("<p style=\"fill:rgb(0%,0%,0%);stroke:rgb(1%,2%,3%)\"/>\n"
                                "<q style=\"fill:rgb(0%,0%,0%)\"/>\n"),
                    dark = svg("<p style=\"fill:rgb(90%,90%,90%);stroke:rgb(1%,2%,3%)\"/>\n"
                               "<q style=\"fill:rgb(90%,90%,90%)\"/>\n");
    assert_true(cln_svg_join(&paper, &dark, &out));
    assert_string_equal(
        out.chars,
        "<svg width=\"900pt\"><style>:root{--c0:rgb(0%,0%,0%);--c1:rgb(1%,2%,3%);}"
        "@media screen and (prefers-color-scheme:dark){"
        ":root{--c0:rgb(90%,90%,90%);--c1:rgb(1%,2%,3%);}}</style>"
        "<p style=\"fill:var(--c0);stroke:var(--c1)\"/><q style=\"fill:var(--c0)\"/></svg>");
    cln_text_free(&out);
    cln_text_free(&paper);
    cln_text_free(&dark);
}

static void numbers_lose_what_nobody_sees(void **state) {
    (void)state;
    const char *long_ones =
        "<p d=\"M -1.265625 499.941406 L 0.309091 20 0.00004 9.999 0.99996 7.1\"/>";
    assert_joined(long_ones, long_ones, "<p d=\"M -1.27 499.94 L 0.3091 20 0 10 1 7.1\"/></svg>");
    const char *names = "<use xlink:href=\"#glyph0-12\" id=\"image5929\"/>";
    assert_joined(names, names, "<use xlink:href=\"#glyph0-12\" id=\"image5929\"/></svg>");
}

/* cairo counts its images through all that it draws, so the same one has another number. */
static void names_may_differ_and_nothing_else(void **state) {
    (void)state;
    assert_joined("<g id=\"image7\"/>", "<g id=\"image1234\"/>", "<g id=\"image7\"/></svg>");
    assert_null(joined("<g x=\"7\"/>", "<g x=\"8\"/>"));
    assert_null(joined("<g/>", "<p/>"));
    assert_null(joined("<g/>", "<g/><g/>"));
    assert_null(joined("<g/><g/>", "<g/>"));
    assert_null(joined("<i href=\"data:image/png;base64,AB1C\"/>",
                       "<i href=\"data:image/png;base64,AB2C\"/>"));
}

static void an_address_holds_every_byte(void **state) {
    (void)state;
    struct cln_text svg = {0}, html = {0};
    cln_text_add(&svg, "<svg a=\"50%%\" b=\"#x\">&amp;\n</svg>");
    cln_svg_add_address(&svg, &html);
    assert_string_equal(html.chars, "data:image/svg+xml,<svg a='50%25' b='%23x'>%26amp;%0A</svg>");
    cln_text_free(&html);
    cln_text_free(&svg);
    cln_text_add(&svg, "<svg a=\"it's\"/>");
    cln_svg_add_address(&svg, &html);
    assert_string_equal(html.chars, "data:image/svg+xml,<svg a=%22it%27s%22/>");
    cln_text_free(&html);
    cln_text_free(&svg);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(colours_become_variables),
        cmocka_unit_test(numbers_lose_what_nobody_sees),
        cmocka_unit_test(names_may_differ_and_nothing_else),
        cmocka_unit_test(an_address_holds_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
