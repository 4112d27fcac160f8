/* The program's own calls about files and processes: see inject.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostfaults/inject.h"

/* Defines __wrap_NAME(PARAMETERS), which fails with CODE and -1; a call that is torn is done. */
#define SIMPLE(name, code, subject, parameters, arguments)                                         \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters {                                                                 \
        switch (inject(INJECT_FILE, #name, subject)) {                                             \
        case INJECT_GO:                                                                            \
            return __real_##name arguments;                                                        \
        case INJECT_TEAR:                                                                          \
            (void)!__real_##name arguments;                                                        \
            inject_kill();                                                                         \
        default:                                                                                   \
            errno = code;                                                                          \
            return -1;                                                                             \
        }                                                                                          \
    }

SIMPLE(rename, EIO, to, (const char *from, const char *to), (from, to))
SIMPLE(mkdir, ENOSPC, path, (const char *path, mode_t mode), (path, mode))
SIMPLE(unlink, EIO, path, (const char *path), (path))
SIMPLE(rmdir, EIO, path, (const char *path), (path))
SIMPLE(stat, EIO, path, (const char *path, struct stat *out), (path, out))
SIMPLE(lstat, EIO, path, (const char *path, struct stat *out), (path, out))
SIMPLE(utimensat, EIO, path,
       (int folder, const char *path, const struct timespec times[2], int flags),
       (folder, path, times, flags))

int __real_open(const char *path, int flags, ...);
int __real_close(int fd);
ssize_t __real_read(int fd, void *bytes, size_t length);
ssize_t __real_write(int fd, const void *bytes, size_t length);
int __real_fsync(int fd);
int __real_ftruncate(int fd, off_t length);
int __real_fchmod(int fd, mode_t mode);
int __real_mkstemp(char *path);
int __real_pipe(int ends[2]);
int __real_fcntl(int fd, int what, ...);
FILE *__real_fopen(const char *path, const char *mode);
size_t __real_fread(void *bytes, size_t size, size_t count, FILE *stream);
size_t __real_fwrite(const void *bytes, size_t size, size_t count, FILE *stream);
int __real_ferror(FILE *stream);
int __real_fclose(FILE *stream);
DIR *__real_opendir(const char *path);
struct dirent *__real_readdir(DIR *folder);
int __real_closedir(DIR *folder);
int __real_posix_spawnp(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const *arguments,
                        char *const *environment);

static FILE *broken; /* reading it has failed */

static int taken(int fd, const char *name) {
    if (fd >= 0)
        left_take(LEFT_DESCRIPTOR, (size_t)fd, name);
    return fd;
}

/* For calls that make a descriptor; a torn one has made the file. */
static bool refused(enum inject_verdict verdict, int code) {
    if (verdict == INJECT_GO || verdict == INJECT_TEAR)
        return false;
    errno = verdict == INJECT_INTERRUPT ? EINTR : code;
    return true;
}

int __wrap_open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    const enum inject_verdict verdict = inject(INJECT_FILE, "open", path);
    if (refused(verdict, EMFILE))
        return -1;
    int fd = taken(__real_open(path, flags, mode), "open");
    if (verdict == INJECT_TEAR)
        inject_kill();
    return fd;
}

int __wrap_mkstemp(char *path) {
    const enum inject_verdict verdict = inject(INJECT_FILE, "mkstemp", path);
    if (refused(verdict, ENOSPC))
        return -1;
    int fd = taken(__real_mkstemp(path), "mkstemp");
    if (verdict == INJECT_TEAR)
        inject_kill();
    return fd;
}

int __wrap_pipe(int ends[2]) {
    if (refused(inject(INJECT_FILE, "pipe", ""), EMFILE))
        return -1;
    int code = __real_pipe(ends);
    for (int i = 0; code == 0 && i < 2; i++)
        taken(ends[i], "pipe");
    return code;
}

int __wrap_fcntl(int fd, int what, ...) {
    va_list args;
    va_start(args, what);
    void *argument = va_arg(args, void *); /* or an int, which comes the same way */
    va_end(args);
    if (refused(inject_fd("fcntl", fd), what == F_DUPFD_CLOEXEC ? EMFILE : ENOLCK))
        return -1;
    int result = __real_fcntl(fd, what, argument);
    return what == F_DUPFD_CLOEXEC ? taken(result, "fcntl") : result;
}

/* It is closed also if that fails, as on Linux. */
int __wrap_close(int fd) {
    const enum inject_verdict verdict = inject_fd("close", fd);
    left_give(LEFT_DESCRIPTOR, (size_t)fd);
    int code = __real_close(fd);
    if (verdict == INJECT_TEAR)
        inject_kill();
    if (verdict == INJECT_GO)
        return code;
    errno = EIO;
    return -1;
}

