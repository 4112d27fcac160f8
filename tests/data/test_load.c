/* Loading a whole data set: parsing, limits, labels, downloads of what is missing, and the errors
 * that say what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/build.h"
#include "data/load.h"
#include "support/http_server.h"
#include "support/scratch.h"
#include "support/tiny_data.h"

struct fixture {
    struct tiny_data tiny;
    struct cln_data_spec spec;
    char *root;
    bool missing;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    tiny_data_init(&fixture->tiny);
    fixture->root = scratch_make();
    unsetenv("CLNOISE_DATA");
    setenv("XDG_CACHE_HOME", fixture->root, 1);
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    scratch_remove(fixture->root);
    tiny_data_done(&fixture->tiny);
    free(fixture);
    return 0;
}

static enum cln_status load(struct fixture *fixture, const struct cln_download *download,
                            struct cln_dataset **dataset) {
    *dataset = NULL;
    return cln_data_load(&fixture->tiny.entry, &fixture->spec, fixture->root, download, dataset,
                         &fixture->missing);
}

static void assert_message_has(const char *part) {
    if (!strstr(cln_error_last()->message, part))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, part);
}

static void assert_detail_has(const char *part) {
    const char *detail = cln_error_last()->detail;
    if (!detail || !strstr(detail, part))
        fail_msg("detail: %s\nwanted: %s", detail ? detail : "none", part);
}

static void assert_split(const struct cln_dataset_split *split, uint32_t count, int base) {
    assert_int_equal(split->count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(split->labels[i], i % 4);
        for (uint32_t p = 0; p < 6; p++)
            assert_int_equal(split->images[6 * i + p], (uint32_t)base + 10 * i + p);
    }
}

static void loads_images_and_labels(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    tiny_data_write(&fixture->tiny, fixture->root);
    assert_int_equal(load(fixture, NULL, &dataset), CLN_OK);
    assert_false(fixture->missing);
    assert_string_equal(dataset->name, "tiny");
    assert_int_equal(dataset->height, 2);
    assert_int_equal(dataset->width, 3);
    assert_int_equal(dataset->channels, 1);
    assert_int_equal(dataset->classes, 4);
    assert_int_equal(cln_dataset_image_elems(dataset), 6);
    assert_split(&dataset->train, TINY_TRAIN, 0);
    assert_split(&dataset->test, TINY_TEST, 100);
    assert_null(dataset->warnings);
    for (int part = 0; part < CLN_IDX_FILES; part++) {
        assert_string_equal(dataset->files[part].sha256, fixture->tiny.sha256[part]);
        assert_string_equal(dataset->files[part].name, fixture->tiny.entry.files[part].name);
        assert_false(dataset->files[part].downloaded);
        assert_int_equal(strncmp(dataset->files[part].path, fixture->root, strlen(fixture->root)),
                         0);
    }
    cln_dataset_free(dataset);
    cln_dataset_free(NULL);
}

static void takes_the_first_of_a_limit(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    tiny_data_write(&fixture->tiny, fixture->root);
    fixture->spec.train_limit = 2;
    fixture->spec.test_limit = TINY_TEST;
    assert_int_equal(load(fixture, NULL, &dataset), CLN_OK);
    assert_split(&dataset->train, 2, 0);
    assert_split(&dataset->test, TINY_TEST, 100);
    cln_dataset_free(dataset);
    fixture->spec.test_limit = TINY_TEST + 1;
    assert_int_equal(load(fixture, NULL, &dataset), CLN_CONFIG);
    assert_message_has("data.test_limit: 4; tiny accepts: 0 (all) to 3");
    assert_false(fixture->missing);
    fixture->spec.train_limit = -1;
    assert_int_equal(load(fixture, NULL, &dataset), CLN_CONFIG);
    assert_message_has("data.train_limit: -1");
}

/* Builds the training split from the tiny files, after `change` has been made to one byte. */
static enum cln_status build_changed(struct fixture *fixture, int part, size_t offset,
                                     uint8_t value) {
    struct cln_data_content contents[CLN_IDX_FILES] = {0};
    for (int i = 0; i < CLN_IDX_FILES; i++) {
        contents[i].path = strdup(fixture->tiny.entry.files[i].name);
        contents[i].length = (size_t)fixture->tiny.entry.files[i].bytes;
        contents[i].bytes = malloc(contents[i].length);
        assert_non_null(contents[i].bytes);
        memcpy(contents[i].bytes, fixture->tiny.plain[i], contents[i].length);
    }
    contents[part].bytes[offset] = value;
    struct cln_dataset_split split = {0};
    enum cln_status status =
        cln_data_split_build(&fixture->tiny.entry, &contents[CLN_TRAIN_IMAGES],
                             &contents[CLN_TRAIN_LABELS], 0, "data.train_limit", &split);
    free(split.images);
    free(split.labels);
    for (int i = 0; i < CLN_IDX_FILES; i++)
        cln_data_content_done(&contents[i]);
    return status;
}

