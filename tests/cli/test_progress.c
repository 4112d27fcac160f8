/* The progress display: nothing wraps, plain output is plain, estimates follow from what was seen.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "cli/line.h"
#include "cli/progress.h"

static const struct cln_progress_cell cells[] = {{"convnet", 0, NULL, 20, false},
                                                 {"convnet", 0.5, NULL, 20, false},
                                                 {"mlp", 0.5, "seed 2", 20, false}};

/* The run trains but one of them. */
static const struct cln_progress_cell alone[] = {{"convnet", 0, NULL, 20, true},
                                                 {"convnet", 0.5, NULL, 20, true},
                                                 {"mlp", 0.5, "seed 2", 20, false}};

static const struct cln_epoch_metrics epoch4 = {4,     11.2,  1.20474, 0.67041, 0.97464,
                                                0.816, false, 0,       0};

static char *output;
static size_t output_length;
static FILE *stream; /* writes into `output` */

static struct cln_progress *start_with(const struct cln_progress_cell *list, bool redraw,
                                       bool color, int columns) {
    stream = open_memstream(&output, &output_length);
    assert_non_null(stream);
    struct cln_terminal terminal = {stream, redraw, color, columns, 24};
    struct cln_progress *progress;
    assert_int_equal(cln_progress_create(&terminal, list, 3, &progress), CLN_OK);
    return progress;
}

static struct cln_progress *start(bool redraw, bool color, int columns) {
    return start_with(cells, redraw, color, columns);
}

/* Frees the progress; its output so far is in `output`, to be freed. */
static void finish(struct cln_progress *progress) {
    cln_progress_free(progress);
    fclose(stream);
}

static void elsewhere_an_epoch_is_one_plain_line(void **state) {
    (void)state;
    struct cln_progress *progress = start(false, false, 0);
    cln_progress_begin(progress, 1);
    const struct cln_train_progress step = {4, 20, 231, 469, false, 1.5, 0.5, 5};
    cln_progress_step(progress, 1, &step);
    cln_progress_epoch(progress, 1, &epoch4);
    cln_progress_end(progress, 1, true);
    finish(progress);
    assert_string_equal(output,
                        "[2/3] convnet, noise scale 0.5 - Epoch 4/20 - 11s - loss: 1.2047 - "
                        "accuracy: 0.6704 - val_loss: 0.9746 - val_accuracy: 0.8160\n");
    free(output);
}

/* What stands on the terminal below the last line that was finished. */
static const char *block(void) {
    fflush(stream);
    const char *last = output;
    for (const char *at = output; *at; at++)
        if (*at == '\r')
            last = at;
    return last;
}

static void a_single_cell_has_a_line_for_each_epoch(void **state) {
    (void)state;
    struct cln_progress *progress = start_with(alone, true, false, 120);
    cln_progress_begin(progress, 2);
    const struct cln_epoch_metrics first = {1, 10, 2, 0.5, 1, 0.75, false, 0, 0};
    cln_progress_epoch(progress, 2, &first);
    /* 4 s into the second of 20 epochs of 10 s: 6 + 180 s. */
    const struct cln_train_progress step = {2, 20, 100, 200, false, 1.5, 0.5, 4};
    cln_progress_step(progress, 2, &step);
    cln_progress_end(progress, 2, true);
    finish(progress);
    assert_string_equal(output,
                        "\r[3/3] mlp, noise scale 0.5, seed 2\033[K\n"
                        "\rEpoch 1/20 - 10s - loss: 2.0000 - accuracy: 0.5000 - val_loss: 1.0000 - "
                        "val_accuracy: 0.7500\033[K\n"
                        "\rEpoch 2/20 [==============>.............] 100/200 - loss: 1.5000 - "
                        "accuracy: 0.5000 - ETA 3:06\033[K"
                        "\r\033[J");
    free(output);
}

