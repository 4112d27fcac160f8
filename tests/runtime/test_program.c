/* Programs: built once, kept on disk, rebuilt when the disk has anything else than the right one.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "runtime/program.h"
#include "runtime/program_private.h"
#include "runtime/store.h"
#include "support/device.h"
#include "support/scratch.h"

static char *folder, *entries;

static void put_kernel(const char *name, const char *expression) {
    char text[256];
    snprintf(text, sizeof text,
             "#ifndef N\n#define N 1\n#endif\n__kernel void k(__global int *x) { x[0] = %s; }\n",
             expression);
    scratch_write(folder, name, text, strlen(text));
}

static int set_up(void **state) {
    (void)state;
    (void)test_context();
    folder = scratch_make();
    entries = cln_path_join(folder, "clnoise/programs");
    setenv("XDG_CACHE_HOME", folder, 1);
    setenv("CLNOISE_CL_DIR", folder, 1);
    unsetenv("CLNOISE_CACHE");
    put_kernel("a.cl", "N + 1");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    free(entries);
    scratch_remove(folder);
    return 0;
}

static struct cln_context *open_context(void) {
    struct cln_context *context;
    TEST_OK(cln_context_create(cln_context_device(test_context()), &context));
    return context;
}

static int run_kernel(struct cln_context *context, const char *file, const char *options) {
    struct cln_store *store;
    struct cln_buffer *buffer;
    cl_kernel kernel;
    int result;
    const size_t one = 1;
    TEST_OK(cln_store_create(context, &store));
    TEST_OK(cln_store_require(store, "x", sizeof result, &buffer));
    TEST_OK(cln_context_kernel(context, file, options, "k", &kernel));
    assert_int_equal(clSetKernelArg(kernel, 0, sizeof buffer->mem, &buffer->mem), CL_SUCCESS);
    assert_int_equal(
        clEnqueueNDRangeKernel(context->in_order_queue, kernel, 1, NULL, &one, &one, 0, NULL, NULL),
        CL_SUCCESS);
    TEST_OK(cln_store_read(store, "x", 0, &result, sizeof result));
    clReleaseKernel(kernel);
    cln_store_free(store);
    return result;
}

/* Builds a.cl in a new context and expects it from source, or from the disk. */
static void expect_from(int built, int loaded, const char *options, int result) {
    struct cln_context *context = open_context();
    assert_int_equal(run_kernel(context, "a.cl", options), result);
    struct cln_programs_count count = cln_programs_count(context);
    assert_int_equal(count.built, built);
    assert_int_equal(count.loaded, loaded);
    TEST_OK(cln_programs_keep(context, NULL, NULL));
    cln_context_free(context);
}

#define FROM_SOURCE(options, result) expect_from(1, 0, options, result)
#define FROM_DISK(options, result)   expect_from(0, 1, options, result)

/* The path of the only entry; free() it. */
static char *only_entry(void) {
    char *path = NULL;
    DIR *dir = opendir(entries);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.') {
            assert_null(path);
            path = cln_path_join(entries, entry->d_name);
        }
    closedir(dir);
    assert_non_null(path);
    return path;
}

static void test_hit(void **state) {
    (void)state;
    FROM_SOURCE("-DN=4", 5);
    FROM_DISK("-DN=4", 5);
    assert_int_equal(scratch_count_files(entries), 1);
}

/* Other options, or another source under the same name, are another program. */
static void test_stale(void **state) {
    (void)state;
    FROM_SOURCE(NULL, 2);
    FROM_SOURCE("-DN=2", 3);
    put_kernel("a.cl", "N + 10");
    FROM_SOURCE("-DN=2", 12);
    FROM_DISK("-DN=2", 12);
}

static void test_key(void **state) {
    (void)state;
    struct cln_device device = *cln_context_device(test_context()), other;
    char key[CLN_SHA256_HEX_SIZE], changed[CLN_SHA256_HEX_SIZE];
    TEST_OK(cln_program_key(&device, "source", "options", key));
    TEST_OK(cln_program_key(&device, "source", "options", changed));
    assert_string_equal(key, changed);
    /* Where one part ends and the next begins matters as well. */
    other = device;
    char longer[] = "options?";
    longer[7] = device.name[0];
    memmove(other.name, other.name + 1, sizeof other.name - 1);
    TEST_OK(cln_program_key(&other, "source", longer, changed));
    assert_string_not_equal(key, changed);
    TEST_OK(cln_program_key(&device, "source", "options ", changed));
    assert_string_not_equal(key, changed);
    const size_t members[] = {
        offsetof(struct cln_device, name),     offsetof(struct cln_device, vendor),
        offsetof(struct cln_device, driver),   offsetof(struct cln_device, version),
        offsetof(struct cln_device, platform), offsetof(struct cln_device, platform_version)};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        other = device;
        ((char *)&other)[members[i]] ^= 1;
        TEST_OK(cln_program_key(&other, "source", "options", changed));
        assert_string_not_equal(key, changed);
    }
}

