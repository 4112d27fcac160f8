#include "cli/progress.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/line.h"

#define BAR_LEAST 10
#define BAR_MOST  30

/* Which part goes first in a narrow terminal: the highest. */
enum rank { KEEP, LOSS, ETA, ACCURACY, RUN_ETA, BAR, STEPS };
enum epoch_rank { EPOCH_VAL_ACCURACY = 1, EPOCH_LOSS, EPOCH_ACCURACY, EPOCH_TIME, EPOCH_VAL_LOSS };

/* Where a line cannot be drawn again: when work on kernels is first told of, and how often then. */
#define PREPARE_FIRST_SECONDS 1.0
#define PREPARE_NEXT_SECONDS  5.0

struct cln_progress {
    struct cln_terminal terminal;
    const struct cln_progress_cell *cells;
    size_t count, current;
    double *seconds;     /* (count) spent in whole epochs of each cell */
    int *epochs;         /* (count) how many of them */
    double prepare_next; /* when to tell of work on kernels, by the clock; 0: none is going on */
    bool drawn;          /* an unfinished line stands on the terminal */
};

enum cln_status cln_progress_create(const struct cln_terminal *terminal,
                                    const struct cln_progress_cell *cells, size_t count,
                                    struct cln_progress **out) {
    struct cln_progress *progress = calloc(1, sizeof *progress);
    if (progress) {
        progress->terminal = *terminal;
        progress->cells = cells;
        progress->count = count;
        progress->seconds = calloc(count + 1, sizeof *progress->seconds);
        progress->epochs = calloc(count + 1, sizeof *progress->epochs);
    }
    if (!progress || !progress->seconds || !progress->epochs) {
        cln_progress_free(progress);
        return CLN_FAIL(MEMORY, "out of memory for the progress of %zu cells", count);
    }
    *out = progress;
    return CLN_OK;
}

void cln_progress_free(struct cln_progress *progress) {
    if (!progress)
        return;
    cln_progress_clear(progress);
    free(progress->seconds);
    free(progress->epochs);
    free(progress);
}

void cln_progress_clear(struct cln_progress *progress) {
    if (!progress || !progress->drawn)
        return;
    fputs("\r\033[K", progress->terminal.stream);
    fflush(progress->terminal.stream);
    progress->drawn = false;
}

/* One column stays free: some terminals wrap when the last one is written. 0: no limit. */
static int room(const struct cln_progress *progress) {
    if (!progress->terminal.redraw)
        return 0;
    int columns = cln_terminal_columns(&progress->terminal);
    return columns > 1 ? columns - 1 : 1;
}

static void show(struct cln_progress *progress, const struct cln_text *text, const char *color,
                 bool finished) {
    FILE *stream = progress->terminal.stream;
    if (text->failed || !text->chars)
        return;
    if (!progress->terminal.color)
        color = NULL;
    fprintf(stream, "%s%s%s%s%s%s", progress->terminal.redraw ? "\r" : "", color ? color : "",
            text->chars, color ? "\033[0m" : "", progress->terminal.redraw ? "\033[K" : "",
            finished ? "\n" : "");
    fflush(stream);
    progress->drawn = !finished;
}

static void add_cell(const struct cln_progress *progress, struct cln_line *line) {
    const struct cln_progress_cell *cell = &progress->cells[progress->current];
    const char *more = cell->more;
    char noise[40] = "no noise";
    if (cell->noise_scale != 0)
        snprintf(noise, sizeof noise, "noise scale %.6g", cell->noise_scale);
    cln_line_add(line, KEEP, '-', "[%zu/%zu] %s, %s%s%s", progress->current + 1, progress->count,
                 cell->model, noise, more && *more ? ", " : "", more ? more : "");
}

void cln_progress_begin(struct cln_progress *progress, size_t cell) {
    if (!progress || cell >= progress->count)
        return;
    cln_progress_clear(progress);
    progress->current = cell;
    progress->prepare_next = 0;
    if (!progress->terminal.redraw)
        return; /* there each line names the cell */
    struct cln_line line = {0};
    struct cln_text text = {0};
    add_cell(progress, &line);
    cln_line_write(&line, room(progress), &text);
    show(progress, &text, "\033[1m", true);
    cln_text_free(&text);
}

void cln_progress_prepare(struct cln_progress *progress, const struct cln_prepare_progress *now) {
    if (!progress)
        return;
    double seconds = cln_clock_seconds();
    bool redraw = progress->terminal.redraw, first = progress->prepare_next == 0;
    if (first)
        progress->prepare_next = seconds + PREPARE_FIRST_SECONDS;
    if (!redraw && (first || now->done == 0 || seconds < progress->prepare_next))
        return;
    progress->prepare_next = seconds + PREPARE_NEXT_SECONDS;
    struct cln_line line = {0};
    struct cln_text text = {0};
    cln_line_add(&line, KEEP, ' ', "%s: %d of %d", now->what, now->done, now->count);
    cln_line_write(&line, room(progress), &text);
    show(progress, &text, NULL, !redraw);
    cln_text_free(&text);
}

/* Seconds of an epoch of this cell: as its model took so far, else as any model did; NaN if no
 * epoch has ended yet. */