static void several_cells_are_a_table(void **state) {
    (void)state;
    struct cln_progress *progress = start(true, false, 80);
    const struct cln_epoch_metrics first = {1, 10, 2, 0.5, 1, 0.75, false, 0, 0};
    const struct cln_train_progress step = {2, 20, 100, 200, false, 1.5, 0.5, 4};
    const struct cln_train_progress other = {1, 20, 10, 200, false, NAN, NAN, 1};
    cln_progress_begin(progress, 0);
    cln_progress_epoch(progress, 0, &first);
    cln_progress_step(progress, 0, &step);
    cln_progress_begin(progress, 2);
    cln_progress_step(progress, 2, &other);
    /* An epoch of the convnet takes 10 s, of the mlp by its first steps 20: 186 s and 399 s are
     * left of these two, 200 s of the second; two at a time that is 392.5 s, but the mlp takes
     * longer. 15 s of 800 are done. */
    assert_string_equal(block(),
                        "\r\033[3A"
                        "cell                    progress        epoch     loss  val_accuracy"
                        "      ETA\033[K\n"
                        "convnet, no noise       [=====>....]     2/20   1.5000        0.7500"
                        "     3:06\033[K\n"
                        "mlp, noise 0.5, seed 2  [>.........]     1/20        -             -"
                        "     6:39\033[K\n"
                        "0 of 3 cells done (2 running) [>...........................] 2 % - ETA "
                        "6:39\033[K\033[J");
    cln_progress_end(progress, 0, true);
    fflush(stream);
    assert_non_null(strstr(output, "\r\033[3A[1/3] convnet, no noise - 1 epoch - 10s - "
                                   "val_accuracy: 0.7500\033[K\n\033[J"));
    assert_non_null(strstr(block(), "1 of 3 cells done (1 running)"));
    assert_null(strstr(block(), "convnet"));
    const struct cln_prepare_progress building = {"Building kernels", 12, 31, true};
    cln_progress_begin(progress, 1);
    cln_progress_prepare(progress, 1, &building);
    assert_non_null(strstr(block(), "convnet, noise 0.5      Building kernels: 12 of 31\033[K\n"));
    cln_progress_end(progress, 1, false); /* failed: the caller says why */
    assert_null(strstr(output, "[2/3]"));
    assert_non_null(strstr(block(), "2 of 3 cells done"));
    finish(progress);
    free(output);
}

/* Each model's epochs are estimated by its own. */
static void another_model_takes_its_own_time(void **state) {
    (void)state;
    struct cln_progress *progress = start(true, false, 80);
    const struct cln_epoch_metrics slow = {20, 100, 1, 0, 1, 0, false, 0, 0};
    const struct cln_epoch_metrics fast = {19, 1, 1, 0, 1, 0, false, 0, 0};
    cln_progress_begin(progress, 2);
    cln_progress_epoch(progress, 2, &fast);
    cln_progress_begin(progress, 0);
    cln_progress_epoch(progress, 0, &slow);
    cln_progress_end(progress, 0, true);
    /* 1 s here, 20 * 100 s for the second cell; 101 s are done. */
    assert_non_null(
        strstr(block(), "seed 2  [>.........]    19/20   1.0000        0.0000     1.0s"));
    assert_non_null(strstr(block(), "5 % - ETA 33:21"));
    finish(progress);
    free(output);
}

/* The lines of a terminal made narrower have been broken in two; one made wider has kept them. */
static void a_resized_terminal_is_drawn_over(void **state) {
    (void)state;
    struct cln_progress *progress = start(true, false, 0);
    setenv("COLUMNS", "80", 1);
    cln_progress_begin(progress, 0);
    setenv("COLUMNS", "40", 1);
    cln_progress_step(progress, 0, &(struct cln_train_progress){1, 20, 1, 200, false, 1.5, 0.5, 4});
    assert_memory_equal(block(), "\r\033[4A\033[J", 8);
    setenv("COLUMNS", "200", 1);
    cln_progress_clear(progress);
    assert_string_equal(block(), "\r\033[2A\033[J");
    unsetenv("COLUMNS");
    finish(progress);
    free(output);
}

