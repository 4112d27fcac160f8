/* Figures as PNG, through libpng. Cairo's own writer tries five filters a row, which takes half of
 * the time of a report and suits photographs: flat colours and noise pack as well without any. */
#ifndef CLN_REPORT_PNG_WRITE_H
#define CLN_REPORT_PNG_WRITE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/* Rows of pixels, 0xRRGGBB each, as cairo's CAIRO_FORMAT_RGB24 has them. */
struct cln_pixels {
    const unsigned char *bytes;
    uint32_t width, height;
    size_t stride_bytes;
};

/* The pixels as a PNG of 8 bits a colour, appended to `out`. CLN_MEMORY, CLN_FILE. */
enum cln_status cln_png_write(const struct cln_pixels *pixels, struct cln_text *out);

#endif
