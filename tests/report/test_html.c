/* report.html: nothing in a text becomes markup, tags match, and the page says what there is. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/file.h"
#include "report/html.h"
#include "report/report.h"
#include "support/run_fixture.h"
#include "support/scratch.h"

static char *folder;
static struct cln_text html;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    return 0;
}

static int clear(void **state) {
    (void)state;
    cln_text_free(&html);
    html = (struct cln_text){0};
    scratch_remove(folder);
    return 0;
}

static void texts_are_escaped(void **state) {
    (void)state;
    cln_html_add(&html, "<a title=\"%s\">%s</a>", "\"'><script>", "a & b\n\x01\xff\xc3\xa4");
    assert_string_equal(html.chars, "<a title=\"&quot;&#39;&gt;&lt;script&gt;\">a &amp; "
                                    "b&#10;??\xc3\xa4</a>");
}

static void numbers_are_written(void **state) {
    (void)state;
    char text[48];
    cln_html_add(&html, "%d %z %l %2 %0 %4 %% %s", -3, (size_t)7, (int64_t)1 << 40, 1.234, 2.5001,
                 (double)NAN, (const char *)NULL);
    assert_string_equal(html.chars, "-3 7 1099511627776 1.23 3 \xE2\x80\x93 % \xE2\x80\x93");
    assert_string_equal(cln_html_seconds(text, 0.306), "0.31 s");
    assert_string_equal(cln_html_seconds(text, 42.4), "42 s");
    assert_string_equal(cln_html_seconds(text, 245), "4 min 5 s");
    assert_string_equal(cln_html_seconds(text, 7320), "2 h 2 min");
    assert_string_equal(cln_html_seconds(text, NAN), "\xE2\x80\x93");
}

static void bytes_go_through_base64(void **state) {
    (void)state;
    uint8_t bytes[5000], back[5000];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * i >> 3);
    for (size_t length = 1; length < sizeof bytes; length = length * 3 + 1) {
        struct cln_text text = {0};
        cln_base64_add(&text, bytes, length);
        assert_true(cln_base64_read(text.chars, back, length));
        assert_memory_equal(bytes, back, length);
        assert_false(cln_base64_read(text.chars, back, length + 3));
        text.chars[0] = '!';
        assert_false(cln_base64_read(text.chars, back, length));
        cln_text_free(&text);
    }
}

/* Reads the folder and makes its page. */
static void draw(bool running) {
    struct cln_results *results;
    struct cln_meaning *meaning;
    const char *folders[] = {folder};
    assert_int_equal(cln_results_read(folders, 1, &results), CLN_OK);
    assert_int_equal(cln_meaning_make(results, &meaning), CLN_OK);
    assert_int_equal(cln_report_html(results, meaning, running, &html), CLN_OK);
    cln_meaning_free(meaning);
    cln_results_free(results);
}

static bool is_void(const char *name) {
    static const char *const names[] = {"meta", "link", "img", "br"};
    for (size_t n = 0; n < sizeof names / sizeof *names; n++)
        if (!strcmp(name, names[n]))
            return true;
    return false;
}

/* Every tag that is opened is closed, in order; attributes are quoted or plain words. The style
 * sheet is passed over. */
static void assert_well_formed(void) {
    char open[32][16];
    int depth = 0;
    for (const char *at = html.chars; (at = strchr(at, '<'));) {
        const char *end = at + 1;
        bool quoted = false;
        for (; *end && (quoted || *end != '>'); end++) {
            quoted ^= *end == '"';
            assert_true(quoted || end == at + 1 || *end != '<');
        }
        assert_int_equal(*end, '>');
        char name[16] = "";
        bool closing = at[1] == '/';
        sscanf(at + 1 + closing, "%15[a-zA-Z0-9!]", name);
        at = end + 1;
        if (name[0] == '!' || is_void(name))
            continue;
        if (!closing) {
            assert_true(depth < 32);
            strcpy(open[depth++], name);
            if (!strcmp(name, "style"))
                at = strstr(at, "</style>");
            continue;
        }
        assert_true(depth > 0);
        assert_string_equal(open[--depth], name);
    }
    assert_int_equal(depth, 0);
}

