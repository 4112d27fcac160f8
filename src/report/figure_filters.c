/* What the first layer has learnt: its weights as small images. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "model/safetensors.h"
#include "report/groups.h"
#include "report/tiles.h"
#include "report/titles.h"

#define MAX_ROWS  8
#define MAX_UNITS 32 /* of one net */
#define MAX_SIDE  64

static bool has_weights(const struct cln_result_cell *cell) {
    if (cell->status != CLN_CELL_DONE || !cell->folder)
        return false;
    char *path = cln_path_join(cell->folder, "model.safetensors");
    bool there = !path || cln_file_exists(path); /* without a path, reading says what is wrong */
    free(path);
    return there;
}

/* Of each kind the cells of its weakest and its strongest noise. */
static size_t choose(const struct cln_cell_groups *groups,
                     const struct cln_result_cell *cells[MAX_ROWS]) {
    size_t count = 0;
    for (size_t g = 0; groups && g < groups->count; g++) {
        const struct cln_cell_group *group = &groups->rows[g];
        bool first = g == 0 || groups->rows[g - 1].kind != group->kind;
        bool last = g + 1 == groups->count || groups->rows[g + 1].kind != group->kind;
        if ((first || last) && count < MAX_ROWS && has_weights(group->cells[0]))
            cells[count++] = group->cells[0];
    }
    return count;
}

static bool applies(const struct cln_figure *figure, const struct cln_figure_data *data) {
    (void)figure;
    const struct cln_result_cell *cells[MAX_ROWS];
    return choose(data->groups, cells) > 0;
}

/* How the values of one unit lie in the tensor. */
struct filters {
    const struct cln_safetensor *tensor;
    uint32_t height, width, channels;
    size_t units;
};

/* A convolution's (height, width, channels, filters), or a dense layer's (pixels, units) whose
 * pixels are those of an image. */
static bool find(const struct cln_safetensors *file, const struct cln_result_images *images,
                 struct filters *out) {
    for (size_t t = 0; t < file->count; t++) {
        const struct cln_safetensor *tensor = &file->tensors[t];
        if (!strstr(tensor->name, "kernel"))
            continue;
        int64_t pixels = images ? (int64_t)images->height * images->width * images->channels : 0;
        if (tensor->rank == 4 && tensor->shape[0] <= MAX_SIDE && tensor->shape[1] <= MAX_SIDE)
            *out = (struct filters){tensor, (uint32_t)tensor->shape[0], (uint32_t)tensor->shape[1],
                                    (uint32_t)tensor->shape[2], (size_t)tensor->shape[3]};
        else if (tensor->rank == 2 && pixels && tensor->shape[0] == pixels)
            *out = (struct filters){tensor, images->height, images->width, images->channels,
                                    (size_t)tensor->shape[1]};
        else
            return false; /* the first layer is of another kind */
        return out->units > 0 && out->channels > 0;
    }
    return false;
}

/* Unit `unit` from black, its least weight, to white; zero is mid-grey. Of several channels that
 * are not colours, the first is shown. */
static const float *values_of(struct cln_tiles *tiles, const struct filters *filters, size_t unit,
                              uint32_t shown, float *largest) {
    size_t pixels = (size_t)filters->height * filters->width;
    float *values = cln_yaml_alloc(&tiles->pool, (pixels * shown + 1) * sizeof *values);
    *largest = 0;
    for (size_t p = 0; values && p < pixels; p++)
        for (size_t c = 0; c < shown; c++) {
            float weight =
                filters->tensor->values[(p * filters->channels + c) * filters->units + unit];
            values[p * shown + c] = weight;
            if (isfinite(weight))
                *largest = fmaxf(*largest, fabsf(weight));
        }
    for (size_t v = 0; values && v < pixels * shown; v++)
        values[v] = *largest > 0 ? 0.5f + 0.5f * values[v] / *largest : 0.5f;
    return values;
}

static bool fill_row(struct cln_tiles *tiles, size_t r, const struct cln_result_cell *cell,
                     const struct filters *filters) {
    size_t count = filters->units < MAX_UNITS ? filters->units : MAX_UNITS;
    uint32_t shown = filters->channels == 3 ? 3 : 1;
    struct cln_text label = {0}, small = {0};
    if (!cln_tiles_row(tiles, r, count))
        return false;
    cln_title_add_kind(&label, cell->model);
    cln_title_add_noise(&small, cell->noise_scale);
    tiles->rows[r].label = cln_tiles_copy(tiles, &label);
    tiles->rows[r].small = cln_tiles_copy(tiles, &small);
    tiles->rows[r].break_before = r > 0;
    for (size_t u = 0; u < count; u++) {
        float largest;
        const float *values = values_of(tiles, filters, u, shown, &largest);
        struct cln_text tell = {0};
        if (!values)
            return false;
        cln_text_add(&tell, "%s\nunit %zu of %zu\nlargest weight %.4f", filters->tensor->name,
                     u + 1, filters->units, (double)largest);
        tiles->rows[r].tiles[u] = (struct cln_tile){.values = values,
                                                    .height = filters->height,
                                                    .width = filters->width,
                                                    .channels = shown,
                                                    .tell = cln_tiles_copy(tiles, &tell)};
    }
    return true;
}

static enum cln_status add_cell(struct cln_tiles *tiles, const struct cln_figure_data *data,
                                const struct cln_result_cell *cell) {
    char *path = cln_path_join(cell->folder, "model.safetensors");
    if (!path)
        return CLN_FAIL(MEMORY, "out of memory for a path");
    struct cln_safetensors file;
    enum cln_status status = cln_safetensors_read(path, &file);
    free(path);
    CLN_TRY(status);
    struct filters filters;
    if (find(&file, data->images, &filters)) {
        if (fill_row(tiles, tiles->row_count, cell, &filters))
            tiles->row_count++;
        else
            status = CLN_FAIL(MEMORY, "out of memory for a sheet of filters");
    }
    cln_safetensors_done(&file);
    return status;
}

static enum cln_status make(const struct cln_figure *figure, const struct cln_figure_data *data,
                            const struct cln_figure_form *form, struct cln_picture *out) {
    (void)figure;
    const struct cln_result_cell *cells[MAX_ROWS];
    size_t count = choose(data->groups, cells);
    struct cln_tiles *tiles = cln_tiles_create(count);
    if (!tiles)
        return CLN_FAIL(MEMORY, "out of memory for a sheet of filters");
    *out = (struct cln_picture){.state = tiles, .done = cln_tiles_free};
    tiles->row_count = 0; /* nets without such a layer leave none */
    tiles->across = 16;
    tiles->across_narrow = 8;
    tiles->label_room = 96;
    for (size_t c = 0; c < count; c++)
        CLN_TRY(add_cell(tiles, data, cells[c]));
    cln_text_add(&out->title, "What the first layer has learnt");
    cln_text_add(&out->note, "Weights of its first units; grey is zero, white the largest of the "
                             "unit, black as far below zero");
    cln_text_add(&out->alt, "Weights of the first layer of %zu nets as small images.",
                 tiles->row_count);
    return cln_tiles_finish(tiles, form, out);
}

const struct cln_figure cln_figure_filters = {"first-layer", CLN_SECTION_IMAGES, 0, 0, applies,
                                              make};
