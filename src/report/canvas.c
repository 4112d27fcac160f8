#include "report/canvas.h"

#include <cairo-svg.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "base/utf8.h"
#include "report/png_write.h"

/* Fontconfig and Quartz both know this name, or what stands in for it. */
#define FAMILY "Helvetica"

struct cln_color cln_color_hex(unsigned hex) {
    return (struct cln_color){(hex >> 16 & 0xFF) / 255.0, (hex >> 8 & 0xFF) / 255.0,
                              (hex & 0xFF) / 255.0};
}

static const cairo_user_data_key_t theme_key;

static enum cln_theme theme_of(cairo_t *cairo) {
    return cairo_get_user_data(cairo, &theme_key) ? CLN_DARK : CLN_PAPER;
}

void cln_color_set_alpha(cairo_t *cairo, struct cln_color color, double alpha) {
    color = cln_color_in(theme_of(cairo), color);
    cairo_set_source_rgba(cairo, color.red, color.green, color.blue, alpha);
}

void cln_color_set(cairo_t *cairo, struct cln_color color) {
    cln_color_set_alpha(cairo, color, 1);
}

static double blend(double over, double alpha, double ground) {
    return alpha * over + (1 - alpha) * ground;
}

struct cln_color cln_color_readable(cairo_t *cairo, struct cln_color color, double alpha) {
    const enum cln_theme theme = theme_of(cairo);
    const struct cln_color over = cln_color_in(theme, color);
    const struct cln_color ground = cln_color_in(theme, cln_color_hex(0xffffff));
    double light = cln_color_luminance((struct cln_color){blend(over.red, alpha, ground.red),
                                                          blend(over.green, alpha, ground.green),
                                                          blend(over.blue, alpha, ground.blue)});
    /* Where (light + .05) / .05 and 1.05 / (light + .05) are the same: sqrt(.05 * 1.05) - .05. */
    return cln_color_hex(light > 0.179 ? 0x000000 : 0xffffff);
}

static void set_font(cairo_t *cairo, const struct cln_type *type, double size) {
    cairo_select_font_face(cairo, FAMILY, CAIRO_FONT_SLANT_NORMAL,
                           type->bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, size);
}

static double advance(cairo_t *cairo, const char *text) {
    cairo_text_extents_t extents;
    cairo_text_extents(cairo, text, &extents);
    return extents.x_advance;
}

double cln_text_width(cairo_t *cairo, const struct cln_type *type, const char *text) {
    char *clean = cln_utf8_clean(text); /* bad UTF-8 would put cairo into a state of error */
    set_font(cairo, type, type->size);
    double width = clean ? advance(cairo, clean) : 0;
    free(clean);
    return width;
}

void cln_text_draw(cairo_t *cairo, const struct cln_type *type, double x, double y,
                   const char *text) {
    char *clean = cln_utf8_clean(text);
    if (!clean)
        return;
    double size = type->size, width = cln_text_width(cairo, type, clean);
    if (type->max_width > 0 && width > type->max_width) {
        size *= type->max_width / width;
        set_font(cairo, type, size);
        width = advance(cairo, clean);
    }
    if (type->plain)
        cairo_set_source_rgb(cairo, type->color.red, type->color.green, type->color.blue);
    else
        cln_color_set(cairo, type->color);
    cairo_move_to(cairo, x - width * (type->align == CLN_LEFT ? 0 : type->align / 2.0), y);
    cairo_show_text(cairo, clean);
    cairo_new_path(cairo); /* the pen stays behind the text; the next line must not start there */
    free(clean);
}

cairo_t *cln_canvas_scratch(void) {
    cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, 1, 1);
    cairo_t *cairo = cairo_create(surface);
    cairo_surface_destroy(surface);
    return cairo;
}

static cairo_status_t append(void *text, const unsigned char *bytes, unsigned length) {
    cln_text_append(text, bytes, length);
    return CAIRO_STATUS_SUCCESS;
}

struct look {
    enum cln_theme theme;
    double scale;
    bool ground; /* white behind everything */
};

