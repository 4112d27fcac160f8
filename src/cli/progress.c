#include "cli/progress.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/line.h"
#include "cli/progress_private.h"

/* Which part goes first in a narrow terminal: the highest. */
enum rank { KEEP, LOSS, ETA, ACCURACY, BAR, STEPS };
enum epoch_rank { EPOCH_VAL_ACCURACY = 1, EPOCH_LOSS, EPOCH_ACCURACY, EPOCH_TIME, EPOCH_VAL_LOSS };

/* Where a line cannot be drawn again: when work on kernels is first told of, and how often then. */
#define PREPARE_FIRST_SECONDS 1.0
#define PREPARE_NEXT_SECONDS  5.0

static int find_model(struct cln_progress *progress, const char *name) {
    int model = 0;
    while (model < progress->model_count && strcmp(progress->models[model].name, name) != 0)
        model++;
    if (model == progress->model_count)
        progress->models[progress->model_count++].name = name;
    return model;
}

enum cln_status cln_progress_create(const struct cln_terminal *terminal,
                                    const struct cln_progress_cell *cells, size_t count,
                                    struct cln_progress **out) {
    struct cln_progress *progress = calloc(1, sizeof *progress);
    if (progress) {
        progress->terminal = *terminal;
        progress->cells = cells;
        progress->count = count;
        progress->states = calloc(count + 1, sizeof *progress->states);
        progress->models = calloc(count + 1, sizeof *progress->models);
        progress->running = calloc(count + 1, sizeof *progress->running);
    }
    if (!progress || !progress->states || !progress->models || !progress->running) {
        cln_progress_free(progress);
        return CLN_FAIL(MEMORY, "out of memory for the progress of %zu cells", count);
    }
    for (size_t i = 0; i < count; i++) {
        progress->states[i].model = find_model(progress, cells[i].model);
        if (cells[i].left_out)
            continue;
        progress->wanted_count++;
        progress->models[progress->states[i].model].waiting += cells[i].epochs;
    }
    *out = progress;
    return CLN_OK;
}

void cln_progress_free(struct cln_progress *progress) {
    if (!progress)
        return;
    cln_progress_clear(progress);
    cln_text_free(&progress->drawn);
    free(progress->states);
    free(progress->models);
    free(progress->running);
    free(progress);
}

int cln_progress_room(const struct cln_progress *progress) {
    if (!progress->terminal.redraw)
        return 0;
    int columns = cln_terminal_columns(&progress->terminal);
    return columns > 1 ? columns - 1 : 1;
}

/* How many rows of so many columns a text takes below its first. */
static int rows_below(const char *text, int columns, bool *broken) {
    int rows = 0, used;
    while (*text) {
        const size_t line = strcspn(text, "\n"), fits = cln_utf8_fitting(text, columns, &used);
        *broken = *broken || fits < line;
        text += fits >= line ? line : fits ? fits : 1;
        rows += *text != '\0';
        text += *text == '\n';
    }
    return rows;
}

/* To the first column of what is drawn. A terminal that was made narrower has broken its lines. */
static void go_back(struct cln_progress *progress) {
    const char *drawn = progress->drawn.chars ? progress->drawn.chars : "";
    bool broken = false;
    const int up = rows_below(drawn, cln_terminal_columns(&progress->terminal), &broken);
    fputc('\r', progress->terminal.stream);
    if (up)
        fprintf(progress->terminal.stream, "\033[%dA", up);
    if (broken) /* a row that is only written over may still be joined with the next later */
        fputs("\033[J", progress->terminal.stream);
}

void cln_progress_clear(struct cln_progress *progress) {
    if (!progress || !progress->drawn.length)
        return;
    go_back(progress);
    fputs("\033[J", progress->terminal.stream);
    fflush(progress->terminal.stream);
    cln_text_free(&progress->drawn);
    progress->drawn = (struct cln_text){0};
}

void cln_progress_stop(struct cln_progress *progress) {
    if (!progress || progress->stopped)
        return;
    progress->stopped = true;
    cln_text_free(&progress->drawn);
    progress->drawn = (struct cln_text){0};
}

void cln_progress_show(struct cln_progress *progress, const struct cln_text *text,
                       const char *color, bool finished) {
    FILE *stream = progress->terminal.stream;
    if (text->failed || !text->chars || (progress->stopped && !finished))
        return;
    if (!progress->terminal.redraw) {
        fprintf(stream, "%s\n", text->chars);
        fflush(stream);
        return;
    }
    const char *start = progress->terminal.color && color ? color : "";
    const bool lines = progress->drawn.chars && strchr(progress->drawn.chars, '\n');
    go_back(progress);
    for (const char *at = text->chars;;) {
        const size_t length = strcspn(at, "\n");
        fprintf(stream, "%s%.*s%s\033[K", start, (int)length, at, *start ? "\033[0m" : "");
        at += length;
        if (!*at)
            break;
        fputc(*at++, stream);
    }
    /* What stood below, if lines before were more or had been broken. */
    fprintf(stream, "%s%s", finished ? "\n" : "", lines ? "\033[J" : "");
    fflush(stream);
    cln_text_free(&progress->drawn);
    progress->drawn = (struct cln_text){0};
    if (!finished)
        cln_text_add(&progress->drawn, "%s", text->chars);
}

