/* PNGs of every kind become what a net takes, and pictures of other sizes are averaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>

#include "data/png_convert.h"

/* A PNG in memory of 2 x 2 pixels in libpng's format; free it. */
static uint8_t *encode(png_uint_32 format, const void *pixels, const void *colormap,
                       size_t *length) {
    png_image image;
    png_alloc_size_t bytes = 4096;
    uint8_t *out = malloc(bytes);
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    image.width = image.height = 2;
    image.format = format;
    image.colormap_entries = colormap ? 2 : 0;
    assert_non_null(out);
    assert_true(png_image_write_to_memory(&image, out, &bytes, 0, pixels, 0, colormap));
    *length = bytes;
    return out;
}

static void assert_becomes(png_uint_32 format, const void *pixels, const void *colormap,
                           uint32_t channels, const uint8_t *wanted) {
    size_t length;
    struct cln_png head;
    uint8_t *values, *bytes = encode(format, pixels, colormap, &length);
    assert_int_equal(cln_png_convert("p", bytes, length, channels, &head, &values), CLN_OK);
    assert_int_equal(head.height, 2);
    assert_int_equal(head.width, 2);
    assert_int_equal(head.channels, channels);
    assert_memory_equal(values, wanted, 4 * channels);
    free(values);
    free(bytes);
}

static void kinds_are_converted(void **state) {
    (void)state;
    static const uint8_t grey[4] = {0, 1, 128, 255};
    static const uint8_t colour[12] = {0, 0, 0, 1, 1, 1, 128, 128, 128, 255, 255, 255};
    static const uint8_t alpha[8] = {9, 0, 200, 0, 0, 255, 255, 255}; /* value, opacity */
    static const uint8_t on_black[4] = {0, 0, 0, 255};
    static const uint8_t places[4] = {0, 1, 1, 0}, map[6] = {0, 0, 0, 255, 255, 255};
    static const uint8_t mapped[4] = {0, 255, 255, 0};
    assert_becomes(PNG_FORMAT_GRAY, grey, NULL, 1, grey);
    assert_becomes(PNG_FORMAT_GRAY, grey, NULL, 3, colour);
    assert_becomes(PNG_FORMAT_RGB, colour, NULL, 3, colour);
    assert_becomes(PNG_FORMAT_RGB, colour, NULL, 1, grey);
    assert_becomes(PNG_FORMAT_GA, alpha, NULL, 1, on_black);
    assert_becomes(PNG_FORMAT_RGB_COLORMAP, places, map, 1, mapped);
}

static void damaged_ones_are_refused(void **state) {
    (void)state;
    static const uint8_t alpha[8] = {9, 0, 200, 0, 0, 255, 255, 255};
    size_t length;
    struct cln_png head;
    uint8_t *values, *bytes = encode(PNG_FORMAT_GA, alpha, NULL, &length);
    for (size_t cut = 0; cut < length; cut++) {
        uint8_t *part = malloc(cut + 1); /* of its own, so that reading on is noticed */
        memcpy(part, bytes, cut);
        /* What ends within the last chunk, which says nothing, may be let through. */
        if (cut < length - 12)
            assert_int_equal(cln_png_convert("p", part, cut, 1, &head, &values), CLN_DATA);
        free(part);
    }
    free(bytes);
}

static void sizes_are_averaged(void **state) {
    (void)state;
    static const uint8_t from[12] = {10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 121};
    const struct cln_png three_by_four = {3, 4, 1}, one_by_two = {1, 2, 1}, six_by_four = {6, 4, 1},
                         rgb = {1, 2, 3}, point = {1, 1, 3};
    uint8_t small[2], large[24], mean[3];
    cln_image_resize(from, &three_by_four, &one_by_two, small);
    assert_int_equal(small[0], 55); /* 10 20 50 60 90 100 */
    assert_int_equal(small[1], 75); /* 30 40 70 80 110 121: 75.2 */
    cln_image_resize(from, &three_by_four, &six_by_four, large);
    for (int i = 0; i < 24; i++)
        assert_int_equal(large[i], from[i / 8 * 4 + i % 4]);
    cln_image_resize(from, &rgb, &point, mean);
    assert_int_equal(mean[0], 25);
    assert_int_equal(mean[1], 35);
    assert_int_equal(mean[2], 45);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_converted),
        cmocka_unit_test(damaged_ones_are_refused),
        cmocka_unit_test(sizes_are_averaged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
