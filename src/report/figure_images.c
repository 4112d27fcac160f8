/* Images: training images clean and with each noise, and those the nets were surest and wrong of.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cl/control.clh"
#include "data/noise.h"
#include "report/axis.h"
#include "report/groups.h"
#include "report/tiles.h"
#include "report/titles.h"

#define MAX_SCALES   12
#define MAX_MISTAKES 8 /* of one cell */
#define MAX_SHEETS   12

static size_t image_elems(const struct cln_result_images *images) {
    return (size_t)images->height * images->width * images->channels;
}

/*
 * The image as the net gets it. Gaussian noise leaves the range of pixels: black is then -scale and
 * white 1 + scale, unless it is cut.
 */
static float *noisy(struct cln_tiles *tiles, const struct cln_result_images *images,
                    const struct cln_result_image *image, const struct cln_result_cell *cell,
                    double scale, uint32_t stream) {
    size_t elems = image_elems(images);
    float *values = cln_yaml_alloc(&tiles->pool, (elems + 1) * sizeof *values);
    const struct cln_noise_spec *noise = &cell->plan->noise;
    const struct cln_noise_place place = {
        .seed = (uint64_t)cell->plan->train.seed, .sample = image->sample, .stream = stream};
    if (!values)
        return NULL;
    cln_noise_apply(noise, scale, &place, image->pixels, elems, values);
    bool wide = !noise->clip && noise->kind != CLN_NOISE_SALT_AND_PEPPER;
    for (size_t e = 0; e < elems && wide; e++)
        values[e] = (float)((values[e] + scale) / (1 + 2 * scale));
    return values;
}

static const char *label_name(const struct cln_result_cell *cell, int label, char number[16]) {
    if (cell->class_names && label >= 0 && label < cell->classes)
        return cell->class_names[label];
    snprintf(number, 16, "%d", label);
    return number;
}

static void set_tile(struct cln_tile *tile, const struct cln_result_images *images,
                     const float *values) {
    tile->values = values;
    tile->height = images->height;
    tile->width = images->width;
    tile->channels = images->channels;
}

/* ---- samples -------------------------------------------------------------------------------- */

static bool have_samples(const struct cln_figure *figure, const struct cln_figure_data *data) {
    (void)figure;
    return data->images && data->images->sample_count;
}

static bool fill_sample_row(struct cln_tiles *tiles, size_t r, const struct cln_figure_data *data,
                            double scale) {
    const struct cln_result_images *images = data->images;
    const struct cln_result_cell *cell = data->image_cell;
    struct cln_text label = {0}, range = {0};
    if (!cln_tiles_row(tiles, r, images->sample_count))
        return false;
    cln_text_add(&label, "%s", scale > 0 ? "" : "clean");
    if (scale > 0)
        cln_title_add_scale(&label, scale);
    char low[64], high[64];
    bool wide = !cell->plan->noise.clip && cell->plan->noise.kind != CLN_NOISE_SALT_AND_PEPPER;
    int decimals = scale > 0 && scale < 1 ? 1 : 0;
    cln_text_add(&range, "%s to %s",
                 cln_number_format(low, sizeof low, wide ? -scale : 0, decimals),
                 cln_number_format(high, sizeof high, wide ? 1 + scale : 1, decimals));
    tiles->rows[r].label = cln_tiles_copy(tiles, &label);
    tiles->rows[r].small = cln_tiles_copy(tiles, &range);
    for (size_t s = 0; s < images->sample_count; s++) {
        const struct cln_result_image *image = &images->samples[s];
        const float *values = noisy(tiles, images, image, cell, scale, STREAM_NOISE_TRAIN);
        char number[16];
        struct cln_text tell = {0};
        cln_text_add(&tell, "training image %u\nlabel %s\nnoise scale %.6g", image->sample,
                     label_name(cell, image->label, number), scale);
        set_tile(&tiles->rows[r].tiles[s], images, values);
        tiles->rows[r].tiles[s].tell = cln_tiles_copy(tiles, &tell);
        if (!values)
            return false;
    }
    return true;
}

static enum cln_status make_samples(const struct cln_figure *figure,
                                    const struct cln_figure_data *data,
                                    const struct cln_figure_form *form, struct cln_picture *out) {
    (void)figure;
    double scales[MAX_SCALES + 1] = {0};
    size_t count = 1;
    for (size_t s = 0; s < data->groups->scale_count && count <= MAX_SCALES; s++)
        if (data->groups->scales[s] > 0)
            scales[count++] = data->groups->scales[s];
    struct cln_tiles *tiles = cln_tiles_create(count);
    if (!tiles)
        return CLN_FAIL(MEMORY, "out of memory for a sheet of images");
    *out = (struct cln_picture){.state = tiles, .done = cln_tiles_free};
    tiles->across = tiles->across_narrow = data->images->sample_count;
    tiles->label_room = 96;
    for (size_t r = 0; r < count; r++)
        if (!fill_sample_row(tiles, r, data, scales[r]))
            return CLN_FAIL(MEMORY, "out of memory for a sheet of images");
    cln_text_add(&out->title, "Images and their noise, ");
    cln_title_add_data(&out->title, data->about);
    cln_text_add(&out->note,
                 "Each image has %s noise of its own. Left: noise scale, and the "
                 "values shown as black and white, in units of the pixel range",
                 cln_noise_words(data->results));
    cln_text_add(&out->alt,
                 "%zu training images, clean and with noise of %zu scales up to %.6g; "
                 "the stronger the noise, the less of the image can be made out.",
                 data->images->sample_count, count - 1, scales[count - 1]);
    return cln_tiles_finish(tiles, form, out);
}

