/* What it ran on, and how to run it again. */
#include <string.h>

#include "base/number.h"
#include "clnoise/version.h"
#include "report/page.h"
#include "report/titles.h"

static void add_row(struct cln_text *html, const char *name, const char *value) {
    if (value && *value)
        cln_html_add(html, "<dt>%s</dt><dd>%s</dd>\n", name, value);
}

static bool same_device(const struct cln_result_cell *a, const struct cln_result_cell *b) {
    return !strcmp(a->device.name ? a->device.name : "", b->device.name ? b->device.name : "") &&
           !strcmp(a->device.driver ? a->device.driver : "",
                   b->device.driver ? b->device.driver : "") &&
           a->device.index == b->device.index;
}

static void add_device(struct cln_text *html, const struct cln_result_cell *cell) {
    char number[CLN_NUMBER_SIZE];
    struct cln_text size = {0};
    cln_html_add(html, "<dl>\n");
    add_row(html, "Device", cell->device.name);
    add_row(html, "Kind", cell->device.type);
    add_row(html, "Platform", cell->device.platform);
    add_row(html, "Version", cell->device.version);
    add_row(html, "Driver", cell->device.driver);
    if (cell->device.compute_units)
        add_row(html, "Compute units", cln_integer_print(number, cell->device.compute_units));
    if (cell->device.memory_bytes)
        cln_text_add(&size, "%.1f GiB", (double)cell->device.memory_bytes / (1 << 30));
    add_row(html, "Memory", size.chars);
    add_row(html, "Steps replayed", cell->device.recorder);
    add_row(html, "clnoise", cell->version);
    add_row(html, "Started", cell->started);
    cln_html_add(html, "</dl>\n");
    cln_text_free(&size);
}

/* Each device that cells ran on, once. */
static void add_devices(struct cln_page *page) {
    const struct cln_results *results = page->results;
    cln_html_add(&page->html, "<h3>Device</h3>\n");
    for (size_t c = 0; c < results->cell_count; c++) {
        if (!results->cells[c].device.name)
            continue;
        size_t k = 0;
        while (k < c && !(results->cells[k].device.name &&
                          same_device(&results->cells[k], &results->cells[c])))
            k++;
        if (k == c)
            add_device(&page->html, &results->cells[c]);
    }
}

static void add_data(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_result_cell *cell = page->begun;
    cln_html_add(html,
                 "<h3>Data</h3>\n<p>%s. What was read, by the SHA-256 of its content:</p>\n"
                 "<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Files of "
                 "the data set\"><table><thead><tr><th scope=\"col\">File</th>"
                 "<th scope=\"col\">SHA-256</th></tr></thead><tbody>\n",
                 cln_display_name(cell->data.dataset));
    for (size_t f = 0; f < cell->data.file_count; f++)
        cln_html_add(html, "<tr><td>%s</td><td><code>%s</code></td></tr>\n",
                     cell->data.files[f].name, cell->data.files[f].sha256);
    cln_html_add(html, "</tbody></table></div>\n");
}

/* Those of the first cell of each model that tells. */
static void add_kernels(struct cln_page *page) {
    struct cln_text *html = &page->html;
    const struct cln_results *results = page->results;
    cln_html_add(html, "<details><summary>Kernels that ran</summary>\n");
    for (size_t c = 0; c < results->cell_count; c++) {
        const struct cln_result_cell *cell = &results->cells[c];
        size_t k = 0;
        while (k < c &&
               !(results->cells[k].variant_count && !strcmp(results->cells[k].model, cell->model)))
            k++;
        if (k < c || !cell->variant_count)
            continue;
        cln_html_add(html, "<p><b>%s</b>: ", cln_display_name(cell->model));
        for (size_t v = 0; v < cell->variant_count; v++)
            cln_html_add(html, "%s%s <code>%s</code>", v ? ", " : "", cell->variants[v].launch,
                         cell->variants[v].variant);
        cln_html_add(html, "</p>\n");
    }
    cln_html_add(html, "</details>\n");
}

void cln_page_add_about(struct cln_page *page) {
    struct cln_text *html = &page->html;
    cln_html_add(html,
                 "<section id=\"about\">\n<h2>How to repeat it</h2>\n<p>Save the configuration "
                 "below as <code>config.yaml</code>, or take that file from the run's folder, "
                 "and</p>\n<pre tabindex=\"0\">clnoise run config.yaml</pre>\n<p>trains every net "
                 "again. On one device, with one driver and the same kernels, a seed gives the "
                 "same bits; elsewhere the noise is the same, and sums are rounded "
                 "differently.</p>\n<details><summary>Configuration</summary>\n<pre "
                 "tabindex=\"0\">%s</pre>\n</details>\n",
                 cln_experiment_resolved(page->results->experiment));
    if (page->begun) {
        add_kernels(page);
        add_devices(page);
        add_data(page);
    }
    cln_html_add(html, "</section>\n");
}
