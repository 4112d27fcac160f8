#include "base/json.h"

#include <string.h>

/* Beyond these cJSON refuses what is JSON. */
#define DEPTH_MOST  999
#define NUMBER_MOST 60 /* characters */

struct scan {
    const char *at, *end;
    int depth;
};

static bool value(struct scan *scan);

/* Takes the character if it is next. */
static bool take(struct scan *scan, char wanted) {
    const bool there = scan->at < scan->end && *scan->at == wanted;
    scan->at += there;
    return there;
}

/* Takes one of the characters; '\0': none of them is next. */
static char take_any(struct scan *scan, const char *accepted) {
    if (scan->at >= scan->end || !*scan->at || !strchr(accepted, *scan->at))
        return '\0';
    return *scan->at++;
}

static void blanks(struct scan *scan) {
    while (take_any(scan, " \t\n\r"))
        ;
}

static bool digits(struct scan *scan) {
    const char *from = scan->at;
    while (take_any(scan, "0123456789"))
        ;
    return scan->at > from;
}

static bool plain_number(struct scan *scan) {
    (void)take(scan, '-');
    if (!take(scan, '0') && !digits(scan))
        return false;
    if (take(scan, '.') && !digits(scan))
        return false;
    if (!take_any(scan, "eE"))
        return true;
    (void)take_any(scan, "+-");
    return digits(scan);
}

static bool number(struct scan *scan) {
    const char *from = scan->at;
    return plain_number(scan) && scan->at - from <= NUMBER_MOST;
}

static bool hex4(struct scan *scan, unsigned *out) {
    static const char hex[] = "0123456789abcdef0123456789ABCDEF";
    *out = 0;
    for (int i = 0; i < 4; i++) {
        const char c = take_any(scan, hex);
        if (!c)
            return false;
        *out = *out * 16 + (unsigned)((strchr(hex, c) - hex) & 15);
    }
    return true;
}

/* What follows a backslash; halves of a character come in pairs. */
static bool escape(struct scan *scan) {
    unsigned code, low;
    if (take_any(scan, "\"\\/bfnrt"))
        return true;
    if (!take(scan, 'u') || !hex4(scan, &code) || (code & 0xfc00) == 0xdc00)
        return false;
    return (code & 0xfc00) != 0xd800 ||
           (take(scan, '\\') && take(scan, 'u') && hex4(scan, &low) && (low & 0xfc00) == 0xdc00);
}

static bool text(struct scan *scan) {
    if (!take(scan, '"'))
        return false;
    while (scan->at < scan->end && *scan->at != '"') {
        if ((unsigned char)*scan->at < 0x20)
            return false;
        if (*scan->at++ == '\\' && !escape(scan))
            return false;
    }
    return take(scan, '"');
}

static bool word(struct scan *scan, const char *wanted) {
    while (*wanted && take(scan, *wanted))
        wanted++;
    return !*wanted;
}

/* What stands in brackets, `keyed` in braces, behind the first of them. */
static bool members(struct scan *scan, char last, bool keyed) {
    bool good = ++scan->depth <= DEPTH_MOST;
    blanks(scan);
    if (good && take(scan, last)) {
        scan->depth--;
        return true;
    }
    while (good) {
        blanks(scan);
        if (keyed) {
            good = text(scan);
            blanks(scan);
            good = good && take(scan, ':');
        }
        good = good && value(scan);
        if (!take(scan, ','))
            break;
    }
    scan->depth--;
    return good && take(scan, last);
}

/* With the blanks around it. */
static bool value(struct scan *scan) {
    bool good;
    blanks(scan);
    if (take(scan, '{'))
        good = members(scan, '}', true);
    else if (take(scan, '['))
        good = members(scan, ']', false);
    else if (scan->at < scan->end && *scan->at == '"')
        good = text(scan);
    else if (scan->at < scan->end && strchr("tfn", *scan->at) && *scan->at)
        good = word(scan, *scan->at == 't' ? "true" : *scan->at == 'f' ? "false" : "null");
    else
        good = number(scan);
    blanks(scan);
    return good;
}

bool cln_json_is_valid(const char *bytes, size_t length) {
    struct scan scan = {bytes, bytes + length, 0};
    return value(&scan) && scan.at == scan.end;
}
