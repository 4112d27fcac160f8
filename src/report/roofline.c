#include "report/roofline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/boxes.h"
#include "report/canvas.h"
#include "report/palette.h"

#define WIDTH        900.0
#define MARGIN       28.0
#define HEAD_ROOM    108.0 /* title, subtitle, legend */
#define PANEL_HEIGHT 470.0 /* with its title and numbers */
#define TITLE_ROOM   46.0
#define LEFT_ROOM    52.0
#define BOTTOM_ROOM  56.0
#define WHOLE_RADIUS 50.0 /* of a launch that is the whole step */
#define LEAST_RADIUS 1.6
#define LEAST_SHARE  0.001 /* of the step; what takes less is left out */
#define LABEL_SHARE  0.01
#define MOST_LABELS  14
#define MOST_TAKEN   600

struct frame {
    double left, top, width, height;
    struct cln_axis x, y; /* flops a byte, GFLOP/s; both logarithmic */
};

/* A launch that has a place in the panel. */
struct mark {
    const struct cln_roofline_point *point;
    double x, y, share; /* share of the step's time */
};

static double place_x(const struct frame *frame, double x) {
    double share = log(x / frame->x.low) / log(frame->x.high / frame->x.low);
    return frame->left + share * frame->width;
}

static double place_y(const struct frame *frame, double y) {
    double share = log(y / frame->y.low) / log(frame->y.high / frame->y.low);
    return frame->top + (1 - share) * frame->height;
}

