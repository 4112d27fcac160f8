#include "cli/selftest_table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/json_put.h"
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
    cJSON *row = cln_json_put_object(array, NULL);
    cln_json_put_text(row, "subject", item->subject);
    cln_json_put_bool(row, "passed", item->passed);
    if (isfinite(item->error)) /* else it did not run */
        cln_json_put_number(row, "error", item->error);
    else
        cln_json_put(row, "error", cJSON_CreateNull());
    cln_json_put_number(row, "limit", item->limit);
    cln_json_put_text(row, "measure", item->measure);
    if (!item->passed)
        cln_json_put_text(row, "then", then_names[item->then]);
    if (*item->variant) {
        cln_json_put_text(row, "op", item->op);
        cln_json_put_text(row, "variant", item->variant);
    }
}

static void add_check(cJSON *array, const struct cln_selftest *selftest,
                      const struct cln_check *check) {
    const struct cln_selftest_count count = cln_selftest_count(selftest, cln_check_name(check));
    cJSON *object = cln_json_put_object(array, NULL);
    cln_json_put_text(object, "name", cln_check_name(check));
    cln_json_put_text(object, "help", cln_check_help(check));
    cln_json_put_number(object, "passed", count.passed);
    cln_json_put_number(object, "failed", count.failed);
    cJSON *items = cln_json_put_array(object, "items");
    for (int i = 0; i < selftest->count; i++)
        if (!strcmp(selftest->items[i].check, cln_check_name(check)))
            add_item(items, &selftest->items[i]);
}

enum cln_status cln_selftest_json_print(const struct cln_device *device,
                                        const struct cln_selftest *selftest) {
    cJSON *root = cJSON_CreateObject();
    cJSON *about = cln_json_put_object(root, "device");
    cln_json_put_text(about, "name", device->name);
    cln_json_put_text(about, "platform", device->platform);
    cln_json_put_text(about, "version", device->version);
    cln_json_put_text(about, "driver", device->driver);
    cln_json_put_text(root, "clnoise", cln_version());
    cln_json_put_bool(root, "brief", selftest->brief);
    cln_json_put_bool(root, "passed", !cln_selftest_count(selftest, NULL).failed);
    cln_json_put_bool(root, "refused", cln_selftest_refusal(selftest) != NULL);
    struct cln_text avoid = {0};
    cln_selftest_avoid(selftest, &avoid);
    cln_json_put_text(root, "avoid", avoid.chars ? avoid.chars : "");
    cln_text_free(&avoid);
    cln_json_put_text(root, "noise_hash", selftest->noise_hash);
    cln_json_put_number(root, "seconds", selftest->seconds);
    cJSON *checks = cln_json_put_array(root, "checks");
    for (const struct cln_check *const *check = cln_checks; *check; check++)
        if (cln_selftest_count(selftest, cln_check_name(*check)).worst)
            add_check(checks, selftest, *check);
    const enum cln_status status = cln_print_json(root);
    cJSON_Delete(root);
    return status;
}
