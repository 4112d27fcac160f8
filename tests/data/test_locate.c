/* Where files are looked for, in which order, and what is passed over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"
#include "data/locate.h"
#include "support/scratch.h"
#include "support/tiny_data.h"

#define PART CLN_TRAIN_LABELS

struct fixture {
    struct tiny_data tiny;
    const struct cln_data_file *file;
    char *root;
    struct cln_text refused;
};

static int setup(void **state) {
    struct fixture *fixture = calloc(1, sizeof *fixture);
    tiny_data_init(&fixture->tiny);
    fixture->file = &fixture->tiny.entry.files[PART];
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
    cln_text_free(&fixture->refused);
    free(fixture);
    return 0;
}

/* Writes the right file, plain, or other bytes of the same length, below the root. */
static void write_at(struct fixture *fixture, const char *folder, const char *ending, bool right) {
    char name[256], bytes[64] = {0};
    snprintf(name, sizeof name, "%s/%s%s", folder, fixture->file->name, ending);
    scratch_write(fixture->root, name, right ? (void *)fixture->tiny.plain[PART] : bytes,
                  (size_t)fixture->file->bytes);
}

/* Looks in <root>/one and in what the environment says; returns the path found, or NULL. */
static char *locate(struct fixture *fixture) {
    struct cln_data_folders folders;
    struct cln_data_content content = {0};
    bool found;
    char *one = cln_path_join(fixture->root, "one");
    assert_int_equal(cln_data_folders_list(&fixture->tiny.entry, one, &folders), CLN_OK);
    assert_int_equal(cln_data_locate(&folders, fixture->file, &fixture->refused, &content, &found),
                     CLN_OK);
    cln_data_folders_free(&folders);
    free(one);
    char *path = content.path;
    assert_true(found == (path != NULL));
    if (found) {
        assert_int_equal(content.length, fixture->file->bytes);
        assert_memory_equal(content.bytes, fixture->tiny.plain[PART], content.length);
        assert_string_equal(content.sha256, fixture->file->sha256);
        assert_false(content.downloaded);
    }
    free(content.bytes);
    return path;
}

static void assert_found_at(struct fixture *fixture, const char *below_root) {
    char *path = locate(fixture);
    assert_non_null(path);
    assert_string_equal(path + strlen(fixture->root) + 1, below_root);
    free(path);
}

static void assert_refused(struct fixture *fixture, const char *part) {
    if (!fixture->refused.chars || !strstr(fixture->refused.chars, part))
        fail_msg("refused: %s\nwanted: %s", fixture->refused.chars ? fixture->refused.chars : "",
                 part);
}

static void searches_in_the_stated_order(void **state) {
    struct fixture *fixture = *state;
    char variable[512];
    snprintf(variable, sizeof variable, "%s/two::%s/three", fixture->root, fixture->root);
    setenv("CLNOISE_DATA", variable, 1);
    fixture->tiny.entry.system_folder = "/usr/share/tiny";
    struct cln_data_folders folders;
    assert_int_equal(cln_data_folders_list(&fixture->tiny.entry, "one", &folders), CLN_OK);
    static const char *const wanted[] = {"one",
                                         "one/tiny",
                                         "one/TINY/raw",
                                         "/two",
                                         "/two/tiny",
                                         "/two/TINY/raw",
                                         "/three",
                                         "/three/tiny",
                                         "/three/TINY/raw",
                                         "/clnoise/data",
                                         "/clnoise/data/tiny",
                                         "/clnoise/data/TINY/raw",
                                         "/usr/share/tiny"};
    assert_int_equal(folders.count, sizeof wanted / sizeof *wanted);
    for (size_t i = 0; i < folders.count; i++) {
        bool below = i >= 3 && i + 1 < folders.count;
        assert_true(!below || !strncmp(folders.paths[i], fixture->root, strlen(fixture->root)));
        assert_string_equal(folders.paths[i] + (below ? strlen(fixture->root) : 0), wanted[i]);
    }
    cln_data_folders_free(&folders);
}

/* Every place in turn gets the file, the last in the order first: each beats those before. */
static void takes_the_first_that_is_there(void **state) {
    struct fixture *fixture = *state;
    char variable[512];
    snprintf(variable, sizeof variable, "%s/two:%s/three", fixture->root, fixture->root);
    setenv("CLNOISE_DATA", variable, 1);
    assert_null(locate(fixture));
    static const char *const places[] = {"clnoise/data/TINY/raw",
                                         "clnoise/data/tiny",
                                         "three/tiny",
                                         "two/TINY/raw",
                                         "two",
                                         "one/tiny",
                                         "one"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char wanted[256];
        write_at(fixture, places[i], ".gz", true); /* plain bytes under that name do as well */
        snprintf(wanted, sizeof wanted, "%s/%s.gz", places[i], fixture->file->name);
        assert_found_at(fixture, wanted);
        write_at(fixture, places[i], "", true);
        wanted[strlen(wanted) - 3] = '\0';
        assert_found_at(fixture, wanted);
    }
    assert_null(fixture->refused.chars);
}

