/* One process at a time: a child tries what its parent holds, and the other way round. */
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "run/lock.h"
#include "support/scratch.h"

static const char one[] = "1111111111111111", other[] = "2222222222222222";

static char *folder;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    return 0;
}

static int clear(void **state) {
    (void)state;
    scratch_remove(folder);
    return 0;
}

/* What a process of its own gets: the status; 100 and more: it did not name this one. */
static int try_in_child(const char *cell) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cln_lock *lock;
        char holder[64];
        int status =
            cell ? (int)cln_lock_take_cell(folder, cell, &lock) : (int)cln_lock_take(folder, &lock);
        snprintf(holder, sizeof holder, "process %ld on ", (long)getppid());
        bool named = cell || strstr(cln_error_last()->message, holder);
        _exit(status == CLN_OK || named ? status : 100 + status);
    }
    int state;
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFEXITED(state));
    return WEXITSTATUS(state);
}

static void a_held_lock_is_refused_with_its_holder(void **state) {
    (void)state;
    struct cln_lock *lock;
    assert_int_equal(cln_lock_take(folder, &lock), CLN_OK);
    assert_int_equal(try_in_child(NULL), CLN_FILE);
    cln_lock_release(lock);
    assert_int_equal(try_in_child(NULL), CLN_OK);
    /* the file that the child left behind is no obstacle */
    assert_int_equal(cln_lock_take(folder, &lock), CLN_OK);
    cln_lock_release(lock);
    cln_lock_release(NULL);
}

/* A run's lock keeps its own workers out of nothing, and cells do not mind each other. */
static void cells_are_locked_one_by_one(void **state) {
    (void)state;
    struct cln_lock *lock;
    assert_int_equal(cln_lock_take(folder, &lock), CLN_OK);
    assert_int_equal(try_in_child(one), CLN_OK);
    cln_lock_release(lock);
    assert_int_equal(cln_lock_take_cell(folder, one, &lock), CLN_OK);
    assert_int_equal(try_in_child(one), CLN_FILE);
    assert_int_equal(try_in_child(other), CLN_OK);
    assert_int_equal(try_in_child(NULL), CLN_OK);
    cln_lock_release(lock);
    assert_int_equal(try_in_child(one), CLN_OK);
}

static void a_killed_holder_lets_go(void **state) {
    (void)state;
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct cln_lock *lock;
        if (cln_lock_take(folder, &lock) == CLN_OK && write(ready[1], "x", 1) == 1)
            pause();
        _exit(1);
    }
    struct cln_lock *lock;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(cln_lock_take(folder, &lock), CLN_FILE);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_int_equal(cln_lock_take(folder, &lock), CLN_OK);
    cln_lock_release(lock);
    close(ready[0]);
    close(ready[1]);
}

static void a_folder_that_is_not_there_is_an_error(void **state) {
    (void)state;
    struct cln_lock *lock;
    assert_int_equal(cln_lock_take("/nowhere", &lock), CLN_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_held_lock_is_refused_with_its_holder, make, clear),
        cmocka_unit_test_setup_teardown(cells_are_locked_one_by_one, make, clear),
        cmocka_unit_test_setup_teardown(a_killed_holder_lets_go, make, clear),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
