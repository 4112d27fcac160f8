#include "report/png_write.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL        6 /* of zlib */
#define BUFFER_BYTES (1 << 16)

static void append(png_structp png, png_bytep bytes, png_size_t length) {
    struct cln_text *out = png_get_io_ptr(png);
    cln_text_append(out, bytes, length);
}

static void flush(png_structp png) {
    (void)png; /* it is in memory */
}

/* libpng jumps back to where setjmp() was called. */
static void give_up(png_structp png, png_const_charp reason) {
    char *why = png_get_error_ptr(png);
    snprintf(why, 128, "%s", reason);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp reason) {
    (void)png, (void)reason;
}

static void pack(const struct cln_pixels *pixels, uint32_t y, png_bytep row) {
    const unsigned char *from = pixels->bytes + y * pixels->stride_bytes;
    for (uint32_t x = 0; x < pixels->width; x++, from += 4, row += 3) {
        uint32_t pixel;
        memcpy(&pixel, from, sizeof pixel);
        row[0] = (png_byte)(pixel >> 16);
        row[1] = (png_byte)(pixel >> 8);
        row[2] = (png_byte)pixel;
    }
}

/* Nothing is kept in a variable that libpng's jump could leave undefined. */
static enum cln_status encode(png_structp png, png_infop info, const struct cln_pixels *pixels,
                              png_bytep row) {
    if (setjmp(png_jmpbuf(png)))
        return CLN_FAIL(FILE, "cannot make a PNG: %s", (const char *)png_get_error_ptr(png));
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_NONE);
    png_set_compression_level(png, LEVEL);
    png_set_compression_buffer_size(png, BUFFER_BYTES);
    png_set_IHDR(png, info, pixels->width, pixels->height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (uint32_t y = 0; y < pixels->height; y++) {
        pack(pixels, y, row);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    return CLN_OK;
}

enum cln_status cln_png_write(const struct cln_pixels *pixels, struct cln_text *out) {
    char reason[128] = "";
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, reason, give_up, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    png_bytep row = malloc(3 * (size_t)pixels->width + 1);
    enum cln_status status = CLN_OK;
    if (info && row) {
        png_set_write_fn(png, out, append, flush);
        status = encode(png, info, pixels, row);
    } else {
        status = CLN_FAIL(MEMORY, "out of memory for a PNG");
    }
    png_destroy_write_struct(&png, &info);
    free(row);
    return status == CLN_OK ? cln_text_check(out) : status;
}
