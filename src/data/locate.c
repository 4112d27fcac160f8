#include "data/locate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "data/gunzip.h"

void cln_data_content_done(struct cln_data_content *content) {
    free(content->path);
    free(content->bytes);
    *content = (struct cln_data_content){0};
}

/* The bytes as they are, or what they decompress to. What a file is shows in its first bytes, not
 * in its name: browsers decompress a .gz and keep the name. */
static enum cln_status unpack(const struct cln_data_file *file, const char *path, void *bytes,
                              size_t length, struct cln_data_content *out) {
    if (!cln_gzip_seen(bytes, length)) {
        out->bytes = bytes;
        out->length = length;
        return CLN_OK;
    }
    enum cln_status status =
        cln_gunzip(path, bytes, length, (size_t)file->bytes, &out->bytes, &out->length);
    free(bytes);
    return status;
}

/* Where only the hash of the .gz is published, this must be that very .gz. */
static enum cln_status check_gz(const struct cln_data_file *file, const char *path,
                                const void *bytes, size_t length) {
    char sha256[CLN_SHA256_HEX_SIZE];
    if (!cln_gzip_seen(bytes, length))
        return CLN_FAIL(DATA,
                        "%s: not compressed; only the hash of the .gz is published, so accepted: "
                        "%s.gz as published",
                        path, file->name);
    CLN_TRY(cln_sha256(bytes, length, sha256));
    if (strcmp(sha256, file->gz_sha256) != 0)
        return CLN_FAIL(DATA, "%s: SHA-256 is %s, expected %s", path, sha256, file->gz_sha256);
    return CLN_OK;
}

static enum cln_status refuse_hash(const struct cln_data_file *file, const char *path,
                                   const char *sha256) {
    const struct cln_data_entry *other = cln_data_entry_of_content(sha256);
    if (other)
        return CLN_FAIL(DATA, "%s: this is a file of %s", path, other->name);
    return CLN_FAIL(DATA, "%s: SHA-256 of the uncompressed content is %s, expected %s", path,
                    sha256, file->sha256);
}

enum cln_status cln_data_content_check(const struct cln_data_file *file, const char *path,
                                       void *bytes, size_t length, struct cln_data_content *out) {
    enum cln_status status = CLN_OK;
    struct cln_data_content content = {0};
    const bool by_gz = !file->sha256 && file->gz_sha256;
    if (by_gz && (status = check_gz(file, path, bytes, length)) != CLN_OK) {
        free(bytes);
        return status;
    }
    CLN_TRY_GOTO(unpack(file, path, bytes, length, &content));
    if (file->bytes_at_most ? content.length > file->bytes : content.length != file->bytes) {
        status = CLN_FAIL(DATA, "%s: %zu bytes uncompressed, expected %llu", path, content.length,
                          (unsigned long long)file->bytes);
        goto fail;
    }
    CLN_TRY_GOTO(cln_sha256(content.bytes, content.length, content.sha256));
    content.verified = by_gz || file->sha256;
    if (file->sha256 && strcmp(content.sha256, file->sha256) != 0) {
        status = refuse_hash(file, path, content.sha256);
        goto fail;
    }
    content.path = strdup(path);
    if (!content.path) {
        status = CLN_FAIL(MEMORY, "out of memory for the path %s", path);
        goto fail;
    }
    *out = content;
    return CLN_OK;
fail:
    cln_data_content_done(&content);
    return status;
}

void cln_data_folders_free(struct cln_data_folders *folders) {
    for (size_t i = 0; i < folders->count; i++)
        free(folders->paths[i]);
    free(folders->paths);
    *folders = (struct cln_data_folders){0};
}

static enum cln_status add_folder(struct cln_data_folders *folders, const char *root,
                                  const char *layout) {
    char **paths = realloc(folders->paths, (folders->count + 1) * sizeof *paths);
    if (paths)
        folders->paths = paths;
    char *path = !paths ? NULL : *layout ? cln_path_join(root, layout) : strdup(root);
    if (!path)
        return CLN_FAIL(MEMORY, "out of memory for the folder %s", root);
    folders->paths[folders->count++] = path;
    return CLN_OK;
}

static enum cln_status add_layouts(struct cln_data_folders *folders,
                                   const struct cln_data_entry *entry, const char *root) {
    for (size_t i = 0; entry->layouts[i]; i++)
        CLN_TRY(add_folder(folders, root, entry->layouts[i]));
    return CLN_OK;
}

