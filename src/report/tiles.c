#include "report/tiles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN  28.0
#define NARROW  600
#define GAP     8.0
#define CAPTION 18.0
#define TITLES  84.0
#define BREAK   16.0
#define FINE    48 /* pixels along a tile, at least */

struct cln_tiles *cln_tiles_create(size_t rows) {
    struct cln_tiles *tiles = calloc(1, sizeof *tiles);
    if (!tiles)
        return NULL;
    tiles->rows = cln_yaml_alloc(&tiles->pool, (rows + 1) * sizeof *tiles->rows);
    tiles->row_count = rows;
    if (tiles->rows)
        return tiles;
    cln_tiles_free(tiles);
    return NULL;
}

void cln_tiles_free(void *context) {
    struct cln_tiles *tiles = context;
    if (!tiles)
        return;
    cln_yaml_pool_done(&tiles->pool);
    free(tiles);
}

bool cln_tiles_row(struct cln_tiles *tiles, size_t row, size_t count) {
    tiles->rows[row].tiles =
        cln_yaml_alloc(&tiles->pool, (count + 1) * sizeof *tiles->rows[row].tiles);
    tiles->rows[row].count = tiles->rows[row].tiles ? count : 0;
    return tiles->rows[row].tiles != NULL;
}

const char *cln_tiles_copy(struct cln_tiles *tiles, struct cln_text *text) {
    const char *copy = text->failed || !text->chars
                           ? NULL
                           : cln_yaml_copy(&tiles->pool, text->chars, text->length);
    cln_text_free(text);
    return copy;
}

static uint32_t level(float value) {
    return (uint32_t)lround(255 * fmin(fmax((double)value, 0), 1));
}

/* Each pixel as a block of so many, lest viewers smooth what is to be seen as pixels. */
static uint32_t enlargement(const struct cln_tile *tile) {
    uint32_t longest = tile->width > tile->height ? tile->width : tile->height;
    return longest < FINE ? (FINE + longest - 1) / longest : 1;
}

static uint32_t pixel_at(const struct cln_tile *tile, size_t x, size_t y) {
    const float *value = tile->values + (y * tile->width + x) * tile->channels;
    uint32_t red = level(value[0]), green = red, blue = red;
    if (tile->channels >= 3) {
        green = level(value[1]);
        blue = level(value[2]);
    }
    return red << 16 | green << 8 | blue;
}

/* NaN is shown as black. */
static cairo_surface_t *render(const struct cln_tile *tile, uint32_t enlarge) {
    cairo_surface_t *surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, (int)(tile->width * enlarge), (int)(tile->height * enlarge));
    unsigned char *bytes = cairo_image_surface_get_data(surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(surface);
    for (size_t y = 0; bytes && y < (size_t)tile->height * enlarge; y++)
        for (size_t x = 0; x < (size_t)tile->width * enlarge; x++) {
            uint32_t pixel = pixel_at(tile, x / enlarge, y / enlarge);
            memcpy(bytes + y * stride + 4 * x, &pixel, sizeof pixel);
        }
    cairo_surface_mark_dirty(surface);
    return surface;
}

static void draw_tile(cairo_t *cairo, const struct cln_tile *tile, double x, double y,
                      double side) {
    double longest = fmax(tile->width, tile->height);
    uint32_t enlarge = enlargement(tile);
    cairo_surface_t *surface = render(tile, enlarge);
    cairo_save(cairo);
    cairo_translate(cairo, x + side * (1 - tile->width / longest) / 2,
                    y + side * (1 - tile->height / longest) / 2);
    cairo_scale(cairo, side / longest / enlarge, side / longest / enlarge);
    cairo_set_source_surface(cairo, surface, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cairo), CAIRO_FILTER_NEAREST);
    cairo_paint(cairo); /* fill() makes a pattern of it, which browsers print as a whole page */
    cairo_restore(cairo);
    cairo_surface_destroy(surface);
    if (!tile->caption)
        return;
    const struct cln_type type = {
        .size = 11, .color = CLN_INK_SOFT, .align = CLN_CENTRE, .max_width = side};
    cln_text_draw(cairo, &type, x + side / 2, y + side + 14, tile->caption);
}

struct grid {
    double left, side;
    size_t across;
};

