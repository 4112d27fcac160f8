#include "selftest/first_use.h"

#include <stdlib.h>
#include <string.h>

#include "selftest/kept.h"

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
        status = cln_text_check(&avoid);
        if (status == CLN_OK)
            status = cln_context_avoid(context, avoid.chars ? avoid.chars : "");
        cln_text_free(&avoid);
    }
    if (selftest)
        cln_selftest_keep(cln_context_device(context), selftest);
    cln_selftest_free(selftest);
    cln_context_free(own);
    return status;
}

/* What $CLNOISE_SELFTEST says. */
static enum cln_status is_trusted(bool *trusted) {
    const char *setting = getenv("CLNOISE_SELFTEST");
    *trusted = setting && !strcmp(setting, "off");
    if (setting && *setting && !*trusted && strcmp(setting, "on") != 0)
        return CLN_FAIL(CONFIG, "CLNOISE_SELFTEST=%s; accepted: on, off", setting);
    return CLN_OK;
}

enum cln_status cln_selftest_first_use(struct cln_context *context,
                                       const struct cln_first_use *options) {
    struct cln_selftest_kept kept;
    bool trusted, known;
    CLN_TRY(is_trusted(&trusted));
    if (trusted)
        return CLN_OK;
    if (options->known)
        return cln_context_avoid(context, options->known);
    enum cln_status status = cln_selftest_recall(cln_context_device(context), &kept, &known);
    if (status == CLN_OK)
        status = known && !kept.refused ? cln_context_avoid(context, kept.avoid)
                                        : test(context, options);
    cln_selftest_kept_done(&kept);
    return status;
}

enum cln_status cln_selftest_heed(struct cln_context *context) {
    const struct cln_device *device = cln_context_device(context);
    struct cln_selftest_kept kept;
    bool trusted, known;
    CLN_TRY(is_trusted(&trusted));
    if (trusted)
        return CLN_OK;
    enum cln_status status = cln_selftest_recall(device, &kept, &known);
    if (known && kept.refused)
        status =
            CLN_FAIL(SELFTEST,
                     "%s computed wrong results when it was tested, %s: %s; `clnoise selftest` "
                     "tests it again, and CLNOISE_SELFTEST=off trusts it all the same",
                     device->name, kept.when, kept.why);
    else if (known)
        status = cln_context_avoid(context, kept.avoid);
    cln_selftest_kept_done(&kept);
    return status;
}
