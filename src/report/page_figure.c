/*
 * A figure in the page: the picture twice, wide and narrow (each on paper and on a dark ground), of
 * which the style sheet shows one; over it the places that tell values; its numbers to download.
 */
#include <math.h>
#include <string.h>

#include "base/base64.h"
#include "report/chart.h"
#include "report/page.h"
#include "report/svg.h"

#define NARROW    420
#define MAX_STOPS 100

/* `class`: "b" for both grounds, "l" for paper, "d" for the dark one. */
static void add_image(struct cln_text *html, const struct cln_picture *picture,
                      const struct cln_text *svg, const char *class, const char *form) {
    cln_html_add(html, "<img class=\"%s%s\" width=\"%d\" height=\"%d\" alt=\"%s\" src=\"", class,
                 form, (int)picture->drawing.width, (int)ceil(picture->drawing.height),
                 picture->alt.chars);
    cln_svg_add_address(svg, html);
    cln_text_append(html, "\">\n", 3);
}

/* Both grounds in one, where they differ in nothing but colours. */
static enum cln_status add_images(struct cln_text *html, const struct cln_picture *picture,
                                  const char *form) {
    struct cln_text paper = {0}, dark = {0}, both = {0};
    enum cln_status status;
    CLN_TRY_GOTO(cln_drawing_svg(&picture->drawing, CLN_PAPER, &paper));
    CLN_TRY_GOTO(cln_drawing_svg(&picture->drawing, CLN_DARK, &dark));
    if (cln_svg_join(&paper, &dark, &both)) {
        add_image(html, picture, &both, "b", form);
    } else {
        add_image(html, picture, &paper, "l", form);
        add_image(html, picture, &dark, "d", form);
    }
    status = cln_text_check(&both);
fail:
    cln_text_free(&paper);
    cln_text_free(&dark);
    cln_text_free(&both);
    return status;
}

/* Tall places are strips of a chart, whose text stands beside them. */
static void add_hits(struct cln_text *html, const struct cln_picture *picture, const char *form) {
    const struct cln_drawing *drawing = &picture->drawing;
    if (!picture->hits.count)
        return;
    /* A keyboard should not have to go through hundreds of tiles whose numbers stand in them. */
    const char *focus = picture->hits.count <= MAX_STOPS ? " tabindex=0" : "";
    cln_html_add(html, "<div class=\"hits %s\">\n", form);
    for (size_t h = 0; h < picture->hits.count; h++) {
        const struct cln_hit *hit = &picture->hits.rows[h];
        double centre = (hit->x + hit->width / 2) / drawing->width;
        bool strip = hit->height > 120;
        cln_html_add(html,
                     "<span class=\"h%s%s\"%s role=\"img\" aria-label=\"%s\" "
                     "style=\"left:%2%%;top:%2%%;width:%2%%;height:%2%%\"></span>\n",
                     strip ? " s" : "", centre > 0.5 ? " r" : "", focus, hit->text,
                     100 * hit->x / drawing->width, 100 * hit->y / drawing->height,
                     100 * hit->width / drawing->width, 100 * hit->height / drawing->height);
    }
    cln_html_add(html, "</div>\n");
}

static enum cln_status add_form(struct cln_text *html, const struct cln_picture *picture,
                                const char *form) {
    CLN_TRY(add_images(html, picture, form));
    add_hits(html, picture, form);
    return CLN_OK;
}

static void add_caption(struct cln_text *html, const struct cln_figure *figure,
                        const struct cln_picture *picture) {
    cln_html_add(html, "<figcaption>%s.", picture->note.chars);
    if (picture->csv.length) {
        cln_html_add(html, " <a download=\"%s.csv\" href=\"data:text/csv;base64,", figure->name);
        cln_base64_add(html, picture->csv.chars, picture->csv.length);
        cln_html_add(html, "\">Numbers as CSV</a>");
    }
    cln_html_add(html, "</figcaption>\n");
}

static enum cln_status make(const struct cln_page *page, const struct cln_figure *figure,
                            double width, struct cln_picture *picture) {
    const struct cln_figure_form form = {width, true};
    *picture = (struct cln_picture){0};
    return figure->make(figure, &page->base->data, &form, picture);
}

static enum cln_status add_figure(struct cln_page *page, const struct cln_figure *figure) {
    struct cln_text *html = &page->html;
    struct cln_picture wide = {0}, narrow = {0};
    enum cln_status status = make(page, figure, CLN_CHART_WIDTH, &wide);
    if (status == CLN_OK)
        status = make(page, figure, NARROW, &narrow);
    if (status == CLN_OK) {
        cln_html_add(html,
                     "<figure id=\"%s\">\n<h3>%s</h3>\n<a class=\"skip\" href=\"#after-%s\">Skip "
                     "the values of this figure</a>\n<div class=\"plot\">\n",
                     figure->name, wide.title.chars, figure->name);
        status = add_form(html, &wide, "w");
    }
    if (status == CLN_OK)
        status = add_form(html, &narrow, "n");
    if (status == CLN_OK) {
        cln_html_add(html, "</div>\n");
        add_caption(html, figure, &wide);
        cln_html_add(html, "<span id=\"after-%s\"></span></figure>\n", figure->name);
    }
    cln_picture_done(&wide);
    cln_picture_done(&narrow);
    return status;
}

bool cln_page_has_figures(const struct cln_page *page, enum cln_figure_section section) {
    for (const struct cln_figure *const *figure = cln_figures; *figure; figure++)
        if ((*figure)->section == section && !page->base->empty &&
            (*figure)->applies(*figure, &page->base->data))
            return true;
    return false;
}

enum cln_status cln_page_add_figures(struct cln_page *page, enum cln_figure_section section) {
    for (const struct cln_figure *const *figure = cln_figures; *figure; figure++)
        if ((*figure)->section == section && !page->base->empty &&
            (*figure)->applies(*figure, &page->base->data))
            CLN_TRY(add_figure(page, *figure));
    return CLN_OK;
}
