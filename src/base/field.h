/*
 * Fields: rows that describe the members of a plain struct by key, type, range and default.
 *
 * One table drives the YAML checks and messages, the defaults, the help, and the editor's schema,
 * for the sections of an experiment file and for the attributes of every op alike.
 */
#ifndef CLN_BASE_FIELD_H
#define CLN_BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cln_field_type {
    CLN_FIELD_INT,    /* int64_t */
    CLN_FIELD_FLOAT,  /* double */
    CLN_FIELD_BOOL,   /* bool */
    CLN_FIELD_CHOICE, /* int: an index into `choices` */
    CLN_FIELD_TEXT,   /* char[CLN_FIELD_TEXT_SIZE] */
    CLN_FIELD_PAIR,   /* int64_t[2]: one number for both, or a list of two */
};

#define CLN_FIELD_TEXT_SIZE 256 /* room for paths */

struct cln_field {
    const char *key;
    enum cln_field_type type;
    size_t offset;              /* of the member in the struct described */
    bool required;              /* no default: must be given */
    bool optional;              /* of FLOAT: NaN, and not printed, unless it is given */
    bool quiet;                 /* printed only where it differs from its default */
    bool bare;                  /* `op: value` is short for `op: {key: value}` */
    double number;              /* default of INT, FLOAT, BOOL, PAIR, and the index of CHOICE */
    const char *text;           /* default of TEXT */
    double min, max;            /* inclusive range of INT, FLOAT, PAIR */
    bool above_min, below_max;  /* the range excludes that end */
    const char *const *choices; /* NULL-terminated names of CHOICE */
    const char *help;           /* one line */
};

/* Writes every field's default into `object`. */
void cln_fields_set_defaults(const struct cln_field *fields, size_t count, void *object);

/* The row with that key, or NULL. */
const struct cln_field *cln_field_find(const struct cln_field *fields, size_t count,
                                       const char *key);

#endif
