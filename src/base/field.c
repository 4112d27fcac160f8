#include "base/field.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void set_default(const struct cln_field *field, void *member) {
    switch (field->type) {
    case CLN_FIELD_INT:
        *(int64_t *)member = (int64_t)field->number;
        break;
    case CLN_FIELD_FLOAT:
        *(double *)member = field->optional ? (double)NAN : field->number;
        break;
    case CLN_FIELD_BOOL:
        *(bool *)member = field->number != 0;
        break;
    case CLN_FIELD_CHOICE:
        *(int *)member = (int)field->number;
        break;
    case CLN_FIELD_TEXT:
        snprintf(member, CLN_FIELD_TEXT_SIZE, "%s", field->text ? field->text : "");
        break;
    case CLN_FIELD_PAIR:
        ((int64_t *)member)[0] = ((int64_t *)member)[1] = (int64_t)field->number;
        break;
    }
}

void cln_fields_set_defaults(const struct cln_field *fields, size_t count, void *object) {
    for (size_t i = 0; i < count; i++)
        set_default(&fields[i], (char *)object + fields[i].offset);
}

const struct cln_field *cln_field_find(const struct cln_field *fields, size_t count,
                                       const char *key) {
    for (size_t i = 0; i < count; i++)
        if (!strcmp(fields[i].key, key))
            return &fields[i];
    return NULL;
}
