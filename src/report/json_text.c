#include "report/json_text.h"

#include <math.h>
#include <stdlib.h>

#include "base/number.h"
#include "base/utf8.h"

void cln_json_add_text(struct cln_text *out, const char *value) {
    char *clean = value ? cln_utf8_clean(value) : NULL;
    out->failed |= value && !clean;
    if (!clean) {
        cln_text_add(out, "null");
        return;
    }
    cln_text_append(out, "\"", 1);
    for (const char *at = clean; *at; at++)
        if (*at == '"' || *at == '\\')
            cln_text_add(out, "\\%c", *at);
        else if ((unsigned char)*at < 0x20 || *at == 0x7F)
            cln_text_add(out, "\\u%04x", (unsigned)*at);
        else
            cln_text_append(out, at, 1);
    cln_text_append(out, "\"", 1);
    free(clean);
}

void cln_json_add_number(struct cln_text *out, const char *key, double value) {
    char number[CLN_NUMBER_SIZE] = "null";
    if (isfinite(value))
        cln_number_print(number, value);
    cln_text_add(out, ",\"%s\":%s", key, number);
}