/* One cell is all there is to train: it has the terminal for itself. */
static bool is_alone(const struct cln_progress *progress) {
    return progress->wanted_count <= 1;
}

static void add_cell(const struct cln_progress *progress, size_t index, struct cln_line *line) {
    const struct cln_progress_cell *cell = &progress->cells[index];
    const char *more = cell->more;
    char noise[40] = "no noise";
    if (cell->noise_scale != 0)
        snprintf(noise, sizeof noise, "noise scale %.6g", cell->noise_scale);
    cln_line_add(line, KEEP, '-', "[%zu/%zu] %s, %s%s%s", index + 1, progress->count, cell->model,
                 noise, more && *more ? ", " : "", more ? more : "");
}

/* Writes the line and, where there is one, draws the table below it again. */
static void show_line(struct cln_progress *progress, struct cln_line *line, const char *color,
                      bool finished) {
    struct cln_text text = {0};
    const int columns = cln_progress_room(progress);
    cln_line_fit(line, columns);
    cln_line_write(line, columns, &text);
    cln_progress_show(progress, &text, color, finished);
    cln_text_free(&text);
}

static void draw(struct cln_progress *progress) {
    if (progress->terminal.redraw && !is_alone(progress))
        cln_progress_draw(progress);
}

void cln_progress_begin(struct cln_progress *progress, size_t cell) {
    if (!progress || cell >= progress->count)
        return;
    struct cln_progress_state *state = &progress->states[cell];
    progress->prepare_next = 0;
    if (state->phase == CLN_WAITING && !progress->cells[cell].left_out)
        progress->models[state->model].waiting -= progress->cells[cell].epochs;
    if (state->phase == CLN_WAITING || state->phase == CLN_ENDED)
        progress->running[progress->running_count++] = cell;
    if (state->phase == CLN_ENDED)
        progress->ended_count--;
    state->phase = CLN_TRAINING;
    state->step = (struct cln_train_progress){0};
    if (!progress->terminal.redraw)
        return; /* there each line names the cell */
    if (is_alone(progress)) {
        struct cln_line line = {0};
        add_cell(progress, cell, &line);
        show_line(progress, &line, "\033[1m", true);
    }
    draw(progress);
}

/* Alone on a terminal, or one of the lines elsewhere. */
static void show_prepare(struct cln_progress *progress, const struct cln_prepare_progress *now) {
    const double seconds = cln_clock_seconds();
    const bool redraw = progress->terminal.redraw, first = progress->prepare_next == 0;
    if (first)
        progress->prepare_next = seconds + PREPARE_FIRST_SECONDS;
    if (!redraw && (first || now->done == 0 || seconds < progress->prepare_next))
        return;
    progress->prepare_next = seconds + PREPARE_NEXT_SECONDS;
    struct cln_line line = {0};
    cln_line_add(&line, KEEP, ' ', "%s: %d of %d", now->what, now->done, now->count);
    show_line(progress, &line, NULL, !redraw);
}

void cln_progress_prepare(struct cln_progress *progress, size_t cell,
                          const struct cln_prepare_progress *now) {
    if (!progress || cell >= progress->count)
        return;
    struct cln_progress_state *state = &progress->states[cell];
    if (state->phase == CLN_TRAINING || state->phase == CLN_PREPARING) {
        state->phase = CLN_PREPARING;
        state->done = now->done;
        state->count = now->count;
        snprintf(state->what, sizeof state->what, "%s", now->what);
    }
    if (!progress->terminal.redraw || is_alone(progress))
        show_prepare(progress, now);
    draw(progress);
}

void cln_progress_bar(char *out, int columns, double share) {
    const int inner = columns - 2, done = share > 0 ? (int)(inner * fmin(share, 1)) : 0;
    *out++ = '[';
    for (int i = 0; i < inner; i++)
        *out++ = i < done ? '=' : i == done ? '>' : '.';
    *out++ = ']';
    *out = '\0';
}

/* Fits the line, then draws the bar in its place, as wide as the room that is left allows. */
static void fit_with_bar(struct cln_line *line, const struct cln_train_progress *step,
                         int columns) {
    const int wide = CLN_BAR_LEAST + columns - cln_line_fit(line, columns);
    if (line->count > 1 && line->parts[1].rank == BAR)
        cln_progress_bar(line->parts[1].text, wide < CLN_BAR_MOST ? wide : CLN_BAR_MOST,
                         step->steps > 0 ? (double)step->step / step->steps : 0);
}

