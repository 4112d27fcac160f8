#include "cli/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "cli/line.h"

#define NAME_MAX_COLUMNS 20 /* longer names stand on a line of their own */
#define CELL_SIZE        96

enum column { MODEL, NOISE, SEEDS, TRAIN, VAL, TEST, TRAINING, TIME, COLUMNS };

static const struct {
    const char *title;
    bool left;
    int rank; /* 0: always there; the largest goes first where there is no room */
} COLUMN[COLUMNS] = {
    [MODEL] = {"model", true, 0},       [NOISE] = {"noise", false, 0},
    [SEEDS] = {"seeds", false, 0},      [TRAIN] = {"train", false, 3},
    [VAL] = {"val", false, 2},          [TEST] = {"test", false, 0},
    [TRAINING] = {"training", true, 1}, [TIME] = {"time", false, 4},
};

struct row {
    int variant;
    char text[COLUMNS][CELL_SIZE];
};

struct table {
    const struct cln_results *results;
    const struct cln_meaning *meaning;
    struct row *rows;
    int row_count;
    bool headings; /* names on lines of their own */
    bool shown[COLUMNS];
    int width[COLUMNS];
};

static const struct cln_result_cell *cell_at(const struct table *table,
                                             const struct cln_study_group *group, int i) {
    return &table->results->cells[table->meaning->study->order[group->first + (size_t)i]];
}

/* "-" if it is NaN. */
static void print_share(char out[CELL_SIZE], double value) {
    if (isnan(value))
        snprintf(out, CELL_SIZE, "-");
    else
        snprintf(out, CELL_SIZE, "%.4f", value);
}

static void print_test(char out[CELL_SIZE], const struct cln_study_group *group) {
    double half = NAN;
    if (group->accuracy.count > 1)
        half = (group->accuracy.high - group->accuracy.low) / 2;
    else if (group->accuracy.count == 1)
        half = (group->wilson.high - group->wilson.low) / 2;
    if (isnan(half))
        print_share(out, group->accuracy.mean);
    else
        snprintf(out, CELL_SIZE, "%.4f +- %.4f", group->accuracy.mean, half);
}

/* The diagnosis that most of the group's cells have; how many, if not all. */
static void print_training(char out[CELL_SIZE], const struct cln_study_group *group) {
    int most = 0;
    for (int code = 1; code < CLN_DIAGNOSIS_COUNT; code++)
        if (group->diagnoses[code] > group->diagnoses[most])
            most = code;
    const char *words = cln_diagnosis_words((enum cln_diagnosis_code)most);
    if (group->diagnoses[most] == group->cells)
        snprintf(out, CELL_SIZE, "%s", words);
    else
        snprintf(out, CELL_SIZE, "%s %d/%d", words, group->diagnoses[most], group->cells);
}

/* Means of what the last epochs say, and the sum of the times. */
static void print_epochs(struct table *table, struct row *row,
                         const struct cln_study_group *group) {
    double train = 0, val = 0, seconds = 0;
    int count = 0;
    for (int i = 0; i < group->cells; i++) {
        const struct cln_result_cell *cell = cell_at(table, group, i);
        const struct cln_result_epoch *last = cln_result_last(cell);
        if (!isnan(cell->seconds))
            seconds += cell->seconds;
        if (!last || (cell->status != CLN_CELL_DONE && group->done))
            continue;
        train += last->accuracy;
        val += last->val_accuracy;
        count++;
        if (!isnan(last->test_accuracy))
            table->shown[VAL] = true;
    }
    print_share(row->text[TRAIN], count ? train / count : NAN);
    print_share(row->text[VAL], count ? val / count : NAN);
    cln_duration_format(row->text[TIME], CELL_SIZE, seconds);
}

static bool has_begun(const struct table *table, const struct cln_study_group *group) {
    for (int i = 0; i < group->cells; i++)
        if (cell_at(table, group, i)->status != CLN_CELL_WAITING)
            return true;
    return false;
}

static void add_row(struct table *table, const struct cln_study_group *group) {
    struct row *row = &table->rows[table->row_count];
    const char *name = table->meaning->study->variants[group->variant].name;
    row->variant = group->variant;
    bool first = table->row_count == 0 || row[-1].variant != group->variant;
    if (first && !table->headings)
        snprintf(row->text[MODEL], CELL_SIZE, "%s", name);
    snprintf(row->text[NOISE], CELL_SIZE, "none");
    if (group->noise_scale != 0)
        snprintf(row->text[NOISE], CELL_SIZE, "%.6g", group->noise_scale);
    if (group->cells > 1)
        table->shown[SEEDS] = true;
    if (group->done == group->cells)
        snprintf(row->text[SEEDS], CELL_SIZE, "%d", group->cells);
    else
        snprintf(row->text[SEEDS], CELL_SIZE, "%d/%d", group->done, group->cells);
    print_epochs(table, row, group);
    print_test(row->text[TEST], group);
    print_training(row->text[TRAINING], group);
    table->row_count++;
}

