#include "cli/scratch_folder.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"

/* Not mkdtemp(): macOS hides it from programs that ask for POSIX alone. */
enum cln_status cln_scratch_folder_make(char **out) {
    static int made;
    const char *root = getenv("TMPDIR");
    for (;;) {
        char name[64];
        snprintf(name, sizeof name, "clnoise-%ld-%d", (long)getpid(), made++);
        char *folder = cln_path_join(root && *root ? root : "/tmp", name);
        if (!folder)
            return CLN_FAIL(MEMORY, "out of memory for a folder's path");
        if (!mkdir(folder, 0700)) {
            *out = folder;
            return CLN_OK;
        }
        enum cln_status status = CLN_OK;
        if (errno != EEXIST) /* left by a program that was killed */
            status = CLN_FAIL(FILE, "%s: %s", folder, strerror(errno));
        free(folder);
        CLN_TRY(status);
    }
}

/* Links are removed, not followed. */
static void remove_below(const char *folder) {
    struct cln_names names = {0};
    (void)cln_folder_list(folder, true, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct stat info;
        char *path = cln_path_join(folder, names.items[i]);
        if (path && !lstat(path, &info)) {
            if (S_ISDIR(info.st_mode))
                remove_below(path);
            else
                (void)unlink(path);
        }
        free(path);
    }
    cln_names_free(&names);
    (void)rmdir(folder);
}

void cln_scratch_folder_remove(char *folder) {
    struct cln_error before; /* of what the folder was for */
    cln_error_save(&before);
    if (folder)
        remove_below(folder);
    free(folder);
    (void)cln_error_restore(&before);
}
