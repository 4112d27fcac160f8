#include "base/hash.h"

#include <openssl/evp.h>
#include <stdlib.h>

struct cln_sha256_stream {
    EVP_MD_CTX *digest;
};

enum cln_status cln_sha256_create(struct cln_sha256_stream **out) {
    struct cln_sha256_stream *stream = calloc(1, sizeof *stream);
    if (!stream)
        return CLN_FAIL(MEMORY, "out of memory for a hash");
    stream->digest = EVP_MD_CTX_new();
    if (!stream->digest || !EVP_DigestInit_ex(stream->digest, EVP_sha256(), NULL)) {
        cln_sha256_free(stream);
        return CLN_FAIL(INTERNAL, "SHA-256 is not available from the crypto library");
    }
    *out = stream;
    return CLN_OK;
}

enum cln_status cln_sha256_add(struct cln_sha256_stream *stream, const void *bytes, size_t length) {
    if (length && !EVP_DigestUpdate(stream->digest, bytes, length))
        return CLN_FAIL(INTERNAL, "SHA-256 failed in the crypto library");
    return CLN_OK;
}

enum cln_status cln_sha256_finish(struct cln_sha256_stream *stream, char hex[CLN_SHA256_HEX_SIZE]) {
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!EVP_DigestFinal_ex(stream->digest, bytes, &length) || length != 32)
        return CLN_FAIL(INTERNAL, "SHA-256 failed in the crypto library");
    for (unsigned int i = 0; i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * length] = '\0';
    return CLN_OK;
}

void cln_sha256_free(struct cln_sha256_stream *stream) {
    if (!stream)
        return;
    EVP_MD_CTX_free(stream->digest);
    free(stream);
}

enum cln_status cln_sha256(const void *bytes, size_t length, char hex[CLN_SHA256_HEX_SIZE]) {
    struct cln_sha256_stream *stream = NULL;
    CLN_TRY(cln_sha256_create(&stream));
    enum cln_status status = cln_sha256_add(stream, bytes, length);
    if (status == CLN_OK)
        status = cln_sha256_finish(stream, hex);
    cln_sha256_free(stream);
    return status;
}
