#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define USUAL_COLUMNS 80
#define USUAL_ROWS    24

struct cln_terminal cln_terminal_find(FILE *stream) {
    const char *type = getenv("TERM"), *no_color = getenv("NO_COLOR");
    struct cln_terminal terminal = {.stream = stream};
    terminal.redraw = isatty(fileno(stream)) && type && *type && strcmp(type, "dumb");
    terminal.color = terminal.redraw && !(no_color && *no_color);
    return terminal;
}

/* `variable` says the size where the terminal does not. */
static int size_of(const struct cln_terminal *terminal, bool rows, const char *variable,
                   int usual) {
#ifdef TIOCGWINSZ
    struct winsize size;
    if (ioctl(fileno(terminal->stream), TIOCGWINSZ, &size) == 0) {
        int told = rows ? size.ws_row : size.ws_col;
        if (told > 0)
            return told;
    }
#endif
    const char *text = getenv(variable);
    int count = text ? atoi(text) : 0;
    return count > 0 ? count : usual;
}

int cln_terminal_columns(const struct cln_terminal *terminal) {
    return terminal->columns > 0 ? terminal->columns
                                 : size_of(terminal, false, "COLUMNS", USUAL_COLUMNS);
}

int cln_terminal_rows(const struct cln_terminal *terminal) {
    return terminal->rows > 0 ? terminal->rows : size_of(terminal, true, "LINES", USUAL_ROWS);
}
