/* A table of comma-separated values (RFC 4180) in memory, written field by field. */
#ifndef CLN_REPORT_CSV_H
#define CLN_REPORT_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct cln_csv {
    struct cln_text text; /* cln_text_free() it */
    bool in_row;
};

/* The names of columns, separated by commas already, as a row. */
void cln_csv_header(struct cln_csv *csv, const char *names);

/* NULL: an empty field. A text that begins with = + - or @ gets an apostrophe before it, so that no
 * spreadsheet computes it. */
void cln_csv_text(struct cln_csv *csv, const char *value);
void cln_csv_integer(struct cln_csv *csv, int64_t value);

/* With that many significant digits, a point whatever the locale; "nan" and "inf" by name. */
void cln_csv_number(struct cln_csv *csv, double value, int digits);

void cln_csv_end_row(struct cln_csv *csv);

#endif
