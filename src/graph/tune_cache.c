/* The tuner's file: one a device, JSON, written anew whenever something was measured. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/json_put.h"
#include "base/text.h"
#include "graph/tune_private.h"
#include "runtime/device.h"

#define MOST_ENTRIES 4096 /* a file with more begins anew: it holds little but what is outdated */

static const char *const how_names[] = {"measured", "checked", "followed", "unmeasured"};
static const char *const verdict_names[] = {"right", "wrong", "failed", "unchecked"};

const char *cln_tune_how_name(enum cln_tune_how how) {
    return how_names[how];
}

const char *cln_tune_verdict_name(enum cln_tune_verdict verdict) {
    return verdict_names[verdict];
}

static bool read_text(const cJSON *object, const char *key, char *to, size_t size) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= size)
        return false;
    snprintf(to, size, "%s", item->valuestring);
    return true;
}

static bool read_number(const cJSON *object, const char *key, double *to) {
    const cJSON *item = cJSON_GetObjectItem(object, key);
    *to = cJSON_IsNumber(item) ? item->valuedouble : 0;
    return cJSON_IsNumber(item) && item->valuedouble >= 0;
}

/* The place of the text at `key` among the names. */
static bool read_name(const cJSON *object, const char *key, const char *const *names, int count,
                      int *to) {
    char text[CLN_NAME_SIZE];
    if (!read_text(object, key, text, sizeof text))
        return false;
    for (*to = 0; *to < count; ++*to)
        if (!strcmp(names[*to], text))
            return true;
    return false;
}

static bool read_candidate(const cJSON *from, struct cln_tune_candidate *to) {
    int verdict;
    if (!read_text(from, "name", to->name, sizeof to->name) ||
        !read_name(from, "verdict", verdict_names, 4, &verdict) ||
        !read_number(from, "seconds", &to->seconds) || !read_number(from, "error", &to->error) ||
        !read_number(from, "tolerance", &to->tolerance))
        return false;
    to->verdict = (enum cln_tune_verdict)verdict;
    return true;
}

static bool read_entry(const cJSON *from, struct cln_tune_entry *to) {
    int how;
    const cJSON *candidates = cJSON_GetObjectItem(from, "candidates"), *row;
    *to = (struct cln_tune_entry){0};
    if (!read_text(from, "key", to->key, sizeof to->key) || strlen(to->key) + 1 != sizeof to->key ||
        !read_text(from, "op", to->op, sizeof to->op) ||
        !read_text(from, "shape", to->shape, sizeof to->shape) ||
        !read_text(from, "choice", to->choice, sizeof to->choice) ||
        !read_name(from, "how", how_names, 4, &how) || !cJSON_IsArray(candidates))
        return false;
    to->how = (enum cln_tune_how)how;
    bool chosen = false; /* the choice is one of the candidates */
    for (row = candidates->child; row; row = row->next) {
        if (to->count == CLN_TUNE_CANDIDATES || !read_candidate(row, &to->candidates[to->count]))
            return false;
        chosen |= !strcmp(to->candidates[to->count++].name, to->choice);
    }
    return chosen;
}

static void drop_entries(struct cln_tune_cache *cache) {
    for (int i = 0; i < cache->count; i++)
        free(cache->entries[i]);
    free(cache->entries);
    cache->entries = NULL;
    cache->count = cache->capacity = 0;
}

