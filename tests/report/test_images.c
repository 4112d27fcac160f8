/* images.json: what was kept of a data set comes back, and nothing in the file is trusted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/text.h"
#include "experiment/yaml.h"
#include "report/images.h"
#include "support/scratch.h"

#define COUNT 9
#define ELEMS (2 * 3)

static char *folder, *path;
static struct cln_yaml_pool pool;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    path = cln_path_join(folder, "images.json");
    return 0;
}

static int clear(void **state) {
    (void)state;
    cln_yaml_pool_done(&pool);
    free(path);
    scratch_remove(folder);
    return 0;
}

static void images_come_back(void **state) {
    (void)state;
    uint8_t train[COUNT * ELEMS], test[COUNT * ELEMS];
    uint8_t labels[COUNT] = {3, 3, 1, 3, 1, 3, 9, 3, 3};
    for (int i = 0; i < COUNT * ELEMS; i++) {
        train[i] = (uint8_t)(i * 37);
        test[i] = (uint8_t)(255 - i);
    }
    const struct cln_dataset dataset = {.height = 2,
                                        .width = 3,
                                        .channels = 1,
                                        .train = {train, labels, COUNT},
                                        .test = {test, labels, COUNT}};
    static const uint32_t mistaken[] = {8, 0, 100}; /* there is no image 100 */
    static const uint32_t picks[] = {0, 2, 6, 1, 3, 4};
    const struct cln_result_images *images;
    assert_int_equal(cln_result_images_write(path, &dataset, mistaken, 3), CLN_OK);
    assert_int_equal(cln_result_images_read(path, &pool, &images), CLN_OK);
    assert_int_equal(images->height, 2);
    assert_int_equal(images->width, 3);
    assert_int_equal(images->channels, 1);
    assert_int_equal(images->sample_count, 6);
    for (size_t s = 0; s < 6; s++) { /* the first of each label, then others */
        assert_int_equal(images->samples[s].sample, picks[s]);
        assert_int_equal(images->samples[s].label, labels[picks[s]]);
        assert_memory_equal(images->samples[s].pixels, train + picks[s] * ELEMS, ELEMS);
    }
    assert_int_equal(images->mistaken_count, 2);
    assert_int_equal(images->mistaken[0].sample, 8);
    assert_memory_equal(images->mistaken[0].pixels, test + 8 * ELEMS, ELEMS);
    assert_memory_equal(images->mistaken[1].pixels, test, ELEMS);
}

static void no_file_is_no_images(void **state) {
    (void)state;
    const struct cln_result_images *images;
    assert_int_equal(cln_result_images_read(path, &pool, &images), CLN_OK);
    assert_null(images);
}

static enum cln_status read_text(const char *text, const struct cln_result_images **images) {
    scratch_write(folder, "images.json", text, strlen(text));
    return cln_result_images_read(path, &pool, images);
}

static void bad_files_are_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "[]",
        "{}",
        "{\"height\": 0, \"width\": 3, \"channels\": 1}",
        "{\"height\": 1e9, \"width\": 1e9, \"channels\": 1}",
        "{\"height\": 4096, \"width\": 4096, \"channels\": 4}",
        "{\"height\": -1, \"width\": 3, \"channels\": 1}",
        "{\"height\": 2, \"width\": 3, \"channels\": 7}",
    };
    const struct cln_result_images *images;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
        assert_int_equal(read_text(texts[t], &images), CLN_FILE);
}

/* Six bytes are eight characters; only the last of these images is whole. */
static void torn_images_are_left_out(void **state) {
    (void)state;
    const struct cln_result_images *images;
    assert_int_equal(
        read_text("{\"height\": 2, \"width\": 3, \"channels\": 1, \"mistaken\": 5, \"samples\": ["
                  "3, {}, {\"sample\": 1, \"label\": 2, \"pixels\": \"AAAA\"}, {\"sample\": 1, "
                  "\"label\": 2, \"pixels\": \"AAAAAAAAAAAA\"}, {\"sample\": 1, \"label\": 2, "
                  "\"pixels\": \"AAA*AAAA\"}, {\"sample\": -1, \"label\": 2, \"pixels\": "
                  "\"AAAAAAAA\"}, {\"sample\": 7, \"label\": 2, \"pixels\": \"AAAAAAAB\"}]}",
                  &images),
        CLN_OK);
    assert_int_equal(images->sample_count, 1);
    assert_int_equal(images->samples[0].sample, 7);
    assert_int_equal(images->samples[0].pixels[5], 1);
    assert_int_equal(images->mistaken_count, 0);
}

/* A run keeps 16 at most. */
static void of_too_many_images_the_first_are_read(void **state) {
    (void)state;
    const struct cln_result_images *images;
    struct cln_text text = {0};
    cln_text_add(&text, "{\"height\": 2, \"width\": 3, \"channels\": 1, \"samples\": [");
    for (int i = 0; i < 1000; i++)
        cln_text_add(&text, "%s{\"sample\": %d, \"label\": 0, \"pixels\": \"AAAAAAAA\"}",
                     i ? "," : "", i);
    cln_text_add(&text, "]}");
    assert_int_equal(cln_text_check(&text), CLN_OK);
    assert_int_equal(read_text(text.chars, &images), CLN_OK);
    assert_int_equal(images->sample_count, 16);
    assert_int_equal(images->samples[15].sample, 15);
    cln_text_free(&text);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)
    const struct CMUnitTest tests[] = {
        TEST(images_come_back),
        TEST(no_file_is_no_images),
        TEST(bad_files_are_refused),
        TEST(torn_images_are_left_out),
        TEST(of_too_many_images_the_first_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
