/* CIFAR-10's records and the tar archive they are published in, each good and each kind of bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "data/build.h"
#include "data/cifar.h"
#include "data/load.h"
#include "data/tar.h"
#include "support/scratch.h"
#include "support/tiny_data.h"

static void assert_message_has(const char *part) {
    if (!strstr(cln_error_last()->message, part))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, part);
}

/* Values that tell image, channel, row and column apart. */
static uint8_t value_of(size_t image, size_t channel, size_t pixel) {
    return (uint8_t)(image * 101 + channel * 59 + pixel * 7 + pixel / 37);
}

static uint8_t *make_records(size_t first, size_t count) {
    uint8_t *bytes = malloc(count * CLN_CIFAR_RECORD);
    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *record = bytes + i * CLN_CIFAR_RECORD;
        record[0] = (uint8_t)((first + i) % 10);
        for (size_t c = 0; c < 3; c++)
            for (size_t p = 0; p < CLN_CIFAR_PIXELS; p++)
                record[1 + c * CLN_CIFAR_PIXELS + p] = value_of(first + i, c, p);
    }
    return bytes;
}

static void assert_split(const struct cln_dataset_split *split, size_t first, size_t count) {
    assert_int_equal(split->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(split->labels[i], (first + i) % 10);
        for (size_t p = 0; p < CLN_CIFAR_PIXELS; p++)
            for (size_t c = 0; c < 3; c++)
                assert_int_equal(split->images[(i * CLN_CIFAR_PIXELS + p) * 3 + c],
                                 value_of(first + i, c, p));
    }
}

static void interleaves_the_channels(void **state) {
    (void)state;
    struct cln_cifar cifar;
    struct cln_dataset_split split = {malloc(2 * CLN_CIFAR_ELEMS), malloc(2), 2};
    uint8_t *bytes = make_records(8, 2);
    assert_int_equal(cln_cifar_parse("a.bin", bytes, 2 * CLN_CIFAR_RECORD, &cifar), CLN_OK);
    assert_int_equal(cifar.count, 2);
    cln_cifar_unpack(&cifar, 2, split.images, split.labels);
    assert_split(&split, 8, 2);
    free(split.images);
    free(split.labels);
    free(bytes);
}

static void refuses_what_are_no_records(void **state) {
    (void)state;
    struct cln_cifar cifar;
    uint8_t *bytes = make_records(0, 2);
    assert_int_equal(cln_cifar_parse("a.bin", bytes, 0, &cifar), CLN_DATA);
    assert_message_has("a.bin: 0 bytes; accepted: records of 3073 bytes");
    assert_int_equal(cln_cifar_parse("a.bin", bytes, 2 * CLN_CIFAR_RECORD - 1, &cifar), CLN_DATA);
    bytes[CLN_CIFAR_RECORD] = 10;
    assert_int_equal(cln_cifar_parse("a.bin", bytes, 2 * CLN_CIFAR_RECORD, &cifar), CLN_DATA);
    assert_message_has("a.bin: offset 3073: label 10 of image 1; accepted: 0 to 9");
    free(bytes);
}

struct tar {
    uint8_t bytes[200 * 1024];
    size_t length;
};

static void seal(uint8_t *header) {
    unsigned sum = 0;
    memset(header + 148, ' ', 8);
    for (int i = 0; i < 512; i++)
        sum += header[i];
    snprintf((char *)header + 148, 8, "%06o", sum);
}

static uint8_t *tar_add(struct tar *tar, const char *name, char kind, const void *bytes,
                        size_t length) {
    uint8_t *header = tar->bytes + tar->length;
    assert_true(tar->length + length + 2048 < sizeof tar->bytes);
    snprintf((char *)header, 100, "%s", name);
    snprintf((char *)header + 124, 12, "%011lo", (unsigned long)length);
    header[156] = (uint8_t)kind;
    seal(header);
    if (length)
        memcpy(header + 512, bytes, length);
    tar->length += 512 + (length + 511) / 512 * 512;
    return header;
}

static enum cln_status find(const struct tar *tar, const char *member, const char **at,
                            size_t *length, bool *found) {
    return cln_tar_find("a.tar", tar->bytes, tar->length, member, (const uint8_t **)at, length,
                        found);
}

