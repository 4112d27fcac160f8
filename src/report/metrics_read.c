/* Reading metrics.csv back: fields by RFC 4180, columns by the names in the header. */
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/text.h"
#include "report/metrics_column.h"
#include "report/metrics_csv.h"

#define COLUMN(name, type, digits)                                                                 \
    { #name, CLN_METRICS_##type, offsetof(struct cln_metrics_row, name), digits }

const struct cln_metrics_column cln_metrics_columns[CLN_METRICS_COLUMNS] = {
    COLUMN(cell, TEXT, 0),      COLUMN(model, TEXT, 0),     COLUMN(noise_scale, FLOAT, 9),
    COLUMN(seed, INT64, 0),     COLUMN(epoch, INT, 0),      COLUMN(loss, FLOAT, 8),
    COLUMN(accuracy, FLOAT, 8), COLUMN(val_loss, FLOAT, 8), COLUMN(val_accuracy, FLOAT, 8),
};

#define MAX_FIELDS 64

struct reader {
    const char *path;
    const char *at, *end;
    int line;                /* of the row being read, from 1 */
    int next_line;           /* of what comes after it */
    struct cln_text storage; /* the row's fields, each with a NUL after it */
    size_t field_at[MAX_FIELDS];
    int fields;
    bool whole; /* the row ended with a line's end, not with the file's */
};

static enum cln_status fail(const struct reader *reader, const char *what) {
    return CLN_FAIL(FILE, "%s:%d: %s", reader->path, reader->line, what);
}

/* From after the opening quote to after the closing one. */
static enum cln_status read_quoted(struct reader *reader) {
    for (reader->at++; reader->at < reader->end; reader->at++) {
        if (*reader->at == '"' && (++reader->at == reader->end || *reader->at != '"'))
            return CLN_OK;
        reader->next_line += *reader->at == '\n';
        cln_text_append(&reader->storage, reader->at, 1);
    }
    return fail(reader, "a quoted text has no closing quote");
}

static enum cln_status read_field(struct reader *reader) {
    if (reader->fields == MAX_FIELDS)
        return fail(reader, "more than 64 columns");
    reader->field_at[reader->fields++] = reader->storage.length;
    if (reader->at < reader->end && *reader->at == '"') {
        CLN_TRY(read_quoted(reader));
        if (reader->at < reader->end && !strchr(",\r\n", *reader->at))
            return fail(reader, "text after a closing quote; accepted: a comma or the line's end");
    } else {
        const char *start = reader->at;
        while (reader->at < reader->end && !strchr(",\r\n", *reader->at))
            reader->at++;
        cln_text_append(&reader->storage, start, (size_t)(reader->at - start));
    }
    cln_text_append(&reader->storage, "", 1);
    return CLN_OK;
}

static enum cln_status read_row(struct reader *reader) {
    reader->storage.length = 0;
    reader->fields = 0;
    reader->line = reader->next_line;
    for (;;) {
        CLN_TRY(read_field(reader));
        if (reader->at == reader->end || *reader->at != ',')
            break;
        reader->at++;
    }
    if (reader->at < reader->end && *reader->at == '\r')
        reader->at++;
    reader->whole = reader->at < reader->end && *reader->at == '\n';
    if (reader->at < reader->end && !reader->whole)
        return fail(reader, "a carriage return within a line");
    reader->at += reader->whole;
    reader->next_line += reader->whole;
    return cln_text_check(&reader->storage);
}

static const char *field(const struct reader *reader, int number) {
    return reader->storage.chars + reader->field_at[number];
}

/* place[c] becomes the number of the field that holds column c. */
static enum cln_status read_header(struct reader *reader, int place[CLN_METRICS_COLUMNS]) {
    CLN_TRY(read_row(reader));
    for (int c = 0; c < CLN_METRICS_COLUMNS; c++) {
        place[c] = -1;
        for (int f = 0; f < reader->fields; f++) {
            if (strcmp(field(reader, f), cln_metrics_columns[c].name))
                continue;
            if (place[c] >= 0)
                return CLN_FAIL(FILE, "%s:%d: column '%s' is there twice", reader->path,
                                reader->line, cln_metrics_columns[c].name);
            place[c] = f;
        }
        if (place[c] < 0)
            return CLN_FAIL(FILE, "%s:%d: no column '%s' in the header", reader->path, reader->line,
                            cln_metrics_columns[c].name);
    }
    return CLN_OK;
}

static enum cln_status fail_value(const struct reader *reader,
                                  const struct cln_metrics_column *column, const char *text,
                                  const char *accepted) {
    return CLN_FAIL(FILE, "%s:%d: %s: '%.40s' is not accepted; accepted: %s", reader->path,
                    reader->line, column->name, text, accepted);
}

static enum cln_status parse(const struct reader *reader, const struct cln_metrics_column *column,
                             const char *text, void *member) {
    char *end;
    errno = 0;
    if (column->type == CLN_METRICS_TEXT) {
        if (strlen(text) >= CLN_METRICS_TEXT_SIZE)
            return fail_value(reader, column, text, "at most 127 bytes");
        strcpy(member, text);
    } else if (column->type == CLN_METRICS_FLOAT) {
        double value = strtod(text, &end);
        if (end == text || *end)
            return fail_value(reader, column, text, "a number");
        *(double *)member = value;
    } else {
        long long value = strtoll(text, &end, 10);
        bool narrow = column->type == CLN_METRICS_INT;
        if (end == text || *end || errno || (narrow && (value < 1 || value > INT_MAX)))
            return fail_value(reader, column, text,
                              narrow ? "a whole number from 1 on" : "a whole number");
        if (narrow)
            *(int *)member = (int)value;
        else
            *(int64_t *)member = value;
    }
    return CLN_OK;
}

static enum cln_status read_rows(struct reader *reader, struct cln_metrics_table *table) {
    int place[CLN_METRICS_COLUMNS];
    CLN_TRY(read_header(reader, place));
    int columns = reader->fields;
    while (reader->at < reader->end) {
        const char *start = reader->at;
        if (!memchr(start, '\n', (size_t)(reader->end - start))) {
            table->torn = true;
            break;
        }
        CLN_TRY(read_row(reader));
        if (reader->fields == 1 && !*field(reader, 0))
            continue; /* an empty line */
        if (reader->fields != columns)
            return CLN_FAIL(FILE, "%s:%d: %d columns where the header has %d", reader->path,
                            reader->line, reader->fields, columns);
        struct cln_metrics_row row;
        for (int c = 0; c < CLN_METRICS_COLUMNS; c++)
            CLN_TRY(parse(reader, &cln_metrics_columns[c], field(reader, place[c]),
                          (char *)&row + cln_metrics_columns[c].offset));
        CLN_TRY(cln_metrics_table_add(table, &row));
    }
    return CLN_OK;
}

enum cln_status cln_metrics_csv_read(const char *path, struct cln_metrics_table *table) {
    *table = (struct cln_metrics_table){0};
    char *bytes;
    size_t length;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    struct reader reader = {.path = path, .at = bytes, .end = bytes + length, .next_line = 1};
    enum cln_status status = CLN_OK;
    if (memchr(bytes, '\0', length))
        status = CLN_FAIL(FILE, "%s: not a text file", path);
    else
        status = read_rows(&reader, table);
    if (status != CLN_OK)
        cln_metrics_table_done(table);
    cln_text_free(&reader.storage);
    free(bytes);
    return status;
}

enum cln_status cln_metrics_table_add(struct cln_metrics_table *table,
                                      const struct cln_metrics_row *row) {
    if (table->count == table->capacity) {
        size_t capacity = table->capacity ? 2 * table->capacity : 64;
        struct cln_metrics_row *rows = NULL;
        if (capacity <= SIZE_MAX / sizeof *rows)
            rows = realloc(table->rows, capacity * sizeof *rows);
        if (!rows)
            return CLN_FAIL(MEMORY, "out of memory for %zu rows of metrics", capacity);
        table->rows = rows;
        table->capacity = capacity;
    }
    table->rows[table->count++] = *row;
    return CLN_OK;
}

void cln_metrics_table_done(struct cln_metrics_table *table) {
    free(table->rows);
    *table = (struct cln_metrics_table){0};
}
