#include "cli/results_rows.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define SEED_CHOICE "train.seed="

/* A cell, and what it shares with the others of its row. */
struct item {
    const struct cln_run_cell *cell;
    const struct cln_run_outcome *outcome;
    char *more;
    size_t place;
};

/* The choices but for the seed's. */
static char *without_seed(const char *more) {
    char *copy = strdup(more), *out = copy;
    if (!copy)
        return NULL;
    while (*more) {
        size_t length = strcspn(more, " ");
        if (strncmp(more, SEED_CHOICE, strlen(SEED_CHOICE)) != 0) {
            if (out != copy)
                *out++ = ' ';
            memmove(out, more, length);
            out += length;
        }
        more += length + (more[length] == ' ');
    }
    *out = '\0';
    return copy;
}

static int compare_groups(const struct item *a, const struct item *b) {
    int order = strcmp(a->cell->model, b->cell->model);
    if (!order && a->cell->noise_scale != b->cell->noise_scale)
        order = a->cell->noise_scale < b->cell->noise_scale ? -1 : 1;
    return order ? order : strcmp(a->more, b->more);
}

static int compare_items(const void *a, const void *b) {
    const struct item *x = a, *y = b;
    int order = compare_groups(x, y);
    return order ? order : (x->place > y->place) - (x->place < y->place);
}

static int compare_rows(const void *a, const void *b) {
    const struct cln_result_row *x = a, *y = b;
    return (x->first > y->first) - (x->first < y->first);
}

/* "done", or how many cells have which status. */
static void sum_up_status(struct cln_result_row *row, const struct item *items, size_t count) {
    static const char *const words[] = {"done", "failed", "interrupted", "running", "waiting"};
    int used = 0;
    for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
        int of = 0;
        for (size_t i = 0; i < count; i++)
            of += !strcmp(items[i].outcome->status, words[w]);
        if (!of || used < 0 || (size_t)used >= sizeof row->status)
            continue;
        const size_t room = sizeof row->status - (size_t)used;
        if (of == (int)count)
            used += snprintf(row->status + used, room, "%s", words[w]);
        else
            used += snprintf(row->status + used, room, "%s%d %s", used ? ", " : "", of, words[w]);
        row->all_done = row->all_done || (w == 0 && of == (int)count);
    }
}

static enum cln_status make_row(const struct item *items, size_t count,
                                struct cln_result_row *row) {
    double *values = calloc(3 * count, sizeof *values);
    if (!values)
        return CLN_FAIL(MEMORY, "out of memory for the table of results");
    double *val = values + count, *test = val + count;
    row->cell = items[0].cell;
    row->first = items[0].place;
    row->cells = (int)count;
    for (size_t i = 0; i < count; i++) {
        const struct cln_run_outcome *outcome = items[i].outcome;
        const bool trained = outcome->epochs > 0, tested = trained && outcome->has_test;
        row->trained += trained;
        row->has_test = row->has_test || tested;
        row->seconds += outcome->seconds;
        values[i] = trained ? outcome->accuracy : (double)NAN;
        val[i] = trained ? outcome->val_accuracy : (double)NAN;
        test[i] = tested ? outcome->test_accuracy : (double)NAN;
    }
    row->accuracy = cln_mean_of(values, (int)count);
    row->val_accuracy = cln_mean_of(val, (int)count);
    row->test_accuracy = cln_mean_of(test, (int)count);
    sum_up_status(row, items, count);
    free(values);
    return CLN_OK;
}

/* The items are sorted: a row's stand together. Their texts become the rows'. */
static enum cln_status group(struct item *items, size_t count, struct cln_result_rows *out) {
    for (size_t i = 0, end; i < count; i = end) {
        for (end = i + 1; end < count && !compare_groups(&items[i], &items[end]);)
            end++;
        struct cln_result_row *row = &out->rows[out->count++];
        CLN_TRY(make_row(&items[i], end - i, row));
        row->more = items[i].more;
        items[i].more = NULL;
        out->seeds = out->seeds || end - i > 1;
    }
    qsort(out->rows, out->count, sizeof *out->rows, compare_rows);
    return CLN_OK;
}

enum cln_status cln_result_rows_make(const struct cln_run_cell *cells,
                                     const struct cln_run_outcome *outcomes, size_t count,
                                     struct cln_result_rows *out) {
    *out = (struct cln_result_rows){0};
    struct item *items = calloc(count + 1, sizeof *items);
    out->rows = calloc(count + 1, sizeof *out->rows);
    size_t used = 0;
    bool failed = !items || !out->rows;
    for (size_t i = 0; i < count && !failed; i++) {
        if (cells[i].left_out && !outcomes[i].epochs && !strcmp(outcomes[i].status, "waiting")) {
            out->left_out++;
            continue;
        }
        items[used] = (struct item){&cells[i], &outcomes[i], without_seed(cells[i].more), i};
        failed = !items[used++].more;
    }
    enum cln_status status =
        failed ? CLN_FAIL(MEMORY, "out of memory for the table of results") : CLN_OK;
    if (!failed) {
        qsort(items, used, sizeof *items, compare_items);
        status = group(items, used, out);
    }
    for (size_t i = 0; i < used; i++)
        free(items[i].more);
    free(items);
    return status;
}

void cln_result_rows_done(struct cln_result_rows *rows) {
    for (size_t i = 0; i < rows->count; i++)
        free(rows->rows[i].more);
    free(rows->rows);
    *rows = (struct cln_result_rows){0};
}