static void finds_a_file_in_an_archive(void **state) {
    (void)state;
    struct tar *tar = calloc(1, sizeof *tar);
    const char *at;
    size_t length;
    bool found;
    tar_add(tar, "folder/", '5', NULL, 0);
    tar_add(tar, "folder/empty", '0', NULL, 0);
    tar_add(tar, "folder/link", '2', NULL, 0);
    tar_add(tar, "folder/one", '0', "first", 5);
    tar_add(tar, "folder/one", '0', "again", 5);
    tar_add(tar, "two", '\0', "second", 6);
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_OK); /* also without an end */
    tar->length += 1024;
    assert_int_equal(find(tar, "one", &at, &length, &found), CLN_OK);
    assert_true(found);
    assert_int_equal(length, 5);
    assert_memory_equal(at, "first", 5);
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_OK);
    assert_true(found && length == 6);
    assert_memory_equal(at, "second", 6);
    assert_int_equal(find(tar, "empty", &at, &length, &found), CLN_OK);
    assert_true(found && length == 0);
    static const char *const absent[] = {"link", "folder", "older/one", "on", ""};
    for (size_t i = 0; i < sizeof absent / sizeof *absent; i++) {
        assert_int_equal(find(tar, absent[i], &at, &length, &found), CLN_OK);
        assert_false(found);
    }
    free(tar);
}

static void refuses_a_damaged_archive(void **state) {
    (void)state;
    struct tar *tar = calloc(1, sizeof *tar);
    const char *at;
    size_t length;
    bool found;
    uint8_t *first = tar_add(tar, "one", '0', "first", 5);
    uint8_t *second = tar_add(tar, "two", '0', "second", 6);
    size_t whole = tar->length;
    first[3] ^= 1;
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_DATA);
    assert_message_has("a.tar: offset 0: not the header of a tar archive");
    first[3] ^= 1;
    memcpy(second + 124, "77777777777", 11);
    seal(second);
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_DATA);
    assert_message_has("a.tar: truncated at offset 2048: 8589934");
    second[124] = 0x80; /* GNU's way to write larger sizes */
    seal(second);
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_DATA);
    assert_message_has("a.tar: offset 1148: no size that is accepted in a tar header");
    memcpy(second + 124, "00000000006", 11);
    seal(second);
    tar->length = whole - 512; /* after the second header */
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_DATA);
    assert_message_has("truncated at offset 1536: 6 bytes of a file missing");
    tar->length = 1024 + 100; /* within it */
    assert_int_equal(find(tar, "two", &at, &length, &found), CLN_OK);
    assert_false(found);
    free(tar);
}

/* A row like CIFAR-10's, with files of a few records. */
struct fixture {
    struct cln_data_entry entry;
    struct tar tar;
    char gz_sha256[CLN_SHA256_HEX_SIZE];
    uint8_t *gz;
    size_t gz_length;
    uint8_t *records[CLN_CIFAR_FILES];
    char *root;
};

static int setup(void **state) {
    static const char *const names[] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                        "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin"};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    fixture->root = scratch_make();
    setenv("XDG_CACHE_HOME", fixture->root, 1);
    unsetenv("CLNOISE_DATA");
    struct cln_data_entry *entry = &fixture->entry;
    *entry = (struct cln_data_entry){.name = "small",
                                     .file_count = CLN_CIFAR_FILES,
                                     .layouts = {"", "cifar-10-batches-bin"},
                                     .build = cln_data_build_cifar,
                                     .classes = 10,
                                     .height = 32,
                                     .width = 32,
                                     .channels = 3};
    for (size_t i = 0; i < CLN_CIFAR_FILES; i++) {
        char path[64];
        const size_t bytes = 2 * CLN_CIFAR_RECORD;
        entry->files[i] = (struct cln_data_file){.name = names[i], .bytes = bytes};
        fixture->records[i] = make_records(2 * i, 2);
        snprintf(path, sizeof path, "cifar-10-batches-bin/%s", names[i]);
        tar_add(&fixture->tar, path, '0', fixture->records[i], bytes);
    }
    fixture->tar.length += 1024;
    fixture->gz = tiny_gzip(fixture->tar.bytes, fixture->tar.length, &fixture->gz_length);
    assert_int_equal(cln_sha256(fixture->gz, fixture->gz_length, fixture->gz_sha256), CLN_OK);
    entry->archive = (struct cln_data_file){.name = "small.tar",
                                            .bytes = sizeof fixture->tar.bytes,
                                            .gz_bytes = fixture->gz_length,
                                            .gz_sha256 = fixture->gz_sha256,
                                            .bytes_at_most = true};
    *state = fixture;
    return 0;
}

