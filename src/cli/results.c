#include "cli/results.h"

#include <math.h>
#include <string.h>

#include "cli/line.h"
#include "cli/results_rows.h"

#define FIGURE_SIZE 32

/* Which columns there are, and how wide. */
struct columns {
    int model_width, status_width; /* the latter 0: every status is "done" */
    bool seeds, test, more;
};

/* "0.9813", of several seeds "0.9813 +- 0.0012". */
static void print_figure(FILE *stream, const struct columns *columns, const char *title,
                         const struct cln_mean *mean) {
    char text[FIGURE_SIZE] = "-";
    int width = (int)strlen(title);
    if (columns->seeds && width < (int)strlen("0.9813 +- 0.0012"))
        width = (int)strlen("0.9813 +- 0.0012");
    if (mean && !isnan(mean->sd))
        snprintf(text, sizeof text, "%.4f +- %.4f", mean->mean, mean->sd);
    else if (mean && mean->count)
        snprintf(text, sizeof text, columns->seeds ? "%.4f          " : "%.4f", mean->mean);
    fprintf(stream, "  %*s", width, mean ? text : title);
}

/* Of the head where `row` is NULL. */
static void print_figures(FILE *stream, const struct columns *columns,
                          const struct cln_result_row *row) {
    print_figure(stream, columns, "accuracy", row ? &row->accuracy : NULL);
    print_figure(stream, columns, "val_accuracy", row ? &row->val_accuracy : NULL);
    if (columns->test)
        print_figure(stream, columns, "test_accuracy", row ? &row->test_accuracy : NULL);
}

static void print_row(FILE *stream, const struct cln_result_row *row,
                      const struct columns *columns) {
    char noise[40] = "none", time[32];
    if (row->cell->noise_scale != 0)
        snprintf(noise, sizeof noise, "%.6g", row->cell->noise_scale);
    fprintf(stream, "%-*s  %11s", columns->model_width, row->cell->model, noise);
    if (columns->seeds)
        fprintf(stream, "  %5d", row->cells);
    print_figures(stream, columns, row);
    fprintf(stream, "  %8s", cln_duration_format(time, sizeof time, row->seconds));
    if (columns->status_width)
        fprintf(stream, "  %-*s", columns->more ? columns->status_width : 0, row->status);
    if (columns->more)
        fprintf(stream, "  %s", columns->seeds ? row->more : row->cell->more);
    fputc('\n', stream);
}

static void print_head(FILE *stream, const struct columns *columns) {
    const int figure = columns->seeds ? 18 : 0; /* columns of a figure, or as wide as its title */
    int width = columns->model_width + 13 + (columns->seeds ? 7 : 0);
    fprintf(stream, "%-*s  noise_scale%s", columns->model_width, "model",
            columns->seeds ? "  seeds" : "");
    print_figures(stream, columns, NULL);
    width += figure ? 2 * figure : 10 + 14;
    if (columns->test)
        width += figure ? figure : 15;
    width += fprintf(stream, "      time");
    if (columns->status_width)
        width += fprintf(stream, "  %-*s", columns->more ? columns->status_width : 0, "status");
    if (columns->more)
        width += fprintf(stream, "  choices");
    fputc('\n', stream);
    for (int i = 0; i < width; i++)
        fputc('-', stream);
    fputc('\n', stream);
}

static int wider(int width, const char *text) {
    int length = (int)strlen(text);
    return length > width ? length : width;
}

static struct columns find_columns(const struct cln_result_rows *rows) {
    struct columns columns = {.model_width = (int)strlen("model"), .seeds = rows->seeds};
    bool all_done = true;
    for (size_t i = 0; i < rows->count; i++) {
        const struct cln_result_row *row = &rows->rows[i];
        columns.model_width = wider(columns.model_width, row->cell->model);
        columns.status_width = wider(wider(columns.status_width, "status"), row->status);
        columns.test = columns.test || row->has_test;
        columns.more = columns.more || *(rows->seeds ? row->more : row->cell->more);
        all_done = all_done && row->all_done;
    }
    if (all_done)
        columns.status_width = 0;
    return columns;
}

enum cln_status cln_results_print(FILE *stream, const struct cln_run_cell *cells,
                                  const struct cln_run_outcome *outcomes, size_t count) {
    struct cln_result_rows rows;
    enum cln_status status = cln_result_rows_make(cells, outcomes, count, &rows);
    if (status == CLN_OK) {
        const struct columns columns = find_columns(&rows);
        print_head(stream, &columns);
        for (size_t i = 0; i < rows.count; i++)
            print_row(stream, &rows.rows[i], &columns);
        if (rows.left_out)
            fprintf(stream, "%zu of %zu cells are not in this run.\n", rows.left_out, count);
    }
    cln_result_rows_done(&rows);
    return status;
}
