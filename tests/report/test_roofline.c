/* Rooflines: areas are times, every kind of content is drawn, and only names we can draw pass. */
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
#include "report/palette.h"
#include "report/roofline.h"
#include "support/scratch.h"

static char *folder;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    return 0;
}

static int clear(void **state) {
    (void)state;
    scratch_remove(folder);
    return 0;
}

static enum cln_status draw(const struct cln_roofline_panel *panels, int count, const char *name) {
    const struct cln_roofline roofline = {"a device", 200e9, 25e9, panels, count};
    char *path = cln_path_join(folder, name);
    enum cln_status status = cln_roofline_write(&roofline, path);
    free(path);
    return status;
}

/* Pixels nearest to a colour at the opacity of the discs on white. */
static int count_pixels(const char *name, struct cln_color color) {
    char *path = cln_path_join(folder, name);
    cairo_surface_t *surface = cairo_image_surface_create_from_png(path);
    free(path);
    assert_int_equal(cairo_surface_status(surface), CAIRO_STATUS_SUCCESS);
    const double channels[] = {color.blue, color.green, color.red};
    const unsigned char *bytes = cairo_image_surface_get_data(surface);
    int width = cairo_image_surface_get_width(surface), count = 0;
    int height = cairo_image_surface_get_height(surface);
    int stride = cairo_image_surface_get_stride(surface);
    for (int y = 240; y < height; y++) /* below the legend */
        for (int x = 0; x < width; x++) {
            bool same = true;
            for (int c = 0; c < 3; c++)
                same = same && fabs(bytes[y * stride + 4 * x + c] -
                                    255 * (0.7 + 0.3 * channels[c])) < 3; /* rounded twice */
            count += same;
        }
    cairo_surface_destroy(surface);
    return count;
}

static void areas_are_times(void **state) {
    (void)state;
    /* In the middle of decades, apart from grid lines and roofs. */
    const struct cln_roofline_point points[] = {{"long", 3e9, 1e9, 0.8, true},
                                                {"short", 3e7, 1e9, 0.2, false}};
    const struct cln_roofline_panel panel = {"net", points, 2};
    assert_int_equal(draw(&panel, 1, "areas.png"), CLN_OK);
    int more = count_pixels("areas.png", cln_palette_kind(0));
    int less = count_pixels("areas.png", cln_palette_kind(1));
    assert_true(more > 1000 && less > 250);
    /* The rim is another colour and takes more from the smaller disc: 4 becomes 4.2 or so. */
    assert_true(fabs((double)more / less - 4) < 0.5);
}

static void any_content_is_drawn(void **state) {
    (void)state;
    static struct cln_roofline_point many[200];
    for (int i = 0; i < 200; i++)
        many[i] = (struct cln_roofline_point){"conv2d_1/weights_gradient", pow(10, i % 13),
                                              pow(10, i % 11), 1e-3, i % 2};
    const struct cln_roofline_point odd[] = {{"no flops", 0, 1e6, 1, false},
                                             {"no bytes", 1e6, 0, 1, true},
                                             {"no time", 1e6, 1e6, 0, true},
                                             {"bad \xff text", 1e6, 1e6, 1, true}};
    const struct cln_roofline_panel panels[] = {
        {"nothing", NULL, 0}, {"odd", odd, 4}, {"many", many, 200}};
    const int counts[] = {0, 1, 3};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(draw(panels, counts[i], "any.png"), CLN_OK);
        assert_int_equal(draw(panels, counts[i], "any.svg"), CLN_OK);
    }
    assert_int_equal(scratch_count_files(folder), 2);
}

static void other_names_are_refused(void **state) {
    (void)state;
    const char *const names[] = {"plot.jpg", "plot", "plot.png.gz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(draw(NULL, 0, names[i]), CLN_CONFIG);
        assert_non_null(strstr(cln_error_last()->message, ".png or .svg"));
    }
    assert_int_equal(draw(NULL, 0, "no/such/folder.png"), CLN_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(areas_are_times, make, clear),
        cmocka_unit_test_setup_teardown(any_content_is_drawn, make, clear),
        cmocka_unit_test_setup_teardown(other_names_are_refused, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
