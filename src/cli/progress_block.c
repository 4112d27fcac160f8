/* The lines on a terminal that are drawn again and again: a table of the cells being trained. */
#include <math.h>
#include <stdio.h>

#include "base/utf8.h"
#include "cli/line.h"
#include "cli/progress_private.h"

#define NAME_LEAST  12
#define NAME_MOST   48
#define VALUE_SIZE  32
#define OTHER_LINES 3 /* of the block, besides the cells': header, how many more, the run's */

enum column { PROGRESS, EPOCH, LOSS, VAL_ACCURACY, ETA, COLUMNS };

/* In the order of the table; where there is no room, the one with the highest rank goes first. */
static const struct {
    const char *title;
    int width, rank;
} columns[COLUMNS] = {
    {"progress", CLN_BAR_LEAST, 4}, {"epoch", 7, 0}, {"loss", 7, 2},
    {"val_accuracy", 12, 1},        {"ETA", 7, 3},
};

struct layout {
    int room; /* columns; 0: no limit */
    int name;
    bool shown[COLUMNS];
};

static void describe(const struct cln_progress_cell *cell, char *out, size_t size) {
    int used = snprintf(out, size, "%s, ", cell->model);
    if (used > 0 && (size_t)used < size)
        used += cell->noise_scale != 0
                    ? snprintf(out + used, size - (size_t)used, "noise %.6g", cell->noise_scale)
                    : snprintf(out + used, size - (size_t)used, "no noise");
    if (cell->more && *cell->more && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ", %s", cell->more);
}

static int columns_width(const struct layout *layout) {
    int width = layout->name;
    for (int i = 0; i < COLUMNS; i++)
        width += layout->shown[i] ? 2 + columns[i].width : 0;
    return width;
}

/* Names keep their length as long as columns can go, and are cut last. */
static struct layout lay_out(const struct cln_progress *progress, size_t cell_count) {
    struct layout layout = {.room = cln_progress_room(progress), .name = NAME_LEAST};
    for (size_t i = 0; i < cell_count; i++) {
        char name[256];
        describe(&progress->cells[progress->running[i]], name, sizeof name);
        int width = cln_utf8_columns(name);
        layout.name = width > layout.name ? width : layout.name;
    }
    layout.name = layout.name > NAME_MOST ? NAME_MOST : layout.name;
    for (int i = 0; i < COLUMNS; i++)
        layout.shown[i] = true;
    for (int rank = COLUMNS - 1; rank > 0 && columns_width(&layout) > layout.room; rank--) {
        const int cut = columns_width(&layout) - layout.room;
        if (layout.name - cut >= NAME_LEAST * 3 / 2)
            break; /* a shorter name will do */
        for (int i = 0; i < COLUMNS; i++)
            layout.shown[i] = layout.shown[i] && columns[i].rank != rank;
    }
    const int too_much = columns_width(&layout) - layout.room;
    if (too_much > 0)
        layout.name = layout.name - too_much > 1 ? layout.name - too_much : 1;
    return layout;
}

/* The text cut or filled up to `width` columns. */
static void add_padded(struct cln_text *out, const char *text, int width) {
    int used;
    const int length = (int)cln_utf8_fitting(text, width, &used);
    cln_text_add(out, "%.*s%*s", length, text, width - used, "");
}

static void add_row(struct cln_text *out, const struct layout *layout, const char *name,
                    char values[COLUMNS][VALUE_SIZE]) {
    struct cln_text row = {0};
    struct cln_line line = {0};
    add_padded(&row, name, layout->name);
    for (int i = 0; i < COLUMNS; i++)
        if (layout->shown[i])
            cln_text_add(&row, i == PROGRESS ? "  %-*s" : "  %*s", columns[i].width, values[i]);
    cln_line_add(&line, 0, ' ', "%s", row.chars && !row.failed ? row.chars : "");
    cln_line_write(&line, layout->room, out);
    cln_text_add(out, "\n");
    cln_text_free(&row);
}

