/* What is kept of a self-test, who goes by it, and what is not believed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/file.h"
#include "selftest/first_use.h"
#include "selftest/kept.h"
#include "support/device.h"
#include "support/scratch.h"

static char *folder;

static int make(void **state) {
    (void)state;
    (void)test_context();
    folder = scratch_make();
    setenv("XDG_CACHE_HOME", folder, 1);
    setenv("CLNOISE_SELFTEST", "on", 1);
    unsetenv("CLNOISE_CACHE");
    unsetenv("CLNOISE_CL_DIR");
    return 0;
}

static int clear(void **state) {
    (void)state;
    scratch_remove(folder);
    setenv("CLNOISE_SELFTEST", "off", 1);
    TEST_OK(cln_context_avoid(test_context(), ""));
    return 0;
}

static const struct cln_device *device(void) {
    return cln_context_device(test_context());
}

/* Keeps a self-test of two items, of which the second fails if it has consequences. */
static void keep(bool brief, bool failed, enum cln_selftest_then then) {
    struct cln_selftest_item items[2] = {
        {.check = "noise", .subject = "noise", .passed = true, .measure = "of the values"},
        {.check = "sums",
         .subject = "dense cpu_vector, \"3x4\"",
         .passed = !failed,
         .error = 0.5,
         .limit = 0.25,
         .measure = "of the values",
         .then = then,
         .op = "dense",
         .variant = "cpu_vector"}};
    const struct cln_selftest selftest = {.brief = brief, .items = items, .count = 2};
    cln_selftest_keep(device(), &selftest);
}

static bool recalls(const struct cln_device *of, struct cln_selftest_kept *kept) {
    bool known;
    TEST_OK(cln_selftest_recall(of, kept, &known));
    return known;
}

static void what_is_kept_is_recalled(void **state) {
    (void)state;
    struct cln_selftest_kept kept;
    assert_false(recalls(device(), &kept));
    keep(false, true, CLN_SELFTEST_AVOID);
    assert_true(recalls(device(), &kept));
    assert_false(kept.brief);
    assert_false(kept.refused);
    assert_int_equal(kept.passed, 1);
    assert_int_equal(kept.failed, 1);
    assert_string_equal(kept.avoid, "dense=cpu_vector");
    assert_string_equal(kept.why, "");
    assert_int_equal(strlen(kept.when), strlen("2026-11-23T08:15:00Z"));
    cln_selftest_kept_done(&kept);
    assert_int_equal(scratch_count_files(folder), 1);
}

static void another_device_is_not_known(void **state) {
    (void)state;
    struct cln_selftest_kept kept;
    struct cln_device other = *device();
    keep(false, false, CLN_SELFTEST_WARN);
    other.driver[0] ^= 1;
    assert_false(recalls(&other, &kept));
    assert_true(recalls(device(), &kept));
    cln_selftest_kept_done(&kept);
    /* nor one with other kernels, or none at all: then nothing can be said */
    setenv("CLNOISE_CL_DIR", folder, 1);
    assert_false(recalls(device(), &kept));
    unsetenv("CLNOISE_CL_DIR");
    setenv("CLNOISE_CACHE", "off", 1);
    assert_false(recalls(device(), &kept));
    unsetenv("CLNOISE_CACHE");
}

static void a_brief_test_takes_nothing_back(void **state) {
    (void)state;
    struct cln_selftest_kept kept;
    keep(false, true, CLN_SELFTEST_AVOID);
    keep(true, false, CLN_SELFTEST_WARN);
    assert_true(recalls(device(), &kept));
    assert_string_equal(kept.avoid, "dense=cpu_vector");
    cln_selftest_kept_done(&kept);
    keep(true, true, CLN_SELFTEST_REFUSE);
    assert_true(recalls(device(), &kept));
    assert_true(kept.refused && kept.brief);
    assert_non_null(strstr(kept.why, "sums: dense cpu_vector, \"3x4\": 0.5 of at most 0.25"));
    cln_selftest_kept_done(&kept);
    keep(true, false, CLN_SELFTEST_WARN); /* a driver that was mended is found right */
    assert_true(recalls(device(), &kept));
    assert_false(kept.refused);
    cln_selftest_kept_done(&kept);
}

static bool heeds(void) {
    TEST_OK(cln_context_avoid(test_context(), ""));
    TEST_OK(cln_selftest_heed(test_context()));
    return !strcmp(cln_context_caps(test_context())->avoid, "dense=cpu_vector");
}

static void who_computes_goes_by_it(void **state) {
    (void)state;
    assert_false(heeds()); /* nothing is known, and nothing is tested */
    assert_int_equal(scratch_count_files(folder), 0);
    keep(false, true, CLN_SELFTEST_AVOID);
    assert_true(heeds());
    setenv("CLNOISE_SELFTEST", "off", 1);
    assert_false(heeds());
    setenv("CLNOISE_SELFTEST", "of", 1);
    assert_int_equal(cln_selftest_heed(test_context()), CLN_CONFIG);
    setenv("CLNOISE_SELFTEST", "on", 1);
    keep(false, true, CLN_SELFTEST_REFUSE);
    assert_int_equal(cln_selftest_heed(test_context()), CLN_SELFTEST);
    assert_non_null(strstr(cln_error_last()->message, "computed wrong results when it was tested"));
}

