/* Two generations of checkpoints: as the bytes are, and, where they are a file of tensors, with the
 * SHA-256 that they should name, which no changed byte leaves right. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"
#include "train/checkpoint_private.h"

#define MOST_TEXTS 64

static void read_back(void) {
    struct cln_checkpoint *checkpoint;
    struct cln_text notes = {0};
    enum cln_status status = cln_checkpoint_read(fuzz_folder(), &checkpoint, &notes);
    fuzz_check(status == CLN_OK || status == CLN_MEMORY, "a damaged checkpoint is an error");
    for (size_t i = 0; i < notes.length; i++)
        fuzz_check((unsigned char)notes.chars[i] >= 32 || notes.chars[i] == '\n',
                   "a control character in a note");
    if (status == CLN_OK)
        cln_checkpoint_free(checkpoint);
    cln_text_free(&notes);
}

/* The same tensors and texts under their right hash, as the other generation. */
static void put_hashed(const char *path) {
    struct cln_safetensors file;
    struct cln_safetensors_text texts[MOST_TEXTS];
    size_t count = 0;
    char hex[CLN_SHA256_HEX_SIZE];
    if (cln_safetensors_read(path, &file) != CLN_OK)
        return;
    for (size_t t = 0; t < file.text_count && count < MOST_TEXTS - 1; t++)
        if (strcmp(file.texts[t].key, "sha256") && strcmp(file.texts[t].key, "format"))
            texts[count++] = file.texts[t];
    char *other = cln_checkpoint_path(fuzz_folder(), 1);
    if (cln_checkpoint_hash(file.tensors, file.count, texts, count, hex) == CLN_OK && other) {
        texts[count++] = (struct cln_safetensors_text){"sha256", hex};
        (void)cln_safetensors_write(other, file.tensors, file.count, texts, count);
    }
    free(other);
    cln_safetensors_done(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_put("checkpoint-0", data, size);
    fuzz_drop("checkpoint-1");
    read_back();
    put_hashed(path);
    read_back();
    return 0;
}
