/* Plots: the right figures for the cells there are, curves where the values put them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cairo.h>
#include <cmocka.h>

#include "base/file.h"
#include "base/rng.h"
#include "cl/control.clh"
#include "report/metrics_table.h"
#include "report/palette.h"
#include "report/plots.h"
#include "report/results.h"
#include "support/scratch.h"

#define MOST_CELLS 12
#define EPOCHS     10

static const struct cln_plot_data mnist = {"mnist", NULL, false};

static char *folder;
static const struct cln_cell plan = {.data = {.dataset = "mine"}};
static struct cln_result_epoch epochs[MOST_CELLS][EPOCHS];
static struct cln_result_cell cells[MOST_CELLS];
static struct cln_results results;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    results = (struct cln_results){.cells = cells};
    return 0;
}

static int clear(void **state) {
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* Ten epochs of a straight line from `first` to `last`, without tests or images. */
static void add_cell(const char *model, double scale, double first, double last) {
    struct cln_result_epoch *of = epochs[results.cell_count];
    assert_true(results.cell_count < MOST_CELLS);
    for (int e = 0; e < EPOCHS; e++) {
        double value = first + (last - first) * e / (EPOCHS - 1);
        of[e] =
            (struct cln_result_epoch){.epoch = e + 1, .accuracy = value, .val_accuracy = value / 2};
    }
    cells[results.cell_count++] = (struct cln_result_cell){.plan = &plan,
                                                           .model = model,
                                                           .noise_scale = scale,
                                                           .status = CLN_CELL_DONE,
                                                           .data = {.dataset = "mine"},
                                                           .epochs = of,
                                                           .epoch_count = EPOCHS,
                                                           .epochs_wanted = EPOCHS};
}

static bool there(const char *name) {
    char *path = cln_path_join(folder, name);
    bool found = path && cln_file_exists(path);
    free(path);
    return found;
}

/* Exactly these figures, each as PNG, SVG and CSV; and what every run has. */
static void assert_figures(const char *const *names) {
    static const char *const endings[] = {"png", "svg", "csv"};
    static const char always[] = "training-validation-gap";
    size_t count = 0;
    for (const char *name = always; name; name = *names++)
        for (int e = 0; e < 3; e++, count++) {
            char file[128];
            snprintf(file, sizeof file, "%s.%s", name, endings[e]);
            if (!there(file))
                fail_msg("there is no %s", file);
        }
    assert_int_equal(scratch_count_files(folder), count);
}

static char *read_all(const char *name, size_t *length) {
    char *path = cln_path_join(folder, name), *bytes;
    assert_int_equal(cln_file_read(path, &bytes, length), CLN_OK);
    free(path);
    return bytes;
}

struct picture {
    cairo_surface_t *surface;
    int width, height;
};

static struct picture load(const char *name) {
    size_t length;
    char *bytes = read_all(name, &length), *path = cln_path_join(folder, name);
    assert_true(length > 8);
    assert_memory_equal(bytes, "\x89PNG\r\n\x1a\n", 8);
    struct picture picture = {.surface = cairo_image_surface_create_from_png(path)};
    assert_int_equal(cairo_surface_status(picture.surface), CAIRO_STATUS_SUCCESS);
    picture.width = cairo_image_surface_get_width(picture.surface);
    picture.height = cairo_image_surface_get_height(picture.surface);
    free(bytes);
    free(path);
    return picture;
}

static uint32_t pixel(const struct picture *picture, int x, int y) {
    uint32_t value;
    memcpy(&value,
           cairo_image_surface_get_data(picture->surface) +
               y * cairo_image_surface_get_stride(picture->surface) + 4 * x,
           sizeof value);
    return value & 0xFFFFFF;
}

/* As cairo rounds it, one level more or less. */
static bool is(uint32_t value, struct cln_color color) {
    return fabs((value >> 16) - 255 * color.red) <= 1.01 &&
           fabs((value >> 8 & 0xFF) - 255 * color.green) <= 1.01 &&
           fabs((value & 0xFF) - 255 * color.blue) <= 1.01;
}

static size_t count(const struct picture *picture, struct cln_color color, int left, int top,
                    int right, int bottom) {
    size_t found = 0;
    for (int y = top; y < bottom; y++)
        for (int x = left; x < right; x++)
            found += is(pixel(picture, x, y), color);
    return found;
}

