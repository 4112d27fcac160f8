/* Files of the user's own: arrays and folders of images, good ones and each kind of bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <png.h>

#include "base/file.h"
#include "data/own.h"
#include "support/scratch.h"
#include "support/tiny_data.h"

#define HEIGHT 3
#define WIDTH  4

struct fixture {
    char *root;
    struct cln_data_spec spec;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->root = scratch_make();
    snprintf(fixture->spec.relative_to, sizeof fixture->spec.relative_to, "%s", fixture->root);
    snprintf(fixture->spec.dataset, sizeof fixture->spec.dataset, "mine");
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    scratch_remove(fixture->root);
    free(fixture);
    return 0;
}

static void assert_message_has(const char *part) {
    if (!strstr(cln_error_last()->message, part))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, part);
}

/* A pixel of image i of either split. */
static uint8_t value_of(size_t image, size_t element) {
    return (uint8_t)(image * 40 + element);
}

static void name_arrays(struct fixture *fixture, const char *ending) {
    char *const members[] = {fixture->spec.train_images, fixture->spec.train_labels,
                             fixture->spec.test_images, fixture->spec.test_labels};
    static const char *const names[] = {"train_images", "train_labels", "test_images",
                                        "test_labels"};
    for (int i = 0; i < 4; i++)
        snprintf(members[i], CLN_FIELD_TEXT_SIZE, "%s%s", names[i], ending);
}

static size_t put_values(uint8_t *out, size_t images, size_t elems) {
    for (size_t i = 0; i < images * elems; i++)
        out[i] = value_of(i / elems, i % elems);
    return images * elems;
}

static void write_npy(struct fixture *fixture, const char *name, const char *dtype,
                      const char *shape, const void *values, size_t bytes) {
    uint8_t file[4096];
    const int header =
        snprintf((char *)file + 10, 200, "{'descr': '%s', 'fortran_order': False, 'shape': %s}\n",
                 dtype, shape);
    memcpy(file, "\x93NUMPY\x01\x00", 8);
    file[8] = (uint8_t)header;
    file[9] = 0;
    memcpy(file + 10 + header, values, bytes);
    scratch_write(fixture->root, name, file, 10 + (size_t)header + bytes);
}

/* 5 and 2 images of HEIGHT x WIDTH in grey, labels 0, 1, 2, 0, 1 and 2, 0. */
static void write_npys(struct fixture *fixture) {
    static const uint32_t train_labels[] = {0, 1, 2, 0, 1};
    static const uint8_t test_labels[] = {2, 0};
    uint8_t values[5 * HEIGHT * WIDTH];
    put_values(values, 5, HEIGHT * WIDTH);
    write_npy(fixture, "train_images.npy", "|u1", "(5, 3, 4)", values, sizeof values);
    write_npy(fixture, "train_labels.npy", "<i4", "(5,)", train_labels, sizeof train_labels);
    write_npy(fixture, "test_images.npy", "|u1", "(2, 3, 4)", values, 2 * HEIGHT * WIDTH);
    write_npy(fixture, "test_labels.npy", "|i1", "(2,)", test_labels, sizeof test_labels);
    name_arrays(fixture, ".npy");
}

static void assert_split(const struct cln_dataset_split *split, size_t elems, size_t count,
                         const uint8_t *labels) {
    assert_int_equal(split->count, count);
    assert_memory_equal(split->labels, labels, count);
    for (size_t i = 0; i < count * elems; i++)
        assert_int_equal(split->images[i], value_of(i / elems, i % elems));
}

static enum cln_status load(struct fixture *fixture, struct cln_dataset **dataset) {
    *dataset = NULL;
    return cln_own_load(&fixture->spec, dataset);
}

/* Loading fails, and so does looking for the facts, with that message. */
static void assert_refused(struct fixture *fixture, const char *part) {
    struct cln_dataset *dataset;
    struct cln_data_facts facts;
    assert_int_equal(cln_own_facts(&fixture->spec, &facts), CLN_DATA);
    assert_message_has(part);
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_null(dataset);
    assert_message_has(part);
}

