/* `clnoise report DIR...`: draws a run again, joins several runs of one experiment. */
#include <stdio.h>

#include "cli/command.h"
#include "cli/report_compare.h"
#include "report/merge.h"
#include "report/report.h"

static enum cln_status draw_again(const char *folder) {
    CLN_TRY(cln_report_write(folder, NULL));
    printf("Report: %s/report.html\n", folder);
    return CLN_OK;
}

static void on_note(void *context, const char *line) {
    (void)context;
    fprintf(stderr, "clnoise: %s\n", line);
}

static enum cln_status join(const struct cln_options *options) {
    const char *const *folders = (const char *const *)options->operands;
    CLN_TRY(cln_runs_merge(folders, (size_t)options->operand_count, options->out, on_note, NULL));
    CLN_TRY(cln_report_write(options->out, NULL));
    printf("Results: %s\nReport: %s/report.html\n", options->out, options->out);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    if (options->beside && options->operand_count != 2)
        return CLN_FAIL(CONFIG, "report: --compare takes two folders, not %d",
                        options->operand_count);
    if (options->beside)
        return cln_report_compare((const char *const *)options->operands, options->out);
    if (options->out)
        return join(options);
    if (options->operand_count > 1)
        return CLN_FAIL(CONFIG,
                        "report: several folders are joined into a new one: give --out DIR, "
                        "or --compare");
    return draw_again(options->operands[0]);
}

static const struct cln_option options[] = {
    CLN_OPTION("--out", "DIR", out,
               "join the folders into this one, which is made; with --compare, write compare.html "
               "and compare.csv there"),
    CLN_OPTION("--compare", NULL, beside, "set two runs, of any experiments, side by side"),
    CLN_OPTION_END,
};

const struct cln_command cln_command_report = {
    .name = "report",
    .help = "draw a run's report again, or join several runs of one experiment",
    .operands = "DIR [DIR ...]",
    .min_operands = 1,
    .max_operands = -1,
    .details = "Writes report.html, one file with everything in it, plots/, metrics.csv,\n"
               "metrics.jsonl and timings.csv from what the trainings left in the folder. With\n"
               "--out, the trainings of several folders of one experiment (shards of a sweep, or\n"
               "runs that were broken off) are copied into one; tables and weights are then the\n"
               "same bytes as those of a single run. --compare prints where two runs differ, and\n"
               "whether that may be chance.\n",
    .examples = "clnoise report runs/sweep\n"
                "clnoise report runs/shard-1 runs/shard-2 --out runs/whole\n"
                "clnoise report runs/before runs/after --compare",
    .options = options,
    .run = run,
};
