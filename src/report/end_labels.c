#include "report/end_labels.h"

#include <math.h>
#include <stdlib.h>

#include "report/axis.h"

#define LABEL_GAP 14.0
#define LONG_LEAD 30.0

static int by_height(const void *a, const void *b) {
    const struct cln_end_label *left = a, *right = b;
    return (left->y > right->y) - (left->y < right->y);
}

/*
 * Labels that touch form a block, which sits where the mean of its lines is; a block that then
 * touches the one above takes it in.
 */
bool cln_end_labels_spread(struct cln_end_label *labels, size_t count, double top, double bottom,
                           double gap) {
    if (count == 0)
        return true;
    if ((double)(count - 1) * gap > bottom - top)
        return false;
    qsort(labels, count, sizeof *labels, by_height);
    for (size_t done = 0; done < count; done++) {
        size_t first = done;
        double y;
        for (;;) {
            size_t members = done - first + 1;
            double sum = 0;
            for (size_t l = first; l <= done; l++)
                sum += labels[l].y - (double)(l - first) * gap;
            y = sum / (double)members;
            y = fmin(fmax(y, top + (double)first * gap), bottom - (double)(members - 1) * gap);
            if (first == 0 || labels[first - 1].text_y + gap <= y)
                break;
            /* The block above ends at first - 1: find its start, a label not at `gap` from it. */
            first--;
            while (first > 0 && labels[first].text_y - labels[first - 1].text_y < gap * 1.0001)
                first--;
        }
        for (size_t l = first; l <= done; l++)
            labels[l].text_y = y + (double)(l - first) * gap;
    }
    return true;
}

/* Light colours are hard to read as small text. */
static struct cln_color darker(struct cln_color color) {
    double luma = 0.3 * color.red + 0.6 * color.green + 0.1 * color.blue;
    double share = luma > 0.42 ? 0.42 / luma : 1;
    return (struct cln_color){color.red * share, color.green * share, color.blue * share};
}

void cln_end_labels_draw(cairo_t *cairo, struct cln_end_label *labels, size_t count, double edge,
                         double top, double bottom) {
    if (!cln_end_labels_spread(labels, count, top, bottom - LABEL_GAP / 2, LABEL_GAP))
        return;
    for (size_t l = 0; l < count; l++) {
        const struct cln_end_label *label = &labels[l];
        cln_color_set_alpha(cairo, label->color, 0.5);
        cairo_set_line_width(cairo, 1);
        /* A long lead, from a line that ends early, must not be taken for more of the line. */
        const double dots[] = {1.5, 3};
        cairo_set_dash(cairo, dots, edge - label->x > LONG_LEAD ? 2 : 0, 0);
        cairo_move_to(cairo, label->x + 4, label->y);
        cairo_line_to(cairo, edge + 4, label->text_y);
        cairo_stroke(cairo);
        cairo_set_dash(cairo, dots, 0, 0);
        const struct cln_type type = {.size = 12, .bold = true, .color = darker(label->color)};
        char text[64];
        cln_text_draw(cairo, &type, edge + 8, label->text_y + 4.3,
                      cln_number_format(text, sizeof text, label->value, 3));
    }
}
