/*
 * A folder of the user's own: train/<class>/<name>.png and test/<class>/<name>.png. Classes are
 * numbered in the order of their names, byte by byte; of the images the first of each class come
 * first, then the second of each, and so on, so that a limit leaves all classes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/hash.h"
#include "data/own.h"
#include "data/png_image.h"

#define MOST_CLASSES 256

/* A split on disk: for each class of the training set its files. */
struct listing {
    char *path; /* .../train */
    struct cln_names files[MOST_CLASSES];
    size_t total, longest; /* files of all classes; of the largest */
};

struct folder {
    struct cln_names classes;
    struct listing train, test;
};

static void folder_free(struct folder *folder) {
    struct listing *both[] = {&folder->train, &folder->test};
    for (int s = 0; s < 2; s++) {
        free(both[s]->path);
        for (int i = 0; i < MOST_CLASSES; i++)
            cln_names_free(&both[s]->files[i]);
    }
    cln_names_free(&folder->classes);
    free(folder);
}

static bool is_png_name(const char *name) {
    const size_t length = strlen(name);
    return length > 4 && strcasecmp(name + length - 4, ".png") == 0;
}

/* One entry must be a folder, or a PNG by its name. */
static enum cln_status check_entry(const char *path, const char *name, bool folders) {
    char *whole = cln_path_join(path, name);
    if (!whole)
        return CLN_FAIL(MEMORY, "out of memory for the path of %s", name);
    struct stat info;
    enum cln_status status = CLN_OK;
    if (stat(whole, &info))
        status = CLN_FAIL(DATA, "%s: %s", whole, strerror(errno));
    else if (folders && !S_ISDIR(info.st_mode))
        status =
            CLN_FAIL(DATA, "%s: not a folder; accepted: a folder of images for each class", whole);
    else if (!folders && (!S_ISREG(info.st_mode) || !is_png_name(name)))
        status = CLN_FAIL(DATA, "%s: accepted in the folder of a class: files named *.png", whole);
    free(whole);
    return status;
}

/* The names in a folder but for those that begin with a dot. */
static enum cln_status list(const char *path, bool folders, struct cln_names *out) {
    enum cln_status status = cln_folder_list(path, false, out);
    if (status == CLN_FILE)
        status = CLN_FAIL(DATA, "data.folder: %s", cln_error_last()->message);
    CLN_TRY(status);
    for (size_t i = 0; i < out->count; i++)
        CLN_TRY(check_entry(path, out->items[i], folders));
    return CLN_OK;
}

static enum cln_status list_class(struct listing *split, const char *name, size_t class) {
    char *path = cln_path_join(split->path, name);
    if (!path)
        return CLN_FAIL(MEMORY, "out of memory for the path of %s", name);
    enum cln_status status = list(path, false, &split->files[class]);
    const size_t count = split->files[class].count;
    split->total += count;
    split->longest = count > split->longest ? count : split->longest;
    if (status == CLN_OK && count == 0)
        status = CLN_FAIL(DATA, "%s: no images in it", path);
    free(path);
    return status;
}

/* Which of the classes has that name, or their count. */
static size_t find_class(const struct cln_names *classes, const char *name) {
    size_t i = 0;
    while (i < classes->count && strcmp(classes->items[i], name) != 0)
        i++;
    return i;
}

static enum cln_status list_test(struct folder *folder) {
    struct cln_names found = {0};
    enum cln_status status = list(folder->test.path, true, &found);
    for (size_t i = 0; i < found.count && status == CLN_OK; i++) {
        const size_t class = find_class(&folder->classes, found.items[i]);
        if (class == folder->classes.count)
            status = CLN_FAIL(DATA, "%s: there is no class '%s' in %s", folder->test.path,
                              found.items[i], folder->train.path);
        else
            status = list_class(&folder->test, found.items[i], class);
    }
    cln_names_free(&found);
    return status;
}

static enum cln_status list_folder(struct folder *folder, const char *root) {
    folder->train.path = cln_path_join(root, "train");
    folder->test.path = cln_path_join(root, "test");
    if (!folder->train.path || !folder->test.path)
        return CLN_FAIL(MEMORY, "out of memory for the paths below %s", root);
    CLN_TRY(list(folder->train.path, true, &folder->classes));
    if (folder->classes.count < 2 || folder->classes.count > MOST_CLASSES)
        return CLN_FAIL(DATA, "%s: folders of %zu class%s; accepted: 2 to %d", folder->train.path,
                        folder->classes.count, folder->classes.count == 1 ? "" : "es",
                        MOST_CLASSES);
    for (size_t i = 0; i < folder->classes.count; i++)
        CLN_TRY(list_class(&folder->train, folder->classes.items[i], i));
    CLN_TRY(list_test(folder));
    if (folder->test.total == 0)
        return CLN_FAIL(DATA, "%s: no images in it", folder->test.path);
    if (folder->train.total > INT32_MAX || folder->test.total > INT32_MAX)
        return CLN_FAIL(DATA, "%s: more than %ld images", root, (long)INT32_MAX);
    return CLN_OK;
}

static enum cln_status open_folder(const struct cln_data_spec *spec, struct folder **out) {
    char *root = NULL;
    struct folder *folder = calloc(1, sizeof *folder);
    if (!folder)
        return CLN_FAIL(MEMORY, "out of memory for the folder %s", spec->folder);
    enum cln_status status = cln_own_path(spec, spec->folder, &root);
    if (status == CLN_OK)
        status = list_folder(folder, root);
    free(root);
    if (status == CLN_OK)
        *out = folder;
    else
        folder_free(folder);
    return status;
}