static int by_share(const void *a, const void *b) {
    double x = ((const struct mark *)a)->share, y = ((const struct mark *)b)->share;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* The launches to draw, longest first; `*left_out` is the share of the others. */
static int pick_marks(const struct cln_roofline_panel *panel, struct mark *marks,
                      double *left_out) {
    double sum = 0, drawn = 0;
    int count = 0;
    for (int i = 0; i < panel->count; i++)
        sum += panel->points[i].seconds;
    for (int i = 0; i < panel->count; i++) {
        const struct cln_roofline_point *p = &panel->points[i];
        if (!(p->flops > 0 && p->bytes > 0 && p->seconds >= LEAST_SHARE * sum && p->seconds > 0))
            continue;
        marks[count++] = (struct mark){.point = p,
                                       .x = p->flops / p->bytes,
                                       .y = p->flops / p->seconds * 1e-9,
                                       .share = p->seconds / sum};
        drawn += p->seconds;
    }
    *left_out = sum > 0 ? 1 - drawn / sum : 0;
    qsort(marks, (size_t)count, sizeof *marks, by_share);
    return count;
}

/* Axes that hold the ridge, where the roofs meet, and every mark. */
static void span(const struct cln_roofline *roofline, const struct mark *marks, int count,
                 struct frame *frame) {
    double peak = roofline->flops_per_second * 1e-9;
    double ridge = roofline->flops_per_second / roofline->bytes_per_second;
    double low_x = ridge / 4, high_x = ridge * 4, low_y = peak / 4, high_y = peak * 1.5;
    for (int i = 0; i < count; i++) {
        low_x = fmin(low_x, marks[i].x / 1.5);
        high_x = fmax(high_x, marks[i].x * 1.5);
        low_y = fmin(low_y, marks[i].y / 1.5);
        high_y = fmax(high_y, marks[i].y * 1.5);
    }
    frame->x = cln_axis_decades(low_x, high_x);
    frame->y = cln_axis_decades(low_y, high_y);
}

static void draw_line(cairo_t *cairo, double x0, double y0, double x1, double y1) {
    cairo_move_to(cairo, x0, y0);
    cairo_line_to(cairo, x1, y1);
    cairo_stroke(cairo);
}

static void draw_grid(cairo_t *cairo, const struct frame *frame) {
    struct cln_type type = {.size = 12, .color = CLN_INK_SOFT, .align = CLN_RIGHT};
    char text[32];
    cairo_set_line_width(cairo, 1);
    double base = frame->top + frame->height;
    for (int t = 0; t < frame->y.tick_count; t++) {
        double y = place_y(frame, frame->y.ticks[t]);
        snprintf(text, sizeof text, "%g", frame->y.ticks[t]);
        cln_color_set(cairo, CLN_RULE);
        draw_line(cairo, frame->left, y, frame->left + frame->width, y);
        cln_text_draw(cairo, &type, frame->left - 9, y + 4.2, text);
    }
    type.align = CLN_CENTRE;
    for (int t = 0; t < frame->x.tick_count; t++) {
        double x = place_x(frame, frame->x.ticks[t]);
        snprintf(text, sizeof text, "%g", frame->x.ticks[t]);
        cln_color_set(cairo, CLN_RULE);
        draw_line(cairo, x, frame->top, x, base);
        cln_text_draw(cairo, &type, x, base + 18, text);
    }
    cln_color_set(cairo, CLN_AXIS);
    draw_line(cairo, frame->left, base, frame->left + frame->width, base);
    cln_text_draw(cairo, &type, frame->left + frame->width / 2, base + 37, "flops a byte");
}

/* Boxes that labels keep off. */
struct taken {
    struct cln_box boxes[MOST_TAKEN];
    size_t count;
};

/* A line as wide as `room`, as boxes along it. */
static void take_line(struct taken *taken, double x0, double y0, double x1, double y1,
                      double room) {
    int pieces = (int)(hypot(x1 - x0, y1 - y0) / fmax(room, 6)) + 1;
    for (int i = 0; i <= pieces && taken->count < MOST_TAKEN; i++) {
        double x = x0 + (x1 - x0) * i / pieces, y = y0 + (y1 - y0) * i / pieces;
        taken->boxes[taken->count++] =
            (struct cln_box){x - room / 2, y - room / 2, x + room / 2, y + room / 2};
    }
}

/* What copying allows, as far as it is below the peak; its label goes along it. */
static void draw_slope(cairo_t *cairo, const struct frame *frame, double peak, double copy,
                       struct taken *taken) {
    double from = fmax(frame->x.low, frame->y.low / copy);
    double x0 = place_x(frame, from), y0 = place_y(frame, from * copy);
    double x1 = place_x(frame, peak / copy), y1 = place_y(frame, peak);
    double angle = atan2(y0 - y1, x1 - x0), length = hypot(x1 - x0, y0 - y1);
    const struct cln_type type = {.size = 12, .color = CLN_INK};
    char text[64];
    snprintf(text, sizeof text, "%.1f GB/s copy", copy);
    double width = cln_text_width(cairo, &type, text);
    /* Near the ridge: launches that only move data crowd at the other end. */
    double along = fmax(4, length - width - 0.12 * length);
    cln_color_set(cairo, CLN_INK);
    draw_line(cairo, x0, y0, x1, y1);
    take_line(taken, x0, y0, x1, y1, 4);
    cairo_save(cairo);
    cairo_translate(cairo, x0, y0);
    cairo_rotate(cairo, -angle);
    cln_text_draw(cairo, &type, along, -6, text);
    cairo_restore(cairo);
    x0 += along * cos(angle) - 10 * sin(angle); /* the middle of the text */
    y0 -= along * sin(angle) + 10 * cos(angle);
    take_line(taken, x0, y0, x0 + width * cos(angle), y0 - width * sin(angle), 14);
}

static void draw_roofs(cairo_t *cairo, const struct frame *frame,
                       const struct cln_roofline *roofline, struct taken *taken) {
    const struct cln_type type = {.size = 12, .color = CLN_INK, .align = CLN_RIGHT};
    double peak = roofline->flops_per_second * 1e-9, copy = roofline->bytes_per_second * 1e-9;
    double left = place_x(frame, peak / copy), right = frame->left + frame->width;
    double y = place_y(frame, peak);
    char text[64];
    cairo_set_line_width(cairo, 1.6);
    draw_slope(cairo, frame, peak, copy, taken);
    cln_color_set(cairo, CLN_INK);
    draw_line(cairo, left, y, right, y);
    take_line(taken, left, y, right, y, 4);
    snprintf(text, sizeof text, "%.0f GFLOP/s multiply-add", peak);
    double width = cln_text_width(cairo, &type, text);
    cln_text_draw(cairo, &type, left - 7, y + 1, text); /* where no launch can be */
    take_line(taken, left - width, y - 4, left - 14, y - 4, 14);
}

static struct cln_color color_of(bool product) {
    return cln_palette_kind(product ? 0 : 1);
}

static void draw_disc(cairo_t *cairo, double x, double y, double radius, bool product) {
    struct cln_color color = color_of(product);
    cairo_new_path(cairo);
    cairo_arc(cairo, x, y, radius, 0, 8 * atan(1));
    cairo_set_source_rgba(cairo, color.red, color.green, color.blue, 0.30);
    cairo_fill_preserve(cairo);
    cln_color_set(cairo, color);
    cairo_set_line_width(cairo, 1.1);
    cairo_stroke(cairo);
}

static void draw_label(cairo_t *cairo, const struct cln_spot *spot, const char *text) {
    const struct cln_type type = {.size = 11.5, .color = CLN_INK};
    double x = fmax(spot->box.left, fmin(spot->x, spot->box.right));
    double y = fmax(spot->box.top, fmin(spot->y, spot->box.bottom));
    double far = hypot(x - spot->x, y - spot->y);
    if (far > spot->radius + 7) { /* a lead from the disc's edge */
        double share = spot->radius / far;
        cln_color_set(cairo, CLN_AXIS);
        cairo_set_line_width(cairo, 0.8);
        draw_line(cairo, spot->x + share * (x - spot->x), spot->y + share * (y - spot->y), x, y);
    }
    cln_text_draw(cairo, &type, spot->box.left + 2, spot->box.bottom - 3.5, text);
}

static void label_text(const struct mark *mark, char *text, size_t size) {
    snprintf(text, size, mark->point->seconds < 1e-3 ? "%s %.2f ms" : "%s %.1f ms",
             mark->point->label, mark->point->seconds * 1e3);
}

static void draw_marks(cairo_t *cairo, const struct frame *frame, const struct mark *marks,
                       int count, const struct taken *taken) {
    const struct cln_type type = {.size = 11.5, .color = CLN_INK};
    const struct cln_box box = {frame->left + 2, frame->top + 1, frame->left + frame->width,
                                frame->top + frame->height - 1};
    struct cln_spot *spots = calloc((size_t)count + 1, sizeof *spots);
    size_t labelled = 0;
    char text[160];
    for (int i = 0; spots && i < count; i++) {
        spots[i].x = place_x(frame, marks[i].x);
        spots[i].y = place_y(frame, marks[i].y);
        spots[i].radius = fmax(LEAST_RADIUS, WHOLE_RADIUS * sqrt(marks[i].share));
        draw_disc(cairo, spots[i].x, spots[i].y, spots[i].radius, marks[i].point->product);
        if (marks[i].share < LABEL_SHARE || i >= MOST_LABELS)
            continue;
        label_text(&marks[i], text, sizeof text);
        spots[i].width = cln_text_width(cairo, &type, text) + 4;
        spots[i].height = 14;
        labelled++;
    }
    if (spots)
        cln_spots_place(spots, (size_t)count, labelled, &box, taken->boxes, taken->count);
    for (size_t i = 0; spots && i < labelled; i++) {
        label_text(&marks[i], text, sizeof text);
        if (spots[i].placed)
            draw_label(cairo, &spots[i], text);
    }
    free(spots);
}

static void draw_panel(cairo_t *cairo, const struct cln_roofline *roofline,
                       const struct cln_roofline_panel *panel, double top) {
    const struct cln_type head = {
        .size = 14, .bold = true, .color = CLN_INK, .max_width = WIDTH - 2 * MARGIN};
    const struct cln_type soft = {.size = 12, .color = CLN_INK_SOFT};
    const struct cln_type right = {.size = 12, .color = CLN_INK_SOFT, .align = CLN_RIGHT};
    struct frame frame = {.left = MARGIN + LEFT_ROOM,
                          .top = top + TITLE_ROOM,
                          .width = WIDTH - 2 * MARGIN - LEFT_ROOM,
                          .height = PANEL_HEIGHT - TITLE_ROOM - BOTTOM_ROOM};
    struct mark *marks = calloc((size_t)panel->count + 1, sizeof *marks);
    struct taken taken = {.count = 0};
    double left_out;
    char text[64];
    if (!marks)
        return;
    int count = pick_marks(panel, marks, &left_out);
    span(roofline, marks, count, &frame);
    cln_text_draw(cairo, &head, MARGIN, top + 16, panel->title);
    cln_text_draw(cairo, &soft, MARGIN, top + 36, "GFLOP/s");
    draw_grid(cairo, &frame);
    draw_roofs(cairo, &frame, roofline, &taken);
    draw_marks(cairo, &frame, marks, count, &taken);
    if (left_out > 0.0005) {
        snprintf(text, sizeof text, "not shown: %.1f %% of the time", 100 * left_out);
        cln_text_draw(cairo, &right, WIDTH - MARGIN, frame.top + frame.height + 37, text);
    }
    free(marks);
}

static void draw_legend(cairo_t *cairo) {
    static const char *const kinds[] = {"everything else", "convolutions and matrix products"};
    const struct cln_type type = {.size = 12.5, .color = CLN_INK};
    const struct cln_type soft = {.size = 12.5, .color = CLN_INK_SOFT};
    double x = MARGIN;
    for (int product = 1; product >= 0; product--) {
        draw_disc(cairo, x + 7, 83.7, 7, product);
        cln_text_draw(cairo, &type, x + 21, 88, kinds[product]);
        x += 21 + cln_text_width(cairo, &type, kinds[product]) + 22;
    }
    cln_text_draw(cairo, &soft, x, 88, "area: share of the step's time");
}

static void draw(cairo_t *cairo, const void *context) {
    const struct cln_roofline *roofline = context;
    const struct cln_type title = {
        .size = 19, .bold = true, .color = CLN_INK, .max_width = WIDTH - 2 * MARGIN};
    const struct cln_type soft = {
        .size = 13, .color = CLN_INK_SOFT, .max_width = WIDTH - 2 * MARGIN};
    char text[512];
    cln_text_draw(cairo, &title, MARGIN, 38, "Where a training step's time goes");
    snprintf(text, sizeof text,
             "%s. Convolutions count as direct ones: faster algorithms may pass the roof.",
             roofline->device);
    cln_text_draw(cairo, &soft, MARGIN, 60, text);
    draw_legend(cairo);
    for (int i = 0; i < roofline->count; i++)
        draw_panel(cairo, roofline, &roofline->panels[i], HEAD_ROOM + i * PANEL_HEIGHT);
}

enum cln_status cln_roofline_write(const struct cln_roofline *roofline, const char *path) {
    const struct cln_drawing drawing = {.width = WIDTH,
                                        .height = HEAD_ROOM + roofline->count * PANEL_HEIGHT,
                                        .draw = draw,
                                        .context = roofline};
    return cln_drawing_write_file(&drawing, path);
}