static void assert_facts(const struct fixture *fixture, int64_t channels, int64_t classes) {
    struct cln_data_facts facts;
    assert_int_equal(cln_own_facts(&fixture->spec, &facts), CLN_OK);
    assert_int_equal(facts.height, HEIGHT);
    assert_int_equal(facts.width, WIDTH);
    assert_int_equal(facts.channels, channels);
    assert_int_equal(facts.classes, classes);
    assert_int_equal(facts.train_count, 5);
    assert_int_equal(facts.test_count, 2);
}

static const uint8_t train_labels[] = {0, 1, 2, 0, 1}, test_labels[] = {2, 0};

static void loads_numpy_files(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    write_npys(fixture);
    assert_facts(fixture, 1, 3);
    assert_int_equal(load(fixture, &dataset), CLN_OK);
    assert_string_equal(dataset->name, "mine");
    assert_int_equal(dataset->classes, 3);
    assert_string_equal(dataset->class_names[2], "2");
    assert_int_equal(dataset->channels, 1);
    assert_split(&dataset->train, HEIGHT * WIDTH, 5, train_labels);
    assert_split(&dataset->test, HEIGHT * WIDTH, 2, test_labels);
    assert_int_equal(dataset->file_count, 4);
    assert_string_equal(dataset->files[3].name, "test_labels");
    assert_int_equal(strlen(dataset->files[3].sha256), 64);
    assert_non_null(strstr(dataset->files[3].path, "/test_labels.npy"));
    cln_dataset_free(dataset);

    fixture->spec.train_limit = 2;
    assert_int_equal(load(fixture, &dataset), CLN_OK);
    assert_split(&dataset->train, HEIGHT * WIDTH, 2, train_labels);
    cln_dataset_free(dataset);
    fixture->spec.train_limit = 6;
    assert_int_equal(load(fixture, &dataset), CLN_CONFIG);
    assert_message_has("data.train_limit: 6; mine accepts: 0 (all) to 5");
}

static void loads_idx_and_gzip_and_colour(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    uint8_t images[20 + 5 * HEIGHT * WIDTH * 3] = {0, 0,      8, 4, 0, 0,     0, 5, 0, 0,
                                                   0, HEIGHT, 0, 0, 0, WIDTH, 0, 0, 0, 3};
    uint8_t labels[8 + 5] = {0, 0, 8, 1, 0, 0, 0, 5};
    const size_t elems = HEIGHT * WIDTH * 3;
    size_t length;
    put_values(images + 20, 5, elems);
    memcpy(labels + 8, train_labels, 5);
    name_arrays(fixture, ".idx");
    uint8_t *gz = tiny_gzip(images, sizeof images, &length);
    scratch_write(fixture->root, "train_images.idx", gz, length); /* the content tells */
    scratch_write(fixture->root, "train_labels.idx", labels, sizeof labels);
    images[7] = labels[7] = 2;
    memcpy(labels + 8, test_labels, 2);
    scratch_write(fixture->root, "test_images.idx", images, 20 + 2 * elems);
    scratch_write(fixture->root, "test_labels.idx", labels, 8 + 2);
    assert_facts(fixture, 3, 3);
    assert_int_equal(load(fixture, &dataset), CLN_OK);
    assert_split(&dataset->train, elems, 5, train_labels);
    assert_split(&dataset->test, elems, 2, test_labels);
    cln_dataset_free(dataset);

    memset(gz + length - 4, 0xff, 4); /* states four gigabytes */
    scratch_write(fixture->root, "train_images.idx", gz, length);
    assert_refused(fixture, "/train_images.idx: states a size of 4294967295 bytes");
    scratch_write(fixture->root, "train_images.idx", gz, 12);
    assert_refused(fixture, "/train_images.idx: 12 bytes, too few for a gzip file");
    gz[length - 4] = 5;
    memset(gz + length - 3, 0, 3);
    scratch_write(fixture->root, "train_images.idx", gz, length);
    assert_refused(fixture, "holds more than the 5 bytes expected");
    free(gz);
    images[7] = 5;
    images[2] = 0x0d;
    scratch_write(fixture->root, "train_images.idx", images, sizeof images);
    assert_refused(fixture, "offset 2: values of type 0x0d; accepted: 0x08, bytes");
    images[2] = 8;
    images[3] = 5;
    scratch_write(fixture->root, "train_images.idx", images, sizeof images);
    assert_refused(fixture, "offset 3: 5 dimensions; accepted: 1 to 4");
    images[3] = 4;
    images[19] = 2;
    scratch_write(fixture->root, "train_images.idx", images, 20 + 5 * HEIGHT * WIDTH * 2);
    assert_refused(fixture, "images of 2 channels; accepted: 1 (grey) or 3");
}

