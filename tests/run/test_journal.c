/* The journal of a cell: lines come back as they were, and what a crash tore is left out. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/file.h"
#include "run/journal.h"
#include "support/scratch.h"

static char *folder, *path;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    path = cln_path_join(folder, "metrics.jsonl");
    return !path;
}

static int clear(void **state) {
    (void)state;
    free(path);
    scratch_remove(folder);
    return 0;
}

static const struct cln_epoch_metrics first = {.epoch = 1,
                                               .seconds = 7,
                                               .loss = 2.3,
                                               .accuracy = 1.0 / 3,
                                               .val_loss = NAN,
                                               .val_accuracy = 0.1};
static const struct cln_epoch_metrics second = {.epoch = 2,
                                                .loss = 1e-17,
                                                .accuracy = 1,
                                                .val_loss = 0.1 + 0.2,
                                                .val_accuracy = 0,
                                                .has_test = true,
                                                .test_loss = 3,
                                                .test_accuracy = 0.25};

static const char both[] =
    "{\"epoch\":1,\"loss\":2.3,\"accuracy\":0.3333333333333333,\"val_loss\":null,"
    "\"val_accuracy\":0.1}\n"
    "{\"epoch\":2,\"loss\":1e-17,\"accuracy\":1,\"val_loss\":0.30000000000000004,"
    "\"val_accuracy\":0,\"test_loss\":3,\"test_accuracy\":0.25}\n";

static void assert_file(const char *wanted) {
    char *bytes;
    size_t length;
    assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
    assert_string_equal(bytes, wanted);
    free(bytes);
}

static void lines_come_back(void **state) {
    (void)state;
    struct cln_epoch_metrics *rows;
    int count;
    assert_int_equal(cln_journal_read(path, &rows, &count), CLN_OK);
    assert_int_equal(count, 0);
    free(rows);
    assert_int_equal(cln_journal_add(path, &first), CLN_OK);
    assert_int_equal(cln_journal_add(path, &second), CLN_OK);
    assert_file(both);
    assert_int_equal(cln_journal_read(path, &rows, &count), CLN_OK);
    assert_int_equal(count, 2);
    assert_true(rows[0].accuracy == first.accuracy && isnan(rows[0].val_loss));
    assert_false(rows[0].has_test);
    assert_true(rows[0].seconds == 0); /* times are not in it */
    assert_true(rows[1].val_loss == second.val_loss && rows[1].test_accuracy == 0.25);
    assert_true(rows[1].has_test);
    free(rows);
}

/* Whatever is left of the second line, the first one holds and the rest is none. */
static void a_torn_line_is_left_out(void **state) {
    (void)state;
    size_t whole = (size_t)(strchr(both, '\n') - both) + 1;
    for (size_t length = whole; length < sizeof both - 1; length++) {
        struct cln_epoch_metrics *rows;
        int count;
        scratch_write(folder, "metrics.jsonl", both, length);
        assert_int_equal(cln_journal_read(path, &rows, &count), CLN_OK);
        assert_int_equal(count, 1);
        free(rows);
        /* and a training that goes on cuts it off before it adds its own */
        assert_int_equal(cln_journal_cut(path, 1), CLN_OK);
        assert_int_equal(cln_journal_add(path, &second), CLN_OK);
        assert_file(both);
    }
}

static void lines_out_of_order_end_it(void **state) {
    (void)state;
    struct cln_epoch_metrics *rows, third = second;
    int count;
    third.epoch = 3;
    assert_int_equal(cln_journal_add(path, &first), CLN_OK);
    assert_int_equal(cln_journal_add(path, &third), CLN_OK);
    assert_int_equal(cln_journal_read(path, &rows, &count), CLN_OK);
    assert_int_equal(count, 1);
    free(rows);
}

static void cutting_takes_later_epochs_back(void **state) {
    (void)state;
    assert_int_equal(cln_journal_cut(path, 3), CLN_OK); /* no file, nothing to do */
    assert_false(cln_file_exists(path));
    assert_int_equal(cln_journal_add(path, &first), CLN_OK);
    assert_int_equal(cln_journal_add(path, &second), CLN_OK);
    assert_int_equal(cln_journal_cut(path, 2), CLN_OK);
    assert_file(both);
    assert_int_equal(cln_journal_cut(path, 0), CLN_OK);
    assert_file("");
    assert_int_equal(cln_journal_add("/nowhere/metrics.jsonl", &first), CLN_FILE);
}

static long allocations_left;

static void *refuse_one(size_t size) {
    if (allocations_left-- != 0)
        return malloc(size);
    errno = ENOMEM; /* as malloc() does */
    return NULL;
}

/* Short of memory, it is not taken for torn: nothing is cut off. */
static void nothing_is_lost_when_memory_is(void **state) {
    (void)state;
    int refused = 0;
    for (long n = 0; n < 40; n++) {
        cJSON_Hooks hooks = {refuse_one, free};
        scratch_write(folder, "metrics.jsonl", both, sizeof both - 1);
        allocations_left = n;
        cJSON_InitHooks(&hooks);
        const enum cln_status status = cln_journal_cut(path, 2);
        cJSON_InitHooks(NULL);
        assert_true(status == CLN_OK || status == CLN_MEMORY);
        refused += status == CLN_MEMORY;
        assert_file(both);
    }
    assert_in_range(refused, 20, 39); /* two objects of several members each */
}

/* A link to itself stands for a file that cannot be looked at now. */
static void what_cannot_be_looked_at_is_not_taken_for_nothing(void **state) {
    (void)state;
    struct cln_epoch_metrics *rows;
    int count;
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(cln_journal_read(path, &rows, &count), CLN_FILE);
    assert_int_equal(cln_journal_cut(path, 1), CLN_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lines_come_back, make, clear),
        cmocka_unit_test_setup_teardown(a_torn_line_is_left_out, make, clear),
        cmocka_unit_test_setup_teardown(lines_out_of_order_end_it, make, clear),
        cmocka_unit_test_setup_teardown(nothing_is_lost_when_memory_is, make, clear),
        cmocka_unit_test_setup_teardown(what_cannot_be_looked_at_is_not_taken_for_nothing, make,
                                        clear),
        cmocka_unit_test_setup_teardown(cutting_takes_later_epochs_back, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
