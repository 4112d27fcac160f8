/* Fields as text: what they accept, and their values as YAML. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number.h"
#include "experiment/bind.h"

static void print_number(struct cln_text *out, double value) {
    char text[CLN_NUMBER_SIZE];
    cln_number_print(text, value);
    cln_text_add(out, "%s", text);
}

/* " from 0 to 1, without 1" and the like; open ends are written as infinities or not at all. */
static void print_range(struct cln_text *out, const struct cln_field *field) {
    bool low = !isinf(field->min), high = !isinf(field->max);
    if ((field->min == 0 && field->max == 0) || (!low && !high))
        return;
    if (low && high) {
        cln_text_add(out, " from ");
        print_number(out, field->min);
        cln_text_add(out, " to ");
        print_number(out, field->max);
        if (field->above_min) {
            cln_text_add(out, ", without ");
            print_number(out, field->min);
        }
        if (field->below_max) {
            cln_text_add(out, field->above_min ? " and " : ", without ");
            print_number(out, field->max);
        }
        return;
    }
    if (low)
        cln_text_add(out, field->above_min ? " above " : " of at least ");
    else
        cln_text_add(out, field->below_max ? " below " : " of at most ");
    print_number(out, low ? field->min : field->max);
}

void cln_field_accepted(struct cln_text *out, const struct cln_field *field) {
    switch (field->type) {
    case CLN_FIELD_INT:
        cln_text_add(out, "an integer");
        print_range(out, field);
        break;
    case CLN_FIELD_FLOAT:
        cln_text_add(out, "a number");
        print_range(out, field);
        break;
    case CLN_FIELD_BOOL:
        cln_text_add(out, "true, false");
        break;
    case CLN_FIELD_CHOICE:
        for (int i = 0; field->choices[i]; i++)
            cln_text_add(out, "%s%s", i ? ", " : "", field->choices[i]);
        break;
    case CLN_FIELD_TEXT:
        cln_text_add(out, "text of up to %d bytes", CLN_FIELD_TEXT_SIZE - 1);
        break;
    case CLN_FIELD_PAIR:
        cln_text_add(out, "an integer");
        print_range(out, field);
        cln_text_add(out, ", or a list of two");
        break;
    }
}

void cln_field_print(struct cln_text *out, const struct cln_field *field, const void *object) {
    const void *member = (const char *)object + field->offset;
    const int64_t *pair = member;
    switch (field->type) {
    case CLN_FIELD_INT:
        cln_text_add(out, "%" PRId64, *(const int64_t *)member);
        break;
    case CLN_FIELD_FLOAT:
        print_number(out, *(const double *)member);
        break;
    case CLN_FIELD_BOOL:
        cln_text_add(out, *(const bool *)member ? "true" : "false");
        break;
    case CLN_FIELD_CHOICE:
        cln_yaml_print_scalar(out, field->choices[*(const int *)member], true);
        break;
    case CLN_FIELD_TEXT:
        cln_yaml_print_scalar(out, member, true);
        break;
    case CLN_FIELD_PAIR:
        if (pair[0] == pair[1])
            cln_text_add(out, "%" PRId64, pair[0]);
        else
            cln_text_add(out, "[%" PRId64 ", %" PRId64 "]", pair[0], pair[1]);
        break;
    }
}

static bool is_left_out(const struct cln_field *field, const void *object) {
    return field->optional && isnan(*(const double *)((const char *)object + field->offset));
}

static bool is_default(const struct cln_field *field, const void *object) {
    const void *member = (const char *)object + field->offset;
    const int64_t *pair = member;
    if (field->required)
        return false;
    switch (field->type) {
    case CLN_FIELD_INT:
        return *(const int64_t *)member == (int64_t)field->number;
    case CLN_FIELD_FLOAT:
        return field->optional ? isnan(*(const double *)member)
                               : *(const double *)member == field->number;
    case CLN_FIELD_BOOL:
        return *(const bool *)member == (field->number != 0);
    case CLN_FIELD_CHOICE:
        return *(const int *)member == (int)field->number;
    case CLN_FIELD_TEXT:
        return !strcmp(member, field->text ? field->text : "");
    case CLN_FIELD_PAIR:
        return pair[0] == (int64_t)field->number && pair[1] == pair[0];
    }
    return false;
}

void cln_fields_print(struct cln_text *out, const struct cln_field *fields, size_t count,
                      const void *object, bool changed_only) {
    bool first = true;
    cln_text_add(out, "{");
    for (size_t i = 0; i < count; i++) {
        if (is_left_out(&fields[i], object) ||
            ((changed_only || fields[i].quiet) && is_default(&fields[i], object)))
            continue;
        cln_text_add(out, "%s%s: ", first ? "" : ", ", fields[i].key);
        cln_field_print(out, &fields[i], object);
        first = false;
    }
    cln_text_add(out, "}");
}
