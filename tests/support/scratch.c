#include "support/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/folder.h"

/* Not mkdtemp(): macOS hides it from programs that ask for POSIX alone. */
char *scratch_make(void) {
    static int made;
    const char *root = getenv("TMPDIR");
    for (;;) {
        char name[64];
        snprintf(name, sizeof name, "clnoise-test-%ld-%d", (long)getpid(), made++);
        char *folder = cln_path_join(root && *root ? root : "/tmp", name);
        assert_non_null(folder);
        if (mkdir(folder, 0700) == 0)
            return folder;
        assert_int_equal(errno, EEXIST); /* left by a test that was killed */
        free(folder);
    }
}

/* Counts the files below, and removes everything if asked to. Links are not followed. */
static size_t walk(const char *folder, int removing) {
    size_t files = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        char *path = cln_path_join(folder, entry->d_name);
        struct stat info;
        assert_non_null(path);
        assert_int_equal(lstat(path, &info), 0);
        if (S_ISDIR(info.st_mode)) {
            files += walk(path, removing);
        } else {
            files++;
            if (removing)
                assert_int_equal(unlink(path), 0);
        }
        free(path);
    }
    closedir(dir);
    if (removing)
        assert_int_equal(rmdir(folder), 0);
    return files;
}

void scratch_remove(char *folder) {
    walk(folder, 1);
    free(folder);
}

size_t scratch_count_files(const char *folder) {
    return walk(folder, 0);
}

void scratch_write(const char *folder, const char *name, const void *bytes, size_t length) {
    char *path = cln_path_join(folder, name);
    assert_non_null(path);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(cln_folder_make(path), CLN_OK);
    *slash = '/';
    assert_int_equal(cln_file_write(path, bytes, length), CLN_OK);
    free(path);
}
