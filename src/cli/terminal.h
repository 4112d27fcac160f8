/* What the other end of a stream can do: be redrawn, show colour, and how large it is. */
#ifndef CLN_CLI_TERMINAL_H
#define CLN_CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

struct cln_terminal {
    FILE *stream;
    bool redraw; /* a terminal on which a line can be drawn again */
    bool color;
    int columns, rows; /* 0: ask the terminal each time, for it may be resized */
};

/* Looks at isatty(), TERM and NO_COLOR. */
struct cln_terminal cln_terminal_find(FILE *stream);

/* Its size now; 80 by 24 if nobody knows. */
int cln_terminal_columns(const struct cln_terminal *terminal);
int cln_terminal_rows(const struct cln_terminal *terminal);

#endif
