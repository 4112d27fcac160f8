#include "selftest/kept.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "graph/trial.h"
#include "runtime/kernel_source.h"

/* On everything that the results depend on: the device, as the tuner has it, and all kernels. */
static enum cln_status make_key(const struct cln_device *device, char key[CLN_SHA256_HEX_SIZE]) {
    struct cln_text text = {0};
    struct cln_caps caps;
    char own[CLN_SHA256_HEX_SIZE];
    CLN_TRY(cln_device_caps(device, &caps));
    enum cln_status status = cln_tune_device_key(device, &caps, own);
    for (const struct cln_kernel_file *file = cln_kernel_files; file->name && status == CLN_OK;
         file++)
        if (!strstr(file->name, ".clh"))
            status = cln_kernel_source(file->name, &text);
    cln_text_add(&text, "%s", own);
    if (status == CLN_OK)
        status = cln_text_check(&text);
    if (status == CLN_OK)
        status = cln_sha256(text.chars, text.length, key);
    cln_text_free(&text);
    return status;
}

/* free() it; NULL where nothing is to be kept. */
static char *path_of(const char *key, bool make_folder) {
    const char *setting = getenv("CLNOISE_CACHE");
    const bool off = setting && !strcmp(setting, "off");
    char *folder = off ? NULL : cln_cache_trusted("selftest"), *path = NULL, name[32];
    snprintf(name, sizeof name, "%.16s.json", key);
    if (folder && (!make_folder || cln_folder_make(folder) == CLN_OK))
        path = cln_path_join(folder, name);
    free(folder);
    return path;
}

static bool read_text(const cJSON *root, const char *key, char *to, size_t size) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    if (!cJSON_IsString(item) || strlen(item->valuestring) >= size)
        return false;
    memcpy(to, item->valuestring, strlen(item->valuestring) + 1);
    return true;
}

static bool read_count(const cJSON *root, const char *key, int *to) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);
    *to = cJSON_IsNumber(item) ? item->valueint : -1;
    return *to >= 0;
}

static bool parse(const cJSON *root, const char *key, struct cln_selftest_kept *out) {
    char kept[CLN_SHA256_HEX_SIZE];
    const cJSON *brief = cJSON_GetObjectItemCaseSensitive(root, "brief");
    const cJSON *refused = cJSON_GetObjectItemCaseSensitive(root, "refused");
    const cJSON *avoid = cJSON_GetObjectItemCaseSensitive(root, "avoid");
    out->brief = cJSON_IsTrue(brief);
    out->refused = cJSON_IsTrue(refused);
    if (!read_text(root, "key", kept, sizeof kept) || strcmp(kept, key) != 0 ||
        !cJSON_IsBool(brief) || !cJSON_IsBool(refused) || !cJSON_IsString(avoid) ||
        !read_text(root, "when", out->when, sizeof out->when) ||
        !read_text(root, "why", out->why, sizeof out->why) ||
        !read_count(root, "passed", &out->passed) || !read_count(root, "failed", &out->failed))
        return false;
    out->avoid = strdup(avoid->valuestring);
    return out->avoid != NULL;
}

static bool recall(const char *key, struct cln_selftest_kept *out) {
    char *path = path_of(key, false), *bytes = NULL;
    size_t length;
    bool known = false;
    if (path && cln_file_exists(path) && cln_file_is_trusted(path) &&
        cln_file_read(path, &bytes, &length) == CLN_OK) {
        cJSON *root = cJSON_Parse(bytes);
        known = parse(root, key, out);
        cJSON_Delete(root);
    }
    free(bytes);
    free(path);
    return known;
}

bool cln_selftest_recall(const struct cln_device *device, struct cln_selftest_kept *out) {
    char key[CLN_SHA256_HEX_SIZE];
    struct cln_error before;
    *out = (struct cln_selftest_kept){0};
    cln_error_save(&before);
    const bool known = make_key(device, key) == CLN_OK && recall(key, out);
    (void)cln_error_restore(&before);
    return known;
}

void cln_selftest_kept_done(struct cln_selftest_kept *kept) {
    free(kept->avoid);
    kept->avoid = NULL;
}

static void print_time(char when[CLN_SELFTEST_WHEN_SIZE]) {
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(when, CLN_SELFTEST_WHEN_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static enum cln_status print_why(const struct cln_selftest *selftest, struct cln_text *out) {
    const struct cln_selftest_item *item = cln_selftest_refusal(selftest);
    if (item) {
        cln_text_add(out, "%s: ", item->check);
        cln_selftest_item_text(item, out);
    }
    return cln_text_check(out);
}

/* cJSON_free() it; NULL when out of memory, for half of it would be believed. */
static char *print(const struct cln_device *device, const struct cln_selftest *selftest,
                   const char *key) {
    const struct cln_selftest_count count = cln_selftest_count(selftest, NULL);
    struct cln_text avoid = {0}, why = {0};
    char when[CLN_SELFTEST_WHEN_SIZE], *text = NULL;
    print_time(when);
    cln_selftest_avoid(selftest, &avoid);
    cJSON *root = cJSON_CreateObject();
    if (print_why(selftest, &why) == CLN_OK && cln_text_check(&avoid) == CLN_OK &&
        cJSON_AddStringToObject(root, "device", device->name) &&
        cJSON_AddStringToObject(root, "driver", device->driver) &&
        cJSON_AddStringToObject(root, "key", key) && cJSON_AddStringToObject(root, "when", when) &&
        cJSON_AddBoolToObject(root, "brief", selftest->brief) &&
        cJSON_AddBoolToObject(root, "refused", cln_selftest_refusal(selftest) != NULL) &&
        cJSON_AddStringToObject(root, "why", why.chars ? why.chars : "") &&
        cJSON_AddNumberToObject(root, "passed", count.passed) &&
        cJSON_AddNumberToObject(root, "failed", count.failed) &&
        cJSON_AddStringToObject(root, "noise_hash", selftest->noise_hash) &&
        cJSON_AddStringToObject(root, "avoid", avoid.chars ? avoid.chars : ""))
        text = cJSON_Print(root);
    cJSON_Delete(root);
    cln_text_free(&avoid);
    cln_text_free(&why);
    return text;
}

/* Whether more is known than this one can tell. */
static bool is_known_better(const char *key, const struct cln_selftest *selftest) {
    struct cln_selftest_kept kept = {0};
    const bool better = selftest->brief && !cln_selftest_refusal(selftest) && recall(key, &kept) &&
                        !kept.brief && !kept.refused;
    cln_selftest_kept_done(&kept);
    return better;
}

void cln_selftest_keep(const struct cln_device *device, const struct cln_selftest *selftest) {
    char key[CLN_SHA256_HEX_SIZE];
    struct cln_error before;
    cln_error_save(&before);
    if (make_key(device, key) == CLN_OK && !is_known_better(key, selftest)) {
        char *path = path_of(key, true), *text = path ? print(device, selftest, key) : NULL;
        if (text)
            (void)cln_file_write(path, text, strlen(text));
        cJSON_free(text);
        free(path);
    }
    (void)cln_error_restore(&before);
}
