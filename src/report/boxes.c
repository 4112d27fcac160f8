#include "report/boxes.h"

#include <math.h>

#define DIRECTIONS 16
#define DISTANCES  6

static bool overlap(const struct cln_box *a, const struct cln_box *b) {
    return a->left < b->right && b->left < a->right && a->top < b->bottom && b->top < a->bottom;
}

static double clamp(double value, double low, double high) {
    return fmax(low, fmin(value, high));
}

/* How deep the disc reaches into the box; 0 if it does not. */
static double depth(const struct cln_spot *spot, const struct cln_box *box) {
    double x = clamp(spot->x, box->left, box->right), y = clamp(spot->y, box->top, box->bottom);
    return fmax(0, spot->radius - hypot(spot->x - x, spot->y - y));
}

/* The label's box in that direction, `gap` beyond the disc: nearest edge or corner to the disc. */
static struct cln_box box_at(const struct cln_spot *spot, int direction, double gap) {
    double angle = 2 * acos(-1) * direction / DIRECTIONS, reach = spot->radius + gap;
    double x = spot->x + reach * cos(angle), y = spot->y - reach * sin(angle);
    double left = x - spot->width * (1 - cos(angle)) / 2;
    double top = y - spot->height * (1 + sin(angle)) / 2;
    return (struct cln_box){left, top, left + spot->width, top + spot->height};
}

static bool free_of(const struct cln_box *box, const struct cln_spot *spots, size_t count,
                    const struct cln_box *taken, size_t taken_count) {
    for (size_t i = 0; i < count; i++)
        if (spots[i].placed && overlap(box, &spots[i].box))
            return false;
    for (size_t i = 0; i < taken_count; i++)
        if (overlap(box, &taken[i]))
            return false;
    return true;
}

static bool within(const struct cln_box *box, const struct cln_box *frame) {
    return box->left >= frame->left && box->right <= frame->right && box->top >= frame->top &&
           box->bottom <= frame->bottom;
}

void cln_spots_place(struct cln_spot *spots, size_t count, size_t labelled,
                     const struct cln_box *frame, const struct cln_box *taken, size_t taken_count) {
    for (size_t i = 0; i < count; i++)
        spots[i].placed = false;
    for (size_t i = 0; i < labelled && i < count; i++) {
        double least = INFINITY;
        struct cln_box best = {0};
        for (int at = 0; at < DIRECTIONS * DISTANCES; at++) {
            double gap = 4 + 9.0 * (at / DIRECTIONS);
            struct cln_box box = box_at(&spots[i], at % DIRECTIONS, gap);
            if (!within(&box, frame) || !free_of(&box, spots, i, taken, taken_count))
                continue;
            double cost = gap;
            for (size_t j = 0; j < count; j++)
                cost += 4 * depth(&spots[j], &box);
            if (cost < least) {
                least = cost;
                best = box;
            }
        }
        spots[i].placed = isfinite(least);
        spots[i].box = best;
    }
}
