/*
 * Where figures are drawn: one drawing function makes both the PNG and the SVG. Text helpers keep
 * type faces and sizes in one place. Only files of this folder include it (it shows cairo).
 */
#ifndef CLN_REPORT_CANVAS_H
#define CLN_REPORT_CANVAS_H

#include <stdbool.h>
#include <stdint.h>

#include <cairo.h>

#include "base/error.h"
#include "base/text.h"

#define CLN_PNG_SCALE 2 /* pixels of a PNG file a unit, for screens of high density */

struct cln_drawing {
    double width, height; /* in units: the pixels of the SVG */
    void (*draw)(cairo_t *cairo, const void *context);
    const void *context;
};

/*
 * Figures are drawn in the colours of paper. On a dark ground every colour that is set becomes its
 * counterpart: greys change sides, the others become light enough to be told from the ground.
 */
enum cln_theme { CLN_PAPER, CLN_DARK, CLN_THEMES };

/* The drawing as SVG without a ground of its own, appended to `bytes`. */
enum cln_status cln_drawing_svg(const struct cln_drawing *drawing, enum cln_theme theme,
                                struct cln_text *bytes);

/* The drawing as PNG on white with a pixel a unit, appended to `bytes`, and its size in pixels. */
enum cln_status cln_drawing_png(const struct cln_drawing *drawing, struct cln_text *bytes,
                                uint32_t *width, uint32_t *height);

/* Writes `<folder>/<name>.png` and `<folder>/<name>.svg`, each atomically. The folder exists. */
enum cln_status cln_drawing_write(const struct cln_drawing *drawing, const char *folder,
                                  const char *name);

/* Writes one file, a PNG or an SVG as the path's ending says; CLN_CONFIG for another one. */
enum cln_status cln_drawing_write_file(const struct cln_drawing *drawing, const char *path);

struct cln_color {
    double red, green, blue;
};

/* 0xRRGGBB */
struct cln_color cln_color_hex(unsigned hex);
void cln_color_set(cairo_t *cairo, struct cln_color color);
void cln_color_set_alpha(cairo_t *cairo, struct cln_color color, double alpha);

/* What becomes of a colour in a theme. */
struct cln_color cln_color_in(enum cln_theme theme, struct cln_color color);

/* Inks of all figures. */
#define CLN_INK      cln_color_hex(0x1d2129)
#define CLN_INK_SOFT cln_color_hex(0x5b626e)
#define CLN_RULE     cln_color_hex(0xe4e7ec)
#define CLN_AXIS     cln_color_hex(0x9aa1ad)

enum cln_align { CLN_LEFT, CLN_CENTRE, CLN_RIGHT };

struct cln_type {
    double size;
    bool bold;
    struct cln_color color;
    enum cln_align align;
    double max_width; /* set smaller to fit; 0: no limit */
    bool plain;       /* the colour is meant as it is, in every theme */
};

/* Draws one line of UTF-8 with its base line at y. */
void cln_text_draw(cairo_t *cairo, const struct cln_type *type, double x, double y,
                   const char *text);

/* Relative luminance, 0 to 1, as WCAG 2 defines it. */
double cln_color_luminance(struct cln_color color);

/* Black or white, whichever reads better where `alpha` of `color` lies on the theme's ground: a
 * contrast of 4.5 at least. For a `plain` type. */
struct cln_color cln_color_readable(cairo_t *cairo, struct cln_color color, double alpha);

/* A cairo to measure text with before there is a drawing; cairo_destroy() it. */
cairo_t *cln_canvas_scratch(void);

/* Its width in units, at the size asked for. */
double cln_text_width(cairo_t *cairo, const struct cln_type *type, const char *text);

#endif