ssize_t __wrap_read(int fd, void *bytes, size_t length) {
    const enum inject_verdict verdict = inject_fd("read", fd);
    if (verdict == INJECT_SHORT && length > 1)
        length /= 2;
    else if (refused(verdict, EIO))
        return -1;
    ssize_t count = __real_read(fd, bytes, length);
    if (verdict == INJECT_TEAR)
        inject_kill();
    return count;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t length) {
    const enum inject_verdict verdict = inject_fd("write", fd);
    if (verdict == INJECT_SHORT || verdict == INJECT_TEAR)
        length -= length / 2;
    else if (refused(verdict, ENOSPC))
        return -1;
    ssize_t count = __real_write(fd, bytes, length);
    if (verdict == INJECT_TEAR)
        inject_kill();
    return count;
}

/* Calls on a descriptor that nothing comes of but a code. */
#define ON_DESCRIPTOR(name, code, parameters, arguments)                                           \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters {                                                                 \
        const enum inject_verdict verdict = inject_fd(#name, fd);                                  \
        if (refused(verdict, code))                                                                \
            return -1;                                                                             \
        int result = __real_##name arguments;                                                      \
        if (verdict == INJECT_TEAR)                                                                \
            inject_kill();                                                                         \
        return result;                                                                             \
    }

ON_DESCRIPTOR(fsync, EIO, (int fd), (fd))
ON_DESCRIPTOR(ftruncate, ENOSPC, (int fd, off_t length), (fd, length))
ON_DESCRIPTOR(fchmod, EPERM, (int fd, mode_t mode), (fd, mode))

FILE *__wrap_fopen(const char *path, const char *mode) {
    if (refused(inject(INJECT_FILE, "fopen", path), EMFILE))
        return NULL;
    FILE *stream = __real_fopen(path, mode);
    if (stream)
        left_take(LEFT_STREAM, (uintptr_t)stream, "fopen");
    return stream;
}

size_t __wrap_fread(void *bytes, size_t size, size_t count, FILE *stream) {
    if (!refused(inject_fd("fread", fileno(stream)), EIO))
        return __real_fread(bytes, size, count, stream);
    broken = stream;
    return __real_fread(bytes, size, count / 2, stream);
}

/* Words of an error stay whole: compilers make one fwrite() more or less of an fprintf(). */
size_t __wrap_fwrite(const void *bytes, size_t size, size_t count, FILE *stream) {
    const enum inject_verdict verdict =
        stream == stderr ? INJECT_GO : inject_fd("fwrite", fileno(stream));
    if (verdict == INJECT_GO)
        return __real_fwrite(bytes, size, count, stream);
    size_t half = __real_fwrite(bytes, size, count / 2, stream);
    fflush(stream);
    if (verdict == INJECT_TEAR)
        inject_kill();
    errno = ENOSPC;
    return half;
}

int __wrap_ferror(FILE *stream) {
    return stream == broken || __real_ferror(stream);
}

int __wrap_fclose(FILE *stream) {
    const enum inject_verdict verdict = inject_fd("fclose", fileno(stream));
    left_give(LEFT_STREAM, (uintptr_t)stream);
    broken = stream == broken ? NULL : broken;
    int code = __real_fclose(stream);
    if (verdict == INJECT_TEAR)
        inject_kill();
    if (verdict == INJECT_GO)
        return code;
    errno = EIO;
    return EOF;
}

DIR *__wrap_opendir(const char *path) {
    if (refused(inject(INJECT_FILE, "opendir", path), EMFILE))
        return NULL;
    DIR *folder = __real_opendir(path);
    if (folder)
        left_take(LEFT_FOLDER, (uintptr_t)folder, "opendir");
    return folder;
}

/* Nothing else tells its end from an error than errno. */
struct dirent *__wrap_readdir(DIR *folder) {
    const int before = errno;
    if (refused(inject_fd("readdir", dirfd(folder)), EIO))
        return NULL;
    errno = before;
    return __real_readdir(folder);
}

int __wrap_closedir(DIR *folder) {
    left_give(LEFT_FOLDER, (uintptr_t)folder);
    return __real_closedir(folder);
}

int __wrap_posix_spawnp(pid_t *pid, const char *program, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const *arguments,
                        char *const *environment) {
    if (inject(INJECT_FILE, "posix_spawnp", program) != INJECT_GO)
        return EAGAIN;
    return __real_posix_spawnp(pid, program, actions, attributes, arguments, environment);
}
