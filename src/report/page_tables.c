/* What came of it, by noise scale and cell by cell. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/page.h"
#include "report/reference.h"
#include "report/titles.h"

#define MAX_KINDS 6 /* columns; all are in the table of cells */

static void add_scale(struct cln_text *html, double scale) {
    struct cln_text text = {0};
    cln_title_add_scale(&text, scale);
    cln_html_add_text(html, text.chars);
    cln_text_free(&text);
}

static void add_kind(struct cln_text *html, const char *kind) {
    struct cln_text text = {0};
    cln_title_add_kind(&text, kind);
    cln_html_add_text(html, text.chars);
    cln_text_free(&text);
}

/* The notebook ran that, in any cell of the row. */
static bool referred(const struct cln_page *page, size_t kind) {
    struct cln_reference_curve curve;
    const struct cln_cell_groups *groups = &page->base->groups;
    for (size_t s = 0; s < groups->scale_count; s++)
        if (cln_reference_find(page->results, groups->kinds[kind], groups->scales[s], &curve))
            return true;
    return false;
}

static void add_group(struct cln_page *page, const struct cln_cell_group *group, bool best) {
    struct cln_text *html = &page->html;
    if (!group || !group->count) {
        cln_html_add(html, "<td class=\"n\">%s</td>", group ? "not yet" : NULL);
        return;
    }
    cln_html_add(html, "<td class=\"n%s\">%4", best ? " best" : "", group->mean);
    if (isfinite(group->low))
        cln_html_add(html, " <small>%4 to %4</small>", group->low, group->high);
    if (group->count < group->cell_count)
        cln_html_add(html, " <small>%z of %z seeds</small>", group->count, group->cell_count);
    cln_html_add(html, "</td>");
}

static void add_reference(struct cln_page *page, size_t kind, double scale) {
    struct cln_reference_curve curve;
    if (cln_reference_find(page->results, page->base->groups.kinds[kind], scale, &curve))
        cln_html_add(&page->html, "<td class=\"n soft\">%4</td>",
                     curve.val_accuracy[curve.epochs - 1]);
    else
        cln_html_add(&page->html, "<td class=\"n soft\">not run</td>");
}

static void add_result_head(struct cln_page *page, size_t kinds) {
    struct cln_text *html = &page->html;
    const struct cln_cell_groups *groups = &page->base->groups;
    cln_html_add(html, "<thead><tr><th scope=\"col\">Noise scale</th>");
    for (size_t k = 0; k < kinds; k++) {
        cln_html_add(html, "<th scope=\"col\" class=\"n\">");
        add_kind(html, groups->kinds[k]);
        cln_html_add(html, "</th>");
        if (referred(page, k))
            cln_html_add(html, "<th scope=\"col\" class=\"n\">in the notebook</th>");
    }
    cln_html_add(html, "</tr></thead>\n");
}

/* Marked as best only where its interval lies above those of the others. */
static bool is_best(const struct cln_cell_groups *groups, size_t kinds, size_t kind, double scale) {
    const struct cln_cell_group *own = cln_cell_groups_find(groups, kind, scale);
    bool best =
        own && isfinite(own->low) && kinds > 1 && (own->count == 1 || own->count >= CLN_PAIRS_MIN);
    for (size_t k = 0; k < kinds && best; k++) {
        const struct cln_cell_group *other = cln_cell_groups_find(groups, k, scale);
        best = k == kind || (other && isfinite(other->high) && other->high < own->low);
    }
    return best;
}

static void add_result_rows(struct cln_page *page, size_t kinds) {
    struct cln_text *html = &page->html;
    const struct cln_cell_groups *groups = &page->base->groups;
    for (size_t s = 0; s < groups->scale_count; s++) {
        double scale = groups->scales[s];
        cln_html_add(html, "<tr><th scope=\"row\">");
        add_scale(html, scale);
        cln_html_add(html, "</th>");
        for (size_t k = 0; k < kinds; k++) {
            add_group(page, cln_cell_groups_find(groups, k, scale),
                      is_best(groups, kinds, k, scale));
            if (referred(page, k))
                add_reference(page, k, scale);
        }
        cln_html_add(html, "</tr>\n");
    }
}

void cln_page_add_answer(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_cell_groups *groups = &page->base->groups;
    size_t kinds = groups->kind_count < MAX_KINDS ? groups->kind_count : MAX_KINDS;
    cln_html_add(html,
                 "<p class=\"note\">Test accuracy after the last epoch, with its 95 %% interval: "
                 "over seeds where there are several, else for the choice of test images.%s</p>\n"
                 "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Test accuracy "
                 "by noise scale\"><table>\n",
                 kinds > 1 ? " Bold: the interval lies above all others of the row, of one run "
                             "each or of enough seeds."
                           : "");
    add_result_head(page, kinds);
    cln_html_add(html, "<tbody>\n");
    add_result_rows(page, kinds);
    cln_html_add(html, "</tbody></table></div>\n");
}

void cln_page_add_conclusion(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_conclusion *conclusion = &page->meaning->conclusion;
    size_t cautions = 0;
    cln_html_add(html, "<div class=\"findings\">\n");
    for (size_t s = 0; s < conclusion->count; s++)
        if (conclusion->sentences[s].caution)
            cautions++;
        else
            cln_html_add(html, "<p>%s</p>\n", conclusion->sentences[s].text);
    cln_html_add(html, "</div>\n");
    if (!cautions)
        return;
    cln_html_add(html, "<div class=\"cautions\"><h3>What this does not say</h3>\n<ul>\n");
    for (size_t s = 0; s < conclusion->count; s++)
        if (conclusion->sentences[s].caution)
            cln_html_add(html, "<li>%s</li>\n", conclusion->sentences[s].text);
    cln_html_add(html, "</ul></div>\n");
}

