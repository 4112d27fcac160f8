/* `clnoise show FILE`: images of an experiment, clean and with its noise, and whether each image's
 * noise is its own. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/utf8.h"
#include "cl/control.clh"
#include "cli/command.h"
#include "cli/data_messages.h"
#include "cli/picture.h"
#include "cli/show_table.h"
#include "data/dataset.h"
#include "data/noise.h"
#include "experiment/select.h"
#include "report/plots.h"

#define USUAL_IMAGES 8
#define MOST_IMAGES  32

struct show {
    const struct cln_options *options;
    struct cln_experiment *experiment;
    const struct cln_cell **cells; /* those that are shown: same data and seed as the first */
    int cell_count;
    struct cln_dataset *dataset;
    struct cln_shown_images images;
    uint32_t picks[MOST_IMAGES], pick_count;
    struct cln_noise_spec *noises; /* of those cells, none of scale 0 */
    size_t noise_count;
};

static enum cln_status read_count(const char *text, uint32_t *out) {
    char *end = NULL;
    long count = text ? strtol(text, &end, 10) : USUAL_IMAGES;
    if (text && (end == text || *end || count < 1 || count > MOST_IMAGES))
        return CLN_FAIL(CONFIG, "--images: '%s'; accepted: 1 to %d", text, MOST_IMAGES);
    *out = (uint32_t)count;
    return CLN_OK;
}

/* Of the picked cells those that work on the same images with the same seed as the first; a note if
 * that leaves some out. */
static enum cln_status choose_cells(struct show *show) {
    const struct cln_experiment *experiment = show->experiment;
    const struct cln_selection selection = {.cells = show->options->cell.items,
                                            .cell_count = show->options->cell.count};
    const size_t room = (size_t)experiment->cell_count + 1;
    bool *picked = calloc(room, sizeof *picked);
    show->cells = calloc(room, sizeof *show->cells);
    show->noises = calloc(room, sizeof *show->noises);
    enum cln_status status = CLN_OK;
    if (!picked || !show->cells || !show->noises)
        status = CLN_FAIL(MEMORY, "out of memory for %d cells", experiment->cell_count);
    if (status == CLN_OK)
        status = cln_experiment_select(experiment, &selection, picked);
    int others = 0;
    for (int i = 0; i < experiment->cell_count && status == CLN_OK; i++) {
        const struct cln_cell *cell = &experiment->cells[i];
        const struct cln_cell *first = show->cell_count ? show->cells[0] : cell;
        if (!picked[i])
            continue;
        if (cln_data_spec_equal(&cell->data, &first->data) && cell->train.seed == first->train.seed)
            show->cells[show->cell_count++] = cell;
        else
            others++;
    }
    free(picked);
    if (status == CLN_OK && others)
        fprintf(stderr,
                "clnoise: note: %d more cell%s other images or another seed; --cell ID shows one\n",
                others, others == 1 ? " has" : "s have");
    return status;
}

static enum cln_status open_data(struct show *show) {
    const struct cln_options *options = show->options;
    const struct cln_cell *cell = show->cells[0];
    struct cln_data_source source = {.data_dir = options->data_dir};
    uint32_t most = 0;
    CLN_TRY(read_count(options->images, &most));
    if (!options->quiet)
        source.on_progress = cln_data_messages_progress;
    CLN_TRY(cln_dataset_open(&cell->data, &source, &show->dataset));
    CLN_TRY(cln_dataset_notes(show->dataset, cln_data_messages_note, NULL));
    const struct cln_dataset *data = show->dataset;
    const struct cln_dataset_split *split = options->test ? &data->test : &data->train;
    show->images =
        (struct cln_shown_images){.images = split->images,
                                  .labels = split->labels,
                                  .count = split->count,
                                  .height = data->height,
                                  .width = data->width,
                                  .channels = data->channels,
                                  .seed = (uint64_t)cell->train.seed,
                                  .stream = options->test ? STREAM_NOISE_TEST : STREAM_NOISE_TRAIN};
    show->pick_count = cln_images_pick(split->labels, split->count, most, show->picks);
    show->noise_count =
        cln_noises_of_cells(show->cells, show->cell_count, options->test, show->noises);
    return CLN_OK;
}

/* "#0 9 Ankle boot", cut to its column. */
static void print_names(const struct show *show, const struct cln_picture_layout *layout,
                        uint32_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t sample = show->picks[first + i];
        char name[256];
        snprintf(name, sizeof name, "#%lu: %s", (unsigned long)sample,
                 show->dataset->class_names[show->images.labels[sample]]);
        const int width = (int)layout->width;
        if (i + 1 < count) {
            cln_utf8_print(stdout, name, width);
            printf("%*s", CLN_PICTURE_GAP, "");
        } else {
            int taken;
            printf("%.*s\n", (int)cln_utf8_fitting(name, width, &taken), name);
        }
    }
}

/* One row: so many images from the first on, with that noise. `values` has room for an image,
 * `shades` for all in the row. */