static void refuses_arrays_that_do_not_fit(void **state) {
    struct fixture *fixture = *state;
    static const uint8_t zeros[256] = {0};
    static const uint8_t high[] = {0, 1, 0, 0, 0, 1};
    assert_refused(fixture, "not a plain file"); /* "" is the folder itself */
    name_arrays(fixture, ".npy");
    assert_refused(fixture, "/train_images.npy: No such file");
    write_npys(fixture);
    static const struct {
        const char *name, *dtype, *shape;
        const void *values;
        size_t bytes;
        const char *message;
    } rows[] = {
        {"train_images", "<u2", "(2, 3, 4)", zeros, 48, "values of 2 bytes; accepted for images"},
        {"train_images", "|i1", "(2, 3, 4)", zeros, 24, "values of 1 byte, with a sign"},
        {"train_images", "|u1", "(5, 12)", zeros, 60, "2 dimensions; accepted for images"},
        {"train_images", "|u1", "(5, 3, 4, 4)", zeros, 240, "images of 4 channels"},
        {"train_images", "|u1", "(4, 3, 4)", zeros, 48, "5 labels, but 4 images in "},
        {"train_images", "|u1", "(5, 4, 3)", zeros, 60, "images of 3x4x1, but 4x3x1 in "},
        {"train_labels", "|u1", "(5, 1)", zeros, 5, "2 dimensions; accepted for labels: (count)"},
        {"test_labels", ">u2", "(3,)", high, 6, "3 labels, but 2 images in "},
        {"test_labels", ">u4", "(2,)", "\0\0\0\1\0\0\1\0", 8,
         "label of image 1; accepted: 0 to 255"},
        {"test_labels", "|i1", "(2,)", "\0\xff", 2, "label of image 1; accepted: 0 to 255"},
        {"test_labels", "<f8", "(2,)", zeros, 16, "dtype '<f8'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s.npy", rows[i].name);
        write_npys(fixture);
        write_npy(fixture, name, rows[i].dtype, rows[i].shape, rows[i].values, rows[i].bytes);
        assert_refused(fixture, rows[i].message);
    }
}

/* What the experiment says of the files holds, or loading ends. */
static void compares_with_what_was_said(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    write_npys(fixture);
    struct cln_data_facts *facts = &fixture->spec.facts;
    *facts = (struct cln_data_facts){HEIGHT, WIDTH, 1, 7, 5, 2};
    assert_int_equal(load(fixture, &dataset), CLN_OK);
    assert_int_equal(dataset->classes, 7); /* of which some happen to have no images */
    assert_string_equal(dataset->class_names[6], "6");
    cln_dataset_free(dataset);
    facts->classes = 2;
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("3 classes, but the experiment says 2");
    *facts = (struct cln_data_facts){WIDTH, HEIGHT, 1, 3, 0, 0};
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("images of 3x4x1, but the experiment says 4x3x1");
    *facts = (struct cln_data_facts){HEIGHT, WIDTH, 1, 3, 4, 2};
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("5 training and 2 test images, but the experiment says 4 and 2");
}

static size_t make_png(uint8_t *out, size_t room, unsigned format, unsigned height, unsigned width,
                       size_t image) {
    uint8_t values[64 * 4];
    png_image png = {.version = PNG_IMAGE_VERSION, .width = width, .height = height};
    png.format = format;
    png_alloc_size_t length = room;
    put_values(values, 1, 0);
    for (size_t i = 0; i < PNG_IMAGE_SIZE(png); i++)
        values[i] = value_of(image, i);
    uint8_t colors[3 * 256] = {0};
    for (unsigned i = 0; format & PNG_FORMAT_FLAG_COLORMAP && i < sizeof values; i++)
        values[i] %= 4;
    png.colormap_entries = 4;
    assert_int_not_equal(png_image_write_to_memory(&png, out, &length, 0, values, 0, colors), 0);
    return (size_t)length;
}

