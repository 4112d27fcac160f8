/* HTML written such that nothing in a text can become markup. */
#ifndef CLN_REPORT_HTML_H
#define CLN_REPORT_HTML_H

#include <stdint.h>

#include "base/text.h"

/*
 * Appends the markup of `format`, which is a literal, with %s replaced by a text, escaped for
 * content and for quoted attributes alike; NULL is shown as a dash. %d takes an int, %z a size_t,
 * %l an int64_t, %1 to %9 a double with so many digits behind the point ("not a number" as a dash),
 * %% a percent sign. There is no way to put unescaped text in but cln_text_append().
 */
void cln_html_add(struct cln_text *out, const char *format, ...);

/* One text, escaped. Bytes that are no UTF-8, and control characters, become question marks. */
void cln_html_add_text(struct cln_text *out, const char *text);

/* "4 min 5 s", "0.31 s", a dash for NaN. Returns `text`. */
char *cln_html_seconds(char text[48], double seconds);

#endif