/* Six wide characters take the rows that twelve letters take. */
static void wide_characters_are_counted_by_their_columns(void **state) {
    (void)state;
    const char *const names[] = {"abcdefghijkl", "\xe6\xb7\xb1\xe5\xb1\xa4\xe5\xad\xb8"
                                                 "\xe7\xbf\x92\xe6\xa8\xa1\xe5\x9e\x8b"};
    char expected[64] = "";
    for (int i = 0; i < 2; i++) {
        struct cln_progress_cell list[3];
        memcpy(list, cells, sizeof list);
        list[0].model = names[i];
        struct cln_progress *progress = start_with(list, true, false, 0);
        setenv("COLUMNS", "80", 1);
        cln_progress_begin(progress, 0);
        setenv("COLUMNS", "8", 1);
        cln_progress_clear(progress);
        if (i == 0)
            snprintf(expected, sizeof expected, "%s", block());
        assert_string_equal(block(), expected);
        finish(progress);
        free(output);
    }
    unsetenv("COLUMNS");
}

static void nothing_is_drawn_over_a_last_word(void **state) {
    (void)state;
    struct cln_progress *progress = start(true, false, 80);
    cln_progress_begin(progress, 0);
    fflush(stream);
    size_t before = output_length;
    cln_progress_stop(progress);
    cln_progress_step(progress, 0, &(struct cln_train_progress){1, 20, 1, 200, false, 1.5, 0.5, 4});
    cln_progress_clear(progress);
    fflush(stream);
    assert_int_equal(output_length, before);
    finish(progress);
    free(output);
}

static void a_low_terminal_counts_what_it_cannot_show(void **state) {
    (void)state;
    stream = open_memstream(&output, &output_length);
    struct cln_terminal terminal = {stream, true, false, 80, 5};
    struct cln_progress *progress;
    assert_int_equal(cln_progress_create(&terminal, cells, 3, &progress), CLN_OK);
    for (size_t cell = 0; cell < 3; cell++)
        cln_progress_begin(progress, cell);
    assert_non_null(strstr(block(), "convnet, noise 0.5"));
    assert_non_null(strstr(block(), "and 1 more\033[K\n"));
    assert_null(strstr(block(), "mlp"));
    finish(progress);
    free(output);
}

/* Takes escape sequences out, and returns the longest stretch between line ends and returns. */
static size_t widest(const char *text) {
    size_t width = 0, most = 0;
    for (; *text; text++) {
        if (*text == '\033') {
            while (!strchr("mKJA", *text))
                text++;
            continue;
        }
        width = *text == '\n' || *text == '\r' ? 0 : width + 1;
        most = width > most ? width : most;
    }
    return most;
}

static void no_width_wraps(void **state) {
    (void)state;
    for (int columns = 1; columns <= 140; columns++)
        for (int many = 0; many < 2; many++) {
            struct cln_progress *progress = start_with(many ? cells : alone, true, true, columns);
            cln_progress_begin(progress, 2);
            for (int step = 0; step <= 469; step += 67) {
                const struct cln_train_progress now = {4, 20, step, 469, step == 469, 12.5, 0.5, 5};
                cln_progress_step(progress, 2, &now);
            }
            cln_progress_epoch(progress, 2, &epoch4);
            cln_progress_end(progress, 2, true);
            finish(progress);
            size_t width = widest(output);
            assert_true(width < (size_t)columns || columns == 1);
            if (columns >= 40) { /* what matters most is still there */
                assert_non_null(strstr(output, many ? " 4/20" : "Epoch 4/20"));
                assert_true(many || strstr(output, "12.5000"));
            }
            if (columns >= 58)
                assert_non_null(strstr(output, "val_accuracy: 0.8160"));
            if (columns >= 80) {
                assert_non_null(strstr(output, "12.5000"));
                assert_non_null(strstr(output, "[=="));
            }
            free(output);
        }
}

static void no_color_means_no_color(void **state) {
    (void)state;
    for (int color = 0; color < 2; color++) {
        struct cln_progress *progress = start_with(alone, true, color, 80);
        cln_progress_begin(progress, 2);
        cln_progress_epoch(progress, 2, &epoch4);
        finish(progress);
        assert_int_equal(strstr(output, "\033[1m") != NULL, color);
        free(output);
    }
}

