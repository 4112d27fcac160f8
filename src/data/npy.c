#include "data/npy.h"

#include <stdio.h>
#include <string.h>

#define MAGIC_BYTES 6
#define MAGIC       "\x93NUMPY"

/* The header while it is read; messages name the offset in the file. */
struct reader {
    const char *name;
    const uint8_t *bytes;
    size_t at, end;
};

static bool seen(const uint8_t *bytes, size_t length) {
    return length >= MAGIC_BYTES && memcmp(bytes, MAGIC, MAGIC_BYTES) == 0;
}

static void skip_blanks(struct reader *reader) {
    while (reader->at < reader->end &&
           (reader->bytes[reader->at] == ' ' || reader->bytes[reader->at] == '\n' ||
            reader->bytes[reader->at] == '\t'))
        reader->at++;
}

/* Takes the character if it is the next one that is not blank. */
static bool take(struct reader *reader, char wanted) {
    skip_blanks(reader);
    if (reader->at == reader->end || reader->bytes[reader->at] != (uint8_t)wanted)
        return false;
    reader->at++;
    return true;
}

static enum cln_status need(struct reader *reader, char wanted) {
    if (take(reader, wanted))
        return CLN_OK;
    return CLN_FAIL(DATA, "%s: offset %zu: expected '%c' in the header", reader->name, reader->at,
                    wanted);
}

#define WORD_SIZE 32

/* A quoted text of printable ASCII without escapes. */
static enum cln_status read_quoted(struct reader *reader, char out[WORD_SIZE]) {
    skip_blanks(reader);
    const char quote = take(reader, '"') ? '"' : '\'';
    if (quote == '\'')
        CLN_TRY(need(reader, '\''));
    size_t length = 0;
    for (; reader->at < reader->end && reader->bytes[reader->at] != (uint8_t)quote; reader->at++) {
        const uint8_t c = reader->bytes[reader->at];
        if (length + 1 >= WORD_SIZE || c < 0x20 || c > 0x7e || c == '\\')
            return CLN_FAIL(DATA, "%s: offset %zu: expected a short text without escapes",
                            reader->name, reader->at);
        out[length++] = (char)c;
    }
    out[length] = '\0';
    return need(reader, quote);
}

static bool take_word(struct reader *reader, const char *word) {
    skip_blanks(reader);
    const size_t length = strlen(word);
    if (reader->end - reader->at < length || memcmp(reader->bytes + reader->at, word, length) != 0)
        return false;
    reader->at += length;
    return true;
}

/* "|u1", "<i8", ">u2": byte order, sign, bytes. */
static enum cln_status read_dtype(struct reader *reader, struct cln_array *array) {
    char text[WORD_SIZE];
    skip_blanks(reader);
    const size_t at = reader->at;
    if (at < reader->end && reader->bytes[at] == '[')
        return CLN_FAIL(DATA, "%s: offset %zu: an array of records; accepted: integers",
                        reader->name, at);
    CLN_TRY(read_quoted(reader, text));
    const bool whole = strlen(text) == 3 && strchr("|<>", text[0]) && strchr("iu", text[1]) &&
                       strchr("1248", text[2]) && (text[0] != '|' || text[2] == '1');
    if (!whole)
        return CLN_FAIL(DATA,
                        "%s: offset %zu: dtype '%s'; accepted: integers of 1, 2, 4 or 8 bytes, for "
                        "images uint8 ('|u1')",
                        reader->name, at, text);
    array->big_endian = text[0] == '>';
    array->has_sign = text[1] == 'i';
    array->value_bytes = text[2] - '0';
    return CLN_OK;
}

static enum cln_status read_order(struct reader *reader) {
    if (take_word(reader, "False"))
        return CLN_OK;
    if (!take_word(reader, "True"))
        return CLN_FAIL(DATA, "%s: offset %zu: fortran_order is neither False nor True",
                        reader->name, reader->at);
    return CLN_FAIL(DATA,
                    "%s: stored in Fortran order; accepted: C order, as numpy.ascontiguousarray() "
                    "gives",
                    reader->name);
}

