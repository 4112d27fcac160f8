/* A PNG of any kind as an image that a net takes: grey or colour, and of its size. */
#ifndef CLN_DATA_PNG_CONVERT_H
#define CLN_DATA_PNG_CONVERT_H

#include "data/png_image.h"

/*
 * Decodes the PNG into `channels` (1 or 3) values a pixel; free(*values). One that
 * cln_png_read() takes and that has so many channels comes out as it stands in the file; of any
 * other, palette and depth are resolved, what is transparent lies on black, and colour becomes grey
 * by libpng's weights for sRGB. `name` stands in messages only. CLN_DATA if it is no PNG, damaged
 * or too large.
 */
enum cln_status cln_png_convert(const char *name, const uint8_t *bytes, size_t length,
                                uint32_t channels, struct cln_png *out, uint8_t **values);

/* `from` (height, width, channels) to another size: each new pixel is the mean of the area it
 * covers, the aspect is not kept. `to` holds as many values as `size` says. */
void cln_image_resize(const uint8_t *from, const struct cln_png *head, const struct cln_png *size,
                      uint8_t *to);

#endif