static void a_terminal_counts_kernels_in_place(void **state) {
    (void)state;
    struct cln_progress *progress = start_with(alone, true, false, 40);
    cln_progress_begin(progress, 2);
    cln_progress_prepare(progress, 2,
                         &(struct cln_prepare_progress){"Building kernels", 1, 31, true});
    cln_progress_prepare(progress, 2,
                         &(struct cln_prepare_progress){"Building kernels", 12, 31, true});
    finish(progress);
    assert_string_equal(output, "\r[3/3] mlp, noise scale 0.5, seed 2\033[K\n"
                                "\rBuilding kernels: 1 of 31\033[K"
                                "\rBuilding kernels: 12 of 31\033[K\r\033[J");
    free(output);
}

/* Elsewhere nothing within the first second, then a line, then nothing for a while. */
static void elsewhere_kernels_are_a_line_now_and_then(void **state) {
    (void)state;
    struct cln_progress *progress = start(false, false, 0);
    cln_progress_begin(progress, 0);
    for (int done = 1; done < 20; done++)
        cln_progress_prepare(progress, 0,
                             &(struct cln_prepare_progress){"Building kernels", done, 31, true});
    fflush(stream);
    assert_int_equal(output_length, 0);
    const struct timespec wait = {1, 100000000};
    nanosleep(&wait, NULL);
    for (int done = 20; done <= 31; done++)
        cln_progress_prepare(progress, 0,
                             &(struct cln_prepare_progress){"Building kernels", done, 31, true});
    finish(progress);
    assert_string_equal(output, "Building kernels: 20 of 31\n");
    free(output);
}

static void a_file_is_no_terminal(void **state) {
    (void)state;
    FILE *file = tmpfile();
    assert_non_null(file);
    setenv("TERM", "xterm", 1);
    struct cln_terminal terminal = cln_terminal_find(file);
    assert_false(terminal.redraw || terminal.color);
    setenv("COLUMNS", "57", 1);
    assert_int_equal(cln_terminal_columns(&terminal), 57);
    setenv("COLUMNS", "nonsense", 1);
    assert_int_equal(cln_terminal_columns(&terminal), 80);
    fclose(file);
}

static void no_progress_is_fine(void **state) {
    (void)state;
    cln_progress_begin(NULL, 0);
    cln_progress_clear(NULL);
    cln_progress_epoch(NULL, 0, &epoch4);
    cln_progress_end(NULL, 0, true);
    cln_progress_free(NULL);
}

static void durations_read_well(void **state) {
    (void)state;
    static const struct {
        double seconds;
        const char *text;
    } cases[] = {{0, "0.0s"},    {9.94, "9.9s"}, {9.96, "10s"},       {59.4, "59s"},
                 {59.6, "1:00"}, {185, "3:05"},  {3599.6, "1:00:00"}, {3723, "1:02:03"},
                 {NAN, "?"},     {-1, "?"},      {INFINITY, "?"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        char text[32];
        assert_string_equal(cln_duration_format(text, sizeof text, cases[c].seconds),
                            cases[c].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elsewhere_an_epoch_is_one_plain_line),
        cmocka_unit_test(a_single_cell_has_a_line_for_each_epoch),
        cmocka_unit_test(several_cells_are_a_table),
        cmocka_unit_test(a_resized_terminal_is_drawn_over),
        cmocka_unit_test(wide_characters_are_counted_by_their_columns),
        cmocka_unit_test(nothing_is_drawn_over_a_last_word),
        cmocka_unit_test(a_low_terminal_counts_what_it_cannot_show),
        cmocka_unit_test(another_model_takes_its_own_time),
        cmocka_unit_test(no_width_wraps),
        cmocka_unit_test(no_color_means_no_color),
        cmocka_unit_test(a_terminal_counts_kernels_in_place),
        cmocka_unit_test(elsewhere_kernels_are_a_line_now_and_then),
        cmocka_unit_test(a_file_is_no_terminal),
        cmocka_unit_test(no_progress_is_fine),
        cmocka_unit_test(durations_read_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
