/* Bytes as text (RFC 4648), for JSON and data: addresses. */
#ifndef CLN_BASE_BASE64_H
#define CLN_BASE_BASE64_H

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

void cln_base64_add(struct cln_text *out, const void *bytes, size_t length);

/* Into exactly `length` bytes; false if the text is no base64 or of another length. */
bool cln_base64_read(const char *text, uint8_t *bytes, size_t length);

#endif
