#include "run/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

struct cln_lock {
    int fd;
};

/* What the holder wrote: "process 123 on host". */
static enum cln_status fail_held(int fd, const char *folder) {
    char holder[300] = "";
    ssize_t length = read(fd, holder, sizeof holder - 1);
    holder[length > 0 ? length : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return CLN_FAIL(FILE, "another run is at work in %s%s%s; wait for it, or give another --out",
                    folder, *holder ? ": " : "", holder);
}

static void sign(int fd) {
    char host[256] = "", text[300];
    if (gethostname(host, sizeof host - 1))
        strcpy(host, "this host");
    int length = snprintf(text, sizeof text, "process %ld on %s\n", (long)getpid(), host);
    if (ftruncate(fd, 0) || write(fd, text, (size_t)length) != length)
        return; /* the lock holds without its name */
}

/* The byte `at` of the file stands for what is locked; it need not be there. */
static bool take_byte(int fd, off_t at) {
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = at, .l_len = 1};
    return fcntl(fd, F_SETLK, &byte) == 0 || (errno != EACCES && errno != EAGAIN);
}

static enum cln_status open_lock(const char *folder, struct cln_lock **out) {
    struct cln_lock *lock = calloc(1, sizeof *lock);
    char *path = cln_path_join(folder, "lock");
    enum cln_status status = CLN_OK;
    if (!lock || !path) {
        free(lock);
        free(path);
        return CLN_FAIL(MEMORY, "out of memory for a lock");
    }
    lock->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock->fd < 0)
        status = CLN_FAIL(FILE, "cannot open %s: %s", path, strerror(errno));
    free(path);
    if (status == CLN_OK)
        *out = lock;
    else
        free(lock);
    return status;
}

enum cln_status cln_lock_take(const char *folder, struct cln_lock **out) {
    struct cln_lock *lock;
    CLN_TRY(open_lock(folder, &lock));
    if (!take_byte(lock->fd, 0)) {
        enum cln_status status = fail_held(lock->fd, folder);
        cln_lock_release(lock);
        return status;
    }
    sign(lock->fd);
    *out = lock;
    return CLN_OK;
}

enum cln_status cln_lock_take_cell(const char *folder, const char *id, struct cln_lock **out) {
    struct cln_lock *lock;
    CLN_TRY(open_lock(folder, &lock));
    /* Two cells of which the id begins the same merely wait for each other. */
    const off_t at = 1 + (off_t)(strtoull(id, NULL, 16) >> 34);
    if (!take_byte(lock->fd, at)) {
        cln_lock_release(lock);
        return CLN_FAIL(FILE, "another worker is at work on cell %s in %s", id, folder);
    }
    *out = lock;
    return CLN_OK;
}

void cln_lock_release(struct cln_lock *lock) {
    if (!lock)
        return;
    if (lock->fd >= 0)
        close(lock->fd);
    free(lock);
}
