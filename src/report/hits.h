/*
 * Places of a figure that tell their values when they are pointed at: transparent areas over the
 * picture in report.html.
 */
#ifndef CLN_REPORT_HITS_H
#define CLN_REPORT_HITS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

struct cln_hit {
    double x, y, width, height; /* in the drawing's units */
    char *text;                 /* lines; the first is a heading */
};

struct cln_hits {
    struct cln_hit *rows;
    size_t count, capacity;
    bool failed; /* out of memory */
};

/* Takes the text over, which is left empty. */
void cln_hits_add(struct cln_hits *hits, double x, double y, double width, double height,
                  struct cln_text *text);
void cln_hits_done(struct cln_hits *hits);

#endif
