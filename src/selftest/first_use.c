#include "selftest/first_use.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/file.h"
#include "graph/trial.h"
#include "runtime/device.h"
#include "runtime/kernel_source.h"

/* On everything that the results depend on: the device, as the tuner has it, and all kernels. */
static enum cln_status make_key(const struct cln_context *context, char key[CLN_SHA256_HEX_SIZE]) {
    struct cln_text text = {0};
    char device[CLN_SHA256_HEX_SIZE];
    enum cln_status status = cln_tune_device_key(context, device);
    for (const struct cln_kernel_file *file = cln_kernel_files; file->name && status == CLN_OK;
         file++)
        if (!strstr(file->name, ".clh"))
            status = cln_kernel_source(file->name, &text);
    cln_text_add(&text, "%s", device);
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

/* Whether the device was found right before; what to avoid is in `*avoid`, to be freed. */
static bool recall(const char *key, char **avoid) {
    char *path = path_of(key, false), *bytes = NULL;
    size_t length;
    *avoid = NULL;
    if (path && cln_file_exists(path) && cln_file_is_trusted(path) &&
        cln_file_read(path, &bytes, &length) == CLN_OK) {
        cJSON *root = cJSON_Parse(bytes);
        const cJSON *kept = cJSON_GetObjectItem(root, "key");
        const cJSON *variants = cJSON_GetObjectItem(root, "avoid");
        if (cJSON_IsString(kept) && cJSON_IsString(variants) && !strcmp(kept->valuestring, key))
            *avoid = strdup(variants->valuestring);
        cJSON_Delete(root);
    }
    free(bytes);
    free(path);
    return *avoid != NULL;
}

static char *print(const struct cln_context *context, const struct cln_selftest *selftest,
                   const char *key) {
    const struct cln_device *device = cln_context_device(context);
    struct cln_text avoid = {0};
    cln_selftest_avoid(selftest, &avoid);
    cJSON *root = cJSON_CreateObject();
    cJSON_AddStringToObject(root, "device", device->name);
    cJSON_AddStringToObject(root, "driver", device->driver);
    cJSON_AddStringToObject(root, "key", key);
    cJSON_AddStringToObject(root, "form", selftest->brief ? "brief" : "full");
    cJSON_AddStringToObject(root, "noise_hash", selftest->noise_hash);
    cJSON_AddStringToObject(root, "avoid", avoid.chars ? avoid.chars : "");
    char *text = cJSON_Print(root);
    cJSON_Delete(root);
    cln_text_free(&avoid);
    return text;
}

void cln_selftest_keep(const struct cln_context *context, const struct cln_selftest *selftest) {
    char key[CLN_SHA256_HEX_SIZE];
    struct cln_error before;
    cln_error_save(&before);
    char *path = make_key(context, key) == CLN_OK ? path_of(key, true) : NULL;
    char *text = path ? print(context, selftest, key) : NULL;
    if (path && cln_selftest_refusal(selftest))
        (void)remove(path);
    else if (text)
        (void)cln_file_write(path, text, strlen(text));
    cJSON_free(text);
    free(path);
    (void)cln_error_restore(&before);
}

void cln_selftest_item_text(const struct cln_selftest_item *item, struct cln_text *out) {
    cln_text_add(out, "%s: ", item->subject);
    if (!isfinite(item->error))
        cln_text_add(out, "does not build or run");
    else if (!(item->limit > 0) && !(item->error > 0))
        cln_text_add(out, item->passed ? "exact" : "differs");
    else if (!(item->limit > 0))
        cln_text_add(out, "%.2g %s; accepted: none", item->error, item->measure);
    else
        cln_text_add(out, "%.2g of at most %.2g %s", item->error, item->limit, item->measure);
}

static enum cln_status refuse(const struct cln_context *context,
                              const struct cln_selftest_item *item) {
    struct cln_text text = {0};
    cln_selftest_item_text(item, &text);
    enum cln_status status = CLN_FAIL(
        SELFTEST,
        "%s computes wrong results: %s: %s; `clnoise selftest` says more, and "
        "CLNOISE_SELFTEST=off trusts the device all the same",
        cln_context_device(context)->name, item->check, text.chars ? text.chars : item->subject);
    cln_text_free(&text);
    return status;
}

static void note(const struct cln_first_use *options, const struct cln_selftest *selftest) {
    for (int i = 0; i < selftest->count && options->on_note; i++) {
        const struct cln_selftest_item *item = &selftest->items[i];
        struct cln_text text = {0};
        if (item->passed)
            continue;
        cln_text_add(&text, "self-test of this device: ");
        cln_selftest_item_text(item, &text);
        if (item->then == CLN_SELFTEST_AVOID)
            cln_text_add(&text, "; it is not used");
        options->on_note(options->context, text.chars ? text.chars : item->subject);
        cln_text_free(&text);
    }
}

static enum cln_status on_check(void *user, const struct cln_check *check) {
    const struct cln_first_use *options = user;
    (void)check;
    return options->interrupted && options->interrupted(options->context)
               ? CLN_FAIL(INTERRUPTED, "interrupted in the self-test")
               : CLN_OK;
}

static enum cln_status test(struct cln_context *context, const struct cln_first_use *options) {
    struct cln_first_use copy = *options;
    const struct cln_selftest_observer observer = {.context = &copy, .on_check = on_check};
    struct cln_context *own;
    struct cln_selftest *selftest = NULL;
    CLN_TRY(cln_context_create(cln_context_device(context), &own));
    enum cln_status status =
        cln_selftest_run(own, &(struct cln_selftest_form){.brief = true}, &observer, &selftest);
    if (status == CLN_OK && cln_selftest_refusal(selftest)) {
        status = refuse(context, cln_selftest_refusal(selftest));
    } else if (status == CLN_OK) {
        struct cln_text avoid = {0};
        note(options, selftest);
        cln_selftest_avoid(selftest, &avoid);
        status = cln_context_avoid(context, avoid.chars ? avoid.chars : "");
        cln_text_free(&avoid);
        cln_selftest_keep(context, selftest);
    }
    cln_selftest_free(selftest);
    cln_context_free(own);
    return status;
}

enum cln_status cln_selftest_first_use(struct cln_context *context,
                                       const struct cln_first_use *options) {
    const char *setting = getenv("CLNOISE_SELFTEST");
    char key[CLN_SHA256_HEX_SIZE], *avoid;
    if (setting && *setting && strcmp(setting, "off") != 0 && strcmp(setting, "on") != 0)
        return CLN_FAIL(CONFIG, "CLNOISE_SELFTEST=%s; accepted: on, off", setting);
    if (setting && !strcmp(setting, "off"))
        return CLN_OK;
    CLN_TRY(make_key(context, key));
    if (!recall(key, &avoid))
        return test(context, options);
    enum cln_status status = cln_context_avoid(context, avoid);
    free(avoid);
    return status;
}
