/* The sheet of images: the same images clean and at each noise scale, each with its own noise. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "data/noise.h"
#include "report/axis.h"
#include "report/canvas.h"
#include "report/plots.h"
#include "report/titles.h"

#define COLUMNS   6     /* of them fill */
#define WIDTH     900.0 /* this width; with fewer it is less, */
#define NARROW    480.0 /* at least this */
#define MARGIN    28.0
#define LABELS    96.0 /* room left of the images */
#define GAP       8.0
#define TOP       92.0
#define LINE      17.0
#define BOTTOM    30.0
#define TILE      ((WIDTH - 2 * MARGIN - LABELS - (COLUMNS - 1) * GAP) / COLUMNS)
#define ENLARGE   4 /* device pixels an image's pixel at least: blocks with sharp edges */
#define MAX_ELEMS (1 << 20)

struct drawn {
    const struct cln_sheet *sheet;
    double width, top, tile; /* where images begin, and their size */
    bool name_kinds;         /* not all of them are the usual one */
    const char *title;
    float *values; /* room for one image, and its shades */
    uint8_t *shades;
};

/* The image, each pixel a block, as a cairo surface. */
static cairo_surface_t *render(const struct cln_shown_images *images, const uint8_t *shades) {
    int height = (int)images->height, width = (int)images->width;
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, width * ENLARGE, height * ENLARGE);
    unsigned char *bytes = cairo_image_surface_get_data(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int y = 0; bytes && y < height * ENLARGE; y++)
        for (int x = 0; x < width * ENLARGE; x += ENLARGE) {
            const size_t place = (size_t)(y / ENLARGE * width + x / ENLARGE) * images->channels;
            uint32_t red = shades[place], green = red, blue = red;
            if (images->channels >= 3) {
                green = shades[place + 1];
                blue = shades[place + 2];
            }
            uint32_t pixel = red << 16 | green << 8 | blue;
            for (int i = 0; i < ENLARGE; i++)
                memcpy(bytes + y * stride + (x + i) * 4, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void draw_tile(cairo_t *cairo, const struct drawn *drawn, uint32_t image,
                      const struct cln_noise_spec *noise, double x, double y) {
    const struct cln_shown_images *images = &drawn->sheet->images;
    const size_t elems = cln_shown_elems(images);
    cln_shown_noisy(images, image, noise, drawn->values);
    cln_shades(drawn->values, elems, cln_noise_margin(noise), drawn->shades);
    cairo_surface_t *surface = render(images, drawn->shades);
    double longest = fmax(images->width, images->height) * ENLARGE;
    cairo_save(cairo);
    const double scale = drawn->tile / longest;
    cairo_translate(cairo, x + (drawn->tile - scale * images->width * ENLARGE) / 2,
                    y + (drawn->tile - scale * images->height * ENLARGE) / 2);
    cairo_scale(cairo, scale, scale);
    cairo_set_source_surface(cairo, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_GOOD);
    cairo_paint(cairo);
    cairo_restore(cairo);
    cairo_surface_destroy(surface);
}

/* Digits after the point that the margin needs, up to four. */
static int decimals_of(double margin) {
    int decimals = 0;
    while (decimals < 4 &&
           fabs(margin - round(margin * pow(10, decimals)) / pow(10, decimals)) > 1e-9)
        decimals++;
    return decimals;
}

static void draw_row(cairo_t *cairo, const struct drawn *drawn, const struct cln_noise_spec *noise,
                     double y) {
    const struct cln_type strong = {
        .size = 13, .bold = true, .color = CLN_INK, .max_width = LABELS - 6};
    const struct cln_type soft = {.size = 11, .color = CLN_INK_SOFT, .max_width = LABELS - 6};
    struct cln_text label = {0}, range = {0};
    char low[64], high[64];
    const double margin = cln_noise_margin(noise);
    const int decimals = decimals_of(margin);
    if (noise->scale == 0)
        cln_text_add(&label, "clean");
    else
        cln_title_add_scale(&label, noise->scale);
    cln_text_add(&range, "%s to %s", cln_number_format(low, sizeof low, -margin, decimals),
                 cln_number_format(high, sizeof high, 1 + margin, decimals));
    double line = y + drawn->tile / 2;
    if (!label.failed && !range.failed) {
        cln_text_draw(cairo, &strong, MARGIN, line, label.chars);
        if (noise->scale > 0 && drawn->name_kinds)
            cln_text_draw(cairo, &soft, MARGIN, line += LINE, cln_noise_kind_names[noise->kind]);
        cln_text_draw(cairo, &soft, MARGIN, line + LINE, range.chars);
    }
    cln_text_free(&label);
    cln_text_free(&range);
    for (uint32_t p = 0; p < drawn->sheet->pick_count; p++)
        draw_tile(cairo, drawn, drawn->sheet->picks[p], noise,
                  MARGIN + LABELS + p * (drawn->tile + GAP), y);
}

#define OWN_NOISE "Each image has noise of its own, in units of the full pixel range."
#define LEFT      "Left: noise scale, and the values shown as black and white."

static void draw_sheet(cairo_t *cairo, const void *context) {
    const struct drawn *drawn = context;
    const struct cln_sheet *sheet = drawn->sheet;
    const double text_width = drawn->width - 2 * MARGIN;
    const struct cln_type title = {
        .size = 19, .bold = true, .color = CLN_INK, .max_width = text_width};
    const struct cln_type soft = {.size = 13, .color = CLN_INK_SOFT, .max_width = text_width};
    const struct cln_noise_spec clean = {.scale = 0};
    cln_text_draw(cairo, &title, MARGIN, 38, drawn->title);
    if (drawn->width < WIDTH) {
        cln_text_draw(cairo, &soft, MARGIN, 60, OWN_NOISE);
        cln_text_draw(cairo, &soft, MARGIN, 60 + LINE, LEFT);
    } else {
        cln_text_draw(cairo, &soft, MARGIN, 60, OWN_NOISE " " LEFT);
    }
    double y = drawn->top;
    draw_row(cairo, drawn, &clean, y);
    for (size_t s = 0; s < sheet->noise_count; s++)
        if (sheet->noises[s].scale > 0)
            draw_row(cairo, drawn, &sheet->noises[s], y += drawn->tile + GAP);
}

static enum cln_status check(const struct cln_sheet *sheet) {
    const struct cln_shown_images *images = &sheet->images;
    uint64_t elems = (uint64_t)images->height * images->width;
    if (!sheet->pick_count || !images->count || !elems || !images->channels || elems > MAX_ELEMS ||
        elems * images->channels > MAX_ELEMS)
        return CLN_FAIL(DATA, "no images to show, or too large ones: %u of %u x %u x %u",
                        images->count, images->height, images->width, images->channels);
    return CLN_OK;
}

/* As narrow as the images allow; where the words need more room, the images get larger. */
static void lay_out(struct drawn *drawn) {
    const double across = drawn->sheet->pick_count, gaps = (across - 1) * GAP + 2 * MARGIN + LABELS;
    drawn->tile = fmin(fmax((NARROW - gaps) / across, TILE), 2 * TILE);
    drawn->width = fmax(NARROW, across * drawn->tile + gaps);
    drawn->top = TOP + (drawn->width < WIDTH ? LINE : 0);
}

enum cln_status cln_plots_write_sheet(const char *path, const struct cln_sheet *sheet,
                                      const struct cln_plot_data *data) {
    CLN_TRY(check(sheet));
    const size_t elems = cln_shown_elems(&sheet->images);
    struct drawn drawn = {.sheet = sheet};
    lay_out(&drawn);
    size_t rows = 1;
    for (size_t s = 0; s < sheet->noise_count; s++) {
        rows += sheet->noises[s].scale > 0;
        drawn.name_kinds |= sheet->noises[s].kind != CLN_NOISE_GAUSSIAN;
    }
    struct cln_text title = {0};
    cln_text_add(&title, "Images and their noise, ");
    cln_title_add_data(&title, data);
    drawn.title = title.chars;
    drawn.values = malloc(elems * (sizeof *drawn.values + sizeof *drawn.shades));
    drawn.shades = (uint8_t *)(drawn.values + elems);
    const struct cln_drawing drawing = {
        drawn.width, drawn.top + (double)rows * (drawn.tile + GAP) - GAP + BOTTOM, draw_sheet,
        &drawn};
    enum cln_status status = cln_text_check(&title);
    if (!drawn.values)
        status = CLN_FAIL(MEMORY, "out of memory for an image");
    else if (status == CLN_OK)
        status = cln_drawing_write_file(&drawing, path);
    free(drawn.values);
    cln_text_free(&title);
    return status;
}
