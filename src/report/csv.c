#include "report/csv.h"

#include <math.h>
#include <string.h>

static void next_field(struct cln_csv *csv) {
    if (csv->in_row)
        cln_text_append(&csv->text, ",", 1);
    csv->in_row = true;
}

void cln_csv_header(struct cln_csv *csv, const char *names) {
    cln_text_add(&csv->text, "%s\n", names);
}

/* Quotes what holds a comma, a quote or a line's end; a quote within is doubled. What a spreadsheet
 * would take for a formula gets an apostrophe before it. */
void cln_csv_text(struct cln_csv *csv, const char *value) {
    next_field(csv);
    if (!value)
        return;
    const char *guard = *value && strchr("=+-@\t\r", *value) ? "'" : "";
    if (!value[strcspn(value, ",\"\r\n")]) {
        cln_text_append(&csv->text, guard, strlen(guard));
        cln_text_append(&csv->text, value, strlen(value));
        return;
    }
    cln_text_append(&csv->text, "\"", 1);
    cln_text_append(&csv->text, guard, strlen(guard));
    for (; *value; value++)
        cln_text_append(&csv->text, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
    cln_text_append(&csv->text, "\"", 1);
}

void cln_csv_integer(struct cln_csv *csv, int64_t value) {
    next_field(csv);
    cln_text_add(&csv->text, "%lld", (long long)value);
}

void cln_csv_number(struct cln_csv *csv, double value, int digits) {
    next_field(csv);
    if (!isfinite(value)) {
        cln_text_add(&csv->text, "%s", isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    size_t before = csv->text.length;
    cln_text_add(&csv->text, "%.*g", digits, value);
    char *comma = csv->text.failed ? NULL : strchr(csv->text.chars + before, ',');
    if (comma)
        *comma = '.';
}

void cln_csv_end_row(struct cln_csv *csv) {
    cln_text_append(&csv->text, "\n", 1);
    csv->in_row = false;
}
