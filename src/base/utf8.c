#include "base/utf8.h"

#include <stddef.h>
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
