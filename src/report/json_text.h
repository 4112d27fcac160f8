/* JSON written straight into a text, for files of many small lines. */
#ifndef CLN_REPORT_JSON_TEXT_H
#define CLN_REPORT_JSON_TEXT_H

#include "base/text.h"

/* A string with its quotes; NULL becomes null. Bytes that are no UTF-8 become '?'. */
void cln_json_add_text(struct cln_text *out, const char *value);

/* ,"key":value with as few digits as read back the same; null if it is not finite. */
void cln_json_add_number(struct cln_text *out, const char *key, double value);

#endif