static struct grid grid_of(const struct cln_tiles *tiles) {
    bool narrow = tiles->width < NARROW;
    double margin = narrow ? 8 : MARGIN, labels = tiles->label_room * (narrow ? 0.72 : 1);
    struct grid grid = {.left = margin + labels,
                        .across = narrow ? tiles->across_narrow : tiles->across};
    grid.side =
        (tiles->width - margin - grid.left - (double)(grid.across - 1) * GAP) / (double)grid.across;
    return grid;
}

static double line_height(const struct cln_tile_row *row, const struct grid *grid) {
    return grid->side + GAP + (row->count && row->tiles[0].caption ? CAPTION : 0);
}

/* Height of a row with all its lines. */
static double row_height(const struct cln_tile_row *row, const struct grid *grid) {
    size_t lines = (row->count + grid->across - 1) / grid->across;
    return (double)lines * line_height(row, grid) + (row->break_before ? BREAK : 0);
}

static void draw_row(cairo_t *cairo, const struct cln_tiles *tiles, const struct cln_tile_row *row,
                     const struct grid *grid, double y) {
    double margin = tiles->width < NARROW ? 8 : MARGIN, room = grid->left - margin - 8;
    const struct cln_type strong = {.size = 12, .bold = true, .color = CLN_INK, .max_width = room};
    const struct cln_type soft = {.size = 11, .color = CLN_INK_SOFT, .max_width = room};
    double middle = y + fmin(grid->side / 2, 60);
    if (row->label)
        cln_text_draw(cairo, &strong, margin, middle + 4, row->label);
    if (row->small)
        cln_text_draw(cairo, &soft, margin, middle + 21, row->small);
    for (size_t t = 0; t < row->count; t++)
        draw_tile(cairo, &row->tiles[t],
                  grid->left + (double)(t % grid->across) * (grid->side + GAP),
                  y + (double)(t / grid->across) * line_height(row, grid), grid->side);
}

static void draw(cairo_t *cairo, const void *context) {
    const struct cln_tiles *tiles = context;
    const struct grid grid = grid_of(tiles);
    const double text_width = tiles->width - 2 * MARGIN;
    const struct cln_type title = {
        .size = 19, .bold = true, .color = CLN_INK, .max_width = text_width};
    const struct cln_type soft = {.size = 13, .color = CLN_INK_SOFT, .max_width = text_width};
    if (tiles->title) {
        cln_text_draw(cairo, &title, MARGIN, 38, tiles->title);
        cln_text_draw(cairo, &soft, MARGIN, 60, tiles->note);
    }
    double y = tiles->top;
    for (size_t r = 0; r < tiles->row_count; r++) {
        const struct cln_tile_row *row = &tiles->rows[r];
        draw_row(cairo, tiles, row, &grid, y + (row->break_before ? BREAK : 0));
        y += row_height(row, &grid);
    }
}

enum cln_status cln_tiles_finish(struct cln_tiles *tiles, const struct cln_figure_form *form,
                                 struct cln_picture *picture) {
    CLN_TRY(cln_text_check(&picture->title));
    CLN_TRY(cln_text_check(&picture->note));
    tiles->width = form->width;
    tiles->top = form->bare ? 4 : TITLES;
    tiles->title = form->bare ? NULL : picture->title.chars;
    tiles->note = picture->note.chars ? picture->note.chars : "";
    const struct grid grid = grid_of(tiles);
    double y = tiles->top;
    for (size_t r = 0; r < tiles->row_count; r++) {
        const struct cln_tile_row *row = &tiles->rows[r];
        double start = y + (row->break_before ? BREAK : 0);
        for (size_t t = 0; t < row->count; t++) {
            struct cln_text text = {0};
            if (!row->tiles[t].tell)
                continue;
            cln_text_add(&text, "%s", row->tiles[t].tell);
            cln_hits_add(&picture->hits, grid.left + (double)(t % grid.across) * (grid.side + GAP),
                         start + (double)(t / grid.across) * line_height(row, &grid), grid.side,
                         grid.side, &text);
        }
        y += row_height(row, &grid);
    }
    picture->drawing = (struct cln_drawing){form->width, y + (form->bare ? 4 : 20), draw, tiles};
    return cln_picture_check(picture);
}
