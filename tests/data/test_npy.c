/* NumPy's .npy: files as NumPy writes them, headers written by other hands, every kind of bad. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "data/array.h"

static uint8_t file[1 << 18];
static size_t length;
static struct cln_array array;

/* Makes a file of the version, with the header, and so many bytes of values: 0, 1, 2, ... */
static void make(int major, const char *header, size_t values) {
    const size_t header_bytes = strlen(header), size_bytes = major == 1 ? 2 : 4;
    memcpy(file, "\x93NUMPY", 6);
    file[6] = (uint8_t)major;
    file[7] = 0;
    for (size_t i = 0; i < size_bytes; i++)
        file[8 + i] = (uint8_t)(header_bytes >> (8 * i));
    length = 8 + size_bytes;
    memcpy(file + length, header, header_bytes);
    length += header_bytes;
    for (size_t i = 0; i < values; i++)
        file[length++] = (uint8_t)i;
}

/* From a copy of just that size, so that a sanitizer sees who reads on. */
static enum cln_status parse(void) {
    uint8_t *copy = malloc(length + !length);
    assert_non_null(copy);
    memcpy(copy, file, length);
    memset(&array, 0, sizeof array);
    enum cln_status status = cln_array_parse("x.npy", copy, length, length, &array);
    free(copy);
    return status;
}

static enum cln_status parse_header(const char *header, size_t values) {
    make(1, header, values);
    return parse();
}

static void assert_refused(const char *header, size_t values, const char *part) {
    assert_int_equal(parse_header(header, values), CLN_DATA);
    if (!strstr(cln_error_last()->message, part))
        fail_msg("header: %s\nmessage: %s\nwanted: %s", header, cln_error_last()->message, part);
}

/* The bytes that NumPy 2.4 wrote for numpy.arange(12, dtype="uint8").reshape(3, 2, 2). */
static const char by_numpy[] = "\x93NUMPY\x01\x00v\x00"
                               "{'descr': '|u1', 'fortran_order': False, 'shape': (3, 2, 2), }"
                               "                                                       \n"
                               "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b";

static void reads_what_numpy_writes(void **state) {
    (void)state;
    length = sizeof by_numpy - 1;
    assert_int_equal(length, 140);
    memcpy(file, by_numpy, length);
    assert_int_equal(parse(), CLN_OK);
    assert_int_equal(array.rank, 3);
    assert_int_equal(array.dims[0], 3);
    assert_int_equal(array.dims[1], 2);
    assert_int_equal(array.dims[2], 2);
    assert_int_equal(array.count, 12);
    assert_int_equal(array.value_bytes, 1);
    assert_false(array.has_sign);
    assert_int_equal(array.offset, 128);
}

static void reads_versions_and_spellings(void **state) {
    (void)state;
    for (int major = 1; major <= 3; major++) {
        make(major, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }\n", 8);
        assert_int_equal(parse(), CLN_OK);
        assert_int_equal(array.rank, 1);
        assert_true(array.has_sign && !array.big_endian && array.value_bytes == 4);
    }
    static const char *const same[] = {
        "{\"shape\":(2,3),\"descr\":\">u2\",\"fortran_order\":False}",
        "  { 'fortran_order' : False , 'shape' : ( 2 , 3 , ) , 'descr' : '>u2' , }  \n\n",
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_int_equal(parse_header(same[i], 12), CLN_OK);
        assert_int_equal(array.count, 6);
        assert_true(array.big_endian && !array.has_sign && array.value_bytes == 2);
    }
}

static void takes_values_from_0_to_255(void **state) {
    (void)state;
    static const struct {
        int bytes;
        bool has_sign, big_endian, fits;
        uint8_t raw[8], value;
    } rows[] = {
        {1, false, false, true, {255}, 255},
        {1, true, false, true, {127}, 127},
        {1, true, false, false, {128}, 0},
        {2, true, false, true, {200, 0}, 200},
        {2, true, true, true, {0, 200}, 200},
        {2, false, true, false, {200, 0}, 0},
        {4, true, false, false, {0, 1, 0, 0}, 0},
        {8, true, false, true, {7}, 7},
        {8, true, false, false, {255, 255, 255, 255, 255, 255, 255, 255}, 0},
        {8, false, true, true, {0, 0, 0, 0, 0, 0, 0, 9}, 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct cln_array one = {.rank = 1,
                                      .dims = {2},
                                      .count = 2,
                                      .value_bytes = rows[i].bytes,
                                      .has_sign = rows[i].has_sign,
                                      .big_endian = rows[i].big_endian};
        uint8_t values[16] = {0}, value = 0;
        memcpy(values + rows[i].bytes, rows[i].raw, (size_t)rows[i].bytes); /* the second */
        assert_int_equal(cln_array_byte(&one, values, 1, &value), rows[i].fits);
        if (rows[i].fits)
            assert_int_equal(value, rows[i].value);
    }
}

static void refuses_other_dtypes_and_orders(void **state) {
    (void)state;
    static const char *const dtypes[] = {"<f4", "|b1", "<c8", "|S3", "<u3", "=i4",
                                         "|u2", "u1",  "",    "|O",  "<U1", "<i16"};
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++) {
        char header[128];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (4,)}",
                 dtypes[i]);
        assert_refused(header, 4, "accepted: integers of 1, 2, 4 or 8 bytes");
    }
    assert_refused("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", 4,
                   "x.npy: offset 20: an array of records");
    assert_refused("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2)}", 4,
                   "stored in Fortran order; accepted: C order");
    assert_refused("{'descr': '|u1', 'fortran_order': 1, 'shape': (2, 2)}", 4,
                   "fortran_order is neither False nor True");
}

