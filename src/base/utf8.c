#include "base/utf8.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the well-formed character at `at`, and which it is; or 0. Overlong forms and surrogates
 * are refused. */
static size_t character_bytes(const unsigned char *at, uint32_t *character) {
    *character = *at;
    if (*at < 0x80)
        return 1;
    size_t bytes = *at >= 0xF0 ? 4 : *at >= 0xE0 ? 3 : 2;
    if (*at < 0xC2 || *at > 0xF4)
        return 0;
    uint32_t value = *at & (0xFFu >> (bytes + 1));
    for (size_t b = 1; b < bytes; b++) {
        if ((at[b] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (at[b] & 0x3F);
    }
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < lowest[bytes] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return 0;
    *character = value;
    return bytes;
}

char *cln_utf8_clean(const char *text) {
    char *clean = strdup(text);
    uint32_t character;
    for (unsigned char *at = (unsigned char *)clean; at && *at;) {
        size_t bytes = character_bytes(at, &character);
        if (!bytes)
            *at = '?';
        at += bytes ? bytes : 1;
    }
    return clean;
}

static bool is_harmless(uint32_t character, bool lines) {
    if (character == '\n' || character == '\t')
        return lines;
    const bool control = character < 0x20 || (character >= 0x7F && character < 0xA0);
    const bool turns = character == 0x061C || character == 0x200E || character == 0x200F ||
                       (character >= 0x202A && character <= 0x202E) ||
                       (character >= 0x2066 && character <= 0x2069);
    return !control && !turns && character != 0x2028 && character != 0x2029;
}

/* A character of several bytes becomes a single '?', so the text never grows. */
void cln_utf8_disarm(char *text, bool lines) {
    unsigned char *to = (unsigned char *)text;
    for (const unsigned char *at = to; *at;) {
        uint32_t character;
        size_t bytes = character_bytes(at, &character);
        if (bytes && is_harmless(character, lines)) {
            memmove(to, at, bytes);
            to += bytes;
        } else {
            *to++ = '?';
        }
        at += bytes ? bytes : 1;
    }
    *to = '\0';
}

struct range {
    uint32_t first, last;
};

static bool is_among(uint32_t character, const struct range *ranges, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

/* Unicode's blocks of combining marks and of wide characters (Standard Annex 11: W and F). */
static int columns_of(uint32_t character) {
    static const struct range joined[] = {
        {0x300, 0x36F},   {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x200B, 0x200D},
        {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
    };
    static const struct range wide[] = {
        {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0xA4CF},   {0xA960, 0xA97F},
        {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
        {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
        {0x20000, 0x3FFFD},
    };
    if (is_among(character, joined, sizeof joined / sizeof *joined))
        return 0;
    return is_among(character, wide, sizeof wide / sizeof *wide) ? 2 : 1;
}

size_t cln_utf8_fitting(const char *text, int columns, int *taken) {
    const unsigned char *at = (const unsigned char *)text;
    uint32_t character;
    size_t bytes;
    *taken = 0;
    while (*at && (bytes = character_bytes(at, &character)) > 0 &&
           *taken + columns_of(character) <= columns) {
        *taken += columns_of(character);
        at += bytes;
    }
    return (size_t)(at - (const unsigned char *)text);
}

int cln_utf8_columns(const char *text) {
    int taken;
    (void)cln_utf8_fitting(text, INT_MAX - 2, &taken);
    return taken;
}

void cln_utf8_print(FILE *to, const char *text, int columns) {
    int taken;
    const int bytes = (int)cln_utf8_fitting(text, columns, &taken);
    fprintf(to, "%.*s%*s", bytes, text, columns - taken, "");
}
