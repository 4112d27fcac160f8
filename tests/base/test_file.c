/* Files that are written whole, and what a crash leaves of them. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "support/scratch.h"

#define LENGTH ((size_t)1 << 20)

static void a_write_replaces_the_whole_file(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "a"), *bytes;
    size_t length;
    assert_int_equal(cln_file_write(path, "longer than that", 16), CLN_OK);
    assert_int_equal(cln_file_write(path, "short", 5), CLN_OK);
    assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
    assert_int_equal(length, 5);
    assert_string_equal(bytes, "short");
    assert_int_equal(scratch_count_files(folder), 1);
    free(bytes);
    free(path);
    scratch_remove(folder);
}

static void write_for_ever(const char *path, char *bytes) {
    for (char value = 'y';; value ^= 1) {
        memset(bytes, value, LENGTH);
        if (cln_file_write(path, bytes, LENGTH) != CLN_OK)
            _exit(1);
    }
}

/* Processes that write again and again are killed. What they were writing is there as a whole, and
 * a sweep leaves nothing else of them, nor touches any other file. */
static void a_crash_leaves_the_old_or_the_new_one(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "a"), *bytes = malloc(LENGTH);
    size_t left = 0;
    assert_non_null(bytes);
    memset(bytes, 'x', LENGTH);
    assert_int_equal(cln_file_write(path, bytes, LENGTH), CLN_OK);
    scratch_write(folder, "a.backup", "mine", 4);
    for (int i = 0; i < 12; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            write_for_ever(path, bytes);
        nanosleep(&(struct timespec){.tv_nsec = 1000000 * (i + 1)}, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        char *found;
        size_t length;
        assert_int_equal(cln_file_read(path, &found, &length), CLN_OK);
        assert_int_equal(length, LENGTH);
        for (size_t b = 1; b < LENGTH; b++)
            if (found[b] != found[0])
                fail_msg("byte %zu is of another write", b);
        free(found);
        left += scratch_count_files(folder) - 2;
        assert_int_equal(cln_file_sweep(folder), CLN_OK);
        assert_int_equal(scratch_count_files(folder), 2);
    }
    print_message("%zu files were left\n", left);
    assert_true(left > 0); /* else the sweep had nothing to do */
    free(bytes);
    free(path);
    scratch_remove(folder);
}

static void no_folder_needs_no_sweep(void **state) {
    (void)state;
    assert_int_equal(cln_file_sweep("/nowhere at all"), CLN_OK);
}

/* A pipe that nobody writes into, and what never ends: to read them would take for ever. */
static void only_plain_files_are_read(void **state) {
    (void)state;
    char *folder = scratch_make(), *pipe = cln_path_join(folder, "pipe"), *bytes = NULL;
    const char *const paths[] = {folder, pipe, "/dev/zero"};
    static const char *const words[] = {"it is a folder", "it is a pipe", "it is a device"};
    size_t length;
    assert_int_equal(mkfifo(pipe, 0600), 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(cln_file_read(paths[i], &bytes, &length), CLN_FILE);
        assert_non_null(strstr(cln_error_last()->message, words[i]));
    }
    free(pipe);
    scratch_remove(folder);
}

/* A link to itself may be anything; nothing is not. */
static void a_file_that_cannot_be_looked_at_is_there_and_not_trusted(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "link");
    assert_false(cln_file_exists(path));
    assert_true(cln_file_is_trusted(path));
    assert_int_equal(symlink(path, path), 0);
    assert_true(cln_file_exists(path));
    assert_false(cln_file_is_trusted(path));
    free(path);
    path = cln_path_join(folder, "nowhere/file");
    assert_false(cln_file_exists(path));
    free(path);
    scratch_write(folder, "file", "x", 1);
    path = cln_path_join(folder, "file/below");
    assert_false(cln_file_exists(path));
    free(path);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_write_replaces_the_whole_file),
        cmocka_unit_test(a_crash_leaves_the_old_or_the_new_one),
        cmocka_unit_test(no_folder_needs_no_sweep),
        cmocka_unit_test(a_file_that_cannot_be_looked_at_is_there_and_not_trusted),
        cmocka_unit_test(only_plain_files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
