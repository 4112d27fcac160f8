/*
 * Images in a terminal, side by side: two pixels a character in 24-bit or 256 colours where it has
 * them, else shades of ASCII characters, two pixels below each other in one.
 */
#ifndef CLN_CLI_PICTURE_H
#define CLN_CLI_PICTURE_H

#include <stdint.h>

#include "base/error.h"
#include "cli/terminal.h"

enum cln_picture_mode {
    CLN_PICTURE_PLAIN,
    CLN_PICTURE_256_COLORS,
    CLN_PICTURE_24_BIT,
};

/* By what the terminal and the environment say: TERM, COLORTERM, NO_COLOR, and a locale with UTF-8,
 * which the half blocks need. */
enum cln_picture_mode cln_picture_mode_find(const struct cln_terminal *terminal);

/* How pictures are laid out: so many beside each other, each so many characters wide. */
struct cln_picture_layout {
    uint32_t columns, width, height; /* width and height in pixels: height / 2 lines */
};

#define CLN_PICTURE_GAP 1 /* characters between images */

/*
 * The layout for `count` images of the given size in `columns` characters: whole if they fit, else
 * smaller, as long as they keep 14 pixels, else fewer beside each other. Small ones are enlarged.
 * For no image it is that of one.
 */
struct cln_picture_layout cln_picture_layout_find(uint32_t count, uint32_t height, uint32_t width,
                                                  int columns);

/* One row of images, (height, width, channels) each, drawn to the terminal's stream. What is made
 * smaller is averaged. */
enum cln_status cln_pictures_draw(const struct cln_terminal *terminal, enum cln_picture_mode mode,
                                  const struct cln_picture_layout *layout,
                                  const uint8_t *const *images, uint32_t count, uint32_t height,
                                  uint32_t width, uint32_t channels);

#endif
