#include "cli/line.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

void cln_line_add(struct cln_line *line, int rank, char joint, const char *format, ...) {
    if (line->count == CLN_LINE_PARTS)
        return;
    va_list args;
    va_start(args, format);
    char *text = line->parts[line->count].text;
    vsnprintf(text, CLN_LINE_PART_SIZE, format, args);
    va_end(args);
    int columns;
    text[cln_utf8_fitting(text, CLN_LINE_PART_SIZE, &columns)] = '\0'; /* no character is cut */
    line->parts[line->count].rank = rank;
    line->parts[line->count++].joint = joint;
}

static int joint_columns(char joint) {
    return joint == '-' ? 3 : 1;
}

static int line_columns(const struct cln_line *line) {
    int columns = 0;
    for (int p = 0; p < line->count; p++)
        columns +=
            (p ? joint_columns(line->parts[p].joint) : 0) + cln_utf8_columns(line->parts[p].text);
    return columns;
}

int cln_line_fit(struct cln_line *line, int columns) {
    while (columns > 0 && line_columns(line) > columns) {
        int drop = 0;
        for (int p = 1; p < line->count; p++)
            if (line->parts[p].rank >= line->parts[drop].rank)
                drop = p;
        if (line->parts[drop].rank == 0)
            break;
        line->count--;
        memmove(&line->parts[drop], &line->parts[drop + 1],
                (size_t)(line->count - drop) * sizeof line->parts[0]);
    }
    return line_columns(line);
}

void cln_line_write(const struct cln_line *line, int columns, struct cln_text *text) {
    size_t start = text->length;
    for (int p = 0; p < line->count; p++)
        cln_text_add(text, "%s%s",
                     !p                            ? ""
                     : line->parts[p].joint == '-' ? " - "
                                                   : " ",
                     line->parts[p].text);
    if (columns <= 0 || text->failed || !text->chars)
        return;
    int taken;
    text->length = start + cln_utf8_fitting(text->chars + start, columns, &taken);
    text->chars[text->length] = '\0';
}

char *cln_duration_format(char *text, size_t size, double seconds) {
    if (!(seconds >= 0) || seconds > 1e9)
        snprintf(text, size, "?");
    else if (seconds < 9.95)
        snprintf(text, size, "%.1fs", seconds);
    else if (seconds < 59.5)
        snprintf(text, size, "%.0fs", seconds);
    else {
        long whole = lround(seconds);
        if (whole < 3600)
            snprintf(text, size, "%ld:%02ld", whole / 60, whole % 60);
        else
            snprintf(text, size, "%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
    }
    return text;
}
