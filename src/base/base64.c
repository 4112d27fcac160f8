#include "base/base64.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#define PIECE 3072 /* a multiple of 3: only the last piece is padded */

void cln_base64_add(struct cln_text *out, const void *bytes, size_t length) {
    unsigned char piece[PIECE / 3 * 4 + 1];
    for (size_t at = 0; at < length; at += PIECE) {
        size_t count = length - at < PIECE ? length - at : PIECE;
        int chars = EVP_EncodeBlock(piece, (const unsigned char *)bytes + at, (int)count);
        cln_text_append(out, piece, (size_t)chars);
    }
}

bool cln_base64_read(const char *text, uint8_t *bytes, size_t length) {
    size_t chars = strlen(text), padded = (length + 2) / 3 * 3;
    if (chars != padded / 3 * 4 || chars > 1 << 28)
        return false;
    /* What OpenSSL decodes counts the padding in. */
    unsigned char *whole = malloc(padded + 1);
    bool good =
        whole && EVP_DecodeBlock(whole, (const unsigned char *)text, (int)chars) == (int)padded;
    if (good)
        memcpy(bytes, whole, length);
    free(whole);
    return good;
}
