/* Folders are made, listed whole or not at all, and files of a kind removed from them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"
#include "support/scratch.h"

/* There is nothing behind the end of its name. */
static void an_empty_name_is_no_folder(void **state) {
    (void)state;
    assert_int_equal(cln_folder_make(""), CLN_FILE);
}

static void folders_above_are_made_too(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "a/b//c/");
    for (int times = 0; times < 2; times++)
        assert_int_equal(cln_folder_make(path), CLN_OK);
    assert_true(cln_file_exists(path));
    free(path);
    scratch_write(folder, "file", "x", 1);
    path = cln_path_join(folder, "file");
    assert_int_equal(cln_folder_make(path), CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, "something else has that name"));
    free(path);
    scratch_remove(folder);
}

static void names_come_in_the_order_of_their_bytes(void **state) {
    (void)state;
    static const char *const expected[] = {".hidden", "Z", "a", "a.b", "folder", "\xc3\xa4"};
    char *folder = scratch_make();
    struct cln_names names;
    assert_int_equal(cln_folder_list(folder, true, &names), CLN_OK);
    assert_int_equal(names.count, 0);
    cln_names_free(&names);
    static const char *const written[] = {"a.b", "\xc3\xa4", "folder/below", ".hidden", "a", "Z"};
    for (size_t i = 0; i < 6; i++)
        scratch_write(folder, written[i], "x", 1);
    assert_int_equal(cln_folder_list(folder, true, &names), CLN_OK);
    assert_int_equal(names.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(names.items[i], expected[i]);
    cln_names_free(&names);
    assert_int_equal(cln_folder_list(folder, false, &names), CLN_OK);
    assert_int_equal(names.count, 5);
    assert_string_equal(names.items[0], "Z");
    cln_names_free(&names);
    for (int i = 0; i < 100; i++) { /* more than there is room for at first */
        char name[32];
        snprintf(name, sizeof name, "many/%02d", i);
        scratch_write(folder, name, "x", 1);
    }
    char *many = cln_path_join(folder, "many");
    assert_int_equal(cln_folder_list(many, true, &names), CLN_OK);
    assert_int_equal(names.count, 100);
    assert_string_equal(names.items[99], "99");
    cln_names_free(&names);
    free(many);
    scratch_remove(folder);
}

static void what_is_no_folder_cannot_be_listed(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "file");
    struct cln_names names;
    assert_int_equal(cln_folder_list(path, true, &names), CLN_FILE);
    assert_non_null(strstr(cln_error_last()->message, path));
    scratch_write(folder, "file", "x", 1);
    assert_int_equal(cln_folder_list(path, true, &names), CLN_FILE);
    free(path);
    scratch_remove(folder);
}

static void only_what_begins_so_is_removed(void **state) {
    (void)state;
    char *folder = scratch_make(), *nowhere = cln_path_join(folder, "nowhere");
    static const char *const files[] = {"draft-1", "draft-2", "draf", "a-draft-3"};
    for (size_t i = 0; i < 4; i++)
        scratch_write(folder, files[i], "x", 1);
    assert_int_equal(cln_folder_remove(folder, "draft-"), CLN_OK);
    assert_int_equal(scratch_count_files(folder), 2);
    assert_int_equal(cln_folder_remove(nowhere, "draft-"), CLN_OK);
    scratch_write(folder, "draft-folder/file", "x", 1);
    assert_int_equal(cln_folder_remove(folder, "draft-"), CLN_FILE); /* not a file */
    assert_int_equal(scratch_count_files(folder), 3);
    free(nowhere);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_name_is_no_folder),
        cmocka_unit_test(folders_above_are_made_too),
        cmocka_unit_test(names_come_in_the_order_of_their_bytes),
        cmocka_unit_test(what_is_no_folder_cannot_be_listed),
        cmocka_unit_test(only_what_begins_so_is_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
