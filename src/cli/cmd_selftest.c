/* `clnoise selftest`: is what this device computes right? */
#include <stdio.h>
#include <unistd.h>

#include "cli/command.h"
#include "cli/interrupt.h"
#include "cli/selftest_helper.h"
#include "cli/selftest_table.h"
#include "cli/terminal.h"
#include "runtime/device.h"
#include "selftest/kept.h"

struct test {
    const struct cln_options *options;
    struct cln_device_list *devices;
    const struct cln_device *device;
    struct cln_context *context;
    struct cln_selftest *selftest;
    const struct cln_check *told;
    struct cln_selftest_helper helper;
    pid_t helped; /* of whom this process is the helper; 0: of nobody */
};

static enum cln_status on_check(void *context, const struct cln_check *check) {
    struct test *test = context;
    if (check != test->told && !test->options->quiet) {
        const bool redraw = cln_terminal_find(stderr).redraw;
        fprintf(stderr, redraw ? "\rSelf-test: %s\033[K" : "Self-test: %s\n",
                cln_check_name(check));
    }
    test->told = check;
    if (test->helped && getppid() != test->helped)
        return CLN_FAIL(INTERRUPTED, "nobody is left to compile for");
    if (!test->helped)
        cln_selftest_helper_note(&test->helper);
    return cln_interrupted(NULL) ? CLN_FAIL(INTERRUPTED, "interrupted in the self-test") : CLN_OK;
}

static enum cln_status run_test(struct test *test) {
    const struct cln_options *options = test->options;
    const struct cln_selftest_observer observer = {.context = test, .on_check = on_check};
    const struct cln_selftest_form form = {.brief = options->brief,
                                           .only = options->operands,
                                           .only_count = options->operand_count,
                                           .backwards = test->helped != 0};
    CLN_TRY(cln_selftest_form_check(&form));
    CLN_TRY(cln_devices_list(&test->devices));
    CLN_TRY(cln_device_select(test->devices, options->device, &test->device, NULL));
    CLN_TRY(cln_context_create(test->device, &test->context));
    cln_interrupt_listen();
    test->helper = (struct cln_selftest_helper){.options = options, .context = test->context};
    enum cln_status status = cln_selftest_run(test->context, &form, &observer, &test->selftest);
    cln_selftest_helper_stop(&test->helper);
    if (test->told && !options->quiet && cln_terminal_find(stderr).redraw)
        fprintf(stderr, "\r\033[K");
    CLN_TRY(status);
    if (test->helped)
        return CLN_OK;
    if (options->json)
        CLN_TRY(cln_selftest_json_print(test->device, test->selftest));
    else
        cln_selftest_table_print(test->device, test->selftest);
    if (!test->selftest->partial)
        cln_selftest_keep(test->device, test->selftest);
    const struct cln_selftest_count count = cln_selftest_count(test->selftest, NULL);
    return count.failed ? CLN_FAIL(SELFTEST, "%d of %d items of the self-test failed on %s",
                                   count.failed, count.failed + count.passed, test->device->name)
                        : CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    struct test test = {.options = options, .helped = cln_selftest_is_helper() ? getppid() : 0};
    enum cln_status status = run_test(&test);
    cln_selftest_free(test.selftest);
    cln_context_free(test.context);
    cln_devices_free(test.devices);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_DEVICE,
    CLN_OPTION("--brief", NULL, brief, "only what `run` does at the first use of a device"),
    CLN_OPTION_JSON,
    CLN_OPTION_QUIET,
    CLN_OPTION_END,
};

const struct cln_command cln_command_selftest = {
    .name = "selftest",
    .help = "find out whether a device computes right",
    .operands = "[CHECK ...]",
    .max_operands = -1,
    .details =
        "Random numbers against published answers, noise against its published hash, OpenCL's\n"
        "built-in functions against the limits of its specification, every kernel variant and a\n"
        "few steps of training against the host. Takes under a minute. Exit code 7 if anything\n"
        "failed. `run` does the brief form at the first use of a device, driver or version of\n"
        "clnoise; what is found wrong here it will not use. CHECK is one of philox, noise,\n"
        "builtins, kernels, sums, training.\n",
    .examples = "clnoise selftest\n"
                "clnoise selftest --device gpu --json\n"
                "clnoise selftest sums training",
    .options = options,
    .run = run,
};
