#include "report/tensorboard.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/folder.h"
#include "report/chart.h"
#include "report/event_file.h"
#include "report/figure_data.h"

#define LABEL_MOST 100 /* characters of it in the name of a folder */

extern const struct cln_figure cln_figure_samples, cln_figure_filters, cln_figure_confusion;

static const struct cln_figure *const figures[] = {&cln_figure_samples, &cln_figure_filters,
                                                   &cln_figure_confusion};
#define FIGURES (sizeof figures / sizeof *figures)

static void add_scalar(struct cln_text *out, struct cln_event_time at, const char *tag,
                       double value) {
    if (isfinite(value))
        cln_event_scalar(out, at, tag, value);
}

/* Returns when the last epoch ended. */
static struct cln_event_time add_epochs(struct cln_text *out, const struct cln_result_cell *cell) {
    struct cln_event_time at = {0};
    for (int e = 0; e < cell->epoch_count; e++) {
        const struct cln_result_epoch *epoch = &cell->epochs[e];
        if (e < cell->epoch_seconds_count && isfinite(cell->epoch_seconds[e]))
            at.seconds += cell->epoch_seconds[e];
        at.step = epoch->epoch;
        add_scalar(out, at, "loss", epoch->loss);
        add_scalar(out, at, "accuracy", epoch->accuracy);
        add_scalar(out, at, "val_loss", epoch->val_loss);
        add_scalar(out, at, "val_accuracy", epoch->val_accuracy);
        add_scalar(out, at, "test_loss", epoch->test_loss);
        add_scalar(out, at, "test_accuracy", epoch->test_accuracy);
    }
    return at;
}

static enum cln_status add_figure(struct cln_text *out, struct cln_event_time at,
                                  const struct cln_figure *figure,
                                  const struct cln_figure_data *data) {
    const struct cln_figure_form form = {CLN_CHART_WIDTH, false};
    struct cln_picture picture = {0};
    struct cln_text png = {0};
    struct cln_event_image image = {.channels = 3};
    enum cln_status status = figure->make(figure, data, &form, &picture);
    if (status == CLN_OK)
        status = cln_drawing_png(&picture.drawing, &png, &image.width, &image.height);
    if (status == CLN_OK) {
        image.png = png.chars;
        image.length = png.length;
        cln_event_image(out, at, figure->name, &image);
    }
    cln_text_free(&png);
    cln_picture_done(&picture);
    return status;
}

static enum cln_status append(const char *path, const char *bytes, size_t length) {
    FILE *file = fopen(path, "ab");
    bool written = file && fwrite(bytes, 1, length, file) == length;
    int why = errno;
    if (file && fclose(file) && written) {
        written = false;
        why = errno;
    }
    return written ? CLN_OK : CLN_FAIL(FILE, "cannot write to %s: %s", path, strerror(why));
}

/* Appends if the file is the beginning of the new bytes, else replaces it. If they are the
 * beginning of the file and not `whole`, it has been finished before, and is left alone. */
static enum cln_status update(const char *path, const struct cln_text *bytes, bool whole) {
    char *old = NULL;
    size_t length = 0;
    if (cln_file_exists(path))
        CLN_TRY(cln_file_read(path, &old, &length));
    const size_t shared = length < bytes->length ? length : bytes->length;
    const bool same = old && !memcmp(old, bytes->chars, shared);
    free(old);
    if (same && length <= bytes->length)
        return append(path, bytes->chars + length, bytes->length - length);
    return same && !whole ? CLN_OK : cln_file_write(path, bytes->chars, bytes->length);
}

/* "model=mlp_noise.scale=0.5-0123abcd": of the label only what every file system takes. */
static void add_name(struct cln_text *out, const struct cln_result_cell *cell) {
    const char *label = cell->label ? cell->label : "cell";
    for (size_t i = 0; i < LABEL_MOST && label[i]; i++) {
        const bool plain = isalnum((unsigned char)label[i]) || strchr(".=-+", label[i]);
        cln_text_append(out, plain ? &label[i] : "_", 1);
    }
    cln_text_add(out, "-%.8s", cell->id);
}

/* Of the cell's file, whose folder is made. */
static enum cln_status make_path(const char *folder, const struct cln_result_cell *cell,
                                 struct cln_text *path) {
    cln_text_add(path, "%s/tensorboard/", folder);
    add_name(path, cell);
    CLN_TRY(cln_text_check(path));
    CLN_TRY(cln_folder_make(path->chars));
    cln_text_add(path, "/events.out.tfevents.%s", cell->id);
    return cln_text_check(path);
}

/* Whether the file is these scalars and, whole, so many images. */
static bool is_finished(const char *path, const struct cln_text *scalars, size_t images) {
    char *bytes;
    size_t length, records;
    if (!cln_file_exists(path) || cln_file_read(path, &bytes, &length) != CLN_OK)
        return false;
    const bool finished =
        length >= scalars->length && !memcmp(bytes, scalars->chars, scalars->length) &&
        cln_event_records(bytes + scalars->length, length - scalars->length, &records) &&
        records == images;
    free(bytes);
    return finished;
}

/* The figures of the report, as if the run had this cell alone; `*whole`: they are in the file. */
static enum cln_status add_images(struct cln_text *out, struct cln_event_time at, const char *path,
                                  const struct cln_results *results, struct cln_result_cell *cell,
                                  bool anew, bool *whole) {
    struct cln_results one = *results;
    struct cln_figure_base base;
    size_t count = 0;
    one.cells = cell;
    one.cell_count = 1;
    enum cln_status status = cln_figure_base_init(&base, &one);
    for (size_t f = 0; f < FIGURES && status == CLN_OK && !base.empty; f++)
        count += figures[f]->applies(figures[f], &base.data);
    *whole = status == CLN_OK && !anew && is_finished(path, out, count);
    for (size_t f = 0; f < FIGURES && status == CLN_OK && !base.empty && !*whole; f++)
        if (figures[f]->applies(figures[f], &base.data))
            status = add_figure(out, at, figures[f], &base.data);
    cln_figure_base_done(&base);
    return status;
}

static enum cln_status write_cell(const char *folder, const struct cln_results *results,
                                  struct cln_result_cell *cell,
                                  enum cln_tensorboard_images images) {
    struct cln_text bytes = {0}, path = {0};
    bool whole = false;
    cln_event_begin(&bytes);
    const struct cln_event_time end = add_epochs(&bytes, cell);
    enum cln_status status = cln_text_check(&bytes);
    if (status == CLN_OK)
        status = make_path(folder, cell, &path);
    if (status == CLN_OK && images != CLN_TENSORBOARD_SCALARS && cell->status == CLN_CELL_DONE)
        status = add_images(&bytes, end, path.chars, results, cell, images == CLN_TENSORBOARD_ANEW,
                            &whole);
    if (status == CLN_OK)
        status = cln_text_check(&bytes);
    if (status == CLN_OK && !whole)
        status = update(path.chars, &bytes, images != CLN_TENSORBOARD_SCALARS);
    cln_text_free(&bytes);
    cln_text_free(&path);
    return status;
}

enum cln_status cln_tensorboard_write(const char *folder, const struct cln_results *results,
                                      enum cln_tensorboard_images images) {
    for (size_t c = 0; c < results->cell_count; c++)
        if (results->cells[c].epoch_count)
            CLN_TRY(write_cell(folder, results, &results->cells[c], images));
    return CLN_OK;
}