enum cln_status cln_tune_cache_read(const char *path, const char *device_key,
                                    struct cln_tune_cache *into) {
    char *bytes = NULL, key[CLN_SHA256_HEX_SIZE];
    size_t length;
    if (!path || !cln_file_exists(path) || !cln_file_is_trusted(path) ||
        cln_file_read(path, &bytes, &length) != CLN_OK)
        return CLN_OK;
    cJSON *root = cJSON_Parse(bytes);
    const cJSON *entries = cJSON_GetObjectItem(root, "entries"), *row;
    enum cln_status status = CLN_OK;
    bool ours = read_text(root, "device_key", key, sizeof key) && !strcmp(key, device_key) &&
                cJSON_IsArray(entries) && cJSON_GetArraySize(entries) <= MOST_ENTRIES;
    if (ours) /* absent: 0 */
        (void)read_number(root, "spent_seconds", &into->spent_seconds);
    for (row = ours ? entries->child : NULL; row && status == CLN_OK; row = row->next) {
        struct cln_tune_entry entry;
        if (read_entry(row, &entry))
            status = cln_tune_cache_put(into, &entry);
    }
    cJSON_Delete(root);
    free(bytes);
    return status;
}

static enum cln_status find_path(struct cln_tune_cache *cache, const char *folder) {
    const char *setting = getenv("CLNOISE_CACHE");
    const bool off = setting && !strcmp(setting, "off");
    char *kept = folder ? strdup(folder) : off ? NULL : cln_cache_trusted("tuning"), name[32];
    if (!kept)
        return folder ? CLN_FAIL(MEMORY, "out of memory for a path") : CLN_OK;
    snprintf(name, sizeof name, "%.16s.json", cache->device_key);
    cache->folder = kept;
    cache->path = cln_path_join(kept, name);
    return cache->path ? CLN_OK : CLN_FAIL(MEMORY, "out of memory for a path");
}

enum cln_status cln_tune_cache_open(const struct cln_context *context, const char *folder,
                                    struct cln_tune_cache *out) {
    const struct cln_device *device = cln_context_device(context);
    *out = (struct cln_tune_cache){0};
    snprintf(out->device_name, sizeof out->device_name, "%s", device->name);
    enum cln_status status =
        cln_tune_device_key(device, cln_context_caps(context), out->device_key);
    if (status == CLN_OK)
        status = find_path(out, folder);
    if (status == CLN_OK)
        status = cln_tune_cache_read(out->path, out->device_key, out);
    out->changed = false;
    if (status != CLN_OK)
        cln_tune_cache_done(out);
    return status;
}

void cln_tune_cache_done(struct cln_tune_cache *cache) {
    drop_entries(cache);
    free(cache->folder);
    free(cache->path);
    *cache = (struct cln_tune_cache){0};
}

struct cln_tune_entry *cln_tune_cache_find(const struct cln_tune_cache *cache, const char *key) {
    for (int i = 0; i < cache->count; i++)
        if (!strcmp(cache->entries[i]->key, key))
            return cache->entries[i];
    return NULL;
}

enum cln_status cln_tune_cache_put(struct cln_tune_cache *cache,
                                   const struct cln_tune_entry *entry) {
    struct cln_tune_entry *known = cln_tune_cache_find(cache, entry->key);
    cache->changed = true;
    if (known) {
        *known = *entry;
        return CLN_OK;
    }
    if (cache->count == cache->capacity) {
        int larger = cache->capacity ? 2 * cache->capacity : 64;
        void *moved = realloc(cache->entries, (size_t)larger * sizeof(struct cln_tune_entry *));
        if (!moved)
            return CLN_FAIL(MEMORY, "out of memory for %d tuning entries", larger);
        cache->entries = moved;
        cache->capacity = larger;
    }
    known = malloc(sizeof *known);
    if (!known)
        return CLN_FAIL(MEMORY, "out of memory for a tuning entry");
    *known = *entry;
    cache->entries[cache->count++] = known;
    return CLN_OK;
}

static cJSON *candidate_json(const struct cln_tune_candidate *from) {
    cJSON *row = cJSON_CreateObject();
    cln_json_put_text(row, "name", from->name);
    cln_json_put_text(row, "verdict", verdict_names[from->verdict]);
    cln_json_put_number(row, "seconds", from->seconds);
    cln_json_put_number(row, "error", from->error);
    cln_json_put_number(row, "tolerance", from->tolerance);
    return row;
}