static void write_png(struct fixture *fixture, const char *name, unsigned format, unsigned height,
                      unsigned width, size_t image) {
    uint8_t file[4096];
    scratch_write(fixture->root, name, file,
                  make_png(file, sizeof file, format, height, width, image));
}

/* Image numbers are those of the order in which they are to come. */
static void write_folder(struct fixture *fixture, unsigned format) {
    write_png(fixture, "set/train/cat/b.png", format, HEIGHT, WIDTH, 3);
    write_png(fixture, "set/train/cat/a.png", format, HEIGHT, WIDTH, 1);
    write_png(fixture, "set/train/ant/x.PNG", format, HEIGHT, WIDTH, 0);
    write_png(fixture, "set/train/dog/1.png", format, HEIGHT, WIDTH, 2);
    write_png(fixture, "set/train/dog/2.png", format, HEIGHT, WIDTH, 4);
    write_png(fixture, "set/test/dog/2.png", format, HEIGHT, WIDTH, 1);
    write_png(fixture, "set/test/cat/2.png", format, HEIGHT, WIDTH, 0);
    scratch_write(fixture->root, "set/train/cat/.hidden", "", 0);
    snprintf(fixture->spec.folder, sizeof fixture->spec.folder, "set");
}

static void loads_a_folder_of_images(void **state) {
    struct fixture *fixture = *state;
    static const uint8_t labels[] = {0, 1, 2, 1, 2}, labels_of_test[] = {1, 2};
    char hash[CLN_SHA256_HEX_SIZE];
    for (int channels = 1; channels <= 3; channels += 2) {
        struct cln_dataset *dataset;
        write_folder(fixture, channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB);
        assert_facts(fixture, channels, 3);
        assert_int_equal(load(fixture, &dataset), CLN_OK);
        assert_string_equal(dataset->class_names[0], "ant");
        assert_string_equal(dataset->class_names[2], "dog");
        const size_t elems = HEIGHT * WIDTH * (size_t)channels;
        assert_split(&dataset->train, elems, 5, labels);
        assert_split(&dataset->test, elems, 2, labels_of_test);
        assert_int_equal(dataset->file_count, 2);
        assert_string_equal(dataset->files[0].name, "train");
        memcpy(hash, dataset->files[0].sha256, sizeof hash);
        cln_dataset_free(dataset);

        /* The same images under another name are other data. */
        write_png(fixture, "set/train/cat/c.png", channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB,
                  HEIGHT, WIDTH, 3);
        char *path = cln_path_join(fixture->root, "set/train/cat/b.png");
        assert_int_equal(unlink(path), 0);
        free(path);
        assert_int_equal(load(fixture, &dataset), CLN_OK);
        assert_split(&dataset->train, elems, 5, labels);
        assert_string_not_equal(dataset->files[0].sha256, hash);
        cln_dataset_free(dataset);
        path = cln_path_join(fixture->root, "set/train/cat/c.png");
        assert_int_equal(unlink(path), 0);
        free(path);
    }
    struct cln_dataset *dataset;
    fixture->spec.facts = (struct cln_data_facts){HEIGHT, WIDTH, 3, 4, 0, 0};
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("3 classes, but the experiment says 4");
}

static void refuses_folders_that_are_none(void **state) {
    struct fixture *fixture = *state;
    snprintf(fixture->spec.folder, sizeof fixture->spec.folder, "set");
    assert_refused(fixture, "/set/train: No such file");
    write_png(fixture, "set/train/cat/a.png", PNG_FORMAT_GRAY, HEIGHT, WIDTH, 0);
    assert_refused(fixture, "/set/train: folders of 1 class; accepted: 2 to 256");
    write_png(fixture, "set/train/dog/a.png", PNG_FORMAT_GRAY, HEIGHT, WIDTH, 0);
    assert_refused(fixture, "/set/test: No such file");
    scratch_write(fixture->root, "set/test/.keep", "", 0);
    assert_refused(fixture, "/set/test: no images in it");
    write_png(fixture, "set/test/cow/a.png", PNG_FORMAT_GRAY, HEIGHT, WIDTH, 0);
    assert_refused(fixture, "/set/test: there is no class 'cow' in ");
    write_png(fixture, "set/train/cow/a.png", PNG_FORMAT_GRAY, HEIGHT, WIDTH, 0);
    scratch_write(fixture->root, "set/train/cow/b.jpg", "", 0);
    assert_refused(fixture, "/set/train/cow/b.jpg: accepted in the folder of a class: files named "
                            "*.png");
    scratch_write(fixture->root, "set/train/emu/.keep", "", 0);
    char *path = cln_path_join(fixture->root, "set/train/cow/b.jpg");
    assert_int_equal(unlink(path), 0);
    free(path);
    assert_refused(fixture, "/set/train/emu: no images in it");
    scratch_write(fixture->root, "set/train/notes.txt", "", 0);
    assert_refused(fixture, "/set/train/notes.txt: not a folder");
}

