#include "cli/selftest_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "cli/json_print.h"
#include "clnoise/version.h"

#define MOST_FAILURES 20 /* of a check are listed; JSON has all */

static const char *const then_names[] = {
    [CLN_SELFTEST_REFUSE] = "refuse", [CLN_SELFTEST_AVOID] = "avoid", [CLN_SELFTEST_WARN] = "warn"};

static void print_failures(const struct cln_selftest *selftest, const char *check) {
    int told = 0, more = 0;
    for (int i = 0; i < selftest->count; i++) {
        const struct cln_selftest_item *item = &selftest->items[i];
        if (item->passed || strcmp(item->check, check) != 0)
            continue;
        if (told++ >= MOST_FAILURES) {
            more++;
            continue;
        }
        struct cln_text text = {0};
        cln_selftest_item_text(item, &text);
        printf("    %s\n", text.chars ? text.chars : item->subject);
        cln_text_free(&text);
    }
    if (more)
        printf("    and %d more; --json has all\n", more);
}

static void print_check(const struct cln_selftest *selftest, const char *check) {
    const struct cln_selftest_count count = cln_selftest_count(selftest, check);
    struct cln_text worst = {0};
    if (count.failed)
        cln_text_add(&worst, "%d of them failed", count.failed);
    else if (count.worst && count.worst->limit > 0)
        cln_selftest_item_text(count.worst, &worst);
    else
        cln_text_add(&worst, "all exact");
    printf("%-10s %-7s %5d  %s\n", check, count.failed ? "FAILED" : "passed",
           count.passed + count.failed, worst.chars ? worst.chars : "");
    cln_text_free(&worst);
    print_failures(selftest, check);
}

static void print_end(const struct cln_selftest *selftest) {
    struct cln_text avoid = {0};
    const struct cln_selftest_item *refusal = cln_selftest_refusal(selftest);
    cln_selftest_avoid(selftest, &avoid);
    if (refusal)
        printf("Nothing should be trained on this device: see %s.\n", refusal->check);
    if (avoid.chars)
        printf("This device will not use: %s\n", avoid.chars);
    else if (!refusal)
        printf("This device will use every kernel variant that fits.\n");
    if (*selftest->noise_hash)
        printf("noise hash %s\n", selftest->noise_hash);
    cln_text_free(&avoid);
}

void cln_selftest_table_print(const struct cln_device *device,
                              const struct cln_selftest *selftest) {
    printf("Self-test of %s (%s), driver %s, clnoise %s\n", device->name, device->platform,
           device->driver, cln_version());
    printf("%-10s %-7s %5s  %s\n", "check", "result", "items", "nearest to its limit");
    for (const struct cln_check *const *check = cln_checks; *check; check++)
        if (cln_selftest_count(selftest, cln_check_name(*check)).worst)
            print_check(selftest, cln_check_name(*check));
    print_end(selftest);
    printf("%.1f s\n", selftest->seconds);
}

static void add_item(cJSON *array, const struct cln_selftest_item *item) {
    cJSON *row = cJSON_CreateObject();
    cJSON_AddItemToArray(array, row);
    cJSON_AddStringToObject(row, "subject", item->subject);
    cJSON_AddBoolToObject(row, "passed", item->passed);
    if (isfinite(item->error)) /* else it did not run */
        cJSON_AddNumberToObject(row, "error", item->error);
    else
        cJSON_AddNullToObject(row, "error");
    cJSON_AddNumberToObject(row, "limit", item->limit);
    cJSON_AddStringToObject(row, "measure", item->measure);
    if (!item->passed)
        cJSON_AddStringToObject(row, "then", then_names[item->then]);
    if (*item->variant) {
        cJSON_AddStringToObject(row, "op", item->op);
        cJSON_AddStringToObject(row, "variant", item->variant);
    }
}

static void add_check(cJSON *array, const struct cln_selftest *selftest,
                      const struct cln_check *check) {
    const struct cln_selftest_count count = cln_selftest_count(selftest, cln_check_name(check));
    cJSON *object = cJSON_CreateObject();
    cJSON_AddItemToArray(array, object);
    cJSON_AddStringToObject(object, "name", cln_check_name(check));
    cJSON_AddStringToObject(object, "help", cln_check_help(check));
    cJSON_AddNumberToObject(object, "passed", count.passed);
    cJSON_AddNumberToObject(object, "failed", count.failed);
    cJSON *items = cJSON_AddArrayToObject(object, "items");
    for (int i = 0; i < selftest->count; i++)
        if (!strcmp(selftest->items[i].check, cln_check_name(check)))
            add_item(items, &selftest->items[i]);
}

enum cln_status cln_selftest_json_print(const struct cln_device *device,
                                        const struct cln_selftest *selftest) {
    cJSON *root = cJSON_CreateObject();
    cJSON *about = cJSON_AddObjectToObject(root, "device");
    cJSON_AddStringToObject(about, "name", device->name);
    cJSON_AddStringToObject(about, "platform", device->platform);
    cJSON_AddStringToObject(about, "version", device->version);
    cJSON_AddStringToObject(about, "driver", device->driver);
    cJSON_AddStringToObject(root, "clnoise", cln_version());
    cJSON_AddBoolToObject(root, "brief", selftest->brief);
    cJSON_AddBoolToObject(root, "passed", !cln_selftest_count(selftest, NULL).failed);
    cJSON_AddBoolToObject(root, "refused", cln_selftest_refusal(selftest) != NULL);
    struct cln_text avoid = {0};
    cln_selftest_avoid(selftest, &avoid);
    cJSON_AddStringToObject(root, "avoid", avoid.chars ? avoid.chars : "");
    cln_text_free(&avoid);
    cJSON_AddStringToObject(root, "noise_hash", selftest->noise_hash);
    cJSON_AddNumberToObject(root, "seconds", selftest->seconds);
    cJSON *checks = cJSON_AddArrayToObject(root, "checks");
    for (const struct cln_check *const *check = cln_checks; *check; check++)
        if (cln_selftest_count(selftest, cln_check_name(*check)).worst)
            add_check(checks, selftest, *check);
    const enum cln_status status = cln_json_print(root);
    cJSON_Delete(root);
    return status;
}
