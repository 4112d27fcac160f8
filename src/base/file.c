#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/folder.h"

#define UNFINISHED ".unfinished-" /* begins the names of files being written */

static enum cln_status fail(const char *doing, const char *path) {
    return CLN_FAIL(FILE, "cannot %s %s: %s", doing, path, strerror(errno));
}

/* Looked at before it is opened: to open a pipe is to wait for who writes into it. */
enum cln_status cln_file_open(const char *path, FILE **out) {
    struct stat info;
    if (stat(path, &info))
        return fail("open", path);
    if (!S_ISREG(info.st_mode))
        return CLN_FAIL(FILE, "cannot read %s: it is a %s; accepted: plain files", path,
                        S_ISDIR(info.st_mode)    ? "folder"
                        : S_ISFIFO(info.st_mode) ? "pipe"
                        : S_ISSOCK(info.st_mode) ? "socket"
                                                 : "device");
    *out = fopen(path, "rb");
    return *out ? CLN_OK : fail("open", path);
}

enum cln_status cln_file_read(const char *path, char **bytes, size_t *length) {
    FILE *file;
    CLN_TRY(cln_file_open(path, &file));
    size_t capacity = 1 << 16, used = 0;
    char *buffer = malloc(capacity);
    while (buffer) {
        used += fread(buffer + used, 1, capacity - 1 - used, file);
        if (used < capacity - 1)
            break;
        char *larger = realloc(buffer, capacity *= 2);
        if (!larger)
            free(buffer);
        buffer = larger;
    }
    bool broken = ferror(file);
    fclose(file);
    if (!buffer)
        return CLN_FAIL(MEMORY, "out of memory while reading %s", path);
    if (broken) {
        free(buffer);
        return fail("read", path);
    }
    buffer[used] = '\0';
    *bytes = buffer;
    *length = used;
    return CLN_OK;
}

static enum cln_status write_all(int fd, const char *path, const char *bytes, size_t length) {
    while (length) {
        ssize_t written = write(fd, bytes, length);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail("write", path);
        bytes += written;
        length -= (size_t)written;
    }
    return fsync(fd) ? fail("write", path) : CLN_OK;
}

/* So that the rename itself survives a power cut. Some file systems refuse; that is no error. */
static void sync_folder_of(const char *path) {
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = folder ? open(folder, O_RDONLY) : -1;
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    free(folder);
}

/* "folder/.unfinished-name.XXXXXX"; free() it. NULL when out of memory. */
static char *temporary_of(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const size_t size = strlen(path) + sizeof UNFINISHED + 8;
    char *temporary = malloc(size);
    if (temporary)
        snprintf(temporary, size, "%.*s" UNFINISHED "%s.XXXXXX", (int)(name - path), path, name);
    return temporary;
}

enum cln_status cln_file_write(const char *path, const void *bytes, size_t length) {
    char *temporary = temporary_of(path);
    if (!temporary)
        return CLN_FAIL(MEMORY, "out of memory while writing %s", path);
    enum cln_status status = CLN_OK;
    int fd = mkstemp(temporary);
    if (fd < 0) {
        status = fail("create", path);
        goto done;
    }
    fchmod(fd, 0644);
    status = write_all(fd, path, bytes, length);
    if (close(fd) && status == CLN_OK)
        status = fail("write", path);
    if (status == CLN_OK && rename(temporary, path))
        status = fail("replace", path);
    if (status == CLN_OK)
        sync_folder_of(path);
    else
        unlink(temporary);
done:
    free(temporary);
    return status;
}

enum cln_status cln_file_try(const char *path) {
    struct stat info;
    if (!stat(path, &info) && S_ISDIR(info.st_mode))
        return CLN_FAIL(FILE, "cannot write %s: it is a folder", path);
    char *temporary = temporary_of(path);
    if (!temporary)
        return CLN_FAIL(MEMORY, "out of memory while trying %s", path);
    int fd = mkstemp(temporary);
    enum cln_status status = fd < 0 ? fail("create", path) : CLN_OK;
    if (fd >= 0) {
        close(fd);
        unlink(temporary);
    }
    free(temporary);
    return status;
}

/* After stat() failed: whether because there is nothing. */
static bool is_nothing(void) {
    return errno == ENOENT || errno == ENOTDIR;
}

bool cln_file_exists(const char *path) {
    struct stat info;
    return !stat(path, &info) || !is_nothing();
}

bool cln_file_is_trusted(const char *path) {
    struct stat info;
    if (stat(path, &info))
        return is_nothing();
    return (info.st_uid == geteuid() || info.st_uid == 0) && !(info.st_mode & (S_IWGRP | S_IWOTH));
}

enum cln_status cln_file_sweep(const char *folder) {
    return cln_folder_remove(folder, UNFINISHED);
}

char *cln_path_join(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    bool slash = *folder && folder[strlen(folder) - 1] != '/';
    if (path)
        snprintf(path, size, "%s%s%s", folder, slash ? "/" : "", name);
    return path;
}