/* "class/name.png" of an image below its split. */
static enum cln_status read_image(const struct folder *folder, const struct listing *split,
                                  size_t class, size_t index, char **path, uint8_t **bytes,
                                  size_t *length) {
    char *below = cln_path_join(folder->classes.items[class], split->files[class].items[index]);
    *path = below ? cln_path_join(split->path, below) : NULL;
    free(below);
    if (!*path)
        return CLN_FAIL(MEMORY, "out of memory for paths below %s", split->path);
    char *read = NULL;
    enum cln_status status = cln_file_read(*path, &read, length);
    *bytes = (uint8_t *)read;
    return status;
}

static enum cln_status first_head(const struct folder *folder, struct cln_png *out) {
    char *path = NULL;
    uint8_t *bytes = NULL;
    size_t length;
    enum cln_status status = read_image(folder, &folder->train, 0, 0, &path, &bytes, &length);
    if (status == CLN_OK)
        status = cln_png_head(path, bytes, length, out);
    free(bytes);
    free(path);
    return status;
}

enum cln_status cln_own_folder_facts(const struct cln_data_spec *spec, struct cln_data_facts *out) {
    struct folder *folder;
    struct cln_png head;
    CLN_TRY(open_folder(spec, &folder));
    enum cln_status status = first_head(folder, &head);
    if (status == CLN_OK)
        *out = (struct cln_data_facts){.height = head.height,
                                       .width = head.width,
                                       .channels = head.channels,
                                       .classes = (int64_t)folder->classes.count,
                                       .train_count = (int64_t)folder->train.total,
                                       .test_count = (int64_t)folder->test.total};
    folder_free(folder);
    return status;
}

/* One image into its place, and into the hash: name, length, content. */
static enum cln_status load_image(const struct folder *folder, const struct listing *split,
                                  size_t class, size_t index, const struct cln_png *head,
                                  struct cln_sha256_stream *hash, uint8_t *values) {
    char *path = NULL;
    uint8_t *bytes = NULL;
    size_t length;
    enum cln_status status;
    CLN_TRY_GOTO(read_image(folder, split, class, index, &path, &bytes, &length));
    CLN_TRY_GOTO(cln_png_read(path, bytes, length, head, values));
    const char *name = path + strlen(split->path) + 1;
    uint8_t little_endian[8];
    for (int i = 0; i < 8; i++)
        little_endian[i] = (uint8_t)((uint64_t)length >> (8 * i));
    CLN_TRY_GOTO(cln_sha256_add(hash, name, strlen(name) + 1));
    CLN_TRY_GOTO(cln_sha256_add(hash, little_endian, sizeof little_endian));
    CLN_TRY_GOTO(cln_sha256_add(hash, bytes, length));
fail:
    free(bytes);
    free(path);
    return status;
}

static enum cln_status load_images(const struct folder *folder, const struct listing *split,
                                   const struct cln_png *head, struct cln_sha256_stream *hash,
                                   struct cln_dataset_split *out) {
    const size_t elems = (size_t)head->height * head->width * head->channels;
    if (split->total > (size_t)-1 / 2 / elems)
        return CLN_FAIL(DATA, "%s: more than memory can hold", split->path);
    out->images = malloc(split->total * elems);
    out->labels = malloc(split->total);
    if (!out->images || !out->labels)
        return CLN_FAIL(MEMORY, "out of memory for %zu images of %s", split->total, split->path);
    for (size_t index = 0; index < split->longest; index++)
        for (size_t class = 0; class < folder->classes.count; class ++) {
            if (index >= split->files[class].count)
                continue;
            CLN_TRY(load_image(folder, split, class, index, head, hash,
                               out->images + out->count * elems));
            out->labels[out->count++] = (uint8_t) class;
        }
    return CLN_OK;
}

static enum cln_status load_split(const struct folder *folder, struct listing *split,
                                  const struct cln_png *head, const char *name,
                                  struct cln_dataset_split *out, struct cln_dataset *dataset) {
    struct cln_sha256_stream *hash;
    struct cln_dataset_file *file = &dataset->files[dataset->file_count];
    CLN_TRY(cln_sha256_create(&hash));
    enum cln_status status = load_images(folder, split, head, hash, out);
    if (status == CLN_OK)
        status = cln_sha256_finish(hash, file->sha256);
    cln_sha256_free(hash);
    CLN_TRY(status);
    file->name = name;
    file->path = split->path;
    split->path = NULL;
    dataset->file_count++;
    return CLN_OK;
}

enum cln_status cln_own_folder_load(const struct cln_data_spec *spec, struct cln_dataset *dataset) {
    struct folder *folder;
    struct cln_png head;
    CLN_TRY(open_folder(spec, &folder));
    enum cln_status status;
    CLN_TRY_GOTO(first_head(folder, &head));
    dataset->height = head.height;
    dataset->width = head.width;
    dataset->channels = head.channels;
    dataset->classes = (uint32_t)folder->classes.count;
    CLN_TRY_GOTO(load_split(folder, &folder->train, &head, "train", &dataset->train, dataset));
    CLN_TRY_GOTO(load_split(folder, &folder->test, &head, "test", &dataset->test, dataset));
    CLN_TRY_GOTO(cln_own_keep_names(spec, dataset, folder->classes.items));
fail:
    folder_free(folder);
    return status;
}
