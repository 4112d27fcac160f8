/* `clnoise devices`: what is here, what would be picked, and why. */
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
static void print_selftest(const struct cln_device *device) {
    struct cln_selftest_kept kept;
    printf("   %-*s  ", widest_label(), selftest_label);
    if (!cln_selftest_recall(device, &kept))
        printf("not yet: clnoise selftest --device %d\n", device->index);
    else if (kept.refused)
        printf("REFUSED %.10s, %s\n", kept.when, kept.why);
    else
        printf("%s %.10s%s%s%s\n", kept.failed ? "usable" : "passed", kept.when,
               kept.brief ? ", the brief form: kernel variants are not tested yet" : "",
               *kept.avoid ? "; not used: " : "", kept.avoid);
    cln_selftest_kept_done(&kept);
}

/* The first two rows, index and name, make the heading. */
static void print_device(const struct cln_device *device, bool picked) {
    printf("%d: %s%s\n", device->index, device->name, picked ? "  (picked)" : "");
    for (const struct cln_device_trait *trait = cln_device_traits + 2; trait->symbol; trait++) {
        struct cln_text value = {0};
        if (!cln_device_trait_known(trait, device))
            continue;
        cln_device_trait_print(trait, device, &value);
        printf("   %-*s  %s\n", widest_label(), trait->label, value.chars ? value.chars : "");
        cln_text_free(&value);
    }
    if (!*device->unusable)
        print_selftest(device);
    printf("\n");
}

static void print_list(const struct cln_device_list *list, const struct cln_device *picked,
                       const char *reason) {
    for (int i = 0; i < list->count; i++)
        print_device(&list->devices[i], &list->devices[i] == picked);
    if (picked)
        printf("Picked: %d: %s, because %s.\n", picked->index, picked->name, reason);
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
    cJSON *json = cJSON_CreateString(value.chars ? value.chars : "");
    cln_text_free(&value);
    return json;
}

static cJSON *selftest_to_json(const struct cln_device *device) {
    struct cln_selftest_kept kept;
    cJSON *json = NULL;
    if (!*device->unusable && cln_selftest_recall(device, &kept)) {
        json = cJSON_CreateObject();
        cJSON_AddStringToObject(json, "when", kept.when);
        cJSON_AddBoolToObject(json, "brief", kept.brief);
        cJSON_AddNumberToObject(json, "passed", kept.passed);
        cJSON_AddNumberToObject(json, "failed", kept.failed);
        cJSON_AddBoolToObject(json, "refused", kept.refused);
        cJSON_AddStringToObject(json, "why", kept.why);
        cJSON_AddStringToObject(json, "avoid", kept.avoid);
        cln_selftest_kept_done(&kept);
    }
    return json ? json : cJSON_CreateNull();
}

static cJSON *device_to_json(const struct cln_device *device) {
    cJSON *json = cJSON_CreateObject();
    for (const struct cln_device_trait *trait = cln_device_traits; json && trait->symbol; trait++)
        cJSON_AddItemToObject(json, trait->symbol, trait_to_json(trait, device));
    cJSON_AddItemToObject(json, "selftest", selftest_to_json(device));
    return json;
}

static enum cln_status print_json(const struct cln_device_list *list,
                                  const struct cln_device *picked, const char *reason) {
    cJSON *json = cJSON_CreateObject();
    cJSON *devices = cJSON_AddArrayToObject(json, "devices");
    for (int i = 0; i < list->count; i++)
        cJSON_AddItemToArray(devices, device_to_json(&list->devices[i]));
    if (picked)
        cJSON_AddNumberToObject(json, "picked", picked->index);
    else
        cJSON_AddNullToObject(json, "picked");
    cJSON_AddStringToObject(json, "reason", reason);
    cJSON *troubles = cJSON_AddArrayToObject(json, "troubles");
    for (int i = 0; i < list->trouble_count; i++)
        cJSON_AddItemToArray(troubles, cJSON_CreateString(list->troubles[i]));
    const enum cln_status status = cln_json_print(json);
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
    if (options->json) {
        enum cln_status printed =
            print_json(list, picked, status == CLN_OK ? reason : cln_error_last()->message);
        status = status == CLN_OK ? printed : status;
    } else {
        print_list(list, picked, reason);
    }
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