static enum cln_status draw_row(const struct show *show, const struct cln_terminal *terminal,
                                enum cln_picture_mode mode, const struct cln_picture_layout *layout,
                                uint32_t first, uint32_t count, const struct cln_noise_spec *noise,
                                float *values, uint8_t *shades) {
    const struct cln_shown_images *images = &show->images;
    const size_t elems = cln_shown_elems(images);
    const uint8_t *row[MOST_IMAGES];
    for (uint32_t i = 0; i < count; i++) {
        cln_shown_noisy(images, show->picks[first + i], noise, values);
        cln_shades(values, elems, cln_noise_margin(noise), shades + i * elems);
        row[i] = shades + i * elems;
    }
    return cln_pictures_draw(terminal, mode, layout, row, count, images->height, images->width,
                             images->channels);
}

static enum cln_status draw(const struct show *show) {
    const struct cln_shown_images *images = &show->images;
    const struct cln_terminal terminal = cln_terminal_find(stdout);
    const enum cln_picture_mode mode = cln_picture_mode_find(&terminal);
    const struct cln_picture_layout layout = cln_picture_layout_find(
        show->pick_count, images->height, images->width, cln_terminal_columns(&terminal));
    const struct cln_noise_spec clean = {.scale = 0};
    const size_t elems = cln_shown_elems(images);
    float *values = malloc(elems * sizeof *values);
    uint8_t *shades = malloc(elems * layout.columns);
    enum cln_status status =
        values && shades ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for %zu values", elems);
    for (uint32_t at = 0; at < show->pick_count && status == CLN_OK; at += layout.columns) {
        const uint32_t rest = show->pick_count - at;
        const uint32_t count = rest < layout.columns ? rest : layout.columns;
        print_names(show, &layout, at, count);
        status = draw_row(show, &terminal, mode, &layout, at, count, &clean, values, shades);
        for (size_t n = 0; n < show->noise_count && status == CLN_OK; n++) {
            cln_show_print_noise(&show->noises[n]);
            status = draw_row(show, &terminal, mode, &layout, at, count, &show->noises[n], values,
                              shades);
        }
        putchar('\n');
    }
    if (status == CLN_OK && layout.width < images->width)
        printf("Drawn %lu of %lu pixels wide, by averaging, which hides some of the noise.\n\n",
               (unsigned long)layout.width, (unsigned long)images->width);
    free(values);
    free(shades);
    return status;
}

static void print_head(const struct show *show) {
    const struct cln_cell *cell = show->cells[0];
    printf("%s, %s images, seed %lld\n", show->dataset->name,
           show->options->test ? "test" : "training", (long long)cell->train.seed);
    if (cell->noise.draw == CLN_DRAW_EPOCH)
        printf("Noise is drawn anew in each epoch; this is the first.\n");
    printf("The noise is made by the host, with the same bits as on every device.\n\n");
}

static enum cln_status write_sheet(const struct show *show) {
    const struct cln_dataset *data = show->dataset;
    const struct cln_plot_data about = {data->name, data->requested, data->substituted};
    const struct cln_sheet sheet = {.images = show->images,
                                    .picks = show->picks,
                                    .pick_count = show->pick_count,
                                    .noises = show->noises,
                                    .noise_count = show->noise_count};
    return cln_plots_write_sheet(show->options->out, &sheet, &about);
}

static enum cln_status show_images(struct show *show) {
    const struct cln_options *options = show->options;
    CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                options->operand_count - 1, &show->experiment));
    CLN_TRY(choose_cells(show));
    CLN_TRY(open_data(show));
    if (options->out) /* first: who reads what is printed may stop at any line */
        CLN_TRY(write_sheet(show));
    print_head(show);
    if (!options->quiet)
        CLN_TRY(draw(show));
    CLN_TRY(cln_show_table(&show->images, show->picks, show->pick_count, show->dataset->class_names,
                           show->noises, show->noise_count));
    if (options->out)
        printf("Drawn: %s\n", options->out);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct show show = {.options = options};
    enum cln_status status = show_images(&show);
    cln_dataset_free(show.dataset);
    cln_experiment_free(show.experiment);
    free(show.cells);
    free(show.noises);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION("--images", "N", images, "how many images, 1 to 32 (default: 8)"),
    CLN_OPTION("--test", NULL, test, "test images instead of training images"),
    CLN_OPTION_CELL,
    CLN_OPTION("--out", "FILE", out, "draw them to this file as well: FILE.png or FILE.svg"),
    CLN_OPTION_DATA_DIR,
    CLN_OPTION("--quiet", NULL, quiet, "no images in the terminal, only the table"),
    CLN_OPTION_END,
};

const struct cln_command cln_command_show = {
    .name = "show",
    .help = "show images clean and noisy, and whether each noise is its own",
    .operands = "FILE [dotted.key=value ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details =
        "Draws the first images of different labels in the terminal, clean and with every\n"
        "noise of the experiment, and tells for each image the mean and standard deviation of\n"
        "its noise and a hash of it. The hash is the start of the SHA-256 over what that\n"
        "noise makes of an even grey (128 of 255), unclipped, as little-endian floats: images\n"
        "with the same noise have the same hash. Needs no device.\n",
    .examples = "clnoise show experiments/sweep.yaml\n"
                "clnoise show experiments/sweep.yaml --images 4 noise.scale=0.5 --out noise.png",
    .options = options,
    .run = run,
};