static void what_another_worker_found_is_taken(void **state) {
    (void)state;
    const struct cln_first_use options = {.known = "dense=cpu_vector"};
    keep(false, true, CLN_SELFTEST_REFUSE);
    TEST_OK(cln_selftest_first_use(test_context(), &options));
    assert_string_equal(cln_context_caps(test_context())->avoid, "dense=cpu_vector");
}

/* A refusal is not believed for ever: the first use tests again. */
static void a_refused_device_is_tested_again(void **state) {
    (void)state;
    const struct cln_first_use options = {.known = NULL};
    struct cln_selftest_kept kept;
    keep(false, true, CLN_SELFTEST_REFUSE);
    TEST_OK(cln_selftest_first_use(test_context(), &options));
    assert_true(recalls(device(), &kept));
    assert_true(kept.brief && !kept.refused && kept.passed > 10 && !kept.failed);
    cln_selftest_kept_done(&kept);
}

/* The one file under selftest/; free() it. */
static char *path_of_file(void) {
    char *list = cln_path_join(folder, "list"), *path = NULL, *bytes, command[1024];
    size_t length;
    snprintf(command, sizeof command, "find '%s' -name '*.json' > '%s'", folder, list);
    assert_int_equal(system(command), 0);
    TEST_OK(cln_file_read(list, &bytes, &length));
    bytes[strcspn(bytes, "\n")] = '\0';
    path = strdup(bytes);
    free(bytes);
    free(list);
    return path;
}

static void what_is_damaged_or_of_others_is_not_believed(void **state) {
    (void)state;
    struct cln_selftest_kept kept;
    char *bytes;
    size_t length;
    keep(false, true, CLN_SELFTEST_AVOID);
    char *path = path_of_file();
    TEST_OK(cln_file_read(path, &bytes, &length));
    size_t end = length;
    while (end > 0 && bytes[end] != '}') /* what comes after is of no account */
        end--;
    for (size_t cut = 0; cut <= end; cut += 11) {
        TEST_OK(cln_file_write(path, bytes, cut));
        if (recalls(device(), &kept))
            fail_msg("%zu of %zu bytes are believed", cut, length);
        cln_selftest_kept_done(&kept);
    }
    TEST_OK(cln_file_write(path, bytes, length));
    assert_true(heeds());
    assert_int_equal(chmod(path, 0666), 0);
    assert_false(heeds());
    free(bytes);
    free(path);
}

static int allocations_left; /* for JSON */

static void *scarce(size_t bytes) {
    void *memory = allocations_left-- > 0 ? malloc(bytes) : NULL;
    if (!memory)
        errno = ENOMEM;
    return memory;
}

/* Nobody is told that the device was never tested. */
static void what_cannot_be_read_for_want_of_memory_is_told(void **state) {
    (void)state;
    struct cln_selftest_kept kept;
    bool known = false;
    int count = 0;
    keep(false, true, CLN_SELFTEST_AVOID);
    while (!known && count < 1000) {
        cJSON_Hooks hooks = {scarce, free};
        allocations_left = count++;
        cJSON_InitHooks(&hooks);
        enum cln_status status = cln_selftest_recall(device(), &kept, &known);
        cJSON_InitHooks(NULL);
        assert_int_equal(status, known ? CLN_OK : CLN_MEMORY);
        cln_selftest_kept_done(&kept);
    }
    assert_in_range(count, 10, 999);
}

/* Half of what is to be avoided would be worse than to test again. */
static void what_does_not_fit_into_memory_is_not_kept(void **state) {
    (void)state;
    struct cln_selftest_kept kept;
    int count = 0;
    for (bool known = false; !known && count < 1000; count++) {
        cJSON_Hooks hooks = {scarce, free};
        allocations_left = count;
        cJSON_InitHooks(&hooks);
        keep(false, true, CLN_SELFTEST_AVOID);
        cJSON_InitHooks(NULL);
        known = recalls(device(), &kept);
        if (known)
            assert_string_equal(kept.avoid, "dense=cpu_vector");
        else
            assert_int_equal(scratch_count_files(folder), 0);
        cln_selftest_kept_done(&kept);
    }
    assert_in_range(count, 20, 999); /* there is that much in it */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_is_kept_is_recalled),
        TEST(another_device_is_not_known),
        TEST(a_brief_test_takes_nothing_back),
        TEST(who_computes_goes_by_it),
        TEST(what_another_worker_found_is_taken),
        TEST(a_refused_device_is_tested_again),
        TEST(what_is_damaged_or_of_others_is_not_believed),
        TEST(what_does_not_fit_into_memory_is_not_kept),
        TEST(what_cannot_be_read_for_want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
