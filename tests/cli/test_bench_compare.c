/* bench --compare: what the table says of two reports, and which files are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/utf8.h"
#include "cli/bench_compare.h"
#include "support/scratch.h"

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

static enum cln_status read_report(const char *text, cJSON **out) {
    scratch_write(folder, "old.json", text, strlen(text));
    char *path = cln_path_join(folder, "old.json");
    enum cln_status status = cln_bench_report_read(path, out);
    free(path);
    return status;
}

#define HEAD(device, peak) "{\"device\": {\"name\": \"" device "\"}, \"peak_gflops\": " peak ","
#define STEPS(batch, train, test)                                                                  \
    "{\"batch\": " batch ", \"step_ms\": " train ", \"evaluation_step_ms\": " test                 \
    ", \"launches\": ["
#define LAUNCH(node, variant, ms)                                                                  \
    "{\"node\": \"" node "\", \"variant\": \"" variant "\", \"ms\": " ms "}"

/* clang-format off */
static const char *const before =
    HEAD("fast", "100") "\"models\": {"
    "\"net\": " STEPS("128", "10", "4")
        LAUNCH("conv", "direct", "1") ","
        LAUNCH("conv", "direct", "5") ","
        LAUNCH("pool", "plain", "2") "]},"
    "\"left\": " STEPS("1", "1", "1") "]}}}";
static const char *const after =
    HEAD("slow", "50") "\"models\": {"
    "\"net\": " STEPS("64", "8", "4")
        LAUNCH("load", "plain", "0.5") ","
        LAUNCH("conv", "winograd", "3") "]},"
    "\"added\": " STEPS("1", "1", "1") "]}}}";
/* clang-format on */

static const char *const table = "\n"
                                 "Beside old.json: peak 50.0 GFLOP/s, was 100.0 (0.50)\n"
                                 "  measured on another device: fast\n"
                                 "\n"
                                 "net, batch 64 (was 128)\n"
                                 "                                                                 "
                                 " old ms    new ms  new/old  by peak\n"
                                 "  training step                                                  "
                                 " 10.000     8.000     0.80     0.40\n"
                                 "  evaluation step                                                "
                                 "  4.000     4.000     1.00     0.50\n"
                                 "  load                                                           "
                                 "      -     0.500                    new: "
                                 "plain\n"
                                 "  conv                                                           "
                                 "  6.000     3.000     0.50     0.25  winograd, "
                                 "was direct\n"
                                 "  pool                                                           "
                                 "  2.000         -                    gone\n"
                                 "\n"
                                 "added: new\n"
                                 "\n"
                                 "left: not measured now\n";

static void nodes_steps_and_ratios_stand_side_by_side(void **state) {
    (void)state;
    cJSON *old, *now;
    char printed[4096] = "";
    assert_int_equal(read_report(before, &old), CLN_OK);
    assert_int_equal(read_report(after, &now), CLN_OK);
    FILE *file = tmpfile();
    assert_non_null(file);
    cln_bench_compare_print(file, old, "old.json", now);
    rewind(file);
    printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
    assert_string_equal(printed, table);
    fclose(file);
    cJSON_Delete(old);
    cJSON_Delete(now);
}

/* Names are cut to their column, and columns kept, wherever characters are of several bytes. */
static void no_character_is_cut(void **state) {
    (void)state;
    char names[3][256] = {"", "x", "xy"}, report[2048], printed[4096] = "";
    for (int n = 0; n < 3; n++)
        for (int i = 0; i < 70; i++)
            strcat(names[n], "\xc3\xa9");
    snprintf(report, sizeof report,
             HEAD("d", "1") "\"models\": {\"a\": " STEPS("1", "1", "1") LAUNCH(
                 "%s", "%s", "1") "," LAUNCH("%s", "%s", "1") "," LAUNCH("%s", "%s", "1") "]}}}",
             names[0], names[2], names[1], names[1], names[2], names[0]);
    cJSON *old, *now;
    assert_int_equal(read_report(report, &old), CLN_OK);
    assert_int_equal(
        read_report(HEAD("d", "1") "\"models\": {\"a\": " STEPS("1", "1", "1") "]}}}", &now),
        CLN_OK);
    FILE *file = tmpfile();
    assert_non_null(file);
    cln_bench_compare_print(file, old, "old.json", now);
    cln_bench_compare_print(file, now, "old.json", old);
    rewind(file);
    printed[fread(printed, 1, sizeof printed - 1, file)] = '\0';
    char *clean = cln_utf8_clean(printed);
    assert_string_equal(printed, clean);
    int rows = 0;
    for (char *line = strtok(clean, "\n"); line; line = strtok(NULL, "\n"))
        if (strstr(line, "  gone") && ++rows)
            assert_int_equal(cln_utf8_columns(line), 2 + 60 + 10 + 10 + 9 + 9 + 6);
    assert_int_equal(rows, 3);
    free(clean);
    fclose(file);
    cJSON_Delete(old);
    cJSON_Delete(now);
}

static void refuses(const char *text, const char *reason) {
    cJSON *report = NULL;
    assert_int_equal(read_report(text, &report), CLN_CONFIG);
    assert_null(report);
    if (!strstr(cln_error_last()->message, reason))
        fail_msg("'%s' does not say '%s'", cln_error_last()->message, reason);
}

static void files_that_are_no_reports_are_refused(void **state) {
    (void)state;
    refuses("convnet, batch 128: training step", "not JSON");
    refuses("", "not JSON");
    refuses("[]", "'peak_gflops'");
    refuses(HEAD("d", "0") "\"models\": {}}", "'peak_gflops'");
    refuses("{\"peak_gflops\": 1, \"models\": {}}", "'device'");
    refuses(HEAD("d", "1") "\"models\": 3}", "'models'");
    refuses(HEAD("d", "1") "\"models\": {\"a\": {\"batch\": 1}}}", "'step_ms' of model 'a'");
    refuses(HEAD("d", "1") "\"models\": {\"a\": " STEPS("1", "-1", "1") "]}}}", "'step_ms'");
    refuses(HEAD("d", "1") "\"models\": {\"a\": " STEPS("1", "1", "1") "3]}}}", "'node'");
    refuses(HEAD("d", "1") "\"models\": {\"a\": " STEPS("1", "1", "1")
                LAUNCH("n", "v", "null") "]}}}",
            "'ms' of model 'a'");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nodes_steps_and_ratios_stand_side_by_side, make, clear),
        cmocka_unit_test_setup_teardown(no_character_is_cut, make, clear),
        cmocka_unit_test_setup_teardown(files_that_are_no_reports_are_refused, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
