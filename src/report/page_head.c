/* The top of the page: what was run on what, and how far it is. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "report/page.h"
#include "report/titles.h"

extern const char cln_report_css[]; /* report.css */

#define REFRESH_SECONDS 10
#define NAMED_MODELS    3

/* "ConvNet and MLP on MNIST with Gaussian noise" */
static void add_title(const struct cln_page *page, struct cln_text *out) {
    const struct cln_cell_groups *groups = &page->base->groups;
    for (size_t k = 0; k < groups->kind_count && k < NAMED_MODELS; k++) {
        if (k)
            cln_text_add(out, "%s", k + 1 == groups->kind_count ? " and " : ", ");
        cln_title_add_kind(out, groups->kinds[k]);
    }
    if (groups->kind_count > NAMED_MODELS)
        cln_text_add(out, " and %zu more", groups->kind_count - NAMED_MODELS);
    cln_text_add(out, " on ");
    if (page->begun)
        cln_title_add_data(out, &page->base->about);
    else
        cln_text_add(out, "%s", cln_display_name(page->results->experiment->cells[0].data.dataset));
    bool noisy = groups->scales[groups->scale_count - 1] > 0;
    if (noisy)
        cln_text_add(out, " with %s noise", cln_noise_words(page->results));
}

static size_t seeds_of(const struct cln_results *results) {
    size_t count = 0;
    for (size_t c = 0; c < results->cell_count; c++) {
        size_t k = 0;
        while (k < c && results->cells[k].seed != results->cells[c].seed)
            k++;
        count += k == c;
    }
    return count;
}

static void add_fact(struct cln_text *html, const char *value, const char *what) {
    cln_html_add(html, "<li><b>%s</b> %s</li>\n", value, what);
}

static void add_facts(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_results *results = page->results;
    char number[CLN_NUMBER_SIZE];
    size_t scales = page->base->groups.scale_count, seeds = seeds_of(results);
    cln_html_add(html, "<ul class=\"facts\">\n");
    add_fact(html, cln_integer_print(number, (int64_t)results->cell_count),
             results->cell_count == 1 ? "training" : "trainings");
    if (scales > 1)
        add_fact(html, cln_integer_print(number, (int64_t)scales), "noise scales");
    add_fact(html, cln_integer_print(number, (int64_t)seeds), seeds == 1 ? "seed" : "seeds");
    add_fact(html, cln_integer_print(number, results->cells[0].epochs_wanted),
             results->cells[0].epochs_wanted == 1 ? "epoch" : "epochs");
    if (page->begun && page->begun->data.train_images)
        add_fact(html, cln_integer_print(number, page->begun->data.train_images),
                 "training images");
    if (page->begun && page->begun->data.validation_images)
        add_fact(html, cln_integer_print(number, page->begun->data.validation_images),
                 "of them for validation");
    if (page->begun && page->begun->data.test_images)
        add_fact(html, cln_integer_print(number, page->begun->data.test_images), "test images");
    cln_html_add(html, "</ul>\n");
}

static void add_progress(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_results *results = page->results;
    double epochs = 0, wanted = 0;
    for (size_t c = 0; c < results->cell_count; c++) {
        epochs += results->cells[c].epoch_count;
        wanted += results->cells[c].epochs_wanted;
    }
    cln_html_add(html,
                 "<div class=\"state\" role=\"status\"><p><b>Running.</b> %z of %z trainings are "
                 "done, %0 of %0 epochs. This page renews itself every %d seconds.</p>\n"
                 "<progress max=\"%0\" value=\"%0\">%0 of %0 epochs</progress></div>\n",
                 results->by_status[CLN_CELL_DONE], results->cell_count, epochs, wanted,
                 REFRESH_SECONDS, wanted, epochs, epochs, wanted);
}

static void add_failures(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_results *results = page->results;
    size_t failed = results->by_status[CLN_CELL_FAILED];
    if (!failed)
        return;
    cln_html_add(html, "<div class=\"state bad\"><p><b>%z of %z trainings failed.</b></p>\n<ul>\n",
                 failed, results->cell_count);
    for (size_t c = 0; c < results->cell_count; c++)
        if (results->cells[c].status == CLN_CELL_FAILED)
            cln_html_add(html, "<li>%s: %s</li>\n", results->cells[c].label,
                         results->cells[c].error_message);
    cln_html_add(html, "</ul></div>\n");
}

static void add_state(struct cln_page *page) {
    const struct cln_results *results = page->results;
    size_t left = results->cell_count - results->by_status[CLN_CELL_DONE] -
                  results->by_status[CLN_CELL_FAILED];
    if (page->running)
        add_progress(page);
    else if (left)
        cln_html_add(&page->html,
                     "<div class=\"state\"><p><b>Not complete.</b> %z of %z trainings are not "
                     "done; what follows is of the others. <code>clnoise resume</code> goes on "
                     "with them.</p></div>\n",
                     left, results->cell_count);
    add_failures(page);
    if (page->begun && page->begun->data.substituted)
        cln_html_add(&page->html,
                     "<div class=\"state\"><p><b>%s stands in for %s.</b> %s</p></div>\n",
                     cln_display_name(page->begun->data.dataset),
                     cln_display_name(page->begun->data.requested ? page->begun->data.requested
                                                                  : "another data set"),
                     page->begun->data.why_substituted);
}

static void add_links(struct cln_page *page) {
    struct cln_text *html = &page->html;
    cln_html_add(html, "<nav aria-label=\"Sections\"><a href=\"#answer\">What came out</a>");
    if (cln_page_has_figures(page, CLN_SECTION_CURVES))
        cln_html_add(html, "<a href=\"#curves\">How training went</a>");
    if (cln_page_has_figures(page, CLN_SECTION_ERRORS))
        cln_html_add(html, "<a href=\"#errors\">Mistakes</a>");
    if (cln_page_has_figures(page, CLN_SECTION_IMAGES))
        cln_html_add(html, "<a href=\"#images\">Images and weights</a>");
    cln_html_add(html, "<a href=\"#cells\">Every training</a><a href=\"#about\">How to repeat "
                       "it</a></nav>\n");
}

void cln_page_add_head(struct cln_page *page) {
    struct cln_text *html = &page->html, title = {0};
    add_title(page, &title);
    html->failed |= title.failed;
    const char *words = title.chars ? title.chars : "";
    cln_html_add(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                       "<meta name=\"color-scheme\" content=\"light dark\">\n");
    if (page->running)
        cln_html_add(html, "<meta http-equiv=\"refresh\" content=\"%d\">\n", REFRESH_SECONDS);
    /* An icon that is empty: browsers need not ask for one. */
    cln_html_add(html, "<link rel=\"icon\" href=\"data:,\">\n<title>%s</title>\n<style>\n", words);
    cln_text_append(html, cln_report_css, strlen(cln_report_css));
    cln_html_add(html,
                 "</style>\n</head>\n<body>\n<main>\n<header>\n<p class=\"kicker\">Experiment "
                 "<b>%s</b></p>\n<h1>%s</h1>\n",
                 page->results->experiment->name, words);
    add_facts(page);
    add_state(page);
    add_links(page);
    cln_html_add(html, "</header>\n");
    cln_text_free(&title);
}
