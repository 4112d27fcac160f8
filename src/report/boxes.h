/* Labels beside points, placed so that none covers another. */
#ifndef CLN_REPORT_BOXES_H
#define CLN_REPORT_BOXES_H

#include <stdbool.h>
#include <stddef.h>

struct cln_box {
    double left, top, right, bottom;
};

struct cln_spot {
    double x, y, radius;  /* a point, as a disc */
    double width, height; /* of its label */
    bool placed;          /* set by cln_spots_place; where not, there was no room */
    struct cln_box box;   /* of the label, if placed */
};

/*
 * Gives the first `labelled` of `count` spots, one after another, the place near their disc that
 * covers no label placed before, and as little of discs as there is. Labels stay within `frame`
 * and off the `taken` boxes.
 */
void cln_spots_place(struct cln_spot *spots, size_t count, size_t labelled,
                     const struct cln_box *frame, const struct cln_box *taken, size_t taken_count);

#endif