static void the_notebooks_experiment_gets_its_figures(void **state) {
    (void)state;
    static const double scales[] = {0, 0.1, 0.5, 1, 2, 4};
    for (int s = 0; s < 6; s++) {
        add_cell("convnet", scales[s], 0.1, 0.9 - 0.1 * s);
        add_cell("mlp", scales[s], 0.5, 0.95 - 0.1 * s);
    }
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    assert_figures((const char *const[]){"accuracy-by-sigma", "accuracy-with-and-without-noise",
                                         "val-accuracy-with-and-without-noise", "accuracy-by-scale",
                                         "val-accuracy-by-scale", "accuracy-by-model",
                                         "val-accuracy-by-model", NULL});
    size_t length;
    char *svg = read_all("accuracy-by-model.svg", &length);
    assert_memory_equal(svg, "<?xml", 5);
    assert_non_null(strstr(svg, "<svg"));
    assert_non_null(strstr(svg, "</svg>"));
    free(svg);
}

static void other_experiments_get_what_makes_sense(void **state) {
    (void)state;
    add_cell("mlp", 0.5, 0.1, 0.9);
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    assert_figures((const char *const[]){"accuracy", NULL});
}

static void models_at_one_scale_share_a_panel(void **state) {
    (void)state;
    add_cell("mlp", 0.5, 0.1, 0.9);
    add_cell("mine", 0.5, 0.2, 0.8);
    add_cell("another", 0.5, 0.2, 0.7);
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    assert_figures((const char *const[]){"accuracy-by-model", "val-accuracy-by-model", NULL});
}

static void one_model_without_clean_data_has_scales_only(void **state) {
    (void)state;
    add_cell("mlp", 0.5, 0.1, 0.9);
    add_cell("mlp", 1.5, 0.2, 0.8);
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    assert_figures((const char *const[]){"accuracy-by-sigma", "accuracy-by-scale",
                                         "val-accuracy-by-scale", NULL});
}

/* Noise that only the second model has is nothing to set beside the first model's clean run. */
static void clean_data_alone_are_no_comparison(void **state) {
    (void)state;
    add_cell("convnet", 0, 0.1, 0.9);
    add_cell("mlp", 1, 0.2, 0.8);
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    assert_figures((const char *const[]){"accuracy-by-sigma", "accuracy-by-model",
                                         "val-accuracy-by-model", NULL});
}

static void no_rows_no_figures(void **state) {
    (void)state;
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    assert_int_equal(scratch_count_files(folder), 0);
}

/* Rows of the image that hold `color` in column x, as the mean; -1 if there are none. */
static double height_of(const struct picture *picture, struct cln_color color, int x) {
    double sum = 0;
    int found = 0;
    for (int y = 280; y < picture->height - 120; y++)
        if (is(pixel(picture, x, y), color)) {
            sum += y;
            found++;
        }
    return found ? sum / found : -1;
}

/*
 * A straight line from 0 to 1 and one that stays at one half meet in the middle; the y axis runs
 * from 0 to 1, so three columns tell that both stand where they must. Half a line's width, 2.2
 * device pixels, is the tolerance.
 */
static void curves_are_where_their_values_are(void **state) {
    (void)state;
    add_cell("m", 0, 0, 1);
    add_cell("m", 1, 0.5, 0.5);
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    struct picture picture = load("accuracy-by-scale.png");
    assert_int_equal(picture.width, 1800);
    assert_int_equal(picture.height, 1080);
    struct cln_color noisy = cln_palette_scale(0, 1);
    double flat = height_of(&picture, noisy, 500);
    assert_true(flat > 300);
    for (int x = 200; x < 1600; x += 50) /* covered by the other line at the middle only */
        assert_true(height_of(&picture, noisy, x) > 0
                        ? fabs(height_of(&picture, noisy, x) - flat) <= 2.2
                        : abs(x - 888) < 60);
    double left = height_of(&picture, CLN_INK, 300), right = height_of(&picture, CLN_INK, 1400);
    double slope = (left - right) / 1100;
    assert_true(left > flat && right < flat);
    /* The rise over ten epochs is the height from 0 to 1: twice the way from 0.5 to the base. */
    double start = left + slope * (300 - 144), end = right - slope * (1632 - 1400);
    assert_true(fabs((start + end) / 2 - flat) < 4.4);
    cairo_surface_destroy(picture.surface);
}

static void nothing_is_drawn_that_is_not_there(void **state) {
    (void)state;
    add_cell("m", 0, 0.2, 0.9);
    add_cell("m", 1, NAN, NAN);
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    struct picture picture = load("accuracy-by-scale.png");
    /* Below the legend: the panel. */
    assert_int_equal(count(&picture, cln_palette_scale(0, 1), 0, 220, 1800, 1080), 0);
    assert_true(count(&picture, CLN_INK, 0, 220, 1800, 1080) > 3000);
    /* Below the x axis there are words only, and they are grey. */
    assert_int_equal(count(&picture, CLN_INK, 0, 980, 1800, 1080), 0);
    /* The figure keeps a white margin: nothing is cut off at its edges. */
    struct cln_color white = cln_color_hex(0xffffff);
    assert_int_equal(count(&picture, white, 0, 0, 1800, 20), 1800 * 20);
    assert_int_equal(count(&picture, white, 0, 1060, 1800, 1080), 1800 * 20);
    assert_int_equal(count(&picture, white, 0, 0, 20, 1080), 1080 * 20);
    assert_int_equal(count(&picture, white, 1780, 0, 1800, 1080), 1080 * 20);
    cairo_surface_destroy(picture.surface);
}