static int teardown(void **state) {
    struct fixture *fixture = *state;
    for (int i = 0; i < CLN_CIFAR_FILES; i++)
        free(fixture->records[i]);
    free(fixture->gz);
    scratch_remove(fixture->root);
    free(fixture);
    return 0;
}

static enum cln_status load(struct fixture *fixture, const struct cln_data_spec *spec,
                            struct cln_dataset **dataset) {
    bool missing;
    *dataset = NULL;
    return cln_data_load(&fixture->entry, spec, fixture->root, NULL, dataset, &missing);
}

static void loads_the_archive(void **state) {
    struct fixture *fixture = *state;
    struct cln_data_spec spec = {.train_limit = 3};
    struct cln_dataset *dataset;
    scratch_write(fixture->root, "small.tar.gz", fixture->gz, fixture->gz_length);
    assert_int_equal(load(fixture, &spec, &dataset), CLN_OK);
    assert_split(&dataset->train, 0, 3);
    assert_split(&dataset->test, 10, 2);
    assert_int_equal(dataset->file_count, 6);
    assert_false(dataset->unverified);
    assert_non_null(strstr(dataset->files[5].path, "/small.tar.gz"));
    char digest[CLN_SHA256_HEX_SIZE], other[CLN_SHA256_HEX_SIZE];
    assert_int_equal(cln_dataset_digest(dataset, digest), CLN_OK);
    dataset->files[5].sha256[0] ^= 1;
    assert_int_equal(cln_dataset_digest(dataset, other), CLN_OK);
    assert_string_not_equal(digest, other);
    cln_dataset_free(dataset);

    spec.train_limit = 11;
    assert_int_equal(load(fixture, &spec, &dataset), CLN_CONFIG);
    assert_message_has("data.train_limit: 11; small accepts: 0 (all) to 10");
}

static void loads_unpacked_files_and_says_that_they_are_unverified(void **state) {
    struct fixture *fixture = *state;
    const struct cln_data_spec spec = {0};
    struct cln_dataset *dataset;
    for (int i = 0; i < CLN_CIFAR_FILES; i++) {
        char path[64];
        snprintf(path, sizeof path, "cifar-10-batches-bin/%s", fixture->entry.files[i].name);
        assert_int_equal(load(fixture, &spec, &dataset), CLN_DATA);
        assert_message_has("small: small.tar is not on disk");
        scratch_write(fixture->root, path, fixture->records[i], 2 * CLN_CIFAR_RECORD);
    }
    assert_int_equal(load(fixture, &spec, &dataset), CLN_OK);
    assert_split(&dataset->train, 0, 10);
    assert_split(&dataset->test, 10, 2);
    assert_true(dataset->unverified);
    cln_dataset_free(dataset);
}

/* Another archive under its name is passed over, though it would be readable. */
static void knows_the_archive_by_its_hash(void **state) {
    struct fixture *fixture = *state;
    const struct cln_data_spec spec = {0};
    struct cln_dataset *dataset;
    fixture->gz[4] ^= 1; /* the time in the header */
    scratch_write(fixture->root, "small.tar.gz", fixture->gz, fixture->gz_length);
    assert_int_equal(load(fixture, &spec, &dataset), CLN_DATA);
    assert_non_null(strstr(cln_error_last()->detail, "/small.tar.gz: SHA-256 is "));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interleaves_the_channels),
        cmocka_unit_test(refuses_what_are_no_records),
        cmocka_unit_test(finds_a_file_in_an_archive),
        cmocka_unit_test(refuses_a_damaged_archive),
        TEST(loads_the_archive),
        TEST(loads_unpacked_files_and_says_that_they_are_unverified),
        TEST(knows_the_archive_by_its_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
