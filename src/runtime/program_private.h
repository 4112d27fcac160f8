/* Inside the runtime: one program, and the cache of binaries on disk. */
#ifndef CLN_RUNTIME_PROGRAM_PRIVATE_H
#define CLN_RUNTIME_PROGRAM_PRIVATE_H

#include "base/hash.h"
#include "runtime/opencl.h"

struct cln_program {
    struct cln_program *next;
    char *file, *options; /* as asked for */
    cl_program program;
    char key[CLN_SHA256_HEX_SIZE]; /* names its binary on disk */
    bool from_disk;
    bool kept; /* its binary is on disk, or cannot be had */
};

/* The options that every program is built with, before its own. */
#define CLN_BUILD_OPTIONS "-cl-std=CL1.2"

/* Names what the binary depends on: source, options, device, driver, platform, our version. */
enum cln_status cln_program_key(const struct cln_device *device, const char *source,
                                const char *options, char key[CLN_SHA256_HEX_SIZE]);

/* CLNOISE_CACHE=off says so. */
bool cln_program_cache_is_off(void);

/* The folder of the binaries, which may not exist; free() it. NULL if there is nowhere to look. */
char *cln_program_cache_folder(void);

/* The binary kept under `key`; false if there is none, or none that is whole. free() it. */
bool cln_program_cache_load(const char *key, unsigned char **binary, size_t *length);

/* Keeps it if it can. */
void cln_program_cache_store(const char *key, const unsigned char *binary, size_t length);

/* What the folder may grow to; one program takes some 100 kB. */
#define CLN_PROGRAM_CACHE_BYTES ((uint64_t)128 << 20)

/* Removes the entries that were used longest ago until all together have at most so many bytes. */
void cln_program_cache_prune(uint64_t most_bytes);

#endif
