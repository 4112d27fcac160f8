/* model.safetensors: bits come back, hostile files are refused, Python's package reads it too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/file.h"
#include "model/safetensors.h"
#include "support/scratch.h"

static char *folder, *path;

static int make(void **state) {
    (void)state;
    folder = scratch_make();
    path = cln_path_join(folder, "model.safetensors");
    return !path;
}

static int clear(void **state) {
    (void)state;
    free(path);
    scratch_remove(folder);
    return 0;
}

/* Quiet and signalling NaN, infinity, negative zero, a denormal: bits, not numbers, must survive.
 */
static const uint32_t words[12] = {0x7fc00001, 0x7f800001, 0xff800000, 0x80000000,
                                   1,          0x3f800000, 0x40490fdb, 7,
                                   8,          9,          0xdeadbeef, 0x01020304};

static void write_three(void) {
    static float values[12];
    memcpy(values, words, sizeof values);
    const struct cln_safetensor tensors[] = {
        {"conv2d_1/kernel", 4, {1, 1, 2, 3}, values},
        {"dense_1/bias", 1, {5}, values + 6},
        {"a \"scalar\"", 0, {0}, values + 11},
    };
    const struct cln_safetensors_text texts[] = {{"model", "convnet"}, {"cell", "c0ffee"}};
    assert_int_equal(cln_safetensors_write(path, tensors, 3, texts, 2), CLN_OK);
}

static void bits_come_back(void **state) {
    (void)state;
    write_three();
    struct cln_safetensors file;
    assert_int_equal(cln_safetensors_read(path, &file), CLN_OK);
    assert_string_equal(cln_safetensors_find(&file, "model"), "convnet");
    assert_string_equal(cln_safetensors_find(&file, "cell"), "c0ffee");
    assert_null(cln_safetensors_find(&file, "cel"));
    assert_int_equal(file.count, 3);
    assert_string_equal(file.tensors[0].name, "conv2d_1/kernel");
    assert_int_equal(file.tensors[0].rank, 4);
    assert_int_equal(file.tensors[0].shape[3], 3);
    assert_memory_equal(file.tensors[0].values, words, 6 * 4);
    assert_string_equal(file.tensors[1].name, "dense_1/bias");
    assert_memory_equal(file.tensors[1].values, words + 6, 5 * 4);
    assert_string_equal(file.tensors[2].name, "a \"scalar\"");
    assert_int_equal(file.tensors[2].rank, 0);
    assert_memory_equal(file.tensors[2].values, words + 11, 4);
    cln_safetensors_done(&file);
}

