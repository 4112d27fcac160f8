#include "support/tiny_data.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/hash.h"
#include "data/build.h"
#include "support/scratch.h"

#define HEIGHT       2
#define WIDTH        3
#define PIXELS       (HEIGHT * WIDTH)
#define CLASSES      4
#define IMAGE_HEADER 16
#define LABEL_HEADER 8

static const char *const no_names[] = {"a", "b", "c", "d"};

uint8_t *tiny_gzip(const void *bytes, size_t length, size_t *gz_length) {
    z_stream stream = {0};
    size_t room = length + length / 100 + 64;
    uint8_t *gz = malloc(room);
    assert_non_null(gz);
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)bytes;
    stream.avail_in = (uInt)length;
    stream.next_out = gz;
    stream.avail_out = (uInt)room;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    *gz_length = (size_t)(stream.next_out - gz);
    deflateEnd(&stream);
    return gz;
}

static uint8_t *make_images(int count, int base, size_t *length) {
    const uint8_t header[IMAGE_HEADER] = {0, 0, 8, 3,      0, 0, 0, (uint8_t)count,
                                          0, 0, 0, HEIGHT, 0, 0, 0, WIDTH};
    *length = IMAGE_HEADER + (size_t)count * PIXELS;
    uint8_t *bytes = malloc(*length);
    assert_non_null(bytes);
    memcpy(bytes, header, sizeof header);
    for (int i = 0; i < count; i++)
        for (int p = 0; p < PIXELS; p++)
            bytes[IMAGE_HEADER + i * PIXELS + p] = (uint8_t)(base + 10 * i + p);
    return bytes;
}

static uint8_t *make_labels(int count, size_t *length) {
    const uint8_t header[LABEL_HEADER] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)count};
    *length = LABEL_HEADER + (size_t)count;
    uint8_t *bytes = malloc(*length);
    assert_non_null(bytes);
    memcpy(bytes, header, sizeof header);
    for (int i = 0; i < count; i++)
        bytes[LABEL_HEADER + i] = (uint8_t)(i % CLASSES);
    return bytes;
}

void tiny_data_init(struct tiny_data *tiny) {
    static const char *const names[] = {"train-images", "train-labels", "test-images",
                                        "test-labels"};
    size_t lengths[CLN_IDX_FILES];
    *tiny = (struct tiny_data){.entry = {.name = "tiny",
                                         .file_count = CLN_IDX_FILES,
                                         .build = cln_data_build_idx,
                                         .layouts = {"", "tiny", "TINY/raw"},
                                         .class_names = no_names,
                                         .classes = CLASSES,
                                         .height = HEIGHT,
                                         .width = WIDTH,
                                         .channels = 1}};
    tiny->plain[CLN_TRAIN_IMAGES] = make_images(TINY_TRAIN, 0, &lengths[CLN_TRAIN_IMAGES]);
    tiny->plain[CLN_TRAIN_LABELS] = make_labels(TINY_TRAIN, &lengths[CLN_TRAIN_LABELS]);
    tiny->plain[CLN_TEST_IMAGES] = make_images(TINY_TEST, 100, &lengths[CLN_TEST_IMAGES]);
    tiny->plain[CLN_TEST_LABELS] = make_labels(TINY_TEST, &lengths[CLN_TEST_LABELS]);
    for (int part = 0; part < CLN_IDX_FILES; part++) {
        size_t gz_length;
        tiny->gz[part] = tiny_gzip(tiny->plain[part], lengths[part], &gz_length);
        assert_int_equal(cln_sha256(tiny->plain[part], lengths[part], tiny->sha256[part]), CLN_OK);
        assert_int_equal(cln_sha256(tiny->gz[part], gz_length, tiny->gz_sha256[part]), CLN_OK);
        tiny->entry.files[part] = (struct cln_data_file){.name = names[part],
                                                         .bytes = lengths[part],
                                                         .sha256 = tiny->sha256[part],
                                                         .gz_bytes = gz_length,
                                                         .gz_sha256 = tiny->gz_sha256[part]};
    }
}

void tiny_data_done(struct tiny_data *tiny) {
    for (int part = 0; part < CLN_IDX_FILES; part++) {
        free(tiny->plain[part]);
        free(tiny->gz[part]);
    }
}

void tiny_data_write(const struct tiny_data *tiny, const char *folder) {
    for (int part = 0; part < CLN_IDX_FILES; part++)
        scratch_write(folder, tiny->entry.files[part].name, tiny->plain[part],
                      (size_t)tiny->entry.files[part].bytes);
}