static double epoch_seconds(const struct cln_progress *progress, size_t cell) {
    double same = 0, all = 0;
    int same_epochs = 0, all_epochs = 0;
    for (size_t c = 0; c < progress->count; c++) {
        all += progress->seconds[c];
        all_epochs += progress->epochs[c];
        if (strcmp(progress->cells[c].model, progress->cells[cell].model))
            continue;
        same += progress->seconds[c];
        same_epochs += progress->epochs[c];
    }
    if (same_epochs)
        return same / same_epochs;
    return all_epochs ? all / all_epochs : NAN;
}

/* Seconds until the current cell is done, and until the run is. */
static void estimate(const struct cln_progress *progress, const struct cln_train_progress *step,
                     double *cell_seconds, double *run_seconds) {
    double by_steps = step->step > 0 ? step->seconds * step->steps / step->step : NAN;
    double epoch = epoch_seconds(progress, progress->current);
    if (isnan(epoch))
        epoch = by_steps; /* the first epoch: without its validation, but near enough */
    *cell_seconds = fmax(epoch - step->seconds, 0) + epoch * (step->epochs - step->epoch);
    if (isnan(epoch))
        *cell_seconds = NAN;
    *run_seconds = *cell_seconds;
    for (size_t c = progress->current + 1; c < progress->count; c++) {
        double other = epoch_seconds(progress, c);
        *run_seconds += progress->cells[c].epochs * (isnan(other) ? epoch : other);
    }
}

/* Fits the line, then draws "[=====>....]" in its bar, as wide as the room that is left allows. */
static void fit_with_bar(struct cln_line *line, const struct cln_train_progress *step,
                         int columns) {
    int left = columns - cln_line_fit(line, columns), inner = BAR_LEAST + left - 2;
    inner = inner < BAR_MOST - 2 ? inner : BAR_MOST - 2;
    if (line->count < 2 || line->parts[1].rank != BAR)
        return;
    char *bar = line->parts[1].text;
    int done = step->steps > 0 ? (int)((long long)inner * step->step / step->steps) : 0;
    *bar++ = '[';
    for (int i = 0; i < inner; i++)
        *bar++ = i < done ? '=' : i == done ? '>' : '.';
    strcpy(bar, "]");
}

enum cln_status cln_progress_step(void *context, const struct cln_train_progress *step) {
    struct cln_progress *progress = context;
    if (!progress || !progress->terminal.redraw)
        return CLN_OK;
    double cell_seconds, run_seconds;
    char cell_eta[32], run_eta[32];
    estimate(progress, step, &cell_seconds, &run_seconds);
    cln_duration_format(cell_eta, sizeof cell_eta, cell_seconds);
    cln_duration_format(run_eta, sizeof run_eta, run_seconds);
    struct cln_line line = {0};
    struct cln_text text = {0};
    cln_line_add(&line, KEEP, ' ', "Epoch %d/%d", step->epoch, step->epochs);
    cln_line_add(&line, BAR, ' ', "%*s", BAR_LEAST, "");
    if (step->validating)
        cln_line_add(&line, STEPS, ' ', "validating");
    else
        cln_line_add(&line, STEPS, ' ', "%d/%d", step->step, step->steps);
    if (!isnan(step->loss))
        cln_line_add(&line, LOSS, '-', "loss: %.4f", step->loss);
    if (!isnan(step->accuracy))
        cln_line_add(&line, ACCURACY, '-', "accuracy: %.4f", step->accuracy);
    if (!isnan(cell_seconds))
        cln_line_add(&line, ETA, '-', "ETA %s", cell_eta);
    if (!isnan(cell_seconds) && progress->count > 1)
        cln_line_add(&line, RUN_ETA, ' ', "(run %s)", run_eta);
    int columns = room(progress);
    fit_with_bar(&line, step, columns);
    cln_line_write(&line, columns, &text);
    show(progress, &text, NULL, false);
    cln_text_free(&text);
    return CLN_OK;
}

enum cln_status cln_progress_epoch(void *context, const struct cln_epoch_metrics *epoch) {
    struct cln_progress *progress = context;
    if (!progress || progress->current >= progress->count)
        return CLN_OK;
    progress->seconds[progress->current] += epoch->seconds;
    progress->epochs[progress->current]++;
    struct cln_line line = {0};
    struct cln_text text = {0};
    char time[32];
    if (!progress->terminal.redraw)
        add_cell(progress, &line);
    cln_line_add(&line, KEEP, '-', "Epoch %d/%d", epoch->epoch,
                 progress->cells[progress->current].epochs);
    cln_line_add(&line, EPOCH_TIME, '-', "%s",
                 cln_duration_format(time, sizeof time, epoch->seconds));
    cln_line_add(&line, EPOCH_LOSS, '-', "loss: %.4f", epoch->loss);
    cln_line_add(&line, EPOCH_ACCURACY, '-', "accuracy: %.4f", epoch->accuracy);
    cln_line_add(&line, EPOCH_VAL_LOSS, '-', "val_loss: %.4f", epoch->val_loss);
    cln_line_add(&line, EPOCH_VAL_ACCURACY, '-', "val_accuracy: %.4f", epoch->val_accuracy);
    int columns = room(progress);
    cln_line_fit(&line, columns);
    cln_line_write(&line, columns, &text);
    show(progress, &text, NULL, true);
    cln_text_free(&text);
    return CLN_OK;
}
