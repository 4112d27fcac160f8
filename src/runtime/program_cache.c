/*
 * Binaries of programs on disk: <cache folder>/programs/<key>.bin. An entry is a header that names
 * its key, length and checksum, then the binary; one that says anything else is not used, nor one
 * that somebody else can have written. A file's time of change is that of its last use.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/folder.h"
#include "clnoise/version.h"
#include "runtime/program_private.h"

static const char magic[8] = {'C', 'L', 'N', 'P', 'R', 'O', 'G', '1'};

struct header {
    char magic[8];
    char key[CLN_SHA256_HEX_SIZE - 1];
    char checksum[CLN_SHA256_HEX_SIZE - 1];
    unsigned char length[8]; /* little endian */
};

enum cln_status cln_program_key(const struct cln_device *device, const char *source,
                                const char *options, char key[CLN_SHA256_HEX_SIZE]) {
    const char *const parts[] = {source,         CLN_BUILD_OPTIONS, options,
                                 device->name,   device->vendor,    device->version,
                                 device->driver, device->platform,  device->platform_version,
                                 cln_version()};
    struct cln_text all = {0};
    /* With its length before it, no part can pass for the end of the one before. */
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        cln_text_add(&all, "%zu:%s", strlen(parts[i]), parts[i]);
    enum cln_status status = cln_text_check(&all);
    if (status == CLN_OK)
        status = cln_sha256(all.chars, all.length, key);
    cln_text_free(&all);
    return status;
}

bool cln_program_cache_is_off(void) {
    const char *cache = getenv("CLNOISE_CACHE");
    return cache && !strcmp(cache, "off");
}

char *cln_program_cache_folder(void) {
    return cln_program_cache_is_off() ? NULL : cln_cache_trusted("programs");
}

/* free() it; NULL if there is nowhere to look. `*folder` may be NULL, else free() it as well. */
static char *entry_path(const char *key, char **folder) {
    char *programs = cln_program_cache_folder();
    struct cln_text name = {0};
    cln_text_add(&name, "%s.bin", key);
    char *path = programs && name.chars ? cln_path_join(programs, name.chars) : NULL;
    cln_text_free(&name);
    *folder = programs;
    return path;
}

static bool fill_header(const char *key, const void *binary, size_t length, struct header *header) {
    char checksum[CLN_SHA256_HEX_SIZE];
    if (cln_sha256(binary, length, checksum) != CLN_OK)
        return false;
    memcpy(header->magic, magic, sizeof magic);
    memcpy(header->key, key, sizeof header->key);
    memcpy(header->checksum, checksum, sizeof header->checksum);
    for (int i = 0; i < 8; i++)
        header->length[i] = (unsigned char)((uint64_t)length >> (8 * i));
    return true;
}

bool cln_program_cache_load(const char *key, unsigned char **binary, size_t *length) {
    char *folder, *path = entry_path(key, &folder), *bytes = NULL;
    size_t size = 0;
    struct header expected;
    bool found = path && cln_file_exists(path) && cln_file_is_trusted(path) &&
                 cln_file_read(path, &bytes, &size) == CLN_OK;
    if (found)
        found = size > sizeof expected &&
                fill_header(key, bytes + sizeof expected, size - sizeof expected, &expected) &&
                !memcmp(bytes, &expected, sizeof expected);
    if (found) {
        *length = size - sizeof expected;
        memmove(bytes, bytes + sizeof expected, *length);
        *binary = (unsigned char *)bytes;
        bytes = NULL;
        (void)utimensat(AT_FDCWD, path, NULL, 0); /* a folder we may only read is as good */
    }
    free(bytes);
    free(path);
    free(folder);
    return found;
}

void cln_program_cache_store(const char *key, const unsigned char *binary, size_t length) {
    char *folder, *path = entry_path(key, &folder);
    struct header header;
    struct cln_text entry = {0};
    if (path && fill_header(key, binary, length, &header)) {
        cln_text_append(&entry, &header, sizeof header);
        cln_text_append(&entry, binary, length);
        /* A cache that cannot be written only costs time. */
        if (!entry.failed && cln_folder_make(folder) == CLN_OK)
            (void)cln_file_write(path, entry.chars, entry.length);
    }
    cln_text_free(&entry);
    free(path);
    free(folder);
}