static void show_step(struct cln_progress *progress, size_t cell,
                      const struct cln_train_progress *step) {
    const double left = cln_progress_cell_left(progress, cell);
    struct cln_line line = {0};
    char time[32];
    cln_line_add(&line, KEEP, ' ', "Epoch %d/%d", step->epoch, step->epochs);
    cln_line_add(&line, BAR, ' ', "%*s", CLN_BAR_LEAST, "");
    if (step->validating)
        cln_line_add(&line, STEPS, ' ', "validating");
    else
        cln_line_add(&line, STEPS, ' ', "%d/%d", step->step, step->steps);
    if (!isnan(step->loss))
        cln_line_add(&line, LOSS, '-', "loss: %.4f", step->loss);
    if (!isnan(step->accuracy))
        cln_line_add(&line, ACCURACY, '-', "accuracy: %.4f", step->accuracy);
    if (!isnan(left))
        cln_line_add(&line, ETA, '-', "ETA %s", cln_duration_format(time, sizeof time, left));
    fit_with_bar(&line, step, cln_progress_room(progress));
    show_line(progress, &line, NULL, false);
}

void cln_progress_step(struct cln_progress *progress, size_t cell,
                       const struct cln_train_progress *step) {
    if (!progress || cell >= progress->count || !progress->terminal.redraw)
        return;
    struct cln_progress_state *state = &progress->states[cell];
    if (state->phase == CLN_PREPARING)
        state->phase = CLN_TRAINING;
    state->step = *step;
    if (is_alone(progress))
        show_step(progress, cell, step);
    draw(progress);
}

void cln_progress_epoch(struct cln_progress *progress, size_t cell,
                        const struct cln_epoch_metrics *epoch) {
    if (!progress || cell >= progress->count)
        return;
    struct cln_progress_state *state = &progress->states[cell];
    if (state->phase == CLN_PREPARING)
        state->phase = CLN_TRAINING;
    progress->prepare_next = 0;
    state->epoch = *epoch;
    state->step = (struct cln_train_progress){0};
    state->seconds += epoch->seconds;
    progress->models[state->model].seconds += epoch->seconds;
    progress->models[state->model].epochs++;
    if (!progress->terminal.redraw || is_alone(progress)) {
        struct cln_line line = {0};
        char time[32];
        if (!progress->terminal.redraw)
            add_cell(progress, cell, &line);
        cln_line_add(&line, KEEP, '-', "Epoch %d/%d", epoch->epoch, progress->cells[cell].epochs);
        cln_line_add(&line, EPOCH_TIME, '-', "%s",
                     cln_duration_format(time, sizeof time, epoch->seconds));
        cln_line_add(&line, EPOCH_LOSS, '-', "loss: %.4f", epoch->loss);
        cln_line_add(&line, EPOCH_ACCURACY, '-', "accuracy: %.4f", epoch->accuracy);
        cln_line_add(&line, EPOCH_VAL_LOSS, '-', "val_loss: %.4f", epoch->val_loss);
        cln_line_add(&line, EPOCH_VAL_ACCURACY, '-', "val_accuracy: %.4f", epoch->val_accuracy);
        show_line(progress, &line, NULL, true);
    }
    draw(progress);
}

static void show_done(struct cln_progress *progress, size_t cell) {
    const struct cln_progress_state *state = &progress->states[cell];
    struct cln_line line = {0};
    char time[32];
    add_cell(progress, cell, &line);
    cln_line_add(&line, EPOCH_LOSS, '-', "%d epoch%s", state->epoch.epoch,
                 state->epoch.epoch == 1 ? "" : "s");
    cln_line_add(&line, EPOCH_TIME, '-', "%s",
                 cln_duration_format(time, sizeof time, state->seconds));
    cln_line_add(&line, EPOCH_VAL_LOSS, '-', "val_loss: %.4f", state->epoch.val_loss);
    cln_line_add(&line, EPOCH_VAL_ACCURACY, '-', "val_accuracy: %.4f", state->epoch.val_accuracy);
    show_line(progress, &line, NULL, true);
}

void cln_progress_end(struct cln_progress *progress, size_t cell, bool done) {
    if (!progress || cell >= progress->count)
        return;
    struct cln_progress_state *state = &progress->states[cell];
    size_t at = 0;
    while (at < progress->running_count && progress->running[at] != cell)
        at++;
    if (at == progress->running_count)
        return;
    progress->running_count--;
    memmove(&progress->running[at], &progress->running[at + 1],
            (progress->running_count - at) * sizeof *progress->running);
    state->phase = CLN_ENDED;
    progress->ended_count++;
    if (done && state->epoch.epoch && progress->terminal.redraw && !is_alone(progress))
        show_done(progress, cell);
    draw(progress);
}
