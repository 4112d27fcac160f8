#include "report/html.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "report/axis.h"

#define DASH "\xE2\x80\x93"

void cln_html_add_text(struct cln_text *out, const char *text) {
    char *clean = cln_utf8_clean(text ? text : DASH);
    out->failed |= !clean;
    for (const char *at = clean; at && *at; at++)
        switch (*at) {
        case '&':
            cln_text_append(out, "&amp;", 5);
            break;
        case '<':
            cln_text_append(out, "&lt;", 4);
            break;
        case '>':
            cln_text_append(out, "&gt;", 4);
            break;
        case '"':
            cln_text_append(out, "&quot;", 6);
            break;
        case '\'':
            cln_text_append(out, "&#39;", 5);
            break;
        case '\n': /* a line's end in an attribute would be made a blank */
            cln_text_append(out, "&#10;", 5);
            break;
        default:
            if (((unsigned char)*at < 0x20 && *at != '\t') || *at == 0x7F)
                cln_text_append(out, "?", 1);
            else
                cln_text_append(out, at, 1);
        }
    free(clean);
}

static void add_number(struct cln_text *out, double value, int decimals) {
    char text[64];
    if (!isfinite(value))
        cln_text_add(out, DASH);
    else
        cln_text_add(out, "%s", cln_number_format(text, sizeof text, value, decimals));
}

void cln_html_add(struct cln_text *out, const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *at = format; *at; at++) {
        if (*at != '%') {
            size_t length = strcspn(at, "%");
            cln_text_append(out, at, length);
            at += length - 1;
            continue;
        }
        switch (*++at) {
        case 's':
            cln_html_add_text(out, va_arg(args, const char *));
            break;
        case 'd':
            cln_text_add(out, "%d", va_arg(args, int));
            break;
        case 'z':
            cln_text_add(out, "%zu", va_arg(args, size_t));
            break;
        case 'l':
            cln_text_add(out, "%lld", (long long)va_arg(args, int64_t));
            break;
        case '%':
            cln_text_append(out, "%", 1);
            break;
        default:
            add_number(out, va_arg(args, double), *at - '0');
        }
    }
    va_end(args);
}

char *cln_html_seconds(char text[48], double seconds) {
    if (!isfinite(seconds) || seconds < 0 || seconds > 1e9)
        snprintf(text, 48, DASH);
    else if (seconds < 9.95)
        snprintf(text, 48, "%.2f s", seconds);
    else if (seconds < 119.5)
        snprintf(text, 48, "%.0f s", seconds);
    else if (seconds < 3600 - 0.5)
        snprintf(text, 48, "%d min %d s", (int)lround(seconds) / 60, (int)lround(seconds) % 60);
    else
        snprintf(text, 48, "%d h %d min", (int)(seconds / 3600),
                 (int)lround(fmod(seconds, 3600) / 60));
    return text;
}