/* The parts between colons; an empty one names no folder. */
static enum cln_status add_variable(struct cln_data_folders *folders,
                                    const struct cln_data_entry *entry, const char *value) {
    while (value && *value) {
        size_t length = strcspn(value, ":");
        char *root = strndup(value, length);
        if (!root)
            return CLN_FAIL(MEMORY, "out of memory for the folders of CLNOISE_DATA");
        enum cln_status status = *root ? add_layouts(folders, entry, root) : CLN_OK;
        free(root);
        CLN_TRY(status);
        value += length + (value[length] == ':');
    }
    return CLN_OK;
}

static enum cln_status add_cache(struct cln_data_folders *folders,
                                 const struct cln_data_entry *entry) {
    char *cache = cln_cache_folder();
    if (!cache)
        return CLN_OK;
    char *data = cln_path_join(cache, "data");
    free(cache);
    if (!data)
        return CLN_FAIL(MEMORY, "out of memory for the cache folder's path");
    enum cln_status status = add_layouts(folders, entry, data);
    free(data);
    return status;
}

enum cln_status cln_data_folders_list(const struct cln_data_entry *entry, const char *data_dir,
                                      struct cln_data_folders *out) {
    enum cln_status status = CLN_OK;
    struct cln_data_folders folders = {0};
    if (data_dir && *data_dir)
        CLN_TRY_GOTO(add_layouts(&folders, entry, data_dir));
    CLN_TRY_GOTO(add_variable(&folders, entry, getenv("CLNOISE_DATA")));
    CLN_TRY_GOTO(add_cache(&folders, entry));
    if (entry->system_folder)
        CLN_TRY_GOTO(add_folder(&folders, entry->system_folder, ""));
    *out = folders;
    return CLN_OK;
fail:
    cln_data_folders_free(&folders);
    return status;
}

/* Refused before it is read: what is no plain file, or cannot be right by its size alone. */
static enum cln_status read_candidate(const struct cln_data_file *file, const char *path,
                                      const struct stat *info, struct cln_data_content *out) {
    /* Stored blocks, the worst that gzip does, add less than a thousandth; and a header. */
    uint64_t largest = file->bytes + file->bytes / 1000 + (1 << 16);
    if (!S_ISREG(info->st_mode))
        return CLN_FAIL(DATA, "%s: not a plain file", path);
    if ((uint64_t)info->st_size > largest)
        return CLN_FAIL(DATA, "%s: %llu bytes, expected %llu, or fewer when compressed", path,
                        (unsigned long long)info->st_size, (unsigned long long)file->bytes);
    char *bytes = NULL;
    size_t length = 0;
    CLN_TRY(cln_file_read(path, &bytes, &length));
    return cln_data_content_check(file, path, bytes, length, out);
}

static enum cln_status try_candidate(const struct cln_data_file *file, const char *path,
                                     struct cln_text *refused, struct cln_data_content *out,
                                     bool *found) {
    struct stat info;
    if (stat(path, &info)) {
        if (errno != ENOENT && errno != ENOTDIR)
            cln_text_add(refused, "%s: %s\n", path, strerror(errno));
        return CLN_OK;
    }
    enum cln_status status = read_candidate(file, path, &info, out);
    if (status == CLN_OK) {
        *found = true;
    } else if (status == CLN_DATA || status == CLN_FILE) {
        cln_text_add(refused, "%s\n", cln_error_last()->message);
        status = CLN_OK;
    }
    return status;
}

enum cln_status cln_data_locate(const struct cln_data_folders *folders,
                                const struct cln_data_file *file, struct cln_text *refused,
                                struct cln_data_content *out, bool *found) {
    static const char *const endings[] = {"", ".gz"};
    const bool gz_only = !file->sha256 && file->gz_sha256;
    *found = false;
    for (size_t i = 0; i < 2 * folders->count && !*found; i++) {
        if (gz_only && i % 2 == 0)
            continue;
        char name[128];
        snprintf(name, sizeof name, "%s%s", file->name, endings[i % 2]);
        char *path = cln_path_join(folders->paths[i / 2], name);
        if (!path)
            return CLN_FAIL(MEMORY, "out of memory for the path of %s", file->name);
        enum cln_status status = try_candidate(file, path, refused, out, found);
        free(path);
        CLN_TRY(status);
    }
    return cln_text_check(refused);
}
