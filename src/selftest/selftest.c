#include "selftest/selftest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/nearest.h"
#include "selftest/check.h"

const char *cln_check_name(const struct cln_check *check) {
    return check->name;
}

const char *cln_check_help(const struct cln_check *check) {
    return check->help;
}

bool cln_check_is_brief(const struct cln_check *check) {
    return check->brief;
}

static bool is_wanted(const struct cln_selftest_form *form, const struct cln_check *check) {
    bool wanted = !form->only_count && (check->brief || !form->brief);
    for (int i = 0; i < form->only_count; i++)
        wanted |= !strcmp(form->only[i], check->name);
    return wanted;
}

enum cln_status cln_selftest_form_check(const struct cln_selftest_form *form) {
    for (int i = 0; i < form->only_count; i++) {
        struct cln_nearest nearest = cln_nearest_start(form->only[i]);
        bool found = false;
        for (const struct cln_check *const *check = cln_checks; *check; check++) {
            found |= !strcmp((*check)->name, form->only[i]);
            cln_nearest_offer(&nearest, (*check)->name);
        }
        if (!found)
            return CLN_FAIL(CONFIG, "unknown check '%s'%s%s%s; see clnoise selftest --help",
                            form->only[i], nearest.name ? "; did you mean '" : "",
                            nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
    }
    return CLN_OK;
}

enum cln_status cln_selftest_run(struct cln_context *context, const struct cln_selftest_form *form,
                                 const struct cln_selftest_observer *observer,
                                 struct cln_selftest **out) {
    const double began = cln_clock_seconds();
    CLN_TRY(cln_selftest_form_check(form));
    struct cln_selftest *selftest = calloc(1, sizeof *selftest);
    if (!selftest)
        return CLN_FAIL(MEMORY, "out of memory for the self-test");
    selftest->brief = form->brief;
    selftest->partial = form->only_count > 0;
    struct cln_check_run run = {
        .context = context, .out = selftest, .backwards = form->backwards, .observer = observer};
    enum cln_status status = CLN_OK;
    int count = 0;
    while (cln_checks[count])
        count++;
    for (int i = 0; i < count && status == CLN_OK; i++) {
        run.check = cln_checks[cln_check_turn(&run, i, count)];
        if (!is_wanted(form, run.check))
            continue;
        status = cln_check_pause(&run);
        if (status == CLN_OK)
            status = run.check->run(&run);
    }
    selftest->seconds = cln_clock_seconds() - began;
    if (status != CLN_OK) {
        cln_selftest_free(selftest);
        return status;
    }
    *out = selftest;
    return CLN_OK;
}

void cln_selftest_free(struct cln_selftest *selftest) {
    if (!selftest)
        return;
    free(selftest->items);
    free(selftest);
}

/* How much of what is allowed an item takes; beyond 1 it has failed. */
static double share_of(const struct cln_selftest_item *item) {
    if (item->error == 0)
        return item->passed ? 0 : INFINITY;
    return item->limit > 0 ? item->error / item->limit : INFINITY;
}

struct cln_selftest_count cln_selftest_count(const struct cln_selftest *selftest,
                                             const char *check) {
    struct cln_selftest_count count = {0};
    for (int i = 0; i < selftest->count; i++) {
        const struct cln_selftest_item *item = &selftest->items[i];
        if (check && strcmp(item->check, check) != 0)
            continue;
        count.passed += item->passed;
        count.failed += !item->passed;
        if (!count.worst || share_of(item) > share_of(count.worst))
            count.worst = item;
    }
    return count;
}

const struct cln_selftest_item *cln_selftest_refusal(const struct cln_selftest *selftest) {
    for (int i = 0; i < selftest->count; i++)
        if (!selftest->items[i].passed && selftest->items[i].then == CLN_SELFTEST_REFUSE)
            return &selftest->items[i];
    return NULL;
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

static bool is_avoided(const struct cln_selftest_item *item) {
    return !item->passed && item->then == CLN_SELFTEST_AVOID && *item->variant;
}

void cln_selftest_avoid(const struct cln_selftest *selftest, struct cln_text *out) {
    const struct cln_selftest_item *items = selftest->items;
    for (int i = 0; i < selftest->count; i++) {
        bool told = !is_avoided(&items[i]);
        for (int k = 0; k < i && !told; k++)
            told = is_avoided(&items[k]) && !strcmp(items[k].op, items[i].op) &&
                   !strcmp(items[k].variant, items[i].variant);
        if (!told)
            cln_text_add(out, "%s%s=%s", out->length ? "," : "", items[i].op, items[i].variant);
    }
}
