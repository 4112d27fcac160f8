/* One PNG in memory, through libpng: 8 bits a value, grey or red, green, blue. */
#ifndef CLN_DATA_PNG_IMAGE_H
#define CLN_DATA_PNG_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct cln_png {
    uint32_t height, width, channels; /* 1 or 3 */
};

/* Reads the head of the file. `name` stands in messages only. CLN_DATA unless it is a PNG of 8 bits
 * a value, grey or colour, without palette or transparency, of at most CLN_IMAGE_MAX_ELEMS. */
enum cln_status cln_png_head(const char *name, const uint8_t *bytes, size_t length,
                             struct cln_png *out);

/* Decodes the image into `values` (height, width, channels); the caller knows from the head how
 * many they are. CLN_DATA if the file is damaged. */
enum cln_status cln_png_read(const char *name, const uint8_t *bytes, size_t length,
                             const struct cln_png *head, uint8_t *values);

/* CLN_DATA unless it begins as a PNG does and all its chunks end within it: libpng takes memory for
 * what a chunk says it holds. */
enum cln_status cln_png_check(const char *name, const uint8_t *bytes, size_t length);

#endif