static cJSON *entry_json(const struct cln_tune_entry *entry) {
    cJSON *object = cJSON_CreateObject();
    cln_json_put_text(object, "key", entry->key);
    cln_json_put_text(object, "op", entry->op);
    cln_json_put_text(object, "shape", entry->shape);
    cln_json_put_text(object, "choice", entry->choice);
    cln_json_put_text(object, "how", how_names[entry->how]);
    cJSON *candidates = cln_json_put_array(object, "candidates");
    for (int i = 0; i < entry->count; i++)
        cln_json_put(candidates, NULL, candidate_json(&entry->candidates[i]));
    return object;
}

/* cJSON_free() it; NULL when out of memory. */
static char *print_cache(const struct cln_tune_cache *cache) {
    cJSON *root = cJSON_CreateObject();
    cln_json_put_text(root, "device", cache->device_name);
    cln_json_put_text(root, "device_key", cache->device_key);
    cln_json_put_number(root, "spent_seconds", cache->spent_seconds);
    cJSON *entries = cln_json_put_array(root, "entries");
    for (int i = 0; i < cache->count; i++)
        cln_json_put(entries, NULL, entry_json(cache->entries[i]));
    char *text = cln_json_print(root, true);
    cJSON_Delete(root);
    return text;
}

/* Waits until no other process reads and writes the file; -1 where that cannot be had. */
static int lock_file(const struct cln_tune_cache *cache) {
    struct cln_text path = {0};
    cln_text_add(&path, "%s.lock", cache->path);
    int fd = path.chars ? open(path.chars, O_RDWR | O_CREAT | O_CLOEXEC, 0644) : -1;
    cln_text_free(&path);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fd >= 0)
        (void)fcntl(fd, F_SETLKW, &lock);
    return fd;
}

/* Takes over what other processes have measured. */
static enum cln_status merge(struct cln_tune_cache *cache, bool replace) {
    struct cln_tune_cache others = {0};
    enum cln_status status = cln_tune_cache_read(cache->path, cache->device_key, &others);
    for (int i = 0; i < others.count && status == CLN_OK; i++) {
        const struct cln_tune_entry *theirs = others.entries[i];
        const struct cln_tune_entry *ours = cln_tune_cache_find(cache, theirs->key);
        bool better = ours && !cache->frozen && theirs->how == CLN_TUNE_UNMEASURED &&
                      ours->how != CLN_TUNE_UNMEASURED;
        bool kept = ours && (replace || better);
        if (!kept)
            status = cln_tune_cache_put(cache, theirs);
    }
    if (status == CLN_OK) {
        cache->spent_seconds = others.spent_seconds + cache->added_seconds;
        cache->added_seconds = 0;
    }
    drop_entries(&others);
    return status;
}

/* Nothing is written unless all of it can be. */
static enum cln_status write_file(struct cln_tune_cache *cache, bool replace) {
    CLN_TRY(merge(cache, replace));
    char *text = print_cache(cache);
    if (!text)
        return CLN_FAIL(MEMORY, "out of memory for %s", cache->path);
    enum cln_status status = cln_file_write(cache->path, text, strlen(text));
    cJSON_free(text);
    return status;
}

enum cln_status cln_tune_cache_save(struct cln_tune_cache *cache, bool replace) {
    if (!cache->changed || !cache->path)
        return CLN_OK;
    struct cln_error before;
    cln_error_save(&before);
    enum cln_status status = cln_folder_make(cache->folder);
    if (status == CLN_OK) {
        int lock = lock_file(cache);
        status = write_file(cache, replace);
        if (lock >= 0)
            close(lock);
    }
    cache->changed = false;
    if (status == CLN_OK || (status == CLN_FILE && !cache->frozen)) {
        (void)cln_error_restore(&before);
        return CLN_OK;
    }
    cln_error_drop(&before);
    return status;
}