static void the_layout_is_the_formats(void **state) {
    (void)state;
    write_three();
    char *bytes;
    size_t length;
    assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
    size_t header = (unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8;
    assert_int_equal(header % 8, 0);
    assert_int_equal(length, 8 + header + 48);
    assert_int_equal(bytes[8], '{');
    assert_memory_equal(bytes + length - 4, "\x04\x03\x02\x01", 4); /* little end first */
    free(bytes);
}

static void no_shorter_file_is_read(void **state) {
    (void)state;
    write_three();
    char *bytes;
    size_t length;
    assert_int_equal(cln_file_read(path, &bytes, &length), CLN_OK);
    for (size_t shorter = 0; shorter < length; shorter++) {
        struct cln_safetensors file;
        scratch_write(folder, "model.safetensors", bytes, shorter);
        assert_int_equal(cln_safetensors_read(path, &file), CLN_FILE);
        assert_null(file.tensors);
    }
    free(bytes);
}

/* A file of this header, `extra` bytes of values after it. */
static void assert_header_refused(const char *header, size_t extra, const char *reason) {
    char bytes[1024] = {0};
    size_t length = strlen(header);
    assert_true(8 + length + extra <= sizeof bytes);
    bytes[0] = (char)(length & 0xFF);
    bytes[1] = (char)(length >> 8);
    memcpy(bytes + 8, header, length);
    scratch_write(folder, "model.safetensors", bytes, 8 + length + extra);
    struct cln_safetensors file;
    assert_int_equal(cln_safetensors_read(path, &file), CLN_FILE);
    if (!strstr(cln_error_last()->message, reason))
        fail_msg("message: %s\nwanted: %s", cln_error_last()->message, reason);
}

#define ONE(type, shape, offsets)                                                                  \
    "{\"t\":{\"dtype\":\"" type "\",\"shape\":" shape ",\"data_offsets\":" offsets "}}"

static void hostile_headers_are_refused(void **state) {
    (void)state;
    assert_header_refused("[]", 0, "no JSON object");
    assert_header_refused("{", 0, "no JSON object");
    assert_header_refused("{\"t\":1}", 0, "not of the type F32");
    assert_header_refused(ONE("F16", "[2]", "[0,8]"), 8, "not of the type F32");
    assert_header_refused(ONE("F32", "[0]", "[0,0]"), 0, "is not a whole number");
    assert_header_refused(ONE("F32", "[-2]", "[0,8]"), 8, "is not a whole number");
    assert_header_refused(ONE("F32", "[1.5]", "[0,6]"), 6, "is not a whole number");
    assert_header_refused(ONE("F32", "[1e300]", "[0,8]"), 8, "is not a whole number");
    assert_header_refused(ONE("F32", "\"2\"", "[0,8]"), 8, "no shape");
    assert_header_refused(ONE("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4, "no shape");
    assert_header_refused(ONE("F32", "[4]", "[0,16]"), 8, "larger than the file");
    /* 2^31 * 2^31 * 4 is 0 in 64 bits. */
    assert_header_refused(ONE("F32", "[2147483648,2147483648]", "[0,0]"), 8,
                          "larger than the file");
    assert_header_refused(ONE("F32", "[2]", "[0,9]"), 8, "outside the file");
    assert_header_refused(ONE("F32", "[2]", "[8,0]"), 8, "outside the file");
    assert_header_refused(ONE("F32", "[2]", "[0,4]"), 8, "do not fit its shape");
    assert_header_refused(ONE("F32", "[2]", "[0]"), 8, "no data_offsets");
    assert_header_refused(ONE("F32", "[1]", "[4,8]"), 8, "leave a hole");
    assert_header_refused(ONE("F32", "[1]", "[0,4]"), 8, "4 bytes after the last tensor");
    assert_header_refused("{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"u\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
                          4, "overlap");
    assert_header_refused("{\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
                          "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}",
                          8, "is there twice");
    char huge[] = "\xff\xff\xff\xff\xff\xff\xff\xff{}";
    scratch_write(folder, "model.safetensors", huge, 10);
    struct cln_safetensors file;
    assert_int_equal(cln_safetensors_read(path, &file), CLN_FILE);
}

static void metadata_that_are_no_texts_are_left_out(void **state) {
    (void)state;
    static const char *const headers[] = {"{\"__metadata__\":[\"a\"]}", "{\"__metadata__\":\"a\"}",
                                          "{\"__metadata__\":{\"a\":1,\"b\":\"c\"}}"};
    for (size_t i = 0; i < 3; i++) {
        char bytes[128] = {(char)strlen(headers[i])};
        memcpy(bytes + 8, headers[i], strlen(headers[i]));
        scratch_write(folder, "model.safetensors", bytes, 8 + strlen(headers[i]));
        struct cln_safetensors file;
        assert_int_equal(cln_safetensors_read(path, &file), CLN_OK);
        assert_null(cln_safetensors_find(&file, "a"));
        assert_int_equal(cln_safetensors_find(&file, "b") != NULL, i == 2);
        cln_safetensors_done(&file);
    }
}

static void what_cannot_be_written_is_refused(void **state) {
    (void)state;
    float value = 0;
    struct cln_safetensor twice[] = {{"a", 1, {1}, &value}, {"a", 1, {1}, &value}};
    struct cln_safetensor empty = {"a", 1, {0}, &value}, deep = {"a", 9, {1}, &value};
    struct cln_safetensor huge = {"a", 2, {INT64_MAX, 3}, &value};
    struct cln_safetensor reserved = {"__metadata__", 1, {1}, &value};
    assert_int_equal(cln_safetensors_write(path, twice, 2, NULL, 0), CLN_INTERNAL);
    assert_int_equal(cln_safetensors_write(path, &empty, 1, NULL, 0), CLN_INTERNAL);
    assert_int_equal(cln_safetensors_write(path, &deep, 1, NULL, 0), CLN_INTERNAL);
    assert_int_equal(cln_safetensors_write(path, &huge, 1, NULL, 0), CLN_INTERNAL);
    assert_int_equal(cln_safetensors_write(path, &reserved, 1, NULL, 0), CLN_INTERNAL);
    assert_false(cln_file_exists(path));
}

/* The interpreter can be named in PYTHON; skipped where it has no safetensors package. */
static void pythons_package_reads_it(void **state) {
    (void)state;
    static const char script[] =
        "import sys\n"
        "try:\n"
        "    from safetensors import safe_open, deserialize\n"
        "except ImportError:\n"
        "    sys.exit(77)\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "tensors = {name: value for name, value in deserialize(data)}\n"
        "assert sorted(tensors) == ['a \"scalar\"', 'conv2d_1/kernel', 'dense_1/bias'], tensors\n"
        "assert tensors['conv2d_1/kernel']['shape'] == [1, 1, 2, 3]\n"
        "assert tensors['a \"scalar\"']['shape'] == []\n"
        "assert tensors['dense_1/bias']['dtype'] == 'F32'\n"
        "assert bytes(tensors['a \"scalar\"']['data']) == bytes([4, 3, 2, 1])\n"
        "assert bytes(tensors['dense_1/bias']['data'])[:4] == bytes([0xdb, 0x0f, 0x49, 0x40])\n"
        "with safe_open(sys.argv[1], framework='np') as file:\n"
        "    assert file.metadata() == {'format': 'clnoise', 'model': 'convnet',\n"
        "                               'cell': 'c0ffee'}, file.metadata()\n";
    write_three();
    scratch_write(folder, "read.py", script, sizeof script - 1);
    const char *python = getenv("PYTHON");
    char command[1024];
    snprintf(command, sizeof command, "%s %s/read.py %s", python && *python ? python : "python3",
             folder, path);
    int result = system(command);
    int code = result != -1 && WIFEXITED(result) ? WEXITSTATUS(result) : -1;
    if (code == 77 || code == 127)
        skip();
    assert_int_equal(code, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bits_come_back, make, clear),
        cmocka_unit_test_setup_teardown(the_layout_is_the_formats, make, clear),
        cmocka_unit_test_setup_teardown(no_shorter_file_is_read, make, clear),
        cmocka_unit_test_setup_teardown(hostile_headers_are_refused, make, clear),
        cmocka_unit_test_setup_teardown(metadata_that_are_no_texts_are_left_out, make, clear),
        cmocka_unit_test_setup_teardown(what_cannot_be_written_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(pythons_package_reads_it, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
