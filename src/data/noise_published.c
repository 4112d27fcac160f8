#include "data/noise_published.h"

#include <string.h>

const struct cln_noise_published cln_noise_published[CLN_NOISE_KIND_COUNT] = {
    [CLN_NOISE_GAUSSIAN] = {0, 1,
                            "4a1df44615dc71a8b8ab4eb53efcd7d1c091e05ed8dda6383be3300f168fc6db"},
    [CLN_NOISE_UNIFORM] = {128, 0.25,
                           "cfbce94b5cd125135a012d121d93df7e38468478198bac8624a0d4ded81914ab"},
    [CLN_NOISE_SALT_AND_PEPPER] =
        {128, 0.25, "53496440c85359895bfe7ec458073a4196475d28a0e40e07b017ccdda50f6963"},
    [CLN_NOISE_SPECKLE] = {128, 0.25,
                           "8122868f9a72ce9f10dfd0cb8d2429797526ae008c05b46201a0c11a9e5d9771"},
};

enum cln_status cln_noise_published_hash(const float *images, char hex[CLN_SHA256_HEX_SIZE]) {
    struct cln_sha256_stream *stream;
    CLN_TRY(cln_sha256_create(&stream));
    enum cln_status status = CLN_OK;
    for (int image = 0; image < CLN_PUBLISHED_IMAGES && status == CLN_OK; image++) {
        unsigned char bytes[CLN_PUBLISHED_PIXELS * 4];
        for (int i = 0; i < CLN_PUBLISHED_PIXELS; i++) {
            uint32_t bits;
            memcpy(&bits, &images[image * CLN_PUBLISHED_PIXELS + i], sizeof bits);
            for (int k = 0; k < 4; k++)
                bytes[4 * i + k] = (unsigned char)(bits >> 8 * k);
        }
        status = cln_sha256_add(stream, bytes, sizeof bytes);
    }
    if (status == CLN_OK)
        status = cln_sha256_finish(stream, hex);
    cln_sha256_free(stream);
    return status;
}
