#include "cli/tuning.h"

#include <stdio.h>
#include <string.h>

#include "cli/data_messages.h"
#include "cli/interrupt.h"
#include "cli/line.h"
#include "cli/terminal.h"
#include "selftest/host.h"

static void print_end(const struct cln_tune_progress *progress, const char *start) {
    fprintf(stderr, "%sTuning: %.1f s for %d kinds of nodes", start, progress->seconds,
            progress->total - progress->left);
    if (progress->left)
        fprintf(stderr, "; %d more keep to a fixed order until `clnoise tune` is run",
                progress->left);
    fprintf(stderr, "\n");
}

void cln_tuning_progress(const struct cln_tune_progress *progress) {
    bool redraw = cln_terminal_find(stderr).redraw, last = progress->done == progress->total;
    if (!strcmp(progress->op, "recorder"))
        fprintf(stderr, "%sTuning: measuring how steps are replayed%s", redraw ? "\r\033[K" : "",
                redraw ? "" : "\n");
    else if (last)
        print_end(progress, redraw ? "\r\033[K" : "");
    else if (redraw)
        fprintf(stderr, "\rTuning %d/%d: %s %s, %.40s\033[K", progress->done + 1, progress->total,
                progress->node, progress->op, progress->shape);
    else if (!progress->done)
        fprintf(stderr,
                "Tuning: measuring the kernels of %d kinds of nodes, once for this device\n",
                progress->total);
}

static enum cln_status on_progress(void *context, const struct cln_tune_progress *progress) {
    if (context)
        cln_compile_helper_tune(context, progress);
    cln_tuning_progress(progress);
    return cln_interrupted(NULL) ? CLN_FAIL(INTERRUPTED, "interrupted while tuning") : CLN_OK;
}

static void on_note(void *context, const char *line) {
    (void)context;
    if (cln_terminal_find(stderr).redraw)
        fprintf(stderr, "\r\033[K");
    cln_data_messages_note(NULL, line);
}

enum cln_status cln_tuning_open(struct cln_context *context, double budget_seconds, bool full,
                                struct cln_compile_helper *helper, struct cln_tuner **out) {
    const struct cln_tune_options options = {.budget_seconds = budget_seconds,
                                             .full = full,
                                             .host = &cln_host_hooks,
                                             .context = helper,
                                             .on_progress = on_progress,
                                             .on_note = on_note};
    bool off;
    *out = NULL;
    CLN_TRY(cln_tune_is_off(&off));
    return off ? CLN_OK : cln_tuner_create(context, &options, out);
}