static void long_names_stay_inside(void **state) {
    (void)state;
    char names[6][CLN_METRICS_TEXT_SIZE];
    for (int m = 0; m < 6; m++) {
        memset(names[m], 'M', sizeof names[m]);
        snprintf(names[m] + 100, sizeof names[m] - 100, "%d\xff", m); /* and no UTF-8 either */
        add_cell(names[m], 0, 0.2, 0.9);
        add_cell(names[m], 1, 0.1, 0.6);
    }
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    struct picture picture = load("accuracy-by-model.png");
    struct cln_color white = cln_color_hex(0xffffff);
    assert_int_equal(count(&picture, white, 1780, 0, 1800, 1080), 1080 * 20);
    cairo_surface_destroy(picture.surface);
}

static void titles_say_what_stands_in(void **state) {
    (void)state;
    add_cell("m", 0, 0.2, 0.9);
    cells[0].data.dataset = "fashion-mnist";
    cells[0].data.requested = "mnist";
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    struct picture plain = load("accuracy.png");
    cells[0].data.substituted = true;
    assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
    struct picture more = load("accuracy.png");
    /* The title's line holds more ink; below it all is the same. */
    assert_true(count(&more, CLN_INK, 0, 40, 1800, 90) >
                count(&plain, CLN_INK, 0, 40, 1800, 90) * 5 / 4);
    assert_int_equal(count(&more, CLN_INK, 0, 100, 1800, 1080),
                     count(&plain, CLN_INK, 0, 100, 1800, 1080));
    cairo_surface_destroy(plain.surface);
    cairo_surface_destroy(more.surface);
}

/* PNG only: cairo numbers the surfaces of a process, and writes the numbers into the SVG. */
static void drawing_twice_gives_the_same_bytes(void **state) {
    (void)state;
    add_cell("m", 0, 0.2, 0.9);
    add_cell("m", 1, 0.1, 0.6);
    size_t lengths[2];
    char *bytes[2];
    for (int time = 0; time < 2; time++) {
        assert_int_equal(cln_plots_write(folder, &results), CLN_OK);
        bytes[time] = read_all("accuracy-by-scale.png", &lengths[time]);
    }
    assert_int_equal(lengths[0], lengths[1]);
    assert_memory_equal(bytes[0], bytes[1], lengths[0]);
    free(bytes[0]);
    free(bytes[1]);
}

#define SIDE   4
#define IMAGES 8

/* The shade in the middle of a pixel of an image of the sheet; tiles are 118 units wide, 126 apart,
 * the first at (124, 92), and a unit is two pixels of the file. */
static int shade_at(const struct picture *picture, int row, int column, int element) {
    double unit = 118.0 / SIDE;
    double x = 124 + 126 * column + (element % SIDE + 0.5) * unit;
    double y = 92 + 126 * row + (element / SIDE + 0.5) * unit;
    return (int)(pixel(picture, (int)(2 * x), (int)(2 * y)) & 0xFF);
}

static struct picture draw_sheet(const struct cln_sheet *sheet) {
    char *path = cln_path_join(folder, "sheet.png");
    assert_int_equal(cln_plots_write_sheet(path, sheet, &mnist), CLN_OK);
    free(path);
    return load("sheet.png");
}

/* Each image shows the noise that training adds to it; one level for rounding. */
static void the_sheet_shows_the_noise_of_training(void **state) {
    (void)state;
    uint8_t pixels[IMAGES * SIDE * SIDE], labels[IMAGES] = {3, 3, 1, 4, 1, 5, 9, 2};
    for (int i = 0; i < IMAGES * SIDE * SIDE; i++)
        pixels[i] = (uint8_t)(i * 37);
    static const double scales[] = {0, 0.5, 4};
    static const uint32_t picks[] = {0, 2, 3, 5, 6, 7};
    struct cln_noise_spec noises[3] = {{0}};
    for (int i = 0; i < 3; i++)
        noises[i].scale = scales[i];
    const struct cln_sheet sheet = {
        .images = {pixels, labels, IMAGES, SIDE, SIDE, 1, NULL, 42, STREAM_NOISE_TRAIN},
        .picks = picks,
        .pick_count = 6,
        .noises = noises,
        .noise_count = 3};
    struct picture picture = draw_sheet(&sheet);
    assert_int_equal(picture.width, 1800);
    for (int column = 0; column < 6; column++)
        for (int e = 0; e < SIDE * SIDE; e++) {
            int clean = pixels[picks[column] * SIDE * SIDE + (uint32_t)e];
            assert_true(abs(shade_at(&picture, 0, column, e) - clean) <= 1);
            for (int row = 1; row < 3; row++) {
                double value =
                    clean / 255.0 + scales[row] * cln_random_normal(42, (uint32_t)e, picks[column],
                                                                    0, STREAM_NOISE_TRAIN);
                double share = (value + scales[row]) / (1 + 2 * scales[row]);
                double wanted = 255 * fmin(fmax(share, 0), 1);
                assert_true(fabs(shade_at(&picture, row, column, e) - wanted) <= 1.5);
            }
        }
    cairo_surface_destroy(picture.surface);
}

