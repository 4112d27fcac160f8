/* A worker that cannot be told something: here `cat`, which ends when nobody can say more to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>

#include "run/worker_process.h"

static const char *const command[] = {"cat", NULL};

static bool ends(struct cln_worker_process *worker) {
    int state;
    for (int tries = 0; tries < 1000; tries++) {
        if (cln_worker_reap(worker, &state))
            return true;
        (void)poll(NULL, 0, 10);
    }
    cln_worker_kill(worker);
    return false;
}

/* Without memory for the line, or with a descriptor that takes none, it learns that at once. */
static void test_hangs_up(void **state) {
    (void)state;
    struct cln_worker_process worker;
    struct cln_text line = {0};
    assert_int_equal(cln_worker_start(&worker, command), CLN_OK);
    cln_text_add(&line, "half a line");
    line.failed = true;
    assert_false(cln_worker_send(&worker, &line));
    assert_int_equal(errno, ENOMEM);
    line.failed = false;
    assert_false(cln_worker_send(&worker, &line));
    assert_int_equal(errno, EPIPE);
    assert_true(ends(&worker));
    cln_text_free(&line);
}

static void test_takes_lines(void **state) {
    (void)state;
    struct cln_worker_process worker;
    struct cln_text line = {0};
    assert_int_equal(cln_worker_start(&worker, command), CLN_OK);
    cln_text_add(&line, "a line\n");
    assert_true(cln_worker_send(&worker, &line));
    cln_worker_kill(&worker);
    assert_true(ends(&worker));
    cln_text_free(&line);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_hangs_up),
                                       cmocka_unit_test(test_takes_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
