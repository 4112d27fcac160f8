#include "data/png_convert.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "data/own.h"

static enum cln_status take_memory(const char *name, const struct cln_png *head, uint8_t **out) {
    CLN_TRY(cln_own_check_image(name, head->height, head->width, head->channels));
    *out = malloc((size_t)head->height * head->width * head->channels);
    return *out ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for %s", name);
}

/* What libpng's simplified interface makes of it; the image is released on all ways. */
static enum cln_status convert(const char *name, png_image *image, uint32_t channels,
                               struct cln_png *out, uint8_t **values) {
    const png_color black = {0, 0, 0};
    *out = (struct cln_png){image->height, image->width, channels};
    CLN_TRY(take_memory(name, out, values));
    image->format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
    if (png_image_finish_read(image, &black, *values, 0, NULL))
        return CLN_OK;
    free(*values);
    return CLN_FAIL(DATA, "%s: damaged PNG: %s", name, image->message);
}

static enum cln_status read_any(const char *name, const uint8_t *bytes, size_t length,
                                uint32_t channels, struct cln_png *out, uint8_t **values) {
    png_image image;
    memset(&image, 0, sizeof image);
    image.version = PNG_IMAGE_VERSION;
    if (!png_image_begin_read_from_memory(&image, bytes, length))
        return CLN_FAIL(DATA, "%s: damaged PNG: %s", name, image.message);
    enum cln_status status = convert(name, &image, channels, out, values);
    png_image_free(&image);
    return status;
}

enum cln_status cln_png_convert(const char *name, const uint8_t *bytes, size_t length,
                                uint32_t channels, struct cln_png *out, uint8_t **values) {
    enum cln_status status = cln_png_head(name, bytes, length, out);
    if (status == CLN_OK && out->channels == channels) {
        CLN_TRY(take_memory(name, out, values));
        status = cln_png_read(name, bytes, length, out, *values);
        if (status != CLN_OK)
            free(*values);
        return status;
    }
    if (status != CLN_OK && status != CLN_DATA)
        return status;
    CLN_TRY(cln_png_check(name, bytes, length));
    return read_any(name, bytes, length, channels, out, values);
}

/* The share of the source pixel `at` that lies within [from, to). */
static double overlap(uint32_t at, double from, double to) {
    const double low = from > at ? from : at, high = to < at + 1.0 ? to : at + 1.0;
    return high > low ? high - low : 0;
}

static uint8_t mean_of(const uint8_t *from, const struct cln_png *head, const double area[4],
                       uint32_t channel) {
    double sum = 0, weight = 0;
    for (uint32_t y = (uint32_t)area[0]; y < head->height && y < area[1]; y++)
        for (uint32_t x = (uint32_t)area[2]; x < head->width && x < area[3]; x++) {
            const double share = overlap(y, area[0], area[1]) * overlap(x, area[2], area[3]);
            sum += share * from[((size_t)y * head->width + x) * head->channels + channel];
            weight += share;
        }
    return (uint8_t)(sum / weight + 0.5);
}

void cln_image_resize(const uint8_t *from, const struct cln_png *head, const struct cln_png *size,
                      uint8_t *to) {
    const double down = (double)head->height / size->height;
    const double across = (double)head->width / size->width;
    for (uint32_t y = 0; y < size->height; y++)
        for (uint32_t x = 0; x < size->width; x++) {
            const double area[4] = {y * down, (y + 1) * down, x * across, (x + 1) * across};
            for (uint32_t c = 0; c < head->channels; c++)
                *to++ = mean_of(from, head, area, c);
        }
}
