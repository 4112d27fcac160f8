/*
 * What is drawn from a run's folder: the page, its tags in order, and each figure once more in the
 * form of a file. Weights that are no weights are the one thing that may keep it from being drawn.
 */
#include <string.h>

#include "fuzz/run_folder.h"
#include "report/chart.h"
#include "report/figure_data.h"
#include "report/report.h"

#define DEEPEST 32

struct tag {
    const char *name;
    size_t length;
};

static bool is(struct tag tag, const char *name) {
    return tag.length == strlen(name) && !memcmp(tag.name, name, tag.length);
}

static bool is_void(struct tag tag) {
    return is(tag, "meta") || is(tag, "img") || is(tag, "br") || is(tag, "link") || is(tag, "hr");
}

/* Behind the tag that begins at `at`; what is in quotes is passed over. */
static const char *end_of(const char *at) {
    bool quoted = false;
    for (at++; *at && (quoted || *at != '>'); at++) {
        quoted ^= *at == '"';
        fuzz_check(quoted || *at != '<', "a tag within a tag");
    }
    fuzz_check(*at == '>', "a tag without an end");
    return at + 1;
}

/* A text that were markup would leave the tags out of order. */
static void check_page(const char *html) {
    struct tag open[DEEPEST];
    int depth = 0;
    for (const char *at = html; (at = strchr(at, '<'));) {
        const bool closing = at[1] == '/';
        struct tag tag = {at + 1 + closing, 0};
        tag.length = strspn(tag.name, "abcdefghijklmnopqrstuvwxyz0123456789!DOCTYPE-");
        at = end_of(at);
        fuzz_check(!is(tag, "script"), "a script");
        if (*tag.name == '!' || is_void(tag))
            continue;
        if (!closing) {
            fuzz_check(depth < DEEPEST, "tags deeper than the page has them");
            open[depth++] = tag;
            if (is(tag, "style"))
                at = strstr(at, "</style>");
            continue;
        }
        fuzz_check(depth > 0 && open[depth - 1].length == tag.length &&
                       !memcmp(open[depth - 1].name, tag.name, tag.length),
                   "a tag that ends another");
        depth--;
    }
    fuzz_check(depth == 0, "a tag that does not end");
}

static void check_drawn(enum cln_status status) {
    if (status == CLN_OK)
        return;
    fuzz_check_error(status);
    fuzz_check(strstr(cln_error_last()->message, "model.safetensors") != NULL,
               cln_error_last()->message);
}

static enum cln_status draw(const struct cln_figure *figure, const struct cln_figure_data *data) {
    const struct cln_figure_form form = {CLN_CHART_WIDTH, false};
    struct cln_picture picture = {0};
    struct cln_text bytes = {0};
    enum cln_status status = figure->make(figure, data, &form, &picture);
    if (status == CLN_OK)
        status = cln_drawing_svg(&picture.drawing, CLN_PAPER, &bytes);
    cln_text_free(&bytes);
    cln_picture_done(&picture);
    return status;
}

static void draw_all(const struct cln_results *results) {
    struct cln_figure_base base;
    fuzz_check(cln_figure_base_init(&base, results) == CLN_OK, cln_error_last()->message);
    for (const struct cln_figure *const *figure = cln_figures; *figure && !base.empty; figure++)
        if ((*figure)->applies(*figure, &base.data))
            check_drawn(draw(*figure, &base.data));
    cln_figure_base_done(&base);
}

static void write_page(const struct cln_results *results) {
    struct cln_meaning *meaning;
    struct cln_text html = {0};
    fuzz_check(cln_meaning_make(results, &meaning) == CLN_OK, cln_error_last()->message);
    enum cln_status status = cln_report_html(results, meaning, false, &html);
    check_drawn(status);
    if (status == CLN_OK)
        check_page(html.chars);
    cln_text_free(&html);
    cln_meaning_free(meaning);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cln_results *results = fuzz_run_results(data, size);
    if (results) {
        write_page(results);
        draw_all(results);
        cln_results_free(results);
    }
    return 0;
}
