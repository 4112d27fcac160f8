/*
 * A data set small enough to be made by hand, with its registry row: 5 training and 3 test images
 * of 2x3 bytes in 4 classes. Pixel p of image i is 10 * i + p, in the test set 100 more; the label
 * of image i is i % 4.
 */
#ifndef CLN_TEST_TINY_DATA_H
#define CLN_TEST_TINY_DATA_H

#include "data/registry.h"

#define TINY_TRAIN 5
#define TINY_TEST  3

struct tiny_data {
    struct cln_data_entry entry; /* named "tiny", no mirrors */
    uint8_t *plain[CLN_IDX_FILES];
    uint8_t *gz[CLN_IDX_FILES];
    char sha256[CLN_IDX_FILES][65];
    char gz_sha256[CLN_IDX_FILES][65];
};

void tiny_data_init(struct tiny_data *tiny);
void tiny_data_done(struct tiny_data *tiny);

/* Writes the four files, plain, below the folder. */
void tiny_data_write(const struct tiny_data *tiny, const char *folder);

/* The bytes as a gzip file; free() them. */
uint8_t *tiny_gzip(const void *bytes, size_t length, size_t *gz_length);

#endif
