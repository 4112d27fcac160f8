#include "report/event_file.h"

#include <string.h>

/* Field numbers shifted by the wire type in the low three bits: 0 a varint, 1 eight bytes, 2 a
 * length and so many bytes, 5 four bytes. */
enum {
    EVENT_WALL_TIME = 1 << 3 | 1,
    EVENT_STEP = 2 << 3 | 0,
    EVENT_FILE_VERSION = 3 << 3 | 2,
    EVENT_SUMMARY = 5 << 3 | 2,
    SUMMARY_VALUE = 1 << 3 | 2,
    VALUE_TAG = 1 << 3 | 2,
    VALUE_SIMPLE = 2 << 3 | 5,
    VALUE_IMAGE = 4 << 3 | 2,
    IMAGE_HEIGHT = 1 << 3 | 0,
    IMAGE_WIDTH = 2 << 3 | 0,
    IMAGE_COLORSPACE = 3 << 3 | 0,
    IMAGE_ENCODED = 4 << 3 | 2,
};

#define CRC_POLYNOMIAL 0x82f63b78u /* of Castagnoli, bits reversed */
#define CRC_MASK       0xa282ead8u

/* Around what a record holds: its length, and a checksum of that; a checksum of what it holds. */
#define HEAD_BYTES 12
#define TAIL_BYTES 4

uint32_t cln_crc32c(const void *bytes, size_t length) {
    const uint8_t *at = bytes;
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        crc ^= at[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
    }
    return ~crc;
}

static void add_little_endian(struct cln_text *out, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        const uint8_t byte = (uint8_t)(value >> 8 * i);
        cln_text_append(out, &byte, 1);
    }
}

static void add_crc(struct cln_text *out, const void *bytes, size_t length) {
    const uint32_t crc = cln_crc32c(bytes, length);
    add_little_endian(out, (uint32_t)((crc >> 15 | crc << 17) + CRC_MASK), 4);
}

static void add_varint(struct cln_text *out, uint64_t value) {
    do {
        const uint8_t byte = (uint8_t)(value & 127) | (value > 127 ? 128 : 0);
        cln_text_append(out, &byte, 1);
        value >>= 7;
    } while (value);
}

static void add_number(struct cln_text *out, int field, uint64_t value) {
    add_varint(out, (uint64_t)field);
    add_varint(out, value);
}

static void add_bytes(struct cln_text *out, int field, const void *bytes, size_t length) {
    add_number(out, field, length);
    cln_text_append(out, bytes, length);
}

/* Takes the inner message. */
static void add_message(struct cln_text *out, int field, struct cln_text *inner) {
    add_bytes(out, field, inner->chars, inner->length);
    out->failed |= inner->failed;
    cln_text_free(inner);
}

/* Takes the event. */
static void add_record(struct cln_text *out, struct cln_text *event) {
    const size_t start = out->length;
    add_little_endian(out, event->length, 8);
    if (!out->failed)
        add_crc(out, out->chars + start, 8);
    cln_text_append(out, event->chars, event->length);
    add_crc(out, event->chars, event->length);
    out->failed |= event->failed;
    cln_text_free(event);
}

bool cln_event_records(const char *bytes, size_t length, size_t *count) {
    *count = 0;
    while (length > HEAD_BYTES + TAIL_BYTES) {
        uint64_t inner = 0;
        for (int i = 0; i < 8; i++)
            inner |= (uint64_t)(uint8_t)bytes[i] << 8 * i;
        if (inner > length - HEAD_BYTES - TAIL_BYTES)
            return false;
        bytes += HEAD_BYTES + (size_t)inner + TAIL_BYTES;
        length -= HEAD_BYTES + (size_t)inner + TAIL_BYTES;
        ++*count;
    }
    return length == 0;
}

static void add_double(struct cln_text *out, int field, double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_varint(out, (uint64_t)field);
    add_little_endian(out, bits, 8);
}

static void add_float(struct cln_text *out, int field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    add_varint(out, (uint64_t)field);
    add_little_endian(out, bits, 4);
}

void cln_event_begin(struct cln_text *out) {
    static const char version[] = "brain.Event:2";
    struct cln_text event = {0};
    add_double(&event, EVENT_WALL_TIME, 0);
    add_bytes(&event, EVENT_FILE_VERSION, version, sizeof version - 1);
    add_record(out, &event);
}

/* An event with a summary of one value, which it takes. */
static void add_value(struct cln_text *out, struct cln_event_time at, struct cln_text *value) {
    struct cln_text event = {0}, summary = {0};
    add_message(&summary, SUMMARY_VALUE, value);
    add_double(&event, EVENT_WALL_TIME, at.seconds);
    add_number(&event, EVENT_STEP, (uint64_t)at.step);
    add_message(&event, EVENT_SUMMARY, &summary);
    add_record(out, &event);
}

void cln_event_scalar(struct cln_text *out, struct cln_event_time at, const char *tag,
                      double value) {
    struct cln_text inner = {0};
    add_bytes(&inner, VALUE_TAG, tag, strlen(tag));
    add_float(&inner, VALUE_SIMPLE, (float)value);
    add_value(out, at, &inner);
}

void cln_event_image(struct cln_text *out, struct cln_event_time at, const char *tag,
                     const struct cln_event_image *image) {
    struct cln_text inner = {0}, picture = {0};
    add_number(&picture, IMAGE_HEIGHT, image->height);
    add_number(&picture, IMAGE_WIDTH, image->width);
    add_number(&picture, IMAGE_COLORSPACE, image->channels);
    add_bytes(&picture, IMAGE_ENCODED, image->png, image->length);
    add_bytes(&inner, VALUE_TAG, tag, strlen(tag));
    add_message(&inner, VALUE_IMAGE, &picture);
    add_value(out, at, &inner);
}