static void refuses_what_does_not_fit_together(void **state) {
    struct fixture *fixture = *state;
    assert_int_equal(build_changed(fixture, CLN_TRAIN_LABELS, 8, 3), CLN_OK);
    assert_int_equal(build_changed(fixture, CLN_TRAIN_LABELS, 10, 4), CLN_DATA);
    assert_message_has("train-labels: offset 10: label 4 of image 2; accepted: 0 to 3");
    assert_int_equal(build_changed(fixture, CLN_TRAIN_LABELS, 7, 4), CLN_DATA);
    assert_message_has("train-labels: offset 12: 1 trailing bytes");
    assert_int_equal(build_changed(fixture, CLN_TRAIN_IMAGES, 2, 0x0d), CLN_DATA);
    assert_message_has("train-images: offset 0: magic number");

    /* The same size, turned by a quarter. */
    fixture->tiny.plain[CLN_TRAIN_IMAGES][11] = 3;
    assert_int_equal(build_changed(fixture, CLN_TRAIN_IMAGES, 15, 2), CLN_DATA);
    assert_message_has("train-images: images of 3x2x1, expected 2x3x1");
    fixture->tiny.plain[CLN_TRAIN_IMAGES][11] = 2;

    /* The labels of the test set beside the images of the training set. */
    uint8_t *train_labels = fixture->tiny.plain[CLN_TRAIN_LABELS];
    fixture->tiny.plain[CLN_TRAIN_LABELS] = fixture->tiny.plain[CLN_TEST_LABELS];
    fixture->tiny.entry.files[CLN_TRAIN_LABELS].bytes -= TINY_TRAIN - TINY_TEST;
    assert_int_equal(build_changed(fixture, CLN_TRAIN_LABELS, 8, 0), CLN_DATA);
    assert_message_has("train-labels: 3 labels, but 5 images in train-images");
    fixture->tiny.plain[CLN_TRAIN_LABELS] = train_labels;
}

static void says_what_to_do_when_nothing_is_there(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    char bytes[64] = {0};
    fixture->tiny.entry.mirrors[0] = "https://mirror.invalid/tiny/";
    fixture->tiny.entry.system_package = "dataset-tiny";
    scratch_write(fixture->root, "tiny/train-images", bytes, 46);
    assert_int_equal(load(fixture, NULL, &dataset), CLN_DATA);
    assert_null(dataset);
    assert_true(fixture->missing);
    assert_message_has("tiny: train-images is not on disk");
    assert_detail_has("clnoise fetch tiny\n");
    assert_detail_has("apt install dataset-tiny\n");
    assert_detail_has("--data-dir or in CLNOISE_DATA");
    for (int part = 0; part < CLN_IDX_FILES; part++)
        assert_detail_has(fixture->tiny.entry.files[part].name);
    assert_detail_has("https://mirror.invalid/tiny/");
    assert_detail_has("data.dataset=fashion-mnist");
    assert_detail_has("dataset-fashion-mnist");
    assert_detail_has("/clnoise/data/TINY/raw");
    assert_detail_has("/tiny/train-images: SHA-256 of the uncompressed content is ");
}

