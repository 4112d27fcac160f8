/* What the tuner keeps, and what makes it measure again; with the made-up op. */
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
#include "base/text.h"
#include "graph/tune_private.h"
#include "runtime/device.h"
#include "runtime/kernel_source.h"
#include "support/device.h"
#include "support/made_up.h"
#include "support/scratch.h"

/* The one file under tuning/; free() it. */
static char *file_path(void) {
    struct cln_tune_cache cache;
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &cache));
    char *path = strdup(cache.path);
    cln_tune_cache_done(&cache);
    return path;
}

/* The file says "slow": it is taken at its word, so nothing was measured. */
static void the_file_decides(void **state) {
    (void)state;
    struct made_up_choice first = made_up_choose(&made_up, 64, "", made_up_options);
    struct cln_tune_cache cache;
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &cache));
    struct cln_tune_entry entry = first.entry;
    snprintf(entry.choice, sizeof entry.choice, "slow");
    TEST_OK(cln_tune_cache_put(&cache, &entry));
    TEST_OK(cln_tune_cache_save(&cache, true));
    cln_tune_cache_done(&cache);
    struct made_up_choice second = made_up_choose(&made_up, 64, "", made_up_options);
    assert_string_equal(second.variant, "slow");
    assert_int_equal(second.measured, 0);
}

/* Everything about a device that kernels are chosen by is in its file's name. */
static void another_device_is_measured(void **state) {
    (void)state;
    struct cln_caps *caps = test_caps(), kept = *caps;
    struct cln_device *device = (struct cln_device *)cln_context_device(test_context()),
                      was = *device;
    struct {
        void *at;
        size_t size;
    } parts[] = {{&caps->float_vector_width, sizeof caps->float_vector_width},
                 {&caps->compute_units, sizeof caps->compute_units},
                 {&caps->local_memory_bytes, sizeof caps->local_memory_bytes},
                 {&caps->clblast, sizeof caps->clblast},
                 {device->name, 1},
                 {device->driver, 1},
                 {device->version, 1},
                 {device->platform_version, 1}};
    char key[CLN_SHA256_HEX_SIZE], other[CLN_SHA256_HEX_SIZE];
    TEST_OK(cln_tune_device_key(device, caps, key));
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        ((unsigned char *)parts[i].at)[0] ^= 1;
        TEST_OK(cln_tune_device_key(device, caps, other));
        *caps = kept;
        *device = was;
        if (!strcmp(key, other))
            fail_msg("part %zu does not count", i);
    }
    TEST_OK(cln_tune_device_key(device, caps, other));
    assert_string_equal(key, other);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    caps->compute_units++;
    int measured = made_up_choose(&made_up, 64, "", made_up_options).measured;
    *caps = kept;
    assert_int_equal(measured, 1);
}

/* A kernel's source is part of the key, with what it includes. */
static void another_source_is_measured(void **state) {
    (void)state;
    struct cln_text text = {0};
    TEST_OK(cln_kernel_source("activation.cl", &text));
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    scratch_write(made_up_folder, "cl/activation.cl", text.chars, text.length);
    cln_text_free(&text);
    char *sources = cln_path_join(made_up_folder, "cl");
    setenv("CLNOISE_CL_DIR", sources, 1);
    struct cln_context *context; /* a new one, that has built nothing yet */
    struct cln_tuner *tuner;
    struct cln_graph *graph = made_up_graph(&made_up, 64);
    TEST_OK(cln_context_create(cln_context_device(test_context()), &context));
    TEST_OK(cln_tuner_create(context, &made_up_options, &tuner));
    TEST_OK(cln_tuner_prepare(tuner, &graph, 1, ""));
    int measured = cln_tuner_measured(tuner);
    cln_tuner_free(tuner);
    cln_graph_free(graph);
    cln_context_free(context);
    unsetenv("CLNOISE_CL_DIR");
    free(sources);
    assert_int_equal(measured, 1);
}

static void a_damaged_file_is_written_anew(void **state) {
    (void)state;
    static const char *const damage[] = {"", "{", "[1, 2]", "{\"entries\": 3}", "\xff\x00garbage"};
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    char *path = file_path();
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        TEST_OK(cln_file_write(path, damage[i], strlen(damage[i])));
        assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
        assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 0);
    }
    free(path);
}

/* An entry that names a variant there is not: measured again, not believed. */
static void a_choice_that_cannot_be_is_not_taken(void **state) {
    (void)state;
    struct made_up_choice first = made_up_choose(&made_up, 64, "", made_up_options);
    struct cln_tune_cache cache;
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &cache));
    struct cln_tune_entry entry = first.entry;
    snprintf(entry.choice, sizeof entry.choice, "fastest");
    TEST_OK(cln_tune_cache_put(&cache, &entry));
    TEST_OK(cln_tune_cache_save(&cache, true));
    cln_tune_cache_done(&cache);
    struct made_up_choice second = made_up_choose(&made_up, 64, "", made_up_options);
    assert_string_equal(second.variant, "fast");
    assert_int_equal(second.measured, 1);
}

/* What others can have written does not choose kernels. */
static void what_others_may_write_is_not_believed(void **state) {
    (void)state;
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    char *path = file_path();
    assert_int_equal(chmod(path, 0666), 0);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 0);
    *strrchr(path, '/') = '\0';
    assert_int_equal(chmod(path, 0777), 0);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    char *distrusted = cln_cache_distrusted();
    assert_string_equal(distrusted, path);
    free(distrusted);
    assert_int_equal(chmod(path, 0755), 0);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 0);
    free(path);
}

