/* metrics.csv: what is written comes back, rows are on disk at once, bad files are refused. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "report/metrics_csv.h"
#include "support/scratch.h"

#define HEADER "cell,model,noise_scale,seed,epoch,loss,accuracy,val_loss,val_accuracy\n"

static char *folder, *path;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    path = cln_path_join(folder, "metrics.csv");
    return !path;
}

static int clear(void **state) {
    (void)state;
    free(path);
    scratch_remove(folder);
    return 0;
}

static const struct cln_metrics_row plain = {"c0ffee", "convnet", 0.1,    1,     20,
                                             0.6288,   0.8119,    0.4582, 0.8805};

static void write_rows(const struct cln_metrics_row *rows, int count) {
    struct cln_metrics_table table = {0};
    for (int i = 0; i < count; i++)
        assert_int_equal(cln_metrics_table_add(&table, &rows[i]), CLN_OK);
    assert_int_equal(cln_metrics_csv_write(path, &table), CLN_OK);
    cln_metrics_table_done(&table);
}

static void assert_file(const char *wanted) {
    char *bytes;
    size_t length;
    assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
    assert_string_equal(bytes, wanted);
    free(bytes);
}

static void the_file_is_replaced_as_a_whole(void **state) {
    (void)state;
    write_rows(&plain, 1);
    assert_file(HEADER "c0ffee,convnet,0.1,1,20,0.6288,0.8119,0.4582,0.8805\n");
    write_rows(NULL, 0);
    assert_file(HEADER);
}

/* Losses keep 8 digits: relative error at most 5e-8. */
static void odd_rows_come_back(void **state) {
    (void)state;
    struct cln_metrics_row odd = plain;
    strcpy(odd.cell, "a,\"b\"\r\nc");
    strcpy(odd.model, "\"");
    odd.noise_scale = 1e-9;
    odd.seed = INT64_MIN;
    odd.loss = NAN;
    odd.val_loss = INFINITY;
    odd.accuracy = 1.0 / 3;
    const struct cln_metrics_row rows[] = {odd, plain};
    write_rows(rows, 2);
    struct cln_metrics_table table;
    assert_int_equal(cln_metrics_csv_read(path, &table), CLN_OK);
    assert_int_equal(table.count, 2);
    assert_false(table.torn);
    assert_string_equal(table.rows[0].cell, odd.cell);
    assert_string_equal(table.rows[0].model, odd.model);
    assert_true(table.rows[0].noise_scale == 1e-9);
    assert_true(table.rows[0].seed == INT64_MIN);
    assert_true(isnan(table.rows[0].loss) && isinf(table.rows[0].val_loss));
    assert_true(fabs(table.rows[0].accuracy - 1.0 / 3) < 5e-8 / 3);
    assert_string_equal(table.rows[1].cell, "c0ffee");
    assert_true(table.rows[1].val_accuracy == 0.8805);
    assert_int_equal(table.rows[1].epoch, 20);
    cln_metrics_table_done(&table);
}

static void columns_are_known_by_name(void **state) {
    (void)state;
    const char text[] = "val_accuracy,val_loss,accuracy,loss,seconds,epoch,seed,noise_scale,model,"
                        "cell,remark\r\n0.5,2,0.25,3,1,7,-1,4,mlp,x,\"a \"\"note\"\"\"\r\n\r\n";
    scratch_write(folder, "metrics.csv", text, sizeof text - 1);
    struct cln_metrics_table table;
    assert_int_equal(cln_metrics_csv_read(path, &table), CLN_OK);
    assert_int_equal(table.count, 1);
    assert_true(table.rows[0].val_accuracy == 0.5 && table.rows[0].noise_scale == 4);
    assert_int_equal(table.rows[0].epoch, 7);
    assert_string_equal(table.rows[0].model, "mlp");
    cln_metrics_table_done(&table);
}

