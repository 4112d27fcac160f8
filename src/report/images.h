/*
 * images.json of a cell: the few images that the report shows, so that it can be drawn where the
 * data set is not. Pixels only, as published; noise is added when they are drawn.
 *
 *     {"height": 28, "width": 28, "channels": 1,
 *      "samples":  [{"sample": 0, "label": 5, "pixels": "<base64>"}, ...],   of the training images
 *      "mistaken": [{"sample": 7, "label": 4, "pixels": "<base64>"}, ...]}   of the test images
 */
#ifndef CLN_REPORT_IMAGES_H
#define CLN_REPORT_IMAGES_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "data/dataset.h"

struct cln_yaml_pool;

struct cln_result_image {
    uint32_t sample; /* its number in the training or test set */
    int label;
    const uint8_t *pixels; /* (height, width, channels) */
};

struct cln_result_images {
    uint32_t height, width, channels;
    const struct cln_result_image *samples, *mistaken;
    size_t sample_count, mistaken_count;
};

/* Writes the file: training images of the first few different labels, and these test images. */
enum cln_status cln_result_images_write(const char *path, const struct cln_dataset *dataset,
                                        const uint32_t *mistaken, size_t count);

/* Reads it; `*out` is NULL if there is none. CLN_FILE if it is not what it should be. */
enum cln_status cln_result_images_read(const char *path, struct cln_yaml_pool *pool,
                                       const struct cln_result_images **out);

#endif