static size_t count(const char *needle) {
    size_t found = 0;
    for (const char *at = html.chars; (at = strstr(at, needle)); at += strlen(needle))
        found++;
    return found;
}

static void a_whole_run_makes_a_page(void **state) {
    (void)state;
    run_fixture_whole(folder);
    draw(false);
    assert_well_formed();
    assert_non_null(strstr(html.chars, "<h1>ConvNet and MLP on MNIST with Gaussian noise</h1>"));
    assert_null(strstr(html.chars, "http-equiv"));
    assert_null(strstr(html.chars, "http://") ? strstr(html.chars, "src=\"http") : NULL);
    /* 2 pictures a figure: two widths, each for both themes. */
    assert_true(count("<figure ") >= 9);
    assert_int_equal(count("<img "), 2 * count("<figure "));
    assert_int_equal(count("<img "), count(" alt=\"Line chart") + count(" alt=\"Heat map") +
                                         count(" alt=\"Confusion"));
    assert_non_null(strstr(html.chars, "id=\"noise-matrix\""));
    assert_non_null(strstr(html.chars, "id=\"confusion\""));
    assert_non_null(strstr(html.chars, "0.8000"));
    assert_non_null(strstr(html.chars, "made up"));
    assert_non_null(strstr(html.chars, "ba89"));
}

static void a_run_that_goes_on_says_so(void **state) {
    (void)state;
    struct cln_experiment *experiment = run_fixture_begin(folder);
    draw(true); /* nothing has begun */
    assert_well_formed();
    assert_int_equal(count("<figure "), 0);
    cln_text_free(&html);
    html = (struct cln_text){0};
    run_fixture_cell(folder, experiment, 0, "done", 3, "");
    run_fixture_cell(folder, experiment, 1, "running", 1, "");
    run_fixture_cell(folder, experiment, 2, "failed", 0,
                     ", \"error\": {\"status\": \"CLN_OPENCL\", \"message\": \"<b>no\", "
                     "\"detail\": null}");
    cln_experiment_free(experiment);
    draw(true);
    assert_well_formed();
    assert_non_null(strstr(html.chars, "http-equiv=\"refresh\""));
    assert_non_null(strstr(html.chars, "1 of 4 trainings are done, 4 of 12 epochs"));
    assert_non_null(strstr(html.chars, "&lt;b&gt;no"));
}

/* Experiments and models cannot have such names; drivers and files in a folder can. */
static void hostile_names_stay_texts(void **state) {
    (void)state;
    struct cln_text cell = {0};
    struct cln_experiment *experiment = run_fixture_begin(folder);
    cln_text_add(&cell, "cells/%s/cell.json", experiment->cells[0].id);
    const char json[] =
        "{\"status\": \"running\", \"device\": {\"name\": \"<img src=x><script>\\u0000\", "
        "\"vendor\": \"\\\"'><\"}, \"data\": {\"dataset\": \"</h1><i>\", "
        "\"files\": [{\"name\": \"<a>\", \"sha256\": null}]}, \"variants\": "
        "[{\"launch\": \"<u>\", \"variant\": \"\\\"\"}], \"clnoise\": \"<s>\"}";
    scratch_write(folder, cell.chars, json, strlen(json));
    cln_text_free(&cell);
    cln_experiment_free(experiment);
    draw(false);
    assert_well_formed();
    assert_null(strstr(html.chars, "<script"));
    assert_null(strstr(html.chars, "<img"));
    assert_null(strstr(html.chars, "<u>"));
    assert_non_null(strstr(html.chars, "&lt;/h1&gt;&lt;i&gt;"));
    assert_non_null(strstr(html.chars, "&lt;script&gt;"));
}

/* Fontconfig keeps its tables until the process ends; a leak checker is to see ours only. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig\n";
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        TEST(texts_are_escaped),          TEST(numbers_are_written),
        TEST(bytes_go_through_base64),    TEST(a_whole_run_makes_a_page),
        TEST(a_run_that_goes_on_says_so), TEST(hostile_names_stay_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
