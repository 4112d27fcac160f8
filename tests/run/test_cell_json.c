/* cell.json where memory runs out at any moment: it is written whole, or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/json_put.h"
#include "run/cell_json.h"
#include "support/scratch.h"

static long calls, fail_at; /* 0: none */

static void *maybe(size_t size) {
    return ++calls == fail_at ? NULL : malloc(size);
}

/* The record of a made-up cell, changed as training changes it. */
static enum cln_status write_record(const char *path) {
    static const char *const class_names[] = {"zero", "one"};
    const struct cln_dataset dataset = {
        .name = "made up",
        .requested = "made up",
        .classes = 2,
        .class_names = class_names,
        .files = {{.name = "images", .sha256 = "abc"}, {.name = "labels", .sha256 = "def"}},
        .file_count = 2};
    const struct cln_device device = {.name = "device", .vendor = "vendor"};
    cJSON *root = cJSON_CreateObject(), *seconds = cJSON_CreateArray();
    cln_json_put_text(root, "status", "waiting");
    cln_json_put(root, "epoch_seconds", seconds);
    cln_json_put(root, "device", cln_cell_json_device(&device));
    cln_json_put(root, "data", cln_cell_json_data(&dataset));
    for (int e = 1; e <= 2; e++) {
        cJSON *list = cJSON_GetObjectItemCaseSensitive(root, "epoch_seconds");
        cln_json_put_number(list, NULL, e);
        cln_cell_json_best(root, &(struct cln_epoch_metrics){.epoch = e, .val_accuracy = .1 * e});
    }
    cln_json_put_text(root, "status", "done");
    enum cln_status status = cln_json_write(path, root);
    cJSON_Delete(root);
    return status;
}

static void test_whole_or_not(void **state) {
    (void)state;
    char *folder = scratch_make(), *path = cln_path_join(folder, "cell.json"), *whole, *bytes;
    size_t length, other;
    cJSON_Hooks hooks = {maybe, free};
    cJSON_InitHooks(&hooks);
    fail_at = calls = 0;
    assert_int_equal(write_record(path), CLN_OK);
    assert_int_equal(cln_file_read(path, &whole, &length), CLN_OK);
    const long most = calls;
    assert_true(most > 50);
    for (fail_at = 1; fail_at <= most; fail_at++) {
        calls = 0;
        enum cln_status status = write_record(path);
        assert_true(status == CLN_OK || status == CLN_MEMORY);
        assert_int_equal(cln_file_read(path, &bytes, &other), CLN_OK);
        assert_int_equal(other, length);
        assert_memory_equal(bytes, whole, length);
        free(bytes);
    }
    cJSON_InitHooks(NULL);
    free(whole);
    free(path);
    scratch_remove(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole_or_not)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