/* Widths of the columns, and which there is room for. */
static void fit(struct table *table) {
    int total = -2;
    for (int c = 0; c < COLUMNS; c++) {
        table->width[c] = (int)strlen(COLUMN[c].title);
        for (int r = 0; r < table->row_count; r++)
            if (cln_utf8_columns(table->rows[r].text[c]) > table->width[c])
                table->width[c] = cln_utf8_columns(table->rows[r].text[c]);
        if (table->shown[c])
            total += table->width[c] + 2;
    }
    while (total > CLN_RESULTS_COLUMNS) {
        int drop = MODEL;
        for (int c = 0; c < COLUMNS; c++)
            if (table->shown[c] && COLUMN[c].rank > COLUMN[drop].rank)
                drop = c;
        if (drop == MODEL)
            return;
        table->shown[drop] = false;
        total -= table->width[drop] + 2;
    }
}

/* Nothing follows the last text of a line. */
static int print_line(FILE *stream, const struct table *table, const char *const text[COLUMNS]) {
    int written = 0, spaces = 0;
    for (int c = 0; c < COLUMNS; c++) {
        if (!table->shown[c])
            continue;
        int missing = table->width[c] - cln_utf8_columns(text[c]);
        if (!COLUMN[c].left)
            spaces += missing;
        if (*text[c]) {
            written += fprintf(stream, "%*s%s", spaces, "", text[c]);
            spaces = 0;
        }
        spaces += COLUMN[c].left ? missing + 2 : 2;
    }
    fputc('\n', stream);
    return written;
}

static void print_rows(FILE *stream, const struct table *table) {
    const char *text[COLUMNS];
    for (int c = 0; c < COLUMNS; c++)
        text[c] = COLUMN[c].title;
    int width = print_line(stream, table, text);
    for (int c = 0; c < COLUMNS; c++) /* what is left-aligned may be wider than its title */
        if (c == TRAINING && table->shown[c] && !table->shown[TIME])
            width += table->width[c] - (int)strlen(COLUMN[c].title);
    for (int i = 0; i < width; i++)
        fputc('-', stream);
    fputc('\n', stream);
    for (int r = 0; r < table->row_count; r++) {
        if (table->headings && (r == 0 || table->rows[r - 1].variant != table->rows[r].variant))
            fprintf(stream, "%s:\n", table->meaning->study->variants[table->rows[r].variant].name);
        for (int c = 0; c < COLUMNS; c++)
            text[c] = table->rows[r].text[c];
        print_line(stream, table, text);
    }
}

/* The words of a paragraph behind "- ", in lines of as many columns as there are. */
static void print_wrapped(FILE *stream, const char *text) {
    int column = fprintf(stream, "-");
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column + 1 + length > CLN_RESULTS_COLUMNS)
            column = fprintf(stream, "\n ") - 1;
        column += fprintf(stream, " %.*s", length, text);
        text += length + (text[length] == ' ');
    }
    fputc('\n', stream);
}

static void print_conclusion(FILE *stream, const struct table *table) {
    const struct cln_conclusion *conclusion = &table->meaning->conclusion;
    const struct cln_results *results = table->results;
    bool findings = false, cautions = false;
    if (!results->by_status[CLN_CELL_DONE])
        return;
    for (size_t s = 0; s < conclusion->count; s++) {
        const struct cln_sentence *sentence = &conclusion->sentences[s];
        bool *told = sentence->caution ? &cautions : &findings;
        if (!*told)
            fprintf(stream, "\n%s\n", sentence->caution ? "But:" : "What this says:");
        *told = true;
        print_wrapped(stream, sentence->text);
    }
    if (results->cell_count == 1)
        print_wrapped(stream, table->meaning->diagnoses[0].sentence);
    fputc('\n', stream);
}

enum cln_status cln_results_print(FILE *stream, const struct cln_results *results,
                                  const struct cln_meaning *meaning) {
    const struct cln_study *study = meaning->study;
    struct table table = {.results = results, .meaning = meaning};
    table.rows = calloc((size_t)study->group_count + 1, sizeof *table.rows);
    if (!table.rows)
        return CLN_FAIL(MEMORY, "out of memory for the table of results");
    for (int v = 0; v < study->variant_count; v++)
        if (cln_utf8_columns(study->variants[v].name) > NAME_MAX_COLUMNS)
            table.headings = true;
    for (int c = 0; c < COLUMNS; c++)
        table.shown[c] = c != SEEDS && c != VAL && (c != MODEL || !table.headings);
    for (int g = 0; g < study->group_count; g++)
        if (has_begun(&table, &study->groups[g]))
            add_row(&table, &study->groups[g]);
    fit(&table);
    print_rows(stream, &table);
    size_t waiting = results->by_status[CLN_CELL_WAITING];
    if (waiting)
        fprintf(stream, "%zu of %zu cells have not begun.\n", waiting, results->cell_count);
    print_conclusion(stream, &table);
    free(table.rows);
    return CLN_OK;
}

enum cln_status cln_results_print_folder(FILE *stream, const char *folder) {
    struct cln_results *results;
    struct cln_meaning *meaning;
    CLN_TRY(cln_results_read(&folder, 1, &results));
    enum cln_status status = cln_meaning_make(results, &meaning);
    if (status == CLN_OK) {
        status = cln_results_print(stream, results, meaning);
        cln_meaning_free(meaning);
    }
    cln_results_free(results);
    return status;
}
