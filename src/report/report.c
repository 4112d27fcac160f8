#include "report/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "clnoise/version.h"
#include "report/page.h"
#include "report/plots.h"
#include "report/records.h"
#include "report/summary.h"
#include "report/tensorboard.h"

static enum cln_status add_section(struct cln_page *page, enum cln_figure_section section,
                                   const char *id, const char *title) {
    if (!cln_page_has_figures(page, section))
        return CLN_OK;
    cln_html_add(&page->html, "<section id=\"%s\">\n<h2>%s</h2>\n", id, title);
    CLN_TRY(cln_page_add_figures(page, section));
    cln_html_add(&page->html, "</section>\n");
    return CLN_OK;
}

static enum cln_status add_page(struct cln_page *page) {
    cln_page_add_head(page);
    cln_html_add(&page->html, "<section id=\"answer\">\n<h2>What came out</h2>\n");
    cln_page_add_conclusion(page);
    cln_page_add_answer(page);
    CLN_TRY(cln_page_add_figures(page, CLN_SECTION_ANSWER));
    cln_html_add(&page->html, "</section>\n");
    CLN_TRY(add_section(page, CLN_SECTION_CURVES, "curves", "How training went"));
    CLN_TRY(add_section(page, CLN_SECTION_ERRORS, "errors", "Mistakes"));
    CLN_TRY(add_section(page, CLN_SECTION_IMAGES, "images", "Images and weights"));
    cln_page_add_cells(page);
    cln_page_add_about(page);
    cln_html_add(&page->html,
                 "<footer><p>Drawn by clnoise %s from the run's folder alone.</p></footer>\n"
                 "</main>\n</body>\n</html>\n",
                 cln_version());
    return cln_text_check(&page->html);
}

enum cln_status cln_report_html(const struct cln_results *results,
                                const struct cln_meaning *meaning, bool running,
                                struct cln_text *out) {
    struct cln_figure_base base;
    enum cln_status status = cln_figure_base_init(&base, results);
    struct cln_page page = {.html = *out,
                            .results = results,
                            .meaning = meaning,
                            .base = &base,
                            .begun = cln_results_first_begun(results),
                            .running = running};
    if (status == CLN_OK)
        status = add_page(&page);
    *out = page.html;
    cln_figure_base_done(&base);
    return status;
}

static enum cln_status write_html(const struct cln_results *results,
                                  const struct cln_meaning *meaning, const char *path,
                                  bool running) {
    struct cln_text html = {0};
    enum cln_status status = cln_report_html(results, meaning, running, &html);
    if (status == CLN_OK)
        status = cln_file_write(path, html.chars, html.length);
    cln_text_free(&html);
    return status;
}

static enum cln_status write_all(const struct cln_results *results,
                                 const struct cln_meaning *meaning, const char *folder,
                                 const char *status_text) {
    const bool running = status_text && !strcmp(status_text, "running");
    const enum cln_tensorboard_images images = running       ? CLN_TENSORBOARD_SCALARS
                                               : status_text ? CLN_TENSORBOARD_MISSING
                                                             : CLN_TENSORBOARD_ANEW;
    char *summary = cln_path_join(folder, "summary.json");
    char *html = cln_path_join(folder, "report.html"), *plots = cln_path_join(folder, "plots");
    enum cln_status status = CLN_OK;
    if (!summary || !html || !plots)
        status = CLN_FAIL(MEMORY, "out of memory for a path");
    if (status == CLN_OK)
        status = cln_records_write(results, folder);
    if (status == CLN_OK)
        status = cln_summary_write(summary, results, meaning, status_text);
    if (status == CLN_OK)
        status = write_html(results, meaning, html, running);
    if (status == CLN_OK && !running)
        status = cln_plots_write(plots, results);
    if (status == CLN_OK)
        status = cln_tensorboard_write(folder, results, images);
    free(summary);
    free(html);
    free(plots);
    return status;
}

enum cln_status cln_report_write_results(const struct cln_results *results, const char *folder,
                                         const char *status_text) {
    struct cln_meaning *meaning;
    CLN_TRY(cln_meaning_make(results, &meaning));
    enum cln_status status = write_all(results, meaning, folder, status_text);
    cln_meaning_free(meaning);
    return status;
}

enum cln_status cln_report_write(const char *folder, const char *status_text) {
    struct cln_results *results;
    CLN_TRY(cln_results_read(&folder, 1, &results));
    enum cln_status status = cln_report_write_results(results, folder, status_text);
    cln_results_free(results);
    return status;
}
