/* `clnoise devices`: what is here, what would be picked, and why. */
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_put.h"
#include "cli/command.h"
#include "cli/json_print.h"
#include "runtime/device_traits.h"
#include "selftest/kept.h"

static const char selftest_label[] = "Self-test";

static int widest_label(void) {
    int widest = (int)strlen(selftest_label);
    for (const struct cln_device_trait *trait = cln_device_traits; trait->symbol; trait++)
        if ((int)strlen(trait->label) > widest)
            widest = (int)strlen(trait->label);
    return widest;
}

/* "passed 2026-11-23, without kernel variants": of the last self-test. */
static enum cln_status add_selftest(struct cln_text *out, const struct cln_device *device) {
    struct cln_selftest_kept kept;
    bool known;
    CLN_TRY(cln_selftest_recall(device, &kept, &known));
    cln_text_add(out, "   %-*s  ", widest_label(), selftest_label);
    if (!known)
        cln_text_add(out, "not yet: clnoise selftest --device %d\n", device->index);
    else if (kept.refused)
        cln_text_add(out, "REFUSED %.10s, %s\n", kept.when, kept.why);
    else
        cln_text_add(out, "%s %.10s%s%s%s\n", kept.failed ? "usable" : "passed", kept.when,
                     kept.brief ? ", the brief form: kernel variants are not tested yet" : "",
                     *kept.avoid ? "; not used: " : "", kept.avoid);
    cln_selftest_kept_done(&kept);
    return CLN_OK;
}

/* The first two rows, index and name, make the heading. */
static enum cln_status add_device(struct cln_text *out, const struct cln_device *device,
                                  bool picked) {
    cln_text_add(out, "%d: %s%s\n", device->index, device->name, picked ? "  (picked)" : "");
    for (const struct cln_device_trait *trait = cln_device_traits + 2; trait->symbol; trait++) {
        if (!cln_device_trait_known(trait, device))
            continue;
        cln_text_add(out, "   %-*s  ", widest_label(), trait->label);
        cln_device_trait_print(trait, device, out);
        cln_text_add(out, "\n");
    }
    if (!*device->unusable)
        CLN_TRY(add_selftest(out, device));
    cln_text_add(out, "\n");
    return cln_text_check(out);
}

static enum cln_status print_list(const struct cln_device_list *list,
                                  const struct cln_device *picked, const char *reason) {
    struct cln_text text = {0};
    enum cln_status status = CLN_OK;
    for (int i = 0; i < list->count && status == CLN_OK; i++)
        status = add_device(&text, &list->devices[i], &list->devices[i] == picked);
    if (picked)
        cln_text_add(&text, "Picked: %d: %s, because %s.\n", picked->index, picked->name, reason);
    if (status == CLN_OK)
        status = cln_text_check(&text);
    if (status == CLN_OK && text.chars)
        fputs(text.chars, stdout);
    cln_text_free(&text);
    return status;
}

static cJSON *trait_to_json(const struct cln_device_trait *trait, const struct cln_device *device) {
    const void *member = (const char *)device + trait->offset;
    if (!cln_device_trait_known(trait, device))
        return cJSON_CreateNull();
    switch (trait->kind) {
    case CLN_TRAIT_COUNT:
        return cJSON_CreateNumber(*(const int *)member);
    case CLN_TRAIT_SIZE:
        return cJSON_CreateNumber((double)*(const size_t *)member);
    case CLN_TRAIT_BYTES:
        return cJSON_CreateNumber((double)*(const uint64_t *)member);
    case CLN_TRAIT_BOOL:
        return cJSON_CreateBool(*(const bool *)member);
    case CLN_TRAIT_REAL:
        return cJSON_CreateNumber(*(const double *)member);
    case CLN_TRAIT_TEXT:
    case CLN_TRAIT_TYPE:
    case CLN_TRAIT_VERSION:
        break;
    }
    struct cln_text value = {0};
    cln_device_trait_print(trait, device, &value);
    cJSON *json = value.failed ? NULL : cJSON_CreateString(value.chars ? value.chars : "");
    cln_text_free(&value);
    return json;
}

/* NULL when out of memory. */
static cJSON *selftest_to_json(const struct cln_device *device) {
    struct cln_selftest_kept kept;
    bool known = false;
    if (!*device->unusable && cln_selftest_recall(device, &kept, &known) != CLN_OK)
        return NULL;
    if (!known)
        return cJSON_CreateNull();
    cJSON *json = cJSON_CreateObject();
    cln_json_put_text(json, "when", kept.when);
    cln_json_put_bool(json, "brief", kept.brief);
    cln_json_put_number(json, "passed", kept.passed);
    cln_json_put_number(json, "failed", kept.failed);
    cln_json_put_bool(json, "refused", kept.refused);
    cln_json_put_text(json, "why", kept.why);
    cln_json_put_text(json, "avoid", kept.avoid);
    cln_selftest_kept_done(&kept);
    return json;
}

static cJSON *device_to_json(const struct cln_device *device) {
    cJSON *json = cJSON_CreateObject();
    for (const struct cln_device_trait *trait = cln_device_traits; trait->symbol; trait++)
        cln_json_put(json, trait->symbol, trait_to_json(trait, device));
    cln_json_put(json, "selftest", selftest_to_json(device));
    return json;
}

static enum cln_status print_json(const struct cln_device_list *list,
                                  const struct cln_device *picked, const char *reason) {
    cJSON *json = cJSON_CreateObject();
    cJSON *devices = cln_json_put_array(json, "devices");
    for (int i = 0; i < list->count; i++)
        cln_json_put(devices, NULL, device_to_json(&list->devices[i]));
    if (picked)
        cln_json_put_number(json, "picked", picked->index);
    else
        cln_json_put(json, "picked", cJSON_CreateNull());
    cln_json_put_text(json, "reason", reason);
    cJSON *troubles = cln_json_put_array(json, "troubles");
    for (int i = 0; i < list->trouble_count; i++)
        cln_json_put_text(troubles, NULL, list->troubles[i]);
    const enum cln_status status = cln_print_json(json);
    cJSON_Delete(json);
    return status;
}

static enum cln_status run(const struct cln_options *options) {
    struct cln_device_list *list;
    const struct cln_device *picked = NULL;
    char reason[256] = "";
    CLN_TRY(cln_devices_list(&list));
    for (int i = 0; i < list->trouble_count; i++)
        fprintf(stderr, "clnoise: %s\n", list->troubles[i]);
    /* What is there is worth printing even if nothing can be picked. */
    enum cln_status status = cln_device_select(list, options->device, &picked, reason);
    if (status != CLN_OK)
        picked = NULL;
    const char *why = status == CLN_OK ? reason : cln_error_last()->message;
    enum cln_status printed =
        options->json ? print_json(list, picked, why) : print_list(list, picked, why);
    if (status == CLN_OK)
        status = printed;
    cln_devices_free(list);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_DEVICE,
    CLN_OPTION_JSON,
    CLN_OPTION_END,
};

const struct cln_command cln_command_devices = {
    .name = "devices",
    .help = "list the OpenCL devices, and which one would be picked and why",
    .operands = "",
    .details =
        "The device with the best score is picked unless --device or CLNOISE_DEVICE asks for\n"
        "another. Score: compute units x clock in GHz x lanes (the float vector width; at\n"
        "least 64 on GPUs and accelerators), times 10 for GPUs and accelerators. Self-test: what\n"
        "`clnoise selftest`, or `run` by itself, found last with this driver and these kernels.\n",
    .examples = "clnoise devices\n"
                "clnoise devices --device gpu --json",
    .options = options,
    .run = run,
};