/* A run killed while it wrote a row leaves the rows before it. */
static void a_torn_last_row_is_left_out(void **state) {
    (void)state;
    const char text[] = HEADER "a,m,0,1,1,1,1,1,1\nb,m,0,1,2,1,1";
    size_t whole = sizeof HEADER - 1 + 18;
    for (size_t length = whole; length < sizeof text; length++) {
        scratch_write(folder, "metrics.csv", text, length);
        struct cln_metrics_table table;
        assert_int_equal(cln_metrics_csv_read(path, &table), CLN_OK);
        assert_int_equal(table.count, 1);
        assert_int_equal(table.torn, length > whole);
        cln_metrics_table_done(&table);
    }
}

static void assert_refused(const char *text, const char *reason) {
    scratch_write(folder, "metrics.csv", text, strlen(text));
    struct cln_metrics_table table;
    assert_int_equal(cln_metrics_csv_read(path, &table), CLN_FILE);
    assert_null(table.rows);
    if (!strstr(cln_error_last()->message, reason))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, reason);
}

static void bad_files_are_refused_by_line(void **state) {
    (void)state;
    assert_refused("", "metrics.csv:1: no column 'cell'");
    assert_refused("cell,model\n", "metrics.csv:1: no column 'noise_scale'");
    assert_refused("cell,cell\n", "metrics.csv:1: column 'cell' is there twice");
    assert_refused(HEADER "a,m,0,1,1,1,1,1,1\na,m,0\n", "metrics.csv:3: 3 columns where");
    assert_refused(HEADER "a,m,0,1,x,1,1,1,1\n", "metrics.csv:2: epoch: 'x' is not accepted");
    assert_refused(HEADER "a,m,0,1,0,1,1,1,1\n", "metrics.csv:2: epoch: '0'");
    assert_refused(HEADER "a,m,0,1,2147483648,1,1,1,1\n", "epoch: '2147483648'");
    assert_refused(HEADER "a,m,0,99999999999999999999,1,1,1,1,1\n", "seed: '9999");
    assert_refused(HEADER "a,m,,1,1,1,1,1,1\n", "noise_scale: '' is not accepted");
    assert_refused(HEADER "a,m,0,1,1,1,1,1,1 \n", "val_accuracy: '1 '");
    assert_refused(HEADER "\"a\"b,m,0,1,1,1,1,1,1\n", "metrics.csv:2: text after a closing");
    assert_refused(HEADER "\"a\n\n\n", "metrics.csv:2: a quoted text has no closing quote");
    assert_refused(HEADER "a\rb,m,0,1,1,1,1,1,1\n", "metrics.csv:2: a carriage return");
    char wide[400] = HEADER;
    memset(wide + strlen(wide), 'x', CLN_METRICS_TEXT_SIZE);
    strcat(wide, ",m,0,1,1,1,1,1,1\n");
    assert_refused(wide, "metrics.csv:2: cell: 'xxxx");
    struct cln_metrics_table table;
    scratch_write(folder, "metrics.csv", "a\0b", 3);
    assert_int_equal(cln_metrics_csv_read(path, &table), CLN_FILE);
    assert_int_equal(cln_metrics_csv_read("/nowhere/metrics.csv", &table), CLN_FILE);
}

static void a_folder_that_is_not_there_is_an_error(void **state) {
    (void)state;
    const struct cln_metrics_table none = {0};
    assert_int_equal(cln_metrics_csv_write("/nowhere/metrics.csv", &none), CLN_FILE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_file_is_replaced_as_a_whole, make, clear),
        cmocka_unit_test_setup_teardown(odd_rows_come_back, make, clear),
        cmocka_unit_test_setup_teardown(columns_are_known_by_name, make, clear),
        cmocka_unit_test_setup_teardown(a_torn_last_row_is_left_out, make, clear),
        cmocka_unit_test_setup_teardown(bad_files_are_refused_by_line, make, clear),
        cmocka_unit_test(a_folder_that_is_not_there_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