static void takes_any_gzip_of_the_content(void **state) {
    struct fixture *fixture = *state;
    uint8_t other[512];
    size_t length = (size_t)fixture->file->gz_bytes;
    memcpy(other, fixture->tiny.gz[PART], length);
    other[4] ^= 1; /* another time in the header, so not the published file */
    scratch_write(fixture->root, "one/train-labels.gz", other, length);
    assert_found_at(fixture, "one/train-labels.gz");
}

static void passes_over_wrong_content(void **state) {
    struct fixture *fixture = *state;
    write_at(fixture, "one", "", false);
    assert_null(locate(fixture));
    assert_refused(fixture, "one/train-labels: SHA-256 of the uncompressed content is ");
    assert_refused(fixture, fixture->file->sha256);
    cln_text_free(&fixture->refused);
    write_at(fixture, "one/tiny", "", true);
    assert_found_at(fixture, "one/tiny/train-labels");
    assert_refused(fixture, "one/train-labels: ");
}

static void passes_over_what_is_damaged(void **state) {
    struct fixture *fixture = *state;
    scratch_write(fixture->root, "one/train-labels.gz", fixture->tiny.gz[PART],
                  (size_t)fixture->file->gz_bytes - 4);
    scratch_write(fixture->root, "one/train-labels", fixture->tiny.plain[PART], 5);
    uint8_t zeros[200000] = {0};
    size_t length;
    uint8_t *bomb = tiny_gzip(zeros, sizeof zeros, &length);
    scratch_write(fixture->root, "one/tiny/train-labels.gz", bomb, length);
    scratch_write(fixture->root, "one/tiny/train-labels", zeros, sizeof zeros);
    free(bomb);
    char *folder = cln_path_join(fixture->root, "one/TINY/raw/train-labels");
    assert_int_equal(cln_folder_make(folder), CLN_OK);
    free(folder);
    assert_null(locate(fixture));
    assert_refused(fixture, "one/train-labels.gz: compressed data end early");
    assert_refused(fixture, "one/train-labels: 5 bytes uncompressed, expected 13");
    assert_refused(fixture, "one/tiny/train-labels.gz: holds more than the 13 bytes expected");
    assert_refused(fixture, "one/tiny/train-labels: 200000 bytes, expected 13");
    assert_refused(fixture, "one/TINY/raw/train-labels: not a plain file");
}

/* The files of MNIST and Fashion-MNIST have the same names and sizes. */
static void knows_every_file_by_its_content(void **state) {
    (void)state;
    for (size_t i = 0; i < cln_data_entry_count; i++) {
        const struct cln_data_entry *entry = &cln_data_entries[i];
        if (entry->archive.name)
            assert_int_equal(strspn(entry->archive.gz_sha256, "0123456789abcdef"), 64);
        for (int part = 0; part < entry->file_count; part++) {
            const struct cln_data_file *file = &entry->files[part];
            assert_true(file->sha256 || !file->gz_bytes == !file->gz_sha256);
            if (file->sha256) {
                assert_ptr_equal(cln_data_entry_of_content(file->sha256), entry);
                assert_int_equal(strspn(file->sha256, "0123456789abcdef"), 64);
            }
            if (file->gz_sha256)
                assert_int_equal(strspn(file->gz_sha256, "0123456789abcdef"), 64);
            /* What a mirror serves is checked by a hash; what none serves can be had by hand. */
            assert_true(entry->archive.name || file->gz_sha256 || entry->by_hand);
        }
    }
    const struct cln_data_entry *entry;
    assert_int_equal(cln_data_entry_find("fashion-mnist", &entry), CLN_OK);
    assert_string_equal(entry->name, "fashion-mnist");
    assert_int_equal(cln_data_entry_find("minst", &entry), CLN_CONFIG);
    assert_string_equal(cln_error_last()->message,
                        "unknown data set 'minst'; accepted: mnist, fashion-mnist, kmnist, "
                        "emnist-digits, cifar-10; did you mean 'mnist'?");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(searches_in_the_stated_order),  TEST(takes_the_first_that_is_there),
        TEST(takes_any_gzip_of_the_content), TEST(passes_over_wrong_content),
        TEST(passes_over_what_is_damaged),   TEST(knows_every_file_by_its_content),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