/* What goes wrong within cairo shows in the status. */
static cairo_status_t draw_on(cairo_surface_t *surface, const struct cln_drawing *drawing,
                              const struct look *look) {
    cairo_t *cairo = cairo_create(surface);
    cairo_scale(cairo, look->scale, look->scale);
    static char dark; /* any address but NULL */
    if (look->theme == CLN_DARK)
        cairo_set_user_data(cairo, &theme_key, &dark, NULL);
    /* Unhinted, so that both files are laid out alike. */
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    cairo_set_font_options(cairo, options);
    cairo_font_options_destroy(options);
    if (look->ground) {
        cairo_set_source_rgb(cairo, 1, 1, 1);
        cairo_paint(cairo);
    }
    drawing->draw(cairo, drawing->context);
    cairo_status_t status = cairo_status(cairo);
    cairo_destroy(cairo);
    return status == CAIRO_STATUS_SUCCESS ? cairo_surface_status(surface) : status;
}

static enum cln_status check_drawn(cairo_status_t drawn) {
    return drawn == CAIRO_STATUS_SUCCESS
               ? CLN_OK
               : CLN_FAIL(FILE, "cannot draw: %s", cairo_status_to_string(drawn));
}

static enum cln_status to_png(const struct cln_drawing *drawing, const struct look *look,
                              struct cln_text *bytes) {
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)ceil(drawing->width * look->scale),
                                   (int)ceil(drawing->height * look->scale));
    enum cln_status status = check_drawn(draw_on(surface, drawing, look));
    if (status == CLN_OK) {
        cairo_surface_flush(surface);
        const struct cln_pixels pixels = {
            .bytes = cairo_image_surface_get_data(surface),
            .width = (uint32_t)cairo_image_surface_get_width(surface),
            .height = (uint32_t)cairo_image_surface_get_height(surface),
            .stride_bytes = (size_t)cairo_image_surface_get_stride(surface)};
        status = cln_png_write(&pixels, bytes);
    }
    cairo_surface_destroy(surface);
    return status;
}

static enum cln_status to_svg(const struct cln_drawing *drawing, const struct look *look,
                              struct cln_text *bytes) {
    cairo_surface_t *surface =
        cairo_svg_surface_create_for_stream(append, bytes, drawing->width, drawing->height);
    cairo_status_t drawn = draw_on(surface, drawing, look);
    cairo_surface_finish(surface); /* now all of it is in the text */
    if (drawn == CAIRO_STATUS_SUCCESS)
        drawn = cairo_surface_status(surface);
    cairo_surface_destroy(surface);
    CLN_TRY(check_drawn(drawn));
    return cln_text_check(bytes);
}

enum cln_status cln_drawing_svg(const struct cln_drawing *drawing, enum cln_theme theme,
                                struct cln_text *bytes) {
    return to_svg(drawing, &(struct look){theme, 1, false}, bytes);
}

enum cln_status cln_drawing_png(const struct cln_drawing *drawing, struct cln_text *bytes,
                                uint32_t *width, uint32_t *height) {
    *width = (uint32_t)ceil(drawing->width);
    *height = (uint32_t)ceil(drawing->height);
    return to_png(drawing, &(struct look){CLN_PAPER, 1, true}, bytes);
}

static enum cln_status write_file(const struct cln_drawing *drawing, const char *path, bool png) {
    struct cln_text bytes = {0};
    enum cln_status status =
        png ? to_png(drawing, &(struct look){CLN_PAPER, CLN_PNG_SCALE, true}, &bytes)
            : to_svg(drawing, &(struct look){CLN_PAPER, 1, true}, &bytes);
    if (status == CLN_OK)
        status = cln_file_write(path, bytes.chars, bytes.length);
    cln_text_free(&bytes);
    return status;
}

enum cln_status cln_drawing_write_file(const struct cln_drawing *drawing, const char *path) {
    const char *suffix = strrchr(path, '.');
    if (suffix && !strcmp(suffix, ".png"))
        return write_file(drawing, path, true);
    if (suffix && !strcmp(suffix, ".svg"))
        return write_file(drawing, path, false);
    return CLN_FAIL(CONFIG, "cannot draw %s: accepted: names that end in .png or .svg", path);
}

enum cln_status cln_drawing_write(const struct cln_drawing *drawing, const char *folder,
                                  const char *name) {
    static const char *const suffixes[] = {"png", "svg"};
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        struct cln_text path = {0};
        cln_text_add(&path, "%s/%s.%s", folder, name, suffixes[i]);
        enum cln_status status = cln_text_check(&path);
        if (status == CLN_OK)
            status = cln_drawing_write_file(drawing, path.chars);
        cln_text_free(&path);
        CLN_TRY(status);
    }
    return CLN_OK;
}
