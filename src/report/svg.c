#include "report/svg.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#define MOST_COLOURS 256
#define SCALE        10000 /* numbers are counted in ten-thousandths */
#define COARSE       100   /* of them are kept from 1 on */

/* A part of a text. */
struct slice {
    const char *at;
    size_t length;
};

struct joiner {
    const char *paper, *dark; /* what is left of them */
    struct cln_text body;
    struct slice colours[MOST_COLOURS][2];
    int count;
};

static bool begins(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

static bool same(struct slice a, struct slice b) {
    return a.length == b.length && !memcmp(a.at, b.at, a.length);
}

static struct slice through(const char *text, char last) {
    const char *end = strchr(text, last);
    return (struct slice){text, end ? (size_t)(end - text) + 1 : strlen(text)};
}

static void advance(struct joiner *joiner, size_t paper, size_t dark) {
    joiner->paper += paper;
    joiner->dark += dark;
}

/* "rgb(...)" in both. */
static bool join_colour(struct joiner *joiner) {
    const struct slice paper = through(joiner->paper, ')'), dark = through(joiner->dark, ')');
    int at = 0;
    while (at < joiner->count &&
           !(same(joiner->colours[at][0], paper) && same(joiner->colours[at][1], dark)))
        at++;
    if (at == MOST_COLOURS)
        return false;
    if (at == joiner->count) {
        joiner->colours[at][0] = paper;
        joiner->colours[at][1] = dark;
        joiner->count++;
    }
    cln_text_add(&joiner->body, "var(--c%d)", at);
    advance(joiner, paper.length, dark.length);
    return true;
}

/* Images within the SVG must be the same. */
static bool join_bytes(struct joiner *joiner) {
    const struct slice paper = through(joiner->paper, '"'), dark = through(joiner->dark, '"');
    if (!same(paper, dark))
        return false;
    cln_text_append(&joiner->body, paper.at, paper.length);
    advance(joiner, paper.length, dark.length);
    return true;
}

static size_t number_length(const char *text) {
    return strspn(text, "0123456789.");
}

/* By whole numbers, for a decimal point is one in every locale. */
static void add_number(struct cln_text *out, struct slice number) {
    int64_t value = 0, unit = 0;
    if (number.length > 15) { /* nothing that cairo writes */
        cln_text_append(out, number.at, number.length);
        return;
    }
    for (size_t i = 0; i < number.length && unit != 1; i++)
        if (number.at[i] == '.') {
            unit = SCALE;
        } else {
            value = value * 10 + (number.at[i] - '0');
            unit /= 10;
            if (unit == 1 && i + 1 < number.length && number.at[i + 1] >= '5')
                value++;
        }
    value *= unit ? unit : SCALE;
    if (value >= SCALE)
        value = (value + COARSE / 2) / COARSE * COARSE;
    cln_text_add(out, "%lld", (long long)(value / SCALE));
    int left = (int)(value % SCALE), digits = 4;
    if (!left)
        return;
    for (; left % 10 == 0; left /= 10)
        digits--;
    cln_text_add(out, ".%0*d", digits, left);
}

/* Numbers behind a letter are part of a name, which cairo counts through all it ever draws. */
static bool join_number(struct joiner *joiner, char before) {
    const struct slice paper = {joiner->paper, number_length(joiner->paper)},
                       dark = {joiner->dark, number_length(joiner->dark)};
    if (isalpha((unsigned char)before))
        cln_text_append(&joiner->body, paper.at, paper.length);
    else if (same(paper, dark))
        add_number(&joiner->body, paper);
    else
        return false;
    advance(joiner, paper.length, dark.length);
    return true;
}

static void join_blank(struct joiner *joiner, char before) {
    const size_t length = strspn(joiner->paper, " \n");
    if (before != '>')
        cln_text_append(&joiner->body, " ", 1);
    advance(joiner, length, strspn(joiner->dark, " \n"));
}

static bool join_next(struct joiner *joiner) {
    const struct cln_text *body = &joiner->body;
    const char before = body->length ? body->chars[body->length - 1] : '>';
    const char paper = *joiner->paper, dark = *joiner->dark;
    if (begins(joiner->paper, "rgb(") && begins(joiner->dark, "rgb("))
        return join_colour(joiner);
    if (begins(joiner->paper, "base64,"))
        return join_bytes(joiner);
    if (isdigit((unsigned char)paper) && isdigit((unsigned char)dark))
        return join_number(joiner, before);
    if (paper != dark)
        return false;
    if (paper == ' ' || paper == '\n') {
        join_blank(joiner, before);
    } else {
        cln_text_append(&joiner->body, &paper, 1);
        advance(joiner, 1, 1);
    }
    return true;
}

static void add_colours(const struct joiner *joiner, int which, struct cln_text *out) {
    cln_text_add(out, ":root{");
    for (int i = 0; i < joiner->count; i++)
        cln_text_add(out, "--c%d:%.*s;", i, (int)joiner->colours[i][which].length,
                     joiner->colours[i][which].at);
    cln_text_add(out, "}");
}

/* The <svg> itself: what stands before it is the same in every SVG, and no use in a page. */
static const char *skip_prolog(const struct cln_text *svg) {
    return svg->chars ? strstr(svg->chars, "<svg ") : NULL;
}

bool cln_svg_join(const struct cln_text *paper, const struct cln_text *dark, struct cln_text *out) {
    struct joiner joiner = {.paper = skip_prolog(paper), .dark = skip_prolog(dark)};
    bool joined = joiner.paper && joiner.dark;
    while (joined && *joiner.paper && !joiner.body.failed)
        joined = join_next(&joiner);
    joined = joined && !*joiner.dark && !joiner.body.failed;
    if (joined) {
        const struct slice element = through(joiner.body.chars, '>');
        cln_text_append(out, element.at, element.length);
        cln_text_add(out, "<style>");
        add_colours(&joiner, 0, out);
        cln_text_add(out, "@media screen and (prefers-color-scheme:dark){");
        add_colours(&joiner, 1, out);
        cln_text_add(out, "}</style>");
        cln_text_append(out, element.at + element.length, joiner.body.length - element.length);
    }
    out->failed = out->failed || joiner.body.failed;
    cln_text_free(&joiner.body);
    return joined && !out->failed;
}

void cln_svg_add_address(const struct cln_text *svg, struct cln_text *html) {
    const char *text = svg->chars ? svg->chars : "";
    const char *quote = strchr(text, '\'') ? "%22" : "'";
    cln_text_add(html, "data:image/svg+xml,");
    for (const char *at = text; *at;) {
        const size_t plain = strcspn(at, "\"'%#&\n");
        cln_text_append(html, at, plain);
        at += plain;
        const char *instead = *at == '"'    ? quote
                              : *at == '\'' ? "%27"
                              : *at == '%'  ? "%25"
                              : *at == '#'  ? "%23"
                              : *at == '&'  ? "%26"
                                            : "%0A";
        if (*at)
            cln_text_add(html, "%s", instead);
        at += *at != '\0';
    }
}
