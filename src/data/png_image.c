#include "data/png_image.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/own.h"

#define SIGNATURE_BYTES  8
#define MOST_CHUNK_BYTES (1 << 20) /* of a text or profile, decompressed */

/* What libpng reads from, and what it said before it gave up. */
struct source {
    const uint8_t *bytes;
    size_t length, at;
    char reason[128];
};

static void take(png_structp png, png_bytep out, png_size_t count) {
    struct source *source = png_get_io_ptr(png);
    if (count > source->length - source->at)
        png_error(png, "the file ends early");
    memcpy(out, source->bytes + source->at, count);
    source->at += count;
}

/* libpng jumps back to where setjmp() was called. */
static void give_up(png_structp png, png_const_charp reason) {
    struct source *source = png_get_error_ptr(png);
    snprintf(source->reason, sizeof source->reason, "%s", reason);
    png_longjmp(png, 1);
}

static void ignore_warning(png_structp png, png_const_charp reason) {
    (void)png, (void)reason;
}

static enum cln_status check_head(const char *name, png_structp png, png_infop info,
                                  struct cln_png *out) {
    const int depth = png_get_bit_depth(png, info), color = png_get_color_type(png, info);
    const uint32_t height = png_get_image_height(png, info), width = png_get_image_width(png, info);
    const char *kind = color == PNG_COLOR_TYPE_GRAY         ? "grey"
                       : color == PNG_COLOR_TYPE_RGB        ? "colour"
                       : color == PNG_COLOR_TYPE_PALETTE    ? "a palette"
                       : color == PNG_COLOR_TYPE_GRAY_ALPHA ? "grey with transparency"
                                                            : "colour with transparency";
    const bool plain = color == PNG_COLOR_TYPE_GRAY || color == PNG_COLOR_TYPE_RGB;
    if (!plain || depth != 8)
        return CLN_FAIL(DATA,
                        "%s: %s, %d bit; accepted: grey or colour without transparency, 8 "
                        "bit",
                        name, kind, depth);
    const uint32_t channels = color == PNG_COLOR_TYPE_GRAY ? 1 : 3;
    CLN_TRY(cln_own_check_image(name, height, width, channels));
    *out = (struct cln_png){height, width, channels};
    return CLN_OK;
}

/* Between here and its end nothing is kept in a variable that libpng's jump could leave undefined:
 * all that is written after setjmp() lies behind pointers. */
static enum cln_status decode(const char *name, png_structp png, png_infop info,
                              const struct cln_png *wanted, uint8_t *values, png_bytep *rows,
                              struct cln_png *out) {
    const struct source *source = png_get_io_ptr(png);
    if (setjmp(png_jmpbuf(png)))
        return CLN_FAIL(DATA, "%s: offset %zu: damaged PNG: %s", name, source->at, source->reason);
    png_set_user_limits(png, CLN_IMAGE_MAX_ELEMS, CLN_IMAGE_MAX_ELEMS);
    png_set_chunk_malloc_max(png, MOST_CHUNK_BYTES);
    png_read_info(png, info);
    CLN_TRY(check_head(name, png, info, out));
    if (!values)
        return CLN_OK;
    if (out->height != wanted->height || out->width != wanted->width ||
        out->channels != wanted->channels)
        return CLN_FAIL(DATA,
                        "%s: %lux%lux%lu, but the first image is %lux%lux%lu; accepted: "
                        "images of one size and kind",
                        name, (unsigned long)out->height, (unsigned long)out->width,
                        (unsigned long)out->channels, (unsigned long)wanted->height,
                        (unsigned long)wanted->width, (unsigned long)wanted->channels);
    for (uint32_t y = 0; y < wanted->height; y++)
        rows[y] = values + (size_t)y * wanted->width * wanted->channels;
    png_read_image(png, rows);
    png_read_end(png, NULL);
    return CLN_OK;
}

/* libpng takes memory for what a chunk says it holds before it looks for it: the sizes must be
 * those of chunks that are there. */
static enum cln_status check_chunks(const char *name, const uint8_t *bytes, size_t length) {
    const size_t around = 12; /* length and name before, checksum after */
    for (size_t at = SIGNATURE_BYTES; at < length;) {
        if (length - at < around)
            return CLN_FAIL(DATA, "%s: truncated at offset %zu", name, length);
        const uint32_t size = (uint32_t)bytes[at] << 24 | (uint32_t)bytes[at + 1] << 16 |
                              (uint32_t)bytes[at + 2] << 8 | bytes[at + 3];
        if (size > length - at - around)
            return CLN_FAIL(DATA,
                            "%s: offset %zu: damaged PNG: a chunk of %lu bytes, which end "
                            "after the file",
                            name, at, (unsigned long)size);
        if (memcmp(bytes + at + 4, "IEND", 4) == 0) /* libpng reads no further */
            break;
        at += around + size;
    }
    return CLN_OK;
}

enum cln_status cln_png_check(const char *name, const uint8_t *bytes, size_t length) {
    if (length < SIGNATURE_BYTES || png_sig_cmp(bytes, 0, SIGNATURE_BYTES))
        return CLN_FAIL(DATA, "%s: not a PNG", name);
    return check_chunks(name, bytes, length);
}

static enum cln_status run(const char *name, const uint8_t *bytes, size_t length,
                           const struct cln_png *wanted, uint8_t *values, struct cln_png *out) {
    struct source source = {.bytes = bytes, .length = length};
    CLN_TRY(cln_png_check(name, bytes, length));
    png_bytep *rows = wanted ? malloc(wanted->height * sizeof *rows) : NULL;
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, give_up, ignore_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    enum cln_status status;
    if (info && (rows || !wanted)) {
        png_set_read_fn(png, &source, take);
        status = decode(name, png, info, wanted, values, rows, out);
    } else {
        status = CLN_FAIL(MEMORY, "out of memory for %s", name);
    }
    if (png)
        png_destroy_read_struct(&png, &info, NULL);
    free(rows);
    return status;
}

enum cln_status cln_png_head(const char *name, const uint8_t *bytes, size_t length,
                             struct cln_png *out) {
    return run(name, bytes, length, NULL, NULL, out);
}

enum cln_status cln_png_read(const char *name, const uint8_t *bytes, size_t length,
                             const struct cln_png *head, uint8_t *values) {
    struct cln_png found;
    return run(name, bytes, length, head, values, &found);
}
