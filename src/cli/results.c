#include "cli/results.h"

#include <stdbool.h>
#include <string.h>

#include "cli/line.h"

static bool any_more(const struct cln_run_cell *cells, size_t count) {
    for (size_t c = 0; c < count; c++)
        if (*cells[c].more)
            return true;
    return false;
}

static bool any_test(const struct cln_run_outcome *outcomes, size_t count) {
    for (size_t c = 0; c < count; c++)
        if (outcomes[c].has_test)
            return true;
    return false;
}

static bool all_done(const struct cln_run_outcome *outcomes, size_t count) {
    for (size_t c = 0; c < count; c++)
        if (strcmp(outcomes[c].status, "done"))
            return false;
    return true;
}

static void print_figure(FILE *stream, int width, int epochs, double value) {
    if (epochs > 0)
        fprintf(stream, "  %*.4f", width, value);
    else
        fprintf(stream, "  %*s", width, "-");
}

/* Which columns there are, and how wide. */
struct columns {
    int model_width, status_width; /* the latter 0: every status is "done" */
    bool test, more;
};

static void print_cell(FILE *stream, const struct cln_run_cell *cell,
                       const struct cln_run_outcome *outcome, const struct columns *columns) {
    char noise[40] = "none", time[32];
    if (cell->noise_scale != 0)
        snprintf(noise, sizeof noise, "%.6g", cell->noise_scale);
    fprintf(stream, "%-*s  %11s", columns->model_width, cell->model, noise);
    print_figure(stream, 8, outcome->epochs, outcome->accuracy);
    print_figure(stream, 12, outcome->epochs, outcome->val_accuracy);
    if (columns->test)
        print_figure(stream, 13, outcome->has_test ? outcome->epochs : 0, outcome->test_accuracy);
    fprintf(stream, "  %8s", cln_duration_format(time, sizeof time, outcome->seconds));
    if (columns->status_width)
        fprintf(stream, "  %-*s", columns->more ? columns->status_width : 0, outcome->status);
    if (columns->more)
        fprintf(stream, "  %s", cell->more);
    fputc('\n', stream);
}

static int wider(int width, const char *text) {
    int length = (int)strlen(text);
    return length > width ? length : width;
}

static void print_head(FILE *stream, const struct columns *columns) {
    int written =
        fprintf(stream, "%-*s  noise_scale  accuracy  val_accuracy", columns->model_width, "model");
    if (columns->test)
        written += fprintf(stream, "  test_accuracy");
    written += fprintf(stream, "      time");
    if (columns->status_width)
        written += fprintf(stream, "  %-*s", columns->more ? columns->status_width : 0, "status");
    if (columns->more)
        written += fprintf(stream, "  choices");
    fputc('\n', stream);
    for (int i = 0; i < written; i++)
        fputc('-', stream);
    fputc('\n', stream);
}

void cln_results_print(FILE *stream, const struct cln_run_cell *cells,
                       const struct cln_run_outcome *outcomes, size_t count) {
    struct columns columns = {.model_width = (int)strlen("model"),
                              .test = any_test(outcomes, count),
                              .more = any_more(cells, count)};
    for (size_t c = 0; c < count; c++)
        columns.model_width = wider(columns.model_width, cells[c].model);
    if (!all_done(outcomes, count))
        for (size_t c = 0; c < count; c++)
            columns.status_width = wider(wider(columns.status_width, "status"), outcomes[c].status);
    print_head(stream, &columns);
    for (size_t c = 0; c < count; c++)
        print_cell(stream, &cells[c], &outcomes[c], &columns);
}