static void refuses_other_images(void **state) {
    struct fixture *fixture = *state;
    struct cln_dataset *dataset;
    uint8_t file[4096];
    static const struct {
        unsigned format;
        const char *message;
    } rows[] = {
        {PNG_FORMAT_GA, "a.png: grey with transparency, 8 bit; accepted: grey or colour"},
        {PNG_FORMAT_RGBA, "a.png: colour with transparency, 8 bit"},
        {PNG_FORMAT_RGB_COLORMAP, "a.png: a palette, 2 bit"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        write_folder(fixture, PNG_FORMAT_GRAY);
        write_png(fixture, "set/train/ant/a.png", rows[i].format, HEIGHT, WIDTH, 0);
        assert_refused(fixture, rows[i].message);
    }
    const size_t length = make_png(file, sizeof file, PNG_FORMAT_GRAY, HEIGHT, WIDTH, 0);
    for (size_t cut = 0; cut < length; cut++) { /* off anywhere; the last of it is the end's CRC */
        scratch_write(fixture->root, "set/train/ant/a.png", file, cut);
        assert_int_equal(load(fixture, &dataset), CLN_DATA);
        assert_non_null(strstr(cln_error_last()->message, "set/train/ant/a.png: "));
    }
    file[length - 12] = 0x7f; /* the size of the last chunk */
    scratch_write(fixture->root, "set/train/ant/a.png", file, length);
    assert_refused(fixture, "damaged PNG: a chunk of 2130706432 bytes, which end after the file");
    file[length - 12] = 0;
    file[length - 20] ^= 0x55; /* within the compressed values */
    scratch_write(fixture->root, "set/train/ant/a.png", file, length);
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("damaged PNG: ");
    file[16] = file[17] = 0x7f; /* the width, in the head */
    scratch_write(fixture->root, "set/train/ant/a.png", file, length);
    assert_refused(fixture, "damaged PNG: ");
    write_folder(fixture, PNG_FORMAT_GRAY);
    write_png(fixture, "set/train/ant/a.png", PNG_FORMAT_GRAY, HEIGHT, WIDTH, 0);
    write_png(fixture, "set/test/cat/2.png", PNG_FORMAT_GRAY, WIDTH, HEIGHT, 0);
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("/set/test/cat/2.png: 4x3x1, but the first image is 3x4x1");
    write_png(fixture, "set/test/cat/2.png", PNG_FORMAT_RGB, HEIGHT, WIDTH, 0);
    assert_int_equal(load(fixture, &dataset), CLN_DATA);
    assert_message_has("/set/test/cat/2.png: 3x4x3, but the first image is 3x4x1");
}

static void tells_specs_apart(void **state) {
    (void)state;
    struct cln_data_spec a = {.dataset = "mnist"}, b = a;
    assert_true(cln_data_spec_equal(&a, &b));
    assert_false(cln_data_spec_is_own(&a));
    char *const members[] = {b.dataset,      b.otherwise,   b.folder,      b.train_images,
                             b.train_labels, b.test_images, b.test_labels, b.relative_to};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        b = a;
        strcpy(members[i], "x");
        assert_false(cln_data_spec_equal(&a, &b));
        assert_int_equal(cln_data_spec_is_own(&b), i >= 2 && i <= 6);
    }
    b = a;
    b.test_limit = 1;
    assert_false(cln_data_spec_equal(&a, &b));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(loads_numpy_files),
        TEST(loads_idx_and_gzip_and_colour),
        TEST(refuses_arrays_that_do_not_fit),
        TEST(compares_with_what_was_said),
        TEST(loads_a_folder_of_images),
        TEST(refuses_folders_that_are_none),
        TEST(refuses_other_images),
        TEST(tells_specs_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