/* Whatever happens to an entry, it is built again, and then whole again. */
static void test_corrupt(void **state) {
    (void)state;
    FROM_SOURCE(NULL, 2);
    char *path = only_entry(), *bytes;
    size_t length;
    TEST_OK(cln_file_read(path, &bytes, &length));
    const size_t flips[] = {0, 8, 40, 80, 136, 144, length / 2, length - 1};
    for (size_t i = 0; i < sizeof flips / sizeof *flips; i++) {
        bytes[flips[i]] ^= 1;
        TEST_OK(cln_file_write(path, bytes, length));
        bytes[flips[i]] ^= 1;
        FROM_SOURCE(NULL, 2);
        FROM_DISK(NULL, 2);
    }
    const size_t lengths[] = {0, 7, 144, length - 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        TEST_OK(cln_file_write(path, bytes, lengths[i]));
        FROM_SOURCE(NULL, 2);
        FROM_DISK(NULL, 2);
    }
    free(bytes);
    free(path);
}

/* A whole entry under the name of another. */
static void test_misnamed(void **state) {
    (void)state;
    FROM_SOURCE(NULL, 2);
    char *first = only_entry(), *bytes;
    size_t length;
    TEST_OK(cln_file_read(first, &bytes, &length));
    remove(first);
    FROM_SOURCE("-DN=7", 8);
    char *second = only_entry();
    TEST_OK(cln_file_write(second, bytes, length));
    FROM_SOURCE("-DN=7", 8);
    free(bytes);
    free(first);
    free(second);
}

/* Whole as far as we can tell, but nothing the driver takes. */
static void test_not_a_binary(void **state) {
    (void)state;
    FROM_SOURCE(NULL, 2);
    char *path = only_entry(), key[CLN_SHA256_HEX_SIZE];
    snprintf(key, sizeof key, "%s", strrchr(path, '/') + 1);
    cln_program_cache_store(key, (const unsigned char *)"no program", 10);
    unsigned char *binary;
    size_t length;
    assert_true(cln_program_cache_load(key, &binary, &length));
    assert_int_equal(length, 10);
    free(binary);
    FROM_SOURCE(NULL, 2);
    FROM_DISK(NULL, 2);
    free(path);
}

static void test_off(void **state) {
    (void)state;
    setenv("CLNOISE_CACHE", "off", 1);
    FROM_SOURCE(NULL, 2);
    assert_false(cln_file_exists(entries));
    unsetenv("CLNOISE_CACHE");
    FROM_SOURCE(NULL, 2);
    setenv("CLNOISE_CACHE", "off", 1);
    FROM_SOURCE(NULL, 2);
    unsetenv("CLNOISE_CACHE");
}

static void test_folder_not_writable(void **state) {
    (void)state;
    setenv("XDG_CACHE_HOME", "/dev/null/none", 1);
    FROM_SOURCE(NULL, 2);
    FROM_SOURCE(NULL, 2);
}

/* What others can have written is not run; what they cannot read is no secret. */
static void test_others_may_write(void **state) {
    (void)state;
    FROM_SOURCE(NULL, 2);
    char *path = only_entry(), *cache = cln_path_join(folder, "clnoise");
    assert_int_equal(chmod(path, 0646), 0);
    FROM_SOURCE(NULL, 2); /* and kept anew, by us alone */
    FROM_DISK(NULL, 2);
    assert_null(cln_cache_distrusted());
    const char *const folders[] = {entries, cache};
    for (int i = 0; i < 2; i++)
        for (mode_t rights = 0775; rights; rights = rights == 0775 ? 0757 : 0) {
            assert_int_equal(chmod(folders[i], rights), 0);
            FROM_SOURCE(NULL, 2);
            char *distrusted = cln_cache_distrusted();
            assert_string_equal(distrusted, folders[i]);
            free(distrusted);
            assert_null(cln_cache_trusted("programs"));
            assert_int_equal(chmod(folders[i], 0755), 0);
            FROM_DISK(NULL, 2);
        }
    free(cache);
    free(path);
}

static void test_another_user(void **state) {
    (void)state;
    FROM_SOURCE(NULL, 2);
    char *path = only_entry();
    if (chown(entries, 12345, (gid_t)-1)) { /* root only */
        free(path);
        skip();
    }
    FROM_SOURCE(NULL, 2);
    assert_int_equal(chown(entries, geteuid(), (gid_t)-1), 0);
    assert_int_equal(chown(path, 12345, (gid_t)-1), 0);
    FROM_SOURCE(NULL, 2);
    FROM_DISK(NULL, 2);
    free(path);
}

