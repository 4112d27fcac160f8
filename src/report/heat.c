#include "report/heat.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/axis.h"
#include "report/palette.h"

#define MARGIN   28.0
#define ROW_ROOM 58.0 /* for the rows' names */
#define HEAD     44.0 /* for a panel's title and the columns' label */
#define FOOT     26.0 /* for the columns' names */
#define GAP      34.0 /* between panels */
#define TITLES   84.0
#define TILE_MAX 62.0

struct cln_heat *cln_heat_create(size_t panels, size_t rows, size_t columns) {
    struct cln_heat *heat = calloc(1, sizeof *heat);
    if (!heat)
        return NULL;
    heat->panels = cln_yaml_alloc(&heat->pool, panels * sizeof *heat->panels);
    const char **names = cln_yaml_alloc(&heat->pool, (rows + columns) * sizeof *names);
    bool whole = heat->panels && names;
    for (size_t p = 0; whole && p < panels; p++) {
        heat->panels[p].values = cln_yaml_alloc(&heat->pool, rows * columns * sizeof(double));
        heat->panels[p].tells = cln_yaml_alloc(&heat->pool, rows * columns * sizeof(char *));
        whole = heat->panels[p].values && heat->panels[p].tells;
    }
    if (!whole) {
        cln_heat_free(heat);
        return NULL;
    }
    heat->rows = names;
    heat->columns = names + rows;
    heat->row_count = rows;
    heat->column_count = columns;
    heat->panel_count = panels;
    return heat;
}

void cln_heat_free(void *context) {
    struct cln_heat *heat = context;
    if (!heat)
        return;
    cln_yaml_pool_done(&heat->pool);
    free(heat);
}

/* How many panels stand side by side, and how large a tile then is. */
static size_t across(const struct cln_heat *heat, double *tile) {
    double width = heat->width - 2 * (heat->width < 600 ? 8 : MARGIN);
    for (size_t count = heat->panel_count < 3 ? heat->panel_count : 3;; count--) {
        double own = (width - (double)(count - 1) * GAP) / (double)count - ROW_ROOM;
        *tile = fmin(own / (double)heat->column_count, TILE_MAX);
        if (count == 1 || *tile >= 26)
            return count;
    }
}

struct place {
    double left, top, tile, height; /* of a panel's first tile; a tile's height */
};

static struct place place_of(const struct cln_heat *heat, size_t panel) {
    struct place place;
    size_t count = across(heat, &place.tile), column = panel % count, row = panel / count;
    place.height = fmin(place.tile, 44);
    double width = ROW_ROOM + (double)heat->column_count * place.tile + GAP;
    double height = HEAD + (double)heat->row_count * place.height + FOOT + 18;
    place.left = (heat->width < 600 ? 8 : MARGIN) + ROW_ROOM + (double)column * width;
    place.top = heat->top + HEAD + (double)row * height;
    return place;
}

static void format_value(const struct cln_heat *heat, double value, char *text, size_t size) {
    if (heat->digits)
        cln_number_format(text, size, value, heat->digits);
    else if (value < 0.005)
        text[0] = '\0';
    else
        cln_number_format(text, size, 100 * value, 0);
}

static void draw_tile(cairo_t *cairo, const struct cln_heat *heat, const struct place *place,
                      double x, double y, double value) {
    char text[64];
    if (!(value > 0.0005)) /* or nothing is there */
        return;
    double share = fmin(fmax(value, 0), 1);
    cln_color_set_alpha(cairo, cln_palette_heat(), share);
    cairo_rectangle(cairo, x, y, place->tile, place->height);
    cairo_fill(cairo);
    const struct cln_type type = {.size = place->tile < 34 ? 10 : 12,
                                  .color = cln_color_readable(cairo, cln_palette_heat(), share),
                                  .plain = true,
                                  .align = CLN_CENTRE,
                                  .max_width = place->tile - 4};
    format_value(heat, value, text, sizeof text);
    cln_text_draw(cairo, &type, x + place->tile / 2, y + place->height / 2 + 4.2, text);
}

