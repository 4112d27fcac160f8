/* A sheet of small images, each with a caption; rows may have labels at their left. */
#ifndef CLN_REPORT_TILES_H
#define CLN_REPORT_TILES_H

#include "experiment/yaml.h"
#include "report/figure.h"

struct cln_tile {
    const float *values; /* (height, width, channels), 0 black to 1 white; beyond is cut */
    uint32_t height, width, channels;
    const char *caption; /* below it; NULL: none */
    const char *tell;    /* when it is pointed at; lines; NULL: nothing */
};

struct cln_tile_row {
    const char *label, *small; /* at its left; NULL: none */
    struct cln_tile *tiles;
    size_t count;
    bool break_before; /* some room above */
};

struct cln_tiles {
    struct cln_tile_row *rows;
    size_t row_count;
    size_t across, across_narrow; /* tiles side by side; more go on below */
    double label_room;            /* left of the tiles */
    double width, top;            /* set by cln_tiles_finish() */
    const char *title, *note;
    struct cln_yaml_pool pool; /* everything above lies in it */
};

/* A sheet of that many rows, zeroed; NULL when out of memory. */
struct cln_tiles *cln_tiles_create(size_t rows);
void cln_tiles_free(void *tiles);

/* Room for a row's tiles; false when out of memory. */
bool cln_tiles_row(struct cln_tiles *tiles, size_t row, size_t count);

/* A copy that lives as long as the sheet; the text is released. NULL when out of memory. */
const char *cln_tiles_copy(struct cln_tiles *tiles, struct cln_text *text);

/* Makes the drawing and its hits; the sheet is the picture's state already, title and note are
 * there. */
enum cln_status cln_tiles_finish(struct cln_tiles *tiles, const struct cln_figure_form *form,
                                 struct cln_picture *picture);

#endif