struct told {
    int calls, last, count;
};

static enum cln_status on_progress(void *user, int ready, int count) {
    struct told *told = user;
    assert_true(told->count ? ready > told->last && ready <= count : ready == 0);
    told->last = ready;
    told->count = count;
    told->calls++;
    return CLN_OK;
}

static void test_several(void **state) {
    (void)state;
    const struct cln_program_request requests[] = {
        {"a.cl", "-DN=1"}, {"a.cl", "-DN=2"}, {"a.cl", "-DN=3"}, {"a.cl", "-DN=2"},
        {"a.cl", NULL},    {"a.cl", ""},      {"b.cl", NULL}};
    struct told told = {0};
    put_kernel("b.cl", "100 * N");
    struct cln_context *context = open_context();
    TEST_OK(cln_programs_build(context, requests, 7, on_progress, &told));
    assert_int_equal(told.last, 5);
    assert_int_equal(told.count, 5);
    assert_true(told.calls >= 2 && told.calls <= 6);
    assert_int_equal(cln_programs_count(context).built, 5);
    TEST_OK(cln_programs_build(context, requests, 7, on_progress, NULL)); /* nothing to tell */
    assert_int_equal(run_kernel(context, "a.cl", "-DN=3"), 4);
    assert_int_equal(run_kernel(context, "b.cl", NULL), 100);
    assert_int_equal(cln_programs_count(context).built, 5);
    /* Nothing is on the disk before it is asked for, and nothing is written twice. */
    assert_false(cln_file_exists(entries));
    told = (struct told){0};
    TEST_OK(cln_programs_keep(context, on_progress, &told));
    assert_int_equal(told.calls, 6);
    assert_int_equal(told.count, 5);
    assert_int_equal(scratch_count_files(entries), 5);
    TEST_OK(cln_programs_keep(context, on_progress, NULL)); /* would fault if called */
    cln_context_free(context);
}

/* Stops as soon as anything is done. */
static enum cln_status stop(void *user, int ready, int count) {
    assert_int_equal(count, *(int *)user);
    return ready ? CLN_FAIL(INTERRUPTED, "enough") : CLN_OK;
}

static enum cln_status stop_at_once(void *user, int ready, int count) {
    (void)user;
    (void)count;
    assert_int_equal(ready, 0);
    return CLN_FAIL(INTERRUPTED, "not even one");
}

/* Ended from outside, it keeps what is done and can go on later. */
static void test_stopped(void **state) {
    (void)state;
    enum { COUNT = 24 };
    char options[COUNT][16];
    struct cln_program_request requests[COUNT];
    for (int i = 0; i < COUNT; i++) {
        snprintf(options[i], sizeof options[i], "-DN=%d", i);
        requests[i] = (struct cln_program_request){"a.cl", options[i]};
    }
    struct cln_context *context = open_context();
    int left = COUNT;
    assert_int_equal(cln_programs_build(context, requests, COUNT, stop_at_once, NULL),
                     CLN_INTERRUPTED);
    /* Threads may have begun one each by then. */
    assert_in_range(cln_programs_count(context).built, 0, 8);
    left -= cln_programs_count(context).built;
    assert_int_equal(cln_programs_build(context, requests, COUNT, stop, &left), CLN_INTERRUPTED);
    assert_string_equal(cln_error_last()->message, "enough");
    int built = cln_programs_count(context).built;
    assert_in_range(built, 1, COUNT - 1); /* at most what all threads had begun */
    left = COUNT - built;
    struct told told = {0};
    TEST_OK(cln_programs_build(context, requests, COUNT, on_progress, &told));
    assert_int_equal(told.count, left);
    assert_int_equal(cln_programs_keep(context, stop, &(int){COUNT}), CLN_INTERRUPTED);
    assert_int_equal(scratch_count_files(entries), 1);
    cln_context_free(context);
}