static void print_number(char out[VALUE_SIZE], double value) {
    if (isnan(value))
        snprintf(out, VALUE_SIZE, "-");
    else
        snprintf(out, VALUE_SIZE, "%.4f", value);
}

static void add_cell(const struct cln_progress *progress, size_t cell, const struct layout *layout,
                     struct cln_text *out) {
    const struct cln_progress_state *state = &progress->states[cell];
    const struct cln_train_progress *step = &state->step;
    char name[256], values[COLUMNS][VALUE_SIZE] = {{0}};
    describe(&progress->cells[cell], name, sizeof name);
    if (state->phase == CLN_PREPARING) {
        struct cln_line line = {0};
        struct cln_text padded = {0};
        add_padded(&padded, name, layout->name);
        if (padded.chars && !padded.failed)
            cln_line_add(&line, 0, ' ', "%s  %s: %d of %d", padded.chars, state->what, state->done,
                         state->count);
        cln_line_write(&line, layout->room, out);
        cln_text_add(out, "\n");
        cln_text_free(&padded);
        return;
    }
    if (step->validating)
        snprintf(values[PROGRESS], VALUE_SIZE, "[validating]");
    else
        cln_progress_bar(values[PROGRESS], CLN_BAR_LEAST,
                         step->steps > 0 ? (double)step->step / step->steps : 0);
    snprintf(values[EPOCH], VALUE_SIZE, "%d/%d", step->epochs ? step->epoch : state->epoch.epoch,
             progress->cells[cell].epochs);
    print_number(values[LOSS], step->epochs         ? step->loss
                               : state->epoch.epoch ? state->epoch.loss
                                                    : (double)NAN);
    print_number(values[VAL_ACCURACY],
                 state->epoch.epoch ? state->epoch.val_accuracy : (double)NAN);
    cln_duration_format(values[ETA], VALUE_SIZE, cln_progress_cell_left(progress, cell));
    add_row(out, layout, name, values);
}

static void add_run(const struct cln_progress *progress, int room, struct cln_text *out) {
    enum { KEEP, LEFT, SHARE, BAR, RUNNING };
    const double share = cln_progress_run_share(progress), left = cln_progress_run_left(progress);
    struct cln_line line = {0};
    char bar[CLN_BAR_MOST + 1], time[32];
    cln_line_add(&line, KEEP, ' ', "%zu of %zu cells done", progress->ended_count,
                 progress->wanted_count);
    cln_line_add(&line, RUNNING, ' ', "(%zu running)", progress->running_count);
    if (!isnan(share)) {
        cln_progress_bar(bar, CLN_BAR_MOST, share);
        cln_line_add(&line, BAR, ' ', "%s", bar);
        cln_line_add(&line, SHARE, ' ', "%.0f %%", 100 * share);
    }
    if (!isnan(left))
        cln_line_add(&line, LEFT, '-', "ETA %s", cln_duration_format(time, sizeof time, left));
    cln_line_fit(&line, room);
    cln_line_write(&line, room, out);
}

void cln_progress_draw(struct cln_progress *progress) {
    char titles[COLUMNS][VALUE_SIZE];
    struct cln_text text = {0};
    size_t most = (size_t)cln_terminal_rows(&progress->terminal);
    most = most > OTHER_LINES + 1 ? most - OTHER_LINES : 1;
    const size_t shown = progress->running_count < most ? progress->running_count : most;
    const struct layout layout = lay_out(progress, shown);
    for (int i = 0; i < COLUMNS; i++)
        snprintf(titles[i], VALUE_SIZE, "%s", columns[i].title);
    if (shown)
        add_row(&text, &layout, "cell", titles);
    for (size_t i = 0; i < shown; i++)
        add_cell(progress, progress->running[i], &layout, &text);
    if (shown < progress->running_count) {
        struct cln_line line = {0};
        cln_line_add(&line, 0, ' ', "and %zu more", progress->running_count - shown);
        cln_line_write(&line, layout.room, &text);
        cln_text_add(&text, "\n");
    }
    add_run(progress, layout.room, &text);
    cln_progress_show(progress, &text, NULL, false);
    cln_text_free(&text);
}