static void tells_what_it_passed_over(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    char folder[512];
    snprintf(folder, sizeof folder, "%s/tiny", fixture->root);
    tiny_data_write(&fixture->tiny, folder);
    scratch_write(fixture->root, "test-labels", "no", 2);
    assert_int_equal(load(fixture, NULL, &dataset), CLN_OK);
    assert_non_null(dataset->warnings);
    assert_non_null(strstr(dataset->warnings, "/test-labels: 2 bytes uncompressed, expected 11\n"));
    cln_dataset_free(dataset);
}

static void downloads_only_what_is_missing(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    struct http_route routes[CLN_IDX_FILES] = {0};
    static const char *const paths[] = {"/train-images.gz", "/train-labels.gz", "/test-images.gz",
                                        "/test-labels.gz"};
    for (int i = 0; i < CLN_IDX_FILES; i++) {
        size_t length = (size_t)fixture->tiny.entry.files[i].gz_bytes;
        routes[i] = (struct http_route){.path = paths[i],
                                        .status = 200,
                                        .body = fixture->tiny.gz[i],
                                        .length = length,
                                        .claimed_length = (long)length};
    }
    scratch_write(fixture->root, "TINY/raw/test-images", fixture->tiny.plain[CLN_TEST_IMAGES],
                  (size_t)fixture->tiny.entry.files[CLN_TEST_IMAGES].bytes);
    struct http_server *server = http_server_start(routes, CLN_IDX_FILES);
    char mirror[64];
    snprintf(mirror, sizeof mirror, "http://127.0.0.1:%d/", http_server_port(server));
    const char *mirrors[] = {mirror, NULL};
    struct cln_download download = {
        .mirrors = mirrors, .allow_http = true, .connect_seconds = 5, .stall_seconds = 5};
    assert_int_equal(load(fixture, &download, &dataset), CLN_OK);
    assert_split(&dataset->train, TINY_TRAIN, 0);
    assert_split(&dataset->test, TINY_TEST, 100);
    for (int part = 0; part < CLN_IDX_FILES; part++)
        assert_int_equal(dataset->files[part].downloaded, part != CLN_TEST_IMAGES);
    assert_non_null(strstr(dataset->files[CLN_TRAIN_IMAGES].path, "/tiny/train-images.gz"));
    cln_dataset_free(dataset);

    /* The second time everything is on disk. */
    assert_int_equal(load(fixture, &download, &dataset), CLN_OK);
    assert_false(dataset->files[CLN_TRAIN_IMAGES].downloaded);
    cln_dataset_free(dataset);
    http_server_stop(server);
    for (int i = 0; i < CLN_IDX_FILES; i++)
        assert_int_equal(routes[i].hits, i != CLN_TEST_IMAGES);
}

/* Where only the hash of the .gz is published, nothing else will do: files of several data sets
 * have the same names and sizes. */
static void takes_only_the_published_gz_where_only_its_hash_is_known(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    tiny_data_write(&fixture->tiny, fixture->root);
    for (int i = 0; i < CLN_IDX_FILES; i++)
        fixture->tiny.entry.files[i].sha256 = NULL;
    assert_int_equal(load(fixture, NULL, &dataset), CLN_DATA);
    assert_true(fixture->missing);
    for (int i = 0; i < CLN_IDX_FILES; i++) {
        const struct cln_data_file *file = &fixture->tiny.entry.files[i];
        char name[64];
        snprintf(name, sizeof name, "%s.gz", file->name);
        fixture->tiny.gz[i][4] ^= 1; /* the time in the header */
        scratch_write(fixture->root, name, fixture->tiny.gz[i], (size_t)file->gz_bytes);
        assert_int_equal(load(fixture, NULL, &dataset), CLN_DATA);
        assert_detail_has(".gz: SHA-256 is ");
        scratch_write(fixture->root, name, fixture->tiny.plain[i], (size_t)file->bytes);
        assert_int_equal(load(fixture, NULL, &dataset), CLN_DATA);
        assert_detail_has(".gz: not compressed; only the hash of the .gz is published");
        fixture->tiny.gz[i][4] ^= 1;
        scratch_write(fixture->root, name, fixture->tiny.gz[i], (size_t)file->gz_bytes);
    }
    assert_int_equal(load(fixture, NULL, &dataset), CLN_OK);
    assert_split(&dataset->train, TINY_TRAIN, 0);
    assert_false(dataset->unverified);
    assert_null(dataset->warnings); /* the plain files beside them were not asked for */
    cln_dataset_free(dataset);
}