const struct cln_figure cln_figure_samples = {"samples", CLN_SECTION_IMAGES, 0,
                                              0,         have_samples,       make_samples};

/* ---- mistakes ------------------------------------------------------------------------------- */

/* One cell a kind and scale, the first that has images of its mistakes. */
static size_t choose(const struct cln_figure_data *data,
                     const struct cln_result_cell *cells[MAX_SHEETS]) {
    size_t count = 0;
    for (size_t g = 0; g < data->groups->count; g++)
        for (size_t c = 0; c < data->groups->rows[g].cell_count && count < MAX_SHEETS; c++) {
            const struct cln_result_cell *cell = data->groups->rows[g].cells[c];
            if (cell->images && cell->images->mistaken_count && cell->mistake_count) {
                cells[count++] = cell;
                break;
            }
        }
    return count;
}

static bool have_mistakes(const struct cln_figure *figure, const struct cln_figure_data *data) {
    (void)figure;
    const struct cln_result_cell *cells[MAX_SHEETS];
    return choose(data, cells) > 0;
}

static const struct cln_result_image *image_of(const struct cln_result_images *images,
                                               int64_t sample) {
    for (size_t i = 0; i < images->mistaken_count; i++)
        if (images->mistaken[i].sample == sample)
            return &images->mistaken[i];
    return NULL;
}

static bool fill_mistake(struct cln_tiles *tiles, struct cln_tile *tile,
                         const struct cln_result_cell *cell,
                         const struct cln_result_mistake *mistake,
                         const struct cln_result_image *image) {
    char label[16], predicted[16];
    struct cln_text caption = {0}, tell = {0};
    const char *is = label_name(cell, mistake->label, label);
    const char *taken = label_name(cell, mistake->predicted, predicted);
    double scale = cln_noise_test_scale(&cell->plan->noise);
    const float *values = noisy(tiles, cell->images, image, cell, scale, STREAM_NOISE_TEST);
    cln_text_add(&caption, "%s, not %s", is, taken);
    cln_text_add(&tell, "test image %lld\nlabel %s, taken for %s\nwith probability %.4f",
                 (long long)mistake->sample, is, taken, mistake->probability);
    set_tile(tile, cell->images, values);
    tile->caption = cln_tiles_copy(tiles, &caption);
    tile->tell = cln_tiles_copy(tiles, &tell);
    return values != NULL;
}

static bool fill_mistakes(struct cln_tiles *tiles, size_t r, const struct cln_result_cell *cell,
                          struct cln_text *alt) {
    struct cln_text label = {0}, small = {0};
    struct cln_tile_row *row = &tiles->rows[r];
    size_t count = 0;
    if (!cln_tiles_row(tiles, r, cell->mistake_count))
        return false;
    cln_title_add_kind(&label, cell->model);
    cln_title_add_noise(&small, cell->noise_scale);
    row->label = cln_tiles_copy(tiles, &label);
    row->small = cln_tiles_copy(tiles, &small);
    row->break_before = r > 0;
    for (size_t m = 0; m < cell->mistake_count && count < MAX_MISTAKES; m++) {
        const struct cln_result_mistake *mistake = &cell->mistakes[m];
        const struct cln_result_image *image = image_of(cell->images, mistake->sample);
        if (image && !fill_mistake(tiles, &row->tiles[count++], cell, mistake, image))
            return false;
    }
    row->count = count;
    if (count && row->label && row->tiles[0].caption)
        cln_text_add(alt, " %s, %s: first %s.", row->label, row->small ? row->small : "",
                     row->tiles[0].caption);
    return true;
}

static enum cln_status make_mistakes(const struct cln_figure *figure,
                                     const struct cln_figure_data *data,
                                     const struct cln_figure_form *form, struct cln_picture *out) {
    (void)figure;
    const struct cln_result_cell *cells[MAX_SHEETS];
    size_t count = choose(data, cells);
    struct cln_tiles *tiles = cln_tiles_create(count);
    if (!tiles)
        return CLN_FAIL(MEMORY, "out of memory for a sheet of images");
    *out = (struct cln_picture){.state = tiles, .done = cln_tiles_free};
    tiles->across = MAX_MISTAKES;
    tiles->across_narrow = 4;
    tiles->label_room = 96;
    cln_text_add(&out->alt, "The test images that each net was surest of and wrong about.");
    for (size_t r = 0; r < count; r++)
        if (!fill_mistakes(tiles, r, cells[r], &out->alt))
            return CLN_FAIL(MEMORY, "out of memory for a sheet of images");
    cln_text_add(&out->title, "Taken for something else with the greatest confidence, ");
    cln_title_add_data(&out->title, data->about);
    cln_text_add(&out->note, "Test images as the net saw them, the surest mistakes first; below: "
                             "what it is, and what it was taken for");
    return cln_tiles_finish(tiles, form, out);
}

const struct cln_figure cln_figure_mistaken = {"mistaken", CLN_SECTION_ERRORS, 0,
                                               0,          have_mistakes,      make_mistakes};