static void draw_lines(cairo_t *cairo, const struct cln_heat *heat, const struct place *place) {
    double width = (double)heat->column_count * place->tile;
    double height = (double)heat->row_count * place->height;
    for (size_t r = 0; r <= heat->row_count; r++) {
        cairo_move_to(cairo, place->left, place->top + (double)r * place->height);
        cairo_rel_line_to(cairo, width, 0);
    }
    for (size_t c = 0; c <= heat->column_count; c++) {
        cairo_move_to(cairo, place->left + (double)c * place->tile, place->top);
        cairo_rel_line_to(cairo, 0, height);
    }
    cln_color_set(cairo, CLN_RULE);
    cairo_set_line_width(cairo, 1);
    cairo_stroke(cairo);
}

static void draw_panel(cairo_t *cairo, const struct cln_heat *heat, size_t number) {
    const struct cln_heat_panel *panel = &heat->panels[number];
    const struct place place = place_of(heat, number);
    double width = (double)heat->column_count * place.tile;
    double bottom = place.top + (double)heat->row_count * place.height;
    const struct cln_type head = {
        .size = 12, .bold = true, .color = CLN_INK, .max_width = ROW_ROOM + width};
    struct cln_type soft = {.size = 12, .color = CLN_INK_SOFT, .max_width = width};
    if (panel->title)
        cln_text_draw(cairo, &head, place.left - ROW_ROOM, place.top - 28, panel->title);
    cln_text_draw(cairo, &soft, place.left - ROW_ROOM, place.top - 9, heat->row_label);
    soft.align = CLN_CENTRE;
    cln_text_draw(cairo, &soft, place.left + width / 2, bottom + 36, heat->column_label);
    for (size_t c = 0; c < heat->column_count; c++) {
        soft.max_width = place.tile - 2;
        cln_text_draw(cairo, &soft, place.left + ((double)c + 0.5) * place.tile, bottom + 18,
                      heat->columns[c]);
    }
    draw_lines(cairo, heat, &place);
    soft.align = CLN_RIGHT;
    soft.max_width = ROW_ROOM - 10;
    for (size_t r = 0; r < heat->row_count; r++) {
        double y = place.top + (double)r * place.height;
        cln_text_draw(cairo, &soft, place.left - 8, y + place.height / 2 + 4.2, heat->rows[r]);
        for (size_t c = 0; c < heat->column_count; c++)
            draw_tile(cairo, heat, &place, place.left + (double)c * place.tile, y,
                      panel->values[r * heat->column_count + c]);
    }
}

static void draw(cairo_t *cairo, const void *context) {
    const struct cln_heat *heat = context;
    const double text_width = heat->width - 2 * MARGIN;
    const struct cln_type title = {
        .size = 19, .bold = true, .color = CLN_INK, .max_width = text_width};
    const struct cln_type soft = {.size = 13, .color = CLN_INK_SOFT, .max_width = text_width};
    if (heat->title) {
        cln_text_draw(cairo, &title, MARGIN, 38, heat->title);
        cln_text_draw(cairo, &soft, MARGIN, 60, heat->note);
    }
    for (size_t p = 0; p < heat->panel_count; p++)
        draw_panel(cairo, heat, p);
}

enum cln_status cln_heat_finish(struct cln_heat *heat, const struct cln_figure_form *form,
                                struct cln_picture *picture) {
    picture->state = heat;
    picture->done = cln_heat_free;
    CLN_TRY(cln_text_check(&picture->title));
    CLN_TRY(cln_text_check(&picture->note));
    heat->width = form->width;
    heat->top = form->bare ? 4 : TITLES;
    heat->title = form->bare ? NULL : picture->title.chars;
    heat->note = picture->note.chars ? picture->note.chars : "";
    const struct place last = place_of(heat, heat->panel_count - 1);
    picture->drawing = (struct cln_drawing){
        form->width, last.top + (double)heat->row_count * last.height + FOOT + 18, draw, heat};
    for (size_t p = 0; p < heat->panel_count; p++) {
        const struct place place = place_of(heat, p);
        for (size_t i = 0; i < heat->row_count * heat->column_count; i++) {
            struct cln_text text = {0};
            if (!heat->panels[p].tells[i])
                continue;
            cln_text_add(&text, "%s", heat->panels[p].tells[i]);
            cln_hits_add(&picture->hits, place.left + (double)(i % heat->column_count) * place.tile,
                         place.top + (double)(i / heat->column_count) * place.height, place.tile,
                         place.height, &text);
        }
    }
    return cln_picture_check(picture);
}