static enum cln_status read_dim(struct reader *reader, size_t *out) {
    skip_blanks(reader);
    const size_t start = reader->at;
    size_t value = 0;
    for (; reader->at < reader->end; reader->at++) {
        const unsigned digit = (unsigned)reader->bytes[reader->at] - '0';
        if (digit > 9)
            break;
        if (value > ((size_t)-1 / 2 - digit) / 10)
            return CLN_FAIL(DATA, "%s: offset %zu: a dimension is more than memory can hold",
                            reader->name, start);
        value = value * 10 + digit;
    }
    if (reader->at == start)
        return CLN_FAIL(DATA, "%s: offset %zu: expected a dimension", reader->name, start);
    *out = value;
    return CLN_OK;
}

/* "(60000, 28, 28)", "(60000,)", "()". */
static enum cln_status read_shape(struct reader *reader, struct cln_array *array) {
    CLN_TRY(need(reader, '('));
    array->rank = 0;
    while (!take(reader, ')')) {
        if (array->rank == CLN_ARRAY_MAX_RANK)
            return CLN_FAIL(DATA, "%s: offset %zu: more than %d dimensions", reader->name,
                            reader->at, CLN_ARRAY_MAX_RANK);
        CLN_TRY(read_dim(reader, &array->dims[array->rank++]));
        if (!take(reader, ',')) {
            CLN_TRY(need(reader, ')'));
            break;
        }
    }
    if (array->rank == 0)
        return CLN_FAIL(DATA, "%s: a single number; accepted: 1 to %d dimensions", reader->name,
                        CLN_ARRAY_MAX_RANK);
    return CLN_OK;
}

static enum cln_status read_header(struct reader *reader, struct cln_array *array) {
    static const char *const keys[] = {"descr", "fortran_order", "shape"};
    bool there[3] = {false};
    CLN_TRY(need(reader, '{'));
    while (!take(reader, '}')) {
        char key[WORD_SIZE];
        const size_t at = reader->at;
        int which = 0;
        CLN_TRY(read_quoted(reader, key));
        CLN_TRY(need(reader, ':'));
        while (which < 3 && strcmp(keys[which], key) != 0)
            which++;
        if (which == 3 || there[which])
            return CLN_FAIL(DATA,
                            "%s: offset %zu: key '%s' %s; accepted: descr, fortran_order, "
                            "shape",
                            reader->name, at, key, which == 3 ? "is unknown" : "stands twice");
        there[which] = true;
        CLN_TRY(which == 0   ? read_dtype(reader, array)
                : which == 1 ? read_order(reader)
                             : read_shape(reader, array));
        if (!take(reader, ',')) {
            CLN_TRY(need(reader, '}'));
            break;
        }
    }
    for (int i = 0; i < 3; i++)
        if (!there[i])
            return CLN_FAIL(DATA, "%s: the header has no '%s'", reader->name, keys[i]);
    skip_blanks(reader);
    if (reader->at != reader->end)
        return CLN_FAIL(DATA, "%s: offset %zu: more than the dictionary in the header",
                        reader->name, reader->at);
    return CLN_OK;
}

static enum cln_status parse(const char *name, const uint8_t *bytes, size_t available,
                             size_t length, struct cln_array *out) {
    const size_t fixed = MAGIC_BYTES + 2; /* and the version */
    if (available < fixed + 4)
        return CLN_FAIL(DATA, "%s: truncated: %zu bytes, less than a header", name, available);
    const int major = bytes[MAGIC_BYTES], minor = bytes[MAGIC_BYTES + 1];
    if (major < 1 || major > 3 || minor != 0)
        return CLN_FAIL(DATA, "%s: version %d.%d of the format; accepted: 1.0, 2.0, 3.0", name,
                        major, minor);
    const size_t size_bytes = major == 1 ? 2 : 4, start = fixed + size_bytes;
    size_t header = 0;
    for (size_t i = size_bytes; i-- > 0;)
        header = header << 8 | bytes[fixed + i];
    if (header > CLN_ARRAY_HEADER_BYTES - start)
        return CLN_FAIL(DATA, "%s: offset %zu: a header of %zu bytes; accepted: up to %zu", name,
                        fixed, header, CLN_ARRAY_HEADER_BYTES - start);
    if (header > available - start)
        return CLN_FAIL(DATA, "%s: truncated: %zu bytes, less than a header of %zu", name,
                        available, header);
    struct cln_array array = {.offset = start + header};
    struct reader reader = {name, bytes, start, start + header};
    CLN_TRY(read_header(&reader, &array));
    CLN_TRY(cln_array_check_size(name, length, &array));
    *out = array;
    return CLN_OK;
}

const struct cln_array_format cln_array_npy = {
    .name = "NumPy's .npy", .seen = seen, .parse = parse};
