/* SVGs as cairo writes them, made small for a page. */
#ifndef CLN_REPORT_SVG_H
#define CLN_REPORT_SVG_H

#include "base/text.h"

/*
 * Appends one SVG that is two: the same drawing on paper and on a dark ground, told apart by the
 * reader's colour scheme. Colours become variables, numbers lose what is below a hundredth of a
 * point (a ten-thousandth where they are less than one), and blanks between elements go. False, and
 * nothing is appended, if the drawings differ in more than their colours; also when out of memory,
 * which out->failed tells.
 */
bool cln_svg_join(const struct cln_text *paper, const struct cln_text *dark, struct cln_text *out);

/* Appends the SVG as a data: address for an HTML attribute in double quotes: a quarter shorter than
 * in base64. */
void cln_svg_add_address(const struct cln_text *svg, struct cln_text *html);

#endif