static double mean_epoch(const struct cln_result_cell *cell) {
    double sum = 0;
    for (int e = 0; e < cell->epoch_seconds_count; e++)
        sum += cell->epoch_seconds[e];
    return cell->epoch_seconds_count ? sum / cell->epoch_seconds_count : NAN;
}

/* Without a validation split the validation accuracy is that of the test images. */
static bool has_split(const struct cln_page *page) {
    return page->begun && page->begun->data.validation_images;
}

static void add_cell(struct cln_page *page, size_t number) {
    struct cln_text *html = &page->html;
    const struct cln_result_cell *cell = &page->results->cells[number];
    const struct cln_diagnosis *diagnosis = &page->meaning->diagnoses[number];
    const struct cln_result_epoch *last = cln_result_last(cell);
    char seconds[48], each[48];
    struct cln_text kind = {0};
    cln_result_add_kind(&kind, cell);
    cln_html_add(html, "<tr><th scope=\"row\">");
    add_kind(html, kind.chars ? kind.chars : "");
    cln_html_add(html, "</th><td class=\"n\">");
    cln_text_free(&kind);
    add_scale(html, cell->noise_scale);
    cln_html_add(html, "</td><td class=\"n\">%l</td><td class=\"%s\">%s</td>", cell->seed,
                 cell->status == CLN_CELL_FAILED ? "bad" : "", cln_cell_status_name(cell->status));
    cln_html_add(html, "<td class=\"%s\">%s</td><td class=\"n\">%d of %d</td>",
                 diagnosis->code == CLN_DIAGNOSIS_SETTLED ? "" : "warn",
                 cln_diagnosis_words(diagnosis->code), cell->epoch_count, cell->epochs_wanted);
    cln_html_add(html, "<td class=\"n\">%4</td><td class=\"n\">%4</td>",
                 last ? last->accuracy : NAN, last ? last->val_accuracy : NAN);
    if (has_split(page))
        cln_html_add(html, "<td class=\"n\">%4</td>", cln_result_accuracy(cell, NULL));
    if (cell->best_epoch)
        cln_html_add(html, "<td class=\"n\">%4 <small>epoch %d</small></td>",
                     cell->best_val_accuracy, cell->best_epoch);
    else
        cln_html_add(html, "<td class=\"n\">%s</td>", (const char *)NULL);
    cln_html_add(html,
                 "<td class=\"n\">%s</td><td class=\"n\">%s</td><td><code>%s</code></td></tr>\n",
                 cln_html_seconds(seconds, cell->seconds), cln_html_seconds(each, mean_epoch(cell)),
                 cell->id);
}

/* What each training's curves tell, in full. */
static void add_diagnoses(struct cln_page *page) {
    struct cln_text *html = &page->html;
    cln_html_add(html, "<details><summary>What the curves of each training tell</summary>\n<ul "
                       "class=\"sentences\">\n");
    for (size_t c = 0; c < page->results->cell_count; c++) {
        const struct cln_result_cell *cell = &page->results->cells[c];
        struct cln_text name = {0}, kind = {0};
        cln_result_add_kind(&kind, cell);
        cln_title_add_kind(&name, kind.chars ? kind.chars : "");
        cln_text_free(&kind);
        cln_text_add(&name, ", ");
        cln_title_add_noise(&name, cell->noise_scale);
        cln_text_add(&name, ", seed %lld", (long long)cell->seed);
        cln_html_add(html, "<li><b>%s</b>: %s</li>\n", name.chars,
                     page->meaning->diagnoses[c].sentence);
        cln_text_free(&name);
    }
    cln_html_add(html, "</ul></details>\n");
}

void cln_page_add_cells(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_results *results = page->results;
    double total = 0;
    char seconds[48];
    for (size_t c = 0; c < results->cell_count; c++)
        if (isfinite(results->cells[c].seconds))
            total += results->cells[c].seconds;
    cln_html_add(html,
                 "<section id=\"cells\">\n<h2>Every training</h2>\n<p class=\"note\">%s of "
                 "training and validation in all. The validation accuracy is %s.</p>\n<div "
                 "class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Every "
                 "training\"><table>\n",
                 cln_html_seconds(seconds, total),
                 page->begun && page->begun->data.validation_images
                     ? "that of the images set aside for it"
                     : "that of the test images: no others were set aside");
    cln_html_add(html,
                 "<thead><tr><th scope=\"col\">Training</th><th scope=\"col\" class=\"n\">Noise"
                 "</th><th scope=\"col\" class=\"n\">Seed</th><th scope=\"col\">State</th>"
                 "<th scope=\"col\">Diagnosis</th><th scope=\"col\" class=\"n\">Epochs</th>"
                 "<th scope=\"col\" class=\"n\">Training accuracy</th><th scope=\"col\" "
                 "class=\"n\">Validation</th>");
    if (has_split(page))
        cln_html_add(html, "<th scope=\"col\" class=\"n\">Test</th>");
    cln_html_add(html, "<th scope=\"col\" class=\"n\">Best validation</th><th scope=\"col\" "
                       "class=\"n\">Time</th><th scope=\"col\" class=\"n\">An epoch</th><th "
                       "scope=\"col\">Cell</th></tr></thead>\n<tbody>\n");
    for (size_t c = 0; c < results->cell_count; c++)
        add_cell(page, c);
    cln_html_add(html, "</tbody></table></div>\n");
    add_diagnoses(page);
    cln_html_add(html, "</section>\n");
}