static void sheets_without_images_are_refused(void **state) {
    (void)state;
    uint8_t byte = 0;
    const uint32_t first = 0;
    struct cln_sheet none = {
        .images = {.images = &byte, .labels = &byte}, .picks = &first, .pick_count = 1};
    assert_int_equal(cln_plots_write_sheet("none.png", &none, &mnist), CLN_DATA);
    none.images = (struct cln_shown_images){.images = &byte,
                                            .labels = &byte,
                                            .count = 1,
                                            .height = 70000,
                                            .width = 70000,
                                            .channels = 1};
    assert_int_equal(cln_plots_write_sheet("none.png", &none, &mnist), CLN_DATA);
}

/* A single image and more rows than usual: still a sheet. */
static void a_sheet_of_one_image(void **state) {
    (void)state;
    uint8_t pixels[12] = {0}, label = 0;
    const uint32_t first = 0;
    const struct cln_noise_spec noise = {.kind = CLN_NOISE_SPECKLE, .scale = 1};
    const struct cln_sheet one = {
        .images = {pixels, &label, 1, 2, 2, 3, NULL, 0, STREAM_NOISE_TEST},
        .picks = &first,
        .pick_count = 1,
        .noises = &noise,
        .noise_count = 1};
    struct picture picture = draw_sheet(&one);
    assert_int_equal(picture.width, 2 * 480);
    cairo_surface_destroy(picture.surface);
}

/* Chosen images and as many columns as there are, under the numbers they have in their data set. */
static void a_sheet_of_chosen_images(void **state) {
    (void)state;
    uint8_t pixels[2 * SIDE * SIDE] = {0}, labels[2] = {0};
    static const uint32_t samples[] = {70, 7}, picks[] = {1, 0, 1, 0, 1, 0, 1, 1};
    const struct cln_noise_spec noise = {.scale = 1};
    const struct cln_sheet sheet = {
        .images = {pixels, labels, 2, SIDE, SIDE, 1, samples, 42, STREAM_NOISE_TEST},
        .picks = picks,
        .pick_count = 8,
        .noises = &noise,
        .noise_count = 1};
    struct picture picture = draw_sheet(&sheet);
    assert_int_equal(picture.width, 2 * (2 * 28 + 96 + 8 * 126 - 8));
    for (int column = 0; column < 8; column++)
        for (int e = 0; e < SIDE * SIDE; e++) {
            const double normal =
                cln_random_normal(42, (uint32_t)e, samples[picks[column]], 0, STREAM_NOISE_TEST);
            const double wanted = 255 * fmin(fmax((normal + 1) / 3, 0), 1);
            assert_true(fabs(shade_at(&picture, 1, column, e) - wanted) <= 1.5);
        }
    cairo_surface_destroy(picture.surface);
}

static void a_folder_that_cannot_be_made_is_an_error(void **state) {
    (void)state;
    add_cell("m", 0, 0.2, 0.9);
    scratch_write(folder, "file", "", 0);
    char *path = cln_path_join(folder, "file/plots");
    assert_int_equal(cln_plots_write(path, &results), CLN_FILE);
    free(path);
}

/* Fontconfig keeps its tables until the process ends; a leak checker is to see ours only. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) {
    return "leak:libfontconfig\n";
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        TEST(the_notebooks_experiment_gets_its_figures),
        TEST(other_experiments_get_what_makes_sense),
        TEST(models_at_one_scale_share_a_panel),
        TEST(one_model_without_clean_data_has_scales_only),
        TEST(clean_data_alone_are_no_comparison),
        TEST(no_rows_no_figures),
        TEST(curves_are_where_their_values_are),
        TEST(nothing_is_drawn_that_is_not_there),
        TEST(long_names_stay_inside),
        TEST(titles_say_what_stands_in),
        TEST(drawing_twice_gives_the_same_bytes),
        TEST(the_sheet_shows_the_noise_of_training),
        TEST(sheets_without_images_are_refused),
        TEST(a_sheet_of_one_image),
        TEST(a_sheet_of_chosen_images),
        TEST(a_folder_that_cannot_be_made_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