static void refuses_damaged_headers(void **state) {
    (void)state;
#define HEAD "{'descr': '|u1', 'fortran_order': False, 'shape': "
    assert_refused("    ", 0, "expected '{'");
    assert_refused("{'descr': '|u1', 'shape': (4,)}", 4, "the header has no 'fortran_order'");
    assert_refused(HEAD "(4,), 'shape': (4,)}", 4, "key 'shape' stands twice");
    assert_refused(HEAD "(4,), 'more': 1}", 4, "key 'more' is unknown");
    assert_refused(HEAD "(4,)", 4, "expected '}'");
    assert_refused(HEAD "(4,)} {}", 4, "more than the dictionary");
    assert_refused(HEAD "4}", 4, "expected '('");
    assert_refused(HEAD "()}", 1, "a single number");
    assert_refused(HEAD "(-4,)}", 4, "expected a dimension");
    assert_refused(HEAD "(4 4)}", 4, "expected ')'");
    assert_refused(HEAD "(1, 1, 1, 1, 4)}", 4, "more than 4 dimensions");
    assert_refused(HEAD "(0, 28, 28)}", 0, "dimension 0 is zero");
    assert_refused(HEAD "(18446744073709551617,)}", 1, "more than memory can hold");
    assert_refused(HEAD "(4294967296, 4294967296, 2)}", 0, "dimension 1 is 4294967296");
    assert_refused("{'descr': '<u8', 'fortran_order': False, 'shape': (2305843009213693952,)}", 0,
                   "more than memory can hold");
    assert_refused("{'descr': '|u1\\'', 'fortran_order': False, 'shape': (4,)}", 4,
                   "a short text without escapes");
    assert_refused("{'a key that is longer than all that can stand here': 1}", 0, "a short text");
    assert_refused(HEAD "(5,)}", 4, "truncated at offset 69: expected 5 values");
    assert_refused(HEAD "(3,)}", 4, "offset 68: 1 trailing bytes");
}

static void refuses_damaged_starts(void **state) {
    (void)state;
    make(1, HEAD "(4,)}", 4);
    const size_t whole = length;
    for (length = 0; length < whole; length++) /* cut off anywhere */
        assert_int_equal(parse(), CLN_DATA);
    make(4, HEAD "(4,)}", 4);
    assert_int_equal(parse(), CLN_DATA);
    assert_non_null(strstr(cln_error_last()->message, "version 4.0 of the format; accepted: 1.0"));
    make(2, HEAD "(4,)}", 4);
    memset(file + 8, 0xff, 4);
    assert_int_equal(parse(), CLN_DATA);
    assert_non_null(strstr(cln_error_last()->message, "a header of 4294967295 bytes"));
    memcpy(file, "PK\x03\x04", 4); /* an .npz */
    assert_int_equal(parse(), CLN_DATA);
    assert_non_null(
        strstr(cln_error_last()->message, "no format that is known; accepted: IDX, NumPy's .npy"));
}

/* Every byte of a small file changed to a few others: no crash, and what is accepted is whole. */
static void survives_changed_bytes(void **state) {
    (void)state;
    static const uint8_t others[] = {0, ' ', '(', ',', '9', '}', '\'', 0x7f, 0xff};
    for (size_t at = 0; at < sizeof by_numpy - 1; at++)
        for (size_t i = 0; i < sizeof others; i++) {
            length = sizeof by_numpy - 1;
            memcpy(file, by_numpy, length);
            file[at] = others[i];
            if (parse() == CLN_OK)
                assert_int_equal(array.offset + array.count * (size_t)array.value_bytes, length);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_numpy_writes),
        cmocka_unit_test(reads_versions_and_spellings),
        cmocka_unit_test(takes_values_from_0_to_255),
        cmocka_unit_test(refuses_other_dtypes_and_orders),
        cmocka_unit_test(refuses_damaged_headers),
        cmocka_unit_test(refuses_damaged_starts),
        cmocka_unit_test(survives_changed_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
