#include "selftest/kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/json_put.h"
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

/* Want of memory, which POSIX has malloc() tell by errno, must not be taken for a device that
 * nobody has tested. */
static enum cln_status recall(const char *key, struct cln_selftest_kept *out, bool *known) {
    *known = false;
    errno = 0;
    char *path = path_of(key, false), *bytes = NULL;
    size_t length;
    if (path && cln_file_exists(path) && cln_file_is_trusted(path) &&
        cln_file_read(path, &bytes, &length) == CLN_OK) {
        cJSON *root = cJSON_Parse(bytes);
        *known = parse(root, key, out);
        cJSON_Delete(root);
    }
    const bool starved = !*known && errno == ENOMEM;
    free(bytes);
    free(path);
    return starved ? CLN_FAIL(MEMORY, "out of memory for the last self-test of the device")
                   : CLN_OK;
}

enum cln_status cln_selftest_recall(const struct cln_device *device, struct cln_selftest_kept *out,
                                    bool *known) {
    char key[CLN_SHA256_HEX_SIZE];
    struct cln_error before;
    *out = (struct cln_selftest_kept){0};
    *known = false;
    cln_error_save(&before);
    enum cln_status status = make_key(device, key);
    if (status == CLN_OK)
        status = recall(key, out, known);
    if (status == CLN_MEMORY)
        return status;
    (void)cln_error_restore(&before);
    return CLN_OK;
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
    if (print_why(selftest, &why) == CLN_OK && cln_text_check(&avoid) == CLN_OK) {
        cln_json_put_text(root, "device", device->name);
        cln_json_put_text(root, "driver", device->driver);
        cln_json_put_text(root, "key", key);
        cln_json_put_text(root, "when", when);
        cln_json_put_bool(root, "brief", selftest->brief);
        cln_json_put_bool(root, "refused", cln_selftest_refusal(selftest) != NULL);
        cln_json_put_text(root, "why", why.chars ? why.chars : "");
        cln_json_put_number(root, "passed", count.passed);
        cln_json_put_number(root, "failed", count.failed);
        cln_json_put_text(root, "noise_hash", selftest->noise_hash);
        cln_json_put_text(root, "avoid", avoid.chars ? avoid.chars : "");
        text = cln_json_print(root, true);
    }
    cJSON_Delete(root);
    cln_text_free(&avoid);
    cln_text_free(&why);
    return text;
}

/* Whether more is known than this one can tell. */
static bool is_known_better(const char *key, const struct cln_selftest *selftest) {
    struct cln_selftest_kept kept = {0};
    bool known;
    if (!selftest->brief || cln_selftest_refusal(selftest))
        return false;
    const bool better =
        recall(key, &kept, &known) != CLN_OK || (known && !kept.brief && !kept.refused);
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
