#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum cln_status cln_folder_make(const char *path) {
    char *partial = strdup(path);
    if (!partial)
        return CLN_FAIL(MEMORY, "out of memory while making folder %s", path);
    enum cln_status status = CLN_OK;
    for (char *at = partial + (*partial == '/'); status == CLN_OK; at++) {
        bool last = *at == '\0';
        if (*at != '/' && !last)
            continue;
        *at = '\0';
        if (mkdir(partial, 0755) && errno != EEXIST)
            status = CLN_FAIL(FILE, "cannot make folder %s: %s", partial, strerror(errno));
        if (last)
            break;
        *at = '/';
    }
    struct stat info;
    if (status == CLN_OK && (stat(path, &info) || !S_ISDIR(info.st_mode)))
        status = CLN_FAIL(FILE, "cannot make folder %s: something else has that name", path);
    free(partial);
    return status;
}

static enum cln_status add(struct cln_names *names, const char *name) {
    if (names->count == names->room) {
        const size_t room = names->room ? 2 * names->room : 16;
        char **items = realloc(names->items, room * sizeof *items);
        if (!items)
            return CLN_FAIL(MEMORY, "out of memory for names of files");
        names->items = items;
        names->room = room;
    }
    names->items[names->count] = strdup(name);
    if (!names->items[names->count])
        return CLN_FAIL(MEMORY, "out of memory for names of files");
    names->count++;
    return CLN_OK;
}

static int compare(const void *a, const void *b) {
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_asked_for(const char *name, bool hidden) {
    return *name != '.' || (hidden && strcmp(name, ".") && strcmp(name, ".."));
}

enum cln_status cln_folder_list(const char *path, bool hidden, struct cln_names *out) {
    DIR *folder = opendir(path);
    *out = (struct cln_names){0};
    if (!folder)
        return CLN_FAIL(FILE, "cannot look into %s: %s", path, strerror(errno));
    enum cln_status status = CLN_OK;
    while (status == CLN_OK) {
        errno = 0; /* the end of a folder and an error look the same otherwise */
        const struct dirent *entry = readdir(folder);
        if (!entry && errno)
            status = CLN_FAIL(FILE, "cannot look into %s: %s", path, strerror(errno));
        if (!entry)
            break;
        if (is_asked_for(entry->d_name, hidden))
            status = add(out, entry->d_name);
    }
    closedir(folder);
    if (status != CLN_OK)
        cln_names_free(out);
    else if (out->count)
        qsort(out->items, out->count, sizeof *out->items, compare);
    return status;
}

void cln_names_free(struct cln_names *names) {
    for (size_t i = 0; i < names->count; i++)
        free(names->items[i]);
    free(names->items);
    *names = (struct cln_names){0};
}

static enum cln_status remove_file(const char *folder, const char *name) {
    char *path = cln_path_join(folder, name);
    enum cln_status status = CLN_OK;
    if (!path)
        return CLN_FAIL(MEMORY, "out of memory while %s is tidied up", folder);
    if (unlink(path) && errno != ENOENT)
        status = CLN_FAIL(FILE, "cannot remove %s: %s", path, strerror(errno));
    free(path);
    return status;
}

enum cln_status cln_folder_remove(const char *path, const char *prefix) {
    struct cln_names names;
    enum cln_status status = CLN_OK;
    if (!cln_file_exists(path))
        return CLN_OK;
    CLN_TRY(cln_folder_list(path, true, &names));
    for (size_t i = 0; i < names.count && status == CLN_OK; i++)
        if (!strncmp(names.items[i], prefix, strlen(prefix)))
            status = remove_file(path, names.items[i]);
    cln_names_free(&names);
    return status;
}