/* The entries used longest ago go first; to load one is to use it. */
static void test_prune(void **state) {
    (void)state;
    const unsigned char bytes[1000] = {0};
    const char *const names[] = {"old", "older", "new"};
    const time_t ages[] = {2000, 3000, 1000};
    char key[3][CLN_SHA256_HEX_SIZE];
    unsigned char *binary;
    size_t length;
    for (int i = 0; i < 3; i++) {
        TEST_OK(cln_sha256(names[i], strlen(names[i]), key[i]));
        cln_program_cache_store(key[i], bytes, sizeof bytes);
        char name[80];
        snprintf(name, sizeof name, "%.64s.bin", key[i]);
        char *path = cln_path_join(entries, name);
        const struct timespec then[2] = {{time(NULL) - ages[i], 0}, {time(NULL) - ages[i], 0}};
        assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
        free(path);
    }
    cln_program_cache_prune(1 << 20); /* there is room */
    assert_int_equal(scratch_count_files(entries), 3);
    assert_true(cln_program_cache_load(key[1], &binary, &length)); /* now the newest */
    free(binary);
    cln_program_cache_prune(2500); /* room for two, their headers included */
    assert_int_equal(scratch_count_files(entries), 2);
    assert_false(cln_program_cache_load(key[0], &binary, &length));
    cln_program_cache_prune(1500);
    assert_true(cln_program_cache_load(key[1], &binary, &length));
    free(binary);
    assert_false(cln_program_cache_load(key[2], &binary, &length));
    cln_program_cache_prune(0);
    assert_int_equal(scratch_count_files(entries), 0);
}

/* To keep programs prunes as well: a folder that is too large is small afterwards. */
static void test_keep_prunes(void **state) {
    (void)state;
    scratch_write(folder, "clnoise/programs/huge.bin", "", 0);
    char *path = cln_path_join(entries, "huge.bin");
    /* A hole takes no room on the disk. */
    assert_int_equal(truncate(path, (off_t)CLN_PROGRAM_CACHE_BYTES), 0);
    const struct timespec then[2] = {{time(NULL) - 10, 0}, {time(NULL) - 10, 0}};
    assert_int_equal(utimensat(AT_FDCWD, path, then, 0), 0);
    FROM_SOURCE(NULL, 2);
    assert_false(cln_file_exists(path));
    FROM_DISK(NULL, 2);
    free(path);
}

static void *build_alone(void *argument) {
    const struct cln_program_request request = {"a.cl", "-DN=5"};
    enum cln_status status = cln_programs_build(argument, &request, 1, NULL, NULL);
    if (status == CLN_OK)
        status = cln_programs_keep(argument, NULL, NULL);
    return status == CLN_OK ? argument : NULL;
}

/* Two contexts, two threads, one entry: both work, and what is left is whole. */
static void test_two_threads(void **state) {
    (void)state;
    struct cln_context *contexts[2] = {open_context(), open_context()};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, build_alone, contexts[i]), 0);
    for (int i = 0; i < 2; i++) {
        void *result;
        assert_int_equal(pthread_join(threads[i], &result), 0);
        assert_ptr_equal(result, contexts[i]);
        assert_int_equal(run_kernel(contexts[i], "a.cl", "-DN=5"), 6);
        cln_context_free(contexts[i]);
    }
    assert_int_equal(scratch_count_files(entries), 1);
    FROM_DISK("-DN=5", 6);
}

static void test_failure(void **state) {
    (void)state;
    const struct cln_program_request requests[] = {
        {"a.cl", NULL}, {"bad.cl", "-DN=3"}, {"worse.cl", NULL}};
    put_kernel("bad.cl", "no_such_name + N");
    put_kernel("worse.cl", "no_other_name");
    struct cln_context *context = open_context();
    for (int i = 0; i < 2; i++) { /* a failure is not remembered as success */
        assert_int_equal(cln_programs_build(context, requests, 3, NULL, NULL), CLN_OPENCL);
        const struct cln_error *error = cln_error_last();
        assert_non_null(strstr(error->message, "bad.cl"));
        assert_non_null(strstr(error->message, "-DN=3"));
        assert_non_null(strstr(error->message, "CL_BUILD_PROGRAM_FAILURE"));
        assert_non_null(error->detail);
        assert_non_null(strstr(error->detail, "no_such_name"));
        if (!test_is_simulated()) /* whose compiler takes no notice of #line */
            assert_non_null(strstr(error->detail, "bad.cl"));
    }
    assert_int_equal(cln_programs_count(context).built, 1);
    assert_int_equal(run_kernel(context, "a.cl", NULL), 2);
    cl_kernel kernel;
    assert_int_equal(cln_context_kernel(context, "a.cl", NULL, "missing", &kernel), CLN_OPENCL);
    assert_null(kernel);
    assert_non_null(strstr(cln_error_last()->message, "kernel missing of a.cl"));
    assert_int_equal(cln_context_kernel(context, "none.cl", NULL, "k", &kernel), CLN_FILE);
    cln_context_free(context);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_hit),
        CASE(test_stale),
        CASE(test_key),
        CASE(test_corrupt),
        CASE(test_misnamed),
        CASE(test_not_a_binary),
        CASE(test_off),
        CASE(test_folder_not_writable),
        CASE(test_several),
        CASE(test_two_threads),
        CASE(test_failure),
        CASE(test_stopped),
        CASE(test_prune),
        CASE(test_keep_prunes),
        CASE(test_others_may_write),
        CASE(test_another_user),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
