/* The parts of report.html; each appends its section. */
#ifndef CLN_REPORT_PAGE_H
#define CLN_REPORT_PAGE_H

#include "report/figure_data.h"
#include "report/html.h"
#include "report/meaning.h"

struct cln_page {
    struct cln_text html;
    const struct cln_results *results;
    const struct cln_meaning *meaning;
    const struct cln_figure_base *base;
    const struct cln_result_cell *begun; /* the first cell that has; or NULL */
    bool running;
};

/* page_head.c: head, title, what was run, how far it is. */
void cln_page_add_head(struct cln_page *page);

/* page_tables.c: the conclusion in words; the results by noise scale; all cells. */
void cln_page_add_conclusion(struct cln_page *page);
void cln_page_add_answer(struct cln_page *page);
void cln_page_add_cells(struct cln_page *page);

/* page_about.c: device, data, kernels, configuration, how to repeat it. */
void cln_page_add_about(struct cln_page *page);

/* page_figure.c: the figures of a section, each in both themes and both widths. */
enum cln_status cln_page_add_figures(struct cln_page *page, enum cln_figure_section section);
bool cln_page_has_figures(const struct cln_page *page, enum cln_figure_section section);

#endif