static void without_a_folder_all_goes_on(void **state) {
    (void)state;
    scratch_write(made_up_folder, "clnoise", "in the way",
                  10); /* root may write where nobody may */
    assert_string_equal(made_up_choose(&made_up, 64, "", made_up_options).variant, "fast");
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    setenv("CLNOISE_CACHE", "off", 1);
    assert_int_equal(made_up_choose(&made_up, 64, "", made_up_options).measured, 1);
    unsetenv("CLNOISE_CACHE");
}

/* Two caches opened before either was written: both entries are there at the end, and of two for
 * the same node the first to be written stays. */
static void processes_share_the_file(void **state) {
    (void)state;
    struct cln_tune_cache a, b;
    struct cln_tune_entry entry = {.op = "made_up",
                                   .how = CLN_TUNE_MEASURED,
                                   .candidates = {{.name = "fast"}, {.name = "slow"}},
                                   .count = 2};
    char *key = entry.key;
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &a));
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &b));
    memset(key, '1', sizeof entry.key - 1);
    strcpy(entry.choice, "fast");
    TEST_OK(cln_tune_cache_put(&a, &entry));
    strcpy(entry.choice, "slow");
    TEST_OK(cln_tune_cache_put(&b, &entry));
    memset(key, '2', sizeof entry.key - 1);
    TEST_OK(cln_tune_cache_put(&b, &entry));
    TEST_OK(cln_tune_cache_save(&a, false));
    TEST_OK(cln_tune_cache_save(&b, false));
    memset(key, '1', sizeof entry.key - 1);
    assert_string_equal(cln_tune_cache_find(&b, key)->choice, "fast");
    cln_tune_cache_done(&a);
    cln_tune_cache_done(&b);
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &a));
    assert_int_equal(a.count, 2);
    assert_string_equal(cln_tune_cache_find(&a, key)->choice, "fast");
    cln_tune_cache_done(&a);
}

static int allocations_left; /* for JSON */

static void *scarce(size_t bytes) {
    return allocations_left-- > 0 ? malloc(bytes) : NULL;
}

static enum cln_status save_with(struct cln_tune_cache *cache, int allocations) {
    cJSON_Hooks hooks = {scarce, free};
    allocations_left = allocations;
    cache->changed = true;
    cJSON_InitHooks(&hooks);
    enum cln_status status = cln_tune_cache_save(cache, true);
    cJSON_InitHooks(NULL);
    return status;
}

/* Memory runs out at each allocation of the file's text: that is said, and the file stays whole. */
static void what_does_not_fit_into_memory_is_told(void **state) {
    (void)state;
    struct cln_tune_cache cache;
    struct cln_tune_entry entry = {.op = "made_up",
                                   .choice = "fast",
                                   .candidates = {{.name = "fast"}, {.name = "slow"}},
                                   .count = 2};
    char *before, *after;
    size_t length, length_after;
    int count = 0;
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &cache));
    memset(entry.key, '1', sizeof entry.key - 1);
    TEST_OK(cln_tune_cache_put(&cache, &entry));
    TEST_OK(cln_tune_cache_save(&cache, true));
    TEST_OK(cln_file_read(cache.path, &before, &length));
    memset(entry.key, '2', sizeof entry.key - 1);
    TEST_OK(cln_tune_cache_put(&cache, &entry));
    for (; save_with(&cache, count) != CLN_OK && count < 10000; count++) {
        assert_int_equal(cln_error_last()->status, CLN_MEMORY);
        TEST_OK(cln_file_read(cache.path, &after, &length_after));
        assert_int_equal(length_after, length);
        assert_memory_equal(after, before, length);
        free(after);
    }
    free(before);
    assert_in_range(count, 50, 9999); /* there is that much in it */
    cln_tune_cache_done(&cache);
    TEST_OK(cln_tune_cache_open(test_context(), NULL, &cache));
    assert_int_equal(cache.count, 2);
    cln_tune_cache_done(&cache);
}

/* What a run relies on, unlike what only saves time, must not be missing in silence. */
static void a_frozen_choice_that_cannot_be_kept_is_a_failure(void **state) {
    (void)state;
    char *folder = cln_path_join(made_up_folder, "run/kernels");
    struct cln_tune_options options = made_up_options;
    struct cln_graph *graph = made_up_graph(&made_up, 64);
    struct cln_tuner *tuner;
    scratch_write(made_up_folder, "run", "in the way", 10);
    options.frozen_folder = folder;
    TEST_OK(cln_tuner_create(test_context(), &options, &tuner));
    assert_int_equal(cln_tuner_prepare(tuner, &graph, 1, ""), CLN_FILE);
    cln_tuner_free(tuner);
    cln_graph_free(graph);
    free(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, made_up_set_up, made_up_tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_file_decides),
        TEST(another_device_is_measured),
        TEST(another_source_is_measured),
        TEST(a_damaged_file_is_written_anew),
        TEST(a_choice_that_cannot_be_is_not_taken),
        TEST(what_others_may_write_is_not_believed),
        TEST(without_a_folder_all_goes_on),
        TEST(processes_share_the_file),
        TEST(what_does_not_fit_into_memory_is_told),
        TEST(a_frozen_choice_that_cannot_be_kept_is_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
