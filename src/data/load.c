#include "data/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "data/build.h"
#include "data/tar.h"

/* What is on the way while the files of one row are gathered. */
struct loading {
    const struct cln_data_entry *entry;
    const char *data_dir;
    const struct cln_download *download;
    struct cln_data_folders folders;
    struct cln_text refused;
    struct cln_data_content contents[CLN_DATASET_MAX_FILES];
    struct cln_data_content archive; /* no bytes: not looked for, or not there */
};

/* Where downloads go: <data_dir>/<name>, else <cache>/data/<name>. free() it. */
static enum cln_status download_folder(const struct loading *loading, char **out) {
    const char *root = loading->data_dir;
    char *cache = NULL;
    if (!root || !*root) {
        root = cache = cln_cache_folder();
        if (!cache)
            return CLN_FAIL(FILE,
                            "%s: no folder to download to: neither HOME nor XDG_CACHE_HOME "
                            "is set; name one with --data-dir",
                            loading->entry->name);
    }
    char below[128];
    snprintf(below, sizeof below, "%s%s", cache ? "data/" : "", loading->entry->name);
    *out = cln_path_join(root, below);
    free(cache);
    return *out ? CLN_OK
                : CLN_FAIL(MEMORY, "out of memory for the path of %s", loading->entry->name);
}

static enum cln_status download(struct loading *loading, const struct cln_data_file *file,
                                struct cln_data_content *out) {
    char *folder = NULL;
    CLN_TRY(download_folder(loading, &folder));
    enum cln_status status = cln_download_file(loading->download, file, folder, out);
    free(folder);
    return status;
}

static enum cln_status fail_missing(struct loading *loading, const struct cln_data_file *file,
                                    const char *download_reason) {
    return cln_data_fail_missing(loading->entry, file, download_reason, &loading->folders,
                                 loading->refused.chars);
}

/* From disk, else from a mirror; *missing if neither has it, with an error. */
static enum cln_status obtain(struct loading *loading, const struct cln_data_file *file,
                              struct cln_data_content *content, bool *missing) {
    bool found = false;
    CLN_TRY(cln_data_locate(&loading->folders, file, &loading->refused, content, &found));
    if (found)
        return CLN_OK;
    const bool from_mirror = loading->download && file->gz_bytes && loading->download->mirrors[0];
    enum cln_status status = CLN_DATA;
    if (from_mirror)
        status = download(loading, file, content);
    if (status == CLN_DATA) {
        *missing = true;
        status = fail_missing(loading, file, from_mirror ? cln_error_last()->message : NULL);
    }
    return status;
}

/* Copies a file out of the archive, whose hash vouches for it. */
static enum cln_status take_member(const struct loading *loading, const struct cln_data_file *file,
                                   struct cln_data_content *out) {
    const struct cln_data_content *archive = &loading->archive;
    const uint8_t *at;
    size_t length;
    bool found;
    CLN_TRY(cln_tar_find(archive->path, archive->bytes, archive->length, file->name, &at, &length,
                         &found));
    if (!found)
        return CLN_FAIL(DATA, "%s: there is no %s in it", archive->path, file->name);
    void *copy = malloc(length + 1);
    if (!copy)
        return CLN_FAIL(MEMORY, "out of memory for %s", file->name);
    memcpy(copy, at, length);
    CLN_TRY(cln_data_content_check(file, archive->path, copy, length, out));
    out->downloaded = archive->downloaded;
    out->verified = archive->verified;
    return CLN_OK;
}

/* All files unpacked on disk, or *found is false. */
static enum cln_status locate_unpacked(struct loading *loading, bool *found) {
    const struct cln_data_entry *entry = loading->entry;
    *found = true;
    for (int i = 0; i < entry->file_count && *found; i++)
        CLN_TRY(cln_data_locate(&loading->folders, &entry->files[i], &loading->refused,
                                &loading->contents[i], found));
    return CLN_OK;
}

/* The archive if it is there, as its hash is known; else its files; else the archive from a
 * mirror. */
static enum cln_status obtain_archived(struct loading *loading, bool *missing) {
    const struct cln_data_entry *entry = loading->entry;
    bool archived = false, unpacked = false;
    CLN_TRY(cln_data_locate(&loading->folders, &entry->archive, &loading->refused,
                            &loading->archive, &archived));
    if (!archived)
        CLN_TRY(locate_unpacked(loading, &unpacked));
    if (unpacked)
        return CLN_OK;
    if (!archived)
        CLN_TRY(obtain(loading, &entry->archive, &loading->archive, missing));
    for (int i = 0; i < entry->file_count; i++) {
        cln_data_content_done(&loading->contents[i]);
        CLN_TRY(take_member(loading, &entry->files[i], &loading->contents[i]));
    }
    cln_data_content_done(&loading->archive);
    return CLN_OK;
}

static enum cln_status obtain_all(struct loading *loading, bool *missing) {
    const struct cln_data_entry *entry = loading->entry;
    if (entry->archive.name)
        return obtain_archived(loading, missing);
    for (int i = 0; i < entry->file_count; i++)
        CLN_TRY(obtain(loading, &entry->files[i], &loading->contents[i], missing));
    return CLN_OK;
}

/* Moves what was gathered into the data set. */
static enum cln_status assemble(struct loading *loading, const struct cln_data_spec *spec,
                                struct cln_dataset *dataset) {
    const struct cln_data_entry *entry = loading->entry;
    struct cln_data_content *contents = loading->contents;
    dataset->name = entry->name;
    dataset->height = entry->height;
    dataset->width = entry->width;
    dataset->channels = entry->channels;
    dataset->classes = entry->classes;
    dataset->class_names = entry->class_names;
    CLN_TRY(entry->build(entry, contents, spec, dataset));
    for (int i = 0; i < entry->file_count; i++) {
        struct cln_dataset_file *file = &dataset->files[dataset->file_count++];
        file->name = entry->files[i].name;
        file->path = contents[i].path;
        contents[i].path = NULL;
        file->downloaded = contents[i].downloaded;
        dataset->unverified |= !contents[i].verified;
        memcpy(file->sha256, contents[i].sha256, sizeof file->sha256);
    }
    dataset->warnings = loading->refused.chars;
    loading->refused = (struct cln_text){0};
    return CLN_OK;
}

enum cln_status cln_data_load(const struct cln_data_entry *entry, const struct cln_data_spec *spec,
                              const char *data_dir, const struct cln_download *download,
                              struct cln_dataset **out, bool *missing) {
    struct loading loading = {.entry = entry, .data_dir = data_dir, .download = download};
    struct cln_dataset *dataset = calloc(1, sizeof *dataset);
    *missing = false;
    if (!dataset)
        return CLN_FAIL(MEMORY, "out of memory for data set %s", entry->name);
    enum cln_status status;
    CLN_TRY_GOTO(cln_data_folders_list(entry, data_dir, &loading.folders));
    CLN_TRY_GOTO(obtain_all(&loading, missing));
    CLN_TRY_GOTO(assemble(&loading, spec, dataset));
    *out = dataset;
    dataset = NULL;
fail:
    cln_dataset_free(dataset);
    for (int i = 0; i < CLN_DATASET_MAX_FILES; i++)
        cln_data_content_done(&loading.contents[i]);
    cln_data_content_done(&loading.archive);
    cln_data_folders_free(&loading.folders);
    cln_text_free(&loading.refused);
    return status;
}
