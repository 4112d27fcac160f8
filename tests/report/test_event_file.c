/*
 * Event files byte by byte: the checksum against published values, one record of each kind against
 * bytes worked out by hand from the formats of TFRecord and Protocol Buffers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "report/event_file.h"

/* RFC 3720, appendix B.4, and the check value of CRC-32C in the catalogue of CRCs. */
static void the_checksum_is_castagnolis(void **state) {
    (void)state;
    uint8_t zeros[32] = {0}, ones[32], rising[32];
    memset(ones, 255, sizeof ones);
    for (int i = 0; i < 32; i++)
        rising[i] = (uint8_t)i;
    assert_int_equal(cln_crc32c(zeros, 32), 0x8a9136aau);
    assert_int_equal(cln_crc32c(ones, 32), 0x62a8ab43u);
    assert_int_equal(cln_crc32c(rising, 32), 0x46dd794eu);
    assert_int_equal(cln_crc32c("123456789", 9), 0xe3069283u);
}

static uint64_t little_endian(const char *at, int bytes) {
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value |= (uint64_t)(uint8_t)at[i] << 8 * i;
    return value;
}

static uint32_t masked(const void *bytes, size_t length) {
    const uint32_t crc = cln_crc32c(bytes, length);
    return (uint32_t)((crc >> 15 | crc << 17) + 0xa282ead8u);
}

/* That the text is one record with this content. */
static void assert_record(struct cln_text *text, const char *data, size_t length) {
    assert_false(text->failed);
    assert_int_equal(text->length, 8 + 4 + length + 4);
    assert_int_equal(little_endian(text->chars, 8), length);
    assert_int_equal(little_endian(text->chars + 8, 4), masked(text->chars, 8));
    assert_memory_equal(text->chars + 12, data, length);
    assert_int_equal(little_endian(text->chars + 12 + length, 4), masked(data, length));
    cln_text_free(text);
}

static void records_have_these_bytes(void **state) {
    (void)state;
    static const char begin[] = "\x09\0\0\0\0\0\0\0\0" /* wall_time 0 */
                                "\x1a\x0d"
                                "brain.Event:2";
    static const char scalar[] = "\x09\0\0\0\0\0\0\xf8\x3f" /* wall_time 1.5 */
                                 "\x10\xac\x02"             /* step 300 */
                                 "\x2a\x0d"                 /* summary of 13 bytes */
                                 "\x0a\x0b"                 /* value of 11 bytes */
                                 "\x0a\x04"
                                 "loss"
                                 "\x15\0\0\x80\x3e"; /* simple_value 0.25 */
    struct cln_text text = {0};
    cln_event_begin(&text);
    assert_record(&text, begin, sizeof begin - 1);
    cln_event_scalar(&text, (struct cln_event_time){1.5, 300}, "loss", 0.25);
    assert_record(&text, scalar, sizeof scalar - 1);
}

static void an_image_has_these_bytes(void **state) {
    (void)state;
    static const char image[] = "\x09\0\0\0\0\0\0\0\0"
                                "\x10\x02"
                                "\x2a\x13" /* summary of 19 bytes */
                                "\x0a\x11" /* value of 17 bytes */
                                "\x0a\x01"
                                "i"
                                "\x22\x0c" /* image of 12 bytes */
                                "\x08\xc8\x01"
                                "\x10\x07"
                                "\x18\x03"
                                "\x22\x03"
                                "P\0G";
    struct cln_text text = {0};
    const struct cln_event_image picture = {
        .png = "P\0G", .length = 3, .height = 200, .width = 7, .channels = 3};
    cln_event_image(&text, (struct cln_event_time){0, 2}, "i", &picture);
    assert_record(&text, image, sizeof image - 1);
}

static void whole_records_are_counted(void **state) {
    (void)state;
    struct cln_text text = {0};
    size_t count;
    cln_event_begin(&text);
    cln_event_scalar(&text, (struct cln_event_time){0}, "a", 1);
    const size_t two = text.length;
    cln_event_scalar(&text, (struct cln_event_time){0}, "a", 2);
    assert_true(cln_event_records(text.chars, text.length, &count));
    assert_int_equal(count, 3);
    assert_true(cln_event_records(text.chars, 0, &count));
    assert_int_equal(count, 0);
    for (size_t length = two + 1; length < text.length; length++)
        assert_false(cln_event_records(text.chars, length, &count));
    memset(text.chars, 255, 8); /* a length beyond all bounds */
    assert_false(cln_event_records(text.chars, text.length, &count));
    cln_text_free(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_checksum_is_castagnolis),
        cmocka_unit_test(records_have_these_bytes),
        cmocka_unit_test(an_image_has_these_bytes),
        cmocka_unit_test(whole_records_are_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
