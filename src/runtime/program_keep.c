/* Writes binaries of programs to the disk, and keeps their folder from growing without end. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "runtime/program.h"
#include "runtime/program_private.h"

static void keep(struct cln_program *program) {
    size_t length = 0;
    program->kept = true;
    if (clGetProgramInfo(program->program, CL_PROGRAM_BINARY_SIZES, sizeof length, &length, NULL) !=
            CL_SUCCESS ||
        length == 0)
        return;
    unsigned char *binary = malloc(length);
    if (binary && clGetProgramInfo(program->program, CL_PROGRAM_BINARIES, sizeof binary, &binary,
                                   NULL) == CL_SUCCESS)
        cln_program_cache_store(program->key, binary, length);
    free(binary);
}

enum cln_status cln_programs_keep(struct cln_context *context, cln_work_progress on_progress,
                                  void *user) {
    int count = 0, ready = 0;
    if (cln_program_cache_is_off())
        return CLN_OK;
    for (const struct cln_program *program = context->programs; program; program = program->next)
        count += !program->kept;
    if (count && on_progress)
        CLN_TRY(on_progress(user, 0, count));
    for (struct cln_program *program = context->programs; program; program = program->next) {
        if (program->kept)
            continue;
        keep(program);
        ready++;
        if (on_progress)
            CLN_TRY(on_progress(user, ready, count));
    }
    if (count)
        cln_program_cache_prune(CLN_PROGRAM_CACHE_BYTES);
    return CLN_OK;
}

struct entry {
    char *path;
    uint64_t bytes;
    struct timespec used;
};

static int by_last_use(const void *a, const void *b) {
    const struct entry *x = a, *y = b;
    if (x->used.tv_sec != y->used.tv_sec)
        return x->used.tv_sec < y->used.tv_sec ? -1 : 1;
    return x->used.tv_nsec < y->used.tv_nsec ? -1 : x->used.tv_nsec > y->used.tv_nsec;
}

static struct timespec change_time(const struct stat *info) {
#ifdef __APPLE__ /* hides the nanoseconds from programs that ask for POSIX alone */
    return (struct timespec){.tv_sec = info->st_mtime};
#else
    return info->st_mtim;
#endif
}

/* Adds a row for a file; false when out of memory. */
static bool add_entry(const char *folder, const char *name, struct entry **entries, size_t *count) {
    struct stat info;
    char *path = cln_path_join(folder, name);
    if (!path || lstat(path, &info) || !S_ISREG(info.st_mode)) {
        bool none = !path;
        free(path);
        return !none;
    }
    struct entry *longer = realloc(*entries, (*count + 1) * sizeof *longer);
    if (!longer) {
        free(path);
        return false;
    }
    *entries = longer;
    longer[(*count)++] = (struct entry){path, (uint64_t)info.st_size, change_time(&info)};
    return true;
}

void cln_program_cache_prune(uint64_t most_bytes) {
    struct entry *entries = NULL;
    size_t count = 0;
    uint64_t bytes = 0;
    char *folder = cln_program_cache_folder();
    struct cln_names names = {0};
    if (folder && cln_folder_list(folder, true, &names) == CLN_OK)
        for (size_t i = 0; i < names.count; i++)
            if (!add_entry(folder, names.items[i], &entries, &count))
                break;
    cln_names_free(&names);
    for (size_t i = 0; i < count; i++)
        bytes += entries[i].bytes;
    if (count)
        qsort(entries, count, sizeof *entries, by_last_use);
    for (size_t i = 0; i < count; i++) {
        if (bytes > most_bytes && !unlink(entries[i].path))
            bytes -= entries[i].bytes;
        free(entries[i].path);
    }
    free(entries);
    free(folder);
}
