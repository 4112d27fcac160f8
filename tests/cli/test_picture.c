/* Pictures in a terminal: how they are laid out, averaged and coloured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/picture.h"

static char drawn[65536];

static void draw(enum cln_picture_mode mode, const struct cln_picture_layout *layout,
                 const uint8_t *const *images, uint32_t count, uint32_t height, uint32_t width,
                 uint32_t channels) {
    const struct cln_terminal terminal = {.stream = tmpfile()};
    assert_non_null(terminal.stream);
    assert_int_equal(
        cln_pictures_draw(&terminal, mode, layout, images, count, height, width, channels), CLN_OK);
    rewind(terminal.stream);
    drawn[fread(drawn, 1, sizeof drawn - 1, terminal.stream)] = '\0';
    fclose(terminal.stream);
}

static void lays_out_for_the_width_there_is(void **state) {
    (void)state;
    static const struct {
        uint32_t count, height, width;
        int columns;
        struct cln_picture_layout wanted;
    } rows[] = {
        {8, 28, 28, 80, {4, 19, 20}},   {8, 28, 28, 120, {8, 14, 14}},
        {8, 28, 28, 240, {8, 28, 28}},  {2, 28, 28, 80, {2, 28, 28}},
        {5, 28, 28, 80, {5, 15, 16}},   {3, 28, 28, 20, {1, 20, 20}},
        {3, 28, 28, 3, {1, 14, 14}},    {4, 8, 8, 80, {4, 16, 16}},
        {1, 224, 224, 80, {1, 80, 80}}, {1, 10, 1000, 80, {1, 80, 2}},
        {1, 100, 50, 80, {1, 50, 100}}, {32, 28, 28, 80, {5, 15, 16}},
        {0, 28, 28, 80, {1, 28, 28}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cln_picture_layout found =
            cln_picture_layout_find(rows[i].count, rows[i].height, rows[i].width, rows[i].columns);
        assert_int_equal(found.columns, rows[i].wanted.columns);
        assert_int_equal(found.width, rows[i].wanted.width);
        assert_int_equal(found.height, rows[i].wanted.height);
    }
}

static void finds_what_the_terminal_can(void **state) {
    (void)state;
    static const struct {
        bool color;
        const char *locale, *color_term, *term;
        enum cln_picture_mode wanted;
    } rows[] = {
        {true, "en_US.UTF-8", "truecolor", "xterm", CLN_PICTURE_24_BIT},
        {true, "C.utf8", "24bit", "xterm-256color", CLN_PICTURE_24_BIT},
        {true, "C.UTF-8", "", "tmux-256color", CLN_PICTURE_256_COLORS},
        {true, "C.UTF-8", "", "xterm", CLN_PICTURE_PLAIN},
        {true, "C", "truecolor", "xterm-256color", CLN_PICTURE_PLAIN},
        {false, "C.UTF-8", "truecolor", "xterm-256color", CLN_PICTURE_PLAIN},
    };
    unsetenv("LC_ALL");
    unsetenv("LC_CTYPE");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cln_terminal terminal = {.stream = stdout, .color = rows[i].color};
        setenv("LANG", rows[i].locale, 1);
        setenv("COLORTERM", rows[i].color_term, 1);
        setenv("TERM", rows[i].term, 1);
        assert_int_equal(cln_picture_mode_find(&terminal), rows[i].wanted);
    }
    setenv("LC_ALL", "C", 1); /* comes before LANG */
    const struct cln_terminal terminal = {.stream = stdout, .color = true};
    setenv("LANG", "C.UTF-8", 1);
    assert_int_equal(cln_picture_mode_find(&terminal), CLN_PICTURE_PLAIN);
    unsetenv("LC_ALL");
}

static void draws_plain_shades(void **state) {
    (void)state;
    static const uint8_t one[] = {0, 255, 0, 255, 255, 255, 0, 0}; /* 4 x 2 */
    static const uint8_t two[] = {255, 255, 255, 255, 128, 128, 128, 128};
    const uint8_t *const images[] = {one, two};
    struct cln_picture_layout layout = {2, 2, 4};
    draw(CLN_PICTURE_PLAIN, &layout, images, 2, 4, 2, 1);
    assert_string_equal(drawn, " @ @@\n== ++\n");
    layout.height = 2; /* four rows in one line */
    draw(CLN_PICTURE_PLAIN, &layout, images, 2, 4, 2, 1);
    assert_string_equal(drawn, ":# ##\n");
    layout = (struct cln_picture_layout){1, 1, 2}; /* and both columns in one */
    draw(CLN_PICTURE_PLAIN, &layout, images, 1, 4, 2, 1);
    assert_string_equal(drawn, "=\n");
}

static void draws_two_pixels_a_character(void **state) {
    (void)state;
    static const uint8_t pixels[] = {255, 0, 0, 0, 0, 255}; /* red above blue */
    static const uint8_t grey[] = {0, 128};
    const uint8_t *image = pixels;
    const struct cln_picture_layout layout = {1, 1, 2};
    draw(CLN_PICTURE_24_BIT, &layout, &image, 1, 2, 1, 3);
    assert_string_equal(drawn, "\033[38;2;255;0;0m\033[48;2;0;0;255m\342\226\200\033[0m\n");
    draw(CLN_PICTURE_256_COLORS, &layout, &image, 1, 2, 1, 3);
    assert_string_equal(drawn, "\033[38;5;196m\033[48;5;21m\342\226\200\033[0m\n");
    image = grey;
    draw(CLN_PICTURE_256_COLORS, &layout, &image, 1, 2, 1, 1);
    assert_string_equal(drawn, "\033[38;5;16m\033[48;5;244m\342\226\200\033[0m\n");
}

/* Of three pixels that become two, each takes all of one and half of the middle one. */
static void averages_by_area(void **state) {
    (void)state;
    static const uint8_t pixels[] = {0, 255, 0, 0, 255, 0};
    const uint8_t *image = pixels;
    const struct cln_picture_layout layout = {1, 2, 2};
    const char *cell = "\033[38;2;85;85;85m\033[48;2;85;85;85m\342\226\200";
    char wanted[256];
    draw(CLN_PICTURE_24_BIT, &layout, &image, 1, 2, 3, 1);
    snprintf(wanted, sizeof wanted, "%s%s\033[0m\n", cell, cell);
    assert_string_equal(drawn, wanted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lays_out_for_the_width_there_is),
        cmocka_unit_test(finds_what_the_terminal_can),
        cmocka_unit_test(draws_plain_shades),
        cmocka_unit_test(draws_two_pixels_a_character),
        cmocka_unit_test(averages_by_area),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
