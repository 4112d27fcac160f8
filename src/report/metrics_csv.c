#include "report/metrics_csv.h"

#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/metrics_column.h"

/* Quotes a text that holds a comma, a quote or a line's end; a quote within is doubled. */
static void add_text(struct cln_text *line, const char *value) {
    if (!value[strcspn(value, ",\"\r\n")]) {
        cln_text_add(line, "%s", value);
        return;
    }
    cln_text_add(line, "\"");
    for (; *value; value++)
        cln_text_append(line, *value == '"' ? "\"\"" : value, *value == '"' ? 2 : 1);
    cln_text_add(line, "\"");
}

static void add_value(struct cln_text *line, const struct cln_metrics_column *column,
                      const void *member) {
    size_t before = line->length;
    switch (column->type) {
    case CLN_METRICS_TEXT:
        add_text(line, member);
        return;
    case CLN_METRICS_INT:
        cln_text_add(line, "%d", *(const int *)member);
        return;
    case CLN_METRICS_INT64:
        cln_text_add(line, "%lld", (long long)*(const int64_t *)member);
        return;
    case CLN_METRICS_FLOAT:
        cln_text_add(line, "%.*g", column->digits, *(const double *)member);
    }
    /* A program that uses the library may have set a locale with a decimal comma. */
    char *comma = line->failed ? NULL : strchr(line->chars + before, ',');
    if (comma)
        *comma = '.';
}

static void add_row(struct cln_text *text, const struct cln_metrics_row *row) {
    for (int c = 0; c < CLN_METRICS_COLUMNS; c++) {
        const struct cln_metrics_column *column = &cln_metrics_columns[c];
        if (c)
            cln_text_add(text, ",");
        add_value(text, column, (const char *)row + column->offset);
    }
    cln_text_add(text, "\n");
}

enum cln_status cln_metrics_csv_write(const char *path, const struct cln_metrics_table *table) {
    struct cln_text text = {0};
    for (int c = 0; c < CLN_METRICS_COLUMNS; c++)
        cln_text_add(&text, "%s%s", c ? "," : "", cln_metrics_columns[c].name);
    cln_text_add(&text, "\n");
    for (size_t i = 0; i < table->count; i++)
        add_row(&text, &table->rows[i]);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_file_write(path, text.chars, text.length);
    cln_text_free(&text);
    return status;
}
