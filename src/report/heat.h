/* A table of shares as a heat map: one or several, each cell with its number in it. */
#ifndef CLN_REPORT_HEAT_H
#define CLN_REPORT_HEAT_H

#include "experiment/yaml.h"
#include "report/figure.h"

struct cln_heat_panel {
    const char *title;
    double *values;     /* (rows, columns), 0 to 1; NaN: nothing there */
    const char **tells; /* (rows, columns): what each tells when pointed at; lines */
};

struct cln_heat {
    const char *row_label, *column_label;
    const char *const *rows, *const *columns; /* their names */
    size_t row_count, column_count;
    struct cln_heat_panel *panels;
    size_t panel_count;
    double width;              /* of the figure */
    double top;                /* where it begins, below the title */
    const char *title, *note;  /* NULL: not drawn */
    int digits;                /* behind the point, in each cell; 0: whole percent without zeros */
    struct cln_yaml_pool pool; /* everything above lies in it */
};

/* A heat map with memory for that many panels, zeroed; NULL when out of memory. */
struct cln_heat *cln_heat_create(size_t panels, size_t rows, size_t columns);
void cln_heat_free(void *heat);

/* Makes the drawing and its hits; `heat` becomes the picture's, title and note are there. */
enum cln_status cln_heat_finish(struct cln_heat *heat, const struct cln_figure_form *form,
                                struct cln_picture *picture);

#endif
