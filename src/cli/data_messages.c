#include "cli/data_messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/utf8.h"

#define BAR_CELLS 20

/* One line that is drawn over: only where the cursor can be sent back to its start. */
static bool can_redraw(void) {
    const char *term = getenv("TERM");
    return isatty(STDERR_FILENO) && !(term && strcmp(term, "dumb") == 0);
}

static void draw_bar(const struct cln_data_progress *progress) {
    char bar[BAR_CELLS + 1];
    uint64_t total = progress->total_bytes ? progress->total_bytes : 1;
    uint64_t full = progress->done_bytes * BAR_CELLS / total;
    for (uint64_t i = 0; i < BAR_CELLS; i++)
        bar[i] = i < full ? '=' : i == full ? '>' : '.';
    bar[BAR_CELLS] = '\0';
    fprintf(stderr, "\r%-26s [%s] %5.1f/%.1f MB%s", progress->file, bar,
            (double)progress->done_bytes / 1e6, (double)progress->total_bytes / 1e6,
            progress->finished ? "\n" : "");
}

void cln_data_messages_progress(void *context, const struct cln_data_progress *progress) {
    (void)context;
    if (can_redraw())
        draw_bar(progress);
    else if (progress->finished)
        fprintf(stderr, "%s%s: %s%" PRIu64 " of %" PRIu64 " bytes\n", progress->mirror,
                progress->file, progress->done_bytes < progress->total_bytes ? "ended after " : "",
                progress->done_bytes, progress->total_bytes);
}

void cln_data_messages_note(void *context, const char *line) {
    (void)context;
    char *plain = strdup(line); /* texts from drivers and files may be in it */
    if (plain)
        cln_utf8_disarm(plain, false);
    fprintf(stderr, "clnoise: warning: %s\n", plain ? plain : "one for which memory ran out");
    free(plain);
}
