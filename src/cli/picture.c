#include "cli/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEAST_WIDTH 14
#define SMALL       12 /* pixels; images that are no wider are drawn twice as large */

static bool has_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *value = NULL;
    for (int i = 0; i < 3 && !(value && *value); i++)
        value = getenv(names[i]);
    return value && (strstr(value, "UTF-8") || strstr(value, "utf8") || strstr(value, "UTF8") ||
                     strstr(value, "utf-8"));
}

enum cln_picture_mode cln_picture_mode_find(const struct cln_terminal *terminal) {
    const char *color = getenv("COLORTERM"), *type = getenv("TERM");
    if (!terminal->color || !has_utf8())
        return CLN_PICTURE_PLAIN;
    if (color && (!strcmp(color, "truecolor") || !strcmp(color, "24bit")))
        return CLN_PICTURE_24_BIT;
    return type && strstr(type, "256color") ? CLN_PICTURE_256_COLORS : CLN_PICTURE_PLAIN;
}

struct cln_picture_layout cln_picture_layout_find(uint32_t count, uint32_t height, uint32_t width,
                                                  int columns) {
    const uint32_t room = columns > LEAST_WIDTH ? (uint32_t)columns : LEAST_WIDTH;
    const uint32_t wanted = width <= SMALL ? 2 * width : width;
    const uint32_t least = wanted < LEAST_WIDTH ? wanted : LEAST_WIDTH;
    uint32_t beside = (room + CLN_PICTURE_GAP) / (least + CLN_PICTURE_GAP);
    if (count < 1)
        count = 1;
    if (beside > count)
        beside = count;
    const uint32_t rows = (count + beside - 1) / beside;
    beside = (count + rows - 1) / rows; /* as many in each row */
    uint32_t each = (room - (beside - 1) * CLN_PICTURE_GAP) / beside;
    if (each > wanted)
        each = wanted;
    uint32_t lines = (uint32_t)lround((double)each * height / width / 2);
    return (struct cln_picture_layout){beside, each, 2 * (lines ? lines : 1)};
}

struct color {
    double red, green, blue;
};

/* How much of source pixel i lies in target pixel t, when `from` pixels become `to`; in source
 * pixels. */
static double overlap(uint32_t i, uint32_t t, uint32_t from, uint32_t to) {
    const double low = fmax(i, (double)t * from / to);
    const double high = fmin(i + 1.0, (t + 1.0) * from / to);
    return fmax(high - low, 0);
}

/* The mean color of what lies behind pixel (x, y) of the picture. */
static struct color average(const struct cln_picture_layout *layout, const uint8_t *image,
                            uint32_t height, uint32_t width, uint32_t channels, uint32_t x,
                            uint32_t y) {
    struct color sum = {0, 0, 0};
    double total = 0;
    const uint32_t top = (uint32_t)((uint64_t)y * height / layout->height);
    const uint32_t left = (uint32_t)((uint64_t)x * width / layout->width);
    for (uint32_t i = top; i < height && overlap(i, y, height, layout->height) > 0; i++)
        for (uint32_t j = left; j < width && overlap(j, x, width, layout->width) > 0; j++) {
            const double share =
                overlap(i, y, height, layout->height) * overlap(j, x, width, layout->width);
            const uint8_t *at = image + ((size_t)i * width + j) * channels;
            const int colored = channels >= 3;
            sum.red += share * at[0];
            sum.green += share * at[colored];
            sum.blue += share * at[2 * colored];
            total += share;
        }
    return (struct color){sum.red / total, sum.green / total, sum.blue / total};
}

/* The nearest of the 6 x 6 x 6 colors, or, for what is about grey, of 26 greys. */
static int color_256(struct color color) {
    const double high = fmax(color.red, fmax(color.green, color.blue));
    const double low = fmin(color.red, fmin(color.green, color.blue));
    if (high - low < 12) {
        const double grey = (color.red + color.green + color.blue) / 3;
        const int step = (int)lround((grey - 8) / 10);
        return step < 0 ? 16 : step > 23 ? 231 : 232 + step;
    }
    const double parts[] = {color.red, color.green, color.blue};
    int index = 0;
    for (int i = 0; i < 3; i++) /* the levels are 0, 95, 135, 175, 215, 255 */
        index = 6 * index + (parts[i] < 48    ? 0
                             : parts[i] < 115 ? 1
                                              : (int)lround((parts[i] - 55) / 40));
    return 16 + index;
}

static void put_color(FILE *stream, enum cln_picture_mode mode, int layer, struct color color) {
    if (mode == CLN_PICTURE_24_BIT)
        fprintf(stream, "\033[%d;2;%ld;%ld;%ldm", layer, lround(color.red), lround(color.green),
                lround(color.blue));
    else
        fprintf(stream, "\033[%d;5;%dm", layer, color_256(color));
}

static double brightness(struct color color) {
    return (0.2126 * color.red + 0.7152 * color.green + 0.0722 * color.blue) / 255;
}

/* One character: the upper pixel in front, the lower one behind it. */
static void put_cell(FILE *stream, enum cln_picture_mode mode, struct color upper,
                     struct color lower) {
    static const char shades[] = " .:-=+*#%@";
    if (mode == CLN_PICTURE_PLAIN) {
        const double bright = (brightness(upper) + brightness(lower)) / 2;
        fputc(shades[lround(bright * (double)(sizeof shades - 2))], stream);
        return;
    }
    put_color(stream, mode, 38, upper);
    put_color(stream, mode, 48, lower);
    fputs("\342\226\200", stream); /* upper half block */
}

enum cln_status cln_pictures_draw(const struct cln_terminal *terminal, enum cln_picture_mode mode,
                                  const struct cln_picture_layout *layout,
                                  const uint8_t *const *images, uint32_t count, uint32_t height,
                                  uint32_t width, uint32_t channels) {
    FILE *stream = terminal->stream;
    for (uint32_t y = 0; y < layout->height; y += 2) {
        for (uint32_t i = 0; i < count; i++) {
            for (uint32_t x = 0; x < layout->width; x++)
                put_cell(stream, mode, average(layout, images[i], height, width, channels, x, y),
                         average(layout, images[i], height, width, channels, x, y + 1));
            if (mode != CLN_PICTURE_PLAIN)
                fputs("\033[0m", stream);
            if (i + 1 < count)
                fprintf(stream, "%*s", CLN_PICTURE_GAP, "");
        }
        fputc('\n', stream);
    }
    return ferror(stream) ? CLN_FAIL(FILE, "cannot write to the terminal") : CLN_OK;
}