static void keep_note(void *context, const char *line) {
    snprintf(context, 256, "%s", line);
}

/* Where no hash is published, name and size must do, and the user is told. */
static void says_when_nothing_vouches_for_the_files(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    char note[256] = "";
    for (int i = 0; i < CLN_IDX_FILES; i++) {
        fixture->tiny.entry.files[i].sha256 = fixture->tiny.entry.files[i].gz_sha256 = NULL;
        fixture->tiny.entry.files[i].gz_bytes = 0;
    }
    fixture->tiny.entry.by_hand = "unpack them by hand\n";
    assert_int_equal(load(fixture, NULL, &dataset), CLN_DATA);
    assert_message_has("train-images is not on disk, and it cannot be downloaded by itself");
    assert_detail_has("  unpack them by hand\n");
    tiny_data_write(&fixture->tiny, fixture->root);
    assert_int_equal(load(fixture, NULL, &dataset), CLN_OK);
    assert_true(dataset->unverified);
    assert_int_equal(cln_dataset_notes(dataset, keep_note, note), CLN_OK);
    assert_non_null(strstr(note, "tiny: no hashes of its files are published"));
    cln_dataset_free(dataset);
}

/* EMNIST's images are stored by columns: what is read must stand upright. */
static void turns_images_that_are_stored_by_columns(void **state) {
    struct fixture *fixture = *state;
    static const uint8_t images[] = {0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2,
                                     0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8};
    static const uint8_t labels[] = {0, 0, 8, 1, 0, 0, 0, 2, 0, 1};
    static const uint8_t upright[] = {1, 3, 2, 4, 5, 7, 6, 8};
    fixture->tiny.entry.width = 2;
    for (int transposed = 0; transposed < 2; transposed++) {
        struct cln_data_content image_file = {.path = "i", .length = sizeof images};
        struct cln_data_content label_file = {.path = "l", .length = sizeof labels};
        struct cln_dataset_split split = {0};
        image_file.bytes = malloc(sizeof images);
        label_file.bytes = (uint8_t *)(uintptr_t)labels;
        assert_non_null(image_file.bytes);
        memcpy(image_file.bytes, images, sizeof images);
        fixture->tiny.entry.transposed = transposed;
        assert_int_equal(cln_data_split_build(&fixture->tiny.entry, &image_file, &label_file, 0,
                                              "limit", &split),
                         CLN_OK);
        assert_memory_equal(split.images, transposed ? upright : images + 16, sizeof upright);
        free(split.images);
        free(split.labels);
    }
    const struct cln_data_entry *emnist;
    assert_int_equal(cln_data_entry_find("emnist-digits", &emnist), CLN_OK);
    assert_true(emnist->transposed && emnist->height == emnist->width && emnist->channels == 1);
    uint8_t image[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const uint8_t wanted[9] = {1, 4, 7, 2, 5, 8, 3, 6, 9};
    cln_data_transpose(image, 1, 3);
    assert_memory_equal(image, wanted, sizeof wanted);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    setenv("no_proxy", "*", 1);
    const struct CMUnitTest tests[] = {
        TEST(loads_images_and_labels),
        TEST(takes_the_first_of_a_limit),
        TEST(refuses_what_does_not_fit_together),
        TEST(says_what_to_do_when_nothing_is_there),
        TEST(tells_what_it_passed_over),
        TEST(downloads_only_what_is_missing),
        TEST(takes_only_the_published_gz_where_only_its_hash_is_known),
        TEST(says_when_nothing_vouches_for_the_files),
        TEST(turns_images_that_are_stored_by_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
