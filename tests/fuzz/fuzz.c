#include "fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/utf8.h"

#define MOST_FILES 16

static char folder[512];
static pid_t owner;
static struct { char *name, *path; } files[MOST_FILES];
static int file_count;

static void stop(const char *why) {
    fprintf(stderr, "fuzz: %s\n", why);
    abort();
}

/* The folders above each file, from the inside out; those that are not empty stay. */
static void tidy_up(void) {
    if (getpid() != owner)
        return;
    for (int i = 0; i < file_count; i++)
        unlink(files[i].path);
    for (int i = 0; i < file_count; i++)
        for (char *slash; strlen(files[i].path) > strlen(folder);) {
            slash = strrchr(files[i].path, '/');
            *slash = '\0';
            rmdir(files[i].path);
        }
    rmdir(folder);
}

const char *fuzz_folder(void) {
    const char *root = getenv("TMPDIR");
    if (*folder)
        return folder;
    owner = getpid();
    snprintf(folder, sizeof folder, "%s/clnoise-fuzz-%ld", root && *root ? root : "/tmp",
             (long)owner);
    if (mkdir(folder, 0700))
        stop("cannot make a folder");
    atexit(tidy_up);
    return folder;
}

static const char *path_of(const char *name) {
    for (int i = 0; i < file_count; i++)
        if (!strcmp(files[i].name, name))
            return files[i].path;
    if (file_count == MOST_FILES)
        stop("too many files");
    char *path = cln_path_join(fuzz_folder(), name), *slash = path ? strrchr(path, '/') : NULL;
    files[file_count].name = strdup(name);
    files[file_count].path = path;
    if (!path || !files[file_count++].name)
        stop("out of memory");
    *slash = '\0';
    if (cln_folder_make(path) != CLN_OK)
        stop("cannot make a folder");
    *slash = '/';
    return path;
}

const char *fuzz_put(const char *name, const uint8_t *data, size_t size) {
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(data, 1, size, file) != size || fclose(file))
        stop("cannot write a file");
    return path;
}

void fuzz_drop(const char *name) {
    unlink(path_of(name));
}

char *fuzz_text(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    if (!text)
        stop("out of memory");
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    return text;
}

uint8_t *fuzz_copy(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size + !size);
    if (!copy)
        stop("out of memory");
    if (size)
        memcpy(copy, data, size);
    return copy;
}

void fuzz_check(bool held, const char *promise) {
    if (!held)
        stop(promise);
}

void fuzz_check_error(enum cln_status status) {
    const struct cln_error *error = cln_error_last();
    fuzz_check(status == error->status, "the error is of another status");
    fuzz_check(*error->message, "an error without a message");
    fuzz_check(status != CLN_INTERNAL, error->message);
    char *plain = fuzz_text((const uint8_t *)error->message, strlen(error->message));
    cln_utf8_disarm(plain, false);
    fuzz_check(!strcmp(plain, error->message), "a message that a terminal may take for orders");
    free(plain);
}
