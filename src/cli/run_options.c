#include "cli/run_options.h"

#include <math.h>

#include "base/number.h"

#define JOBS_MOST    64
#define RETRIES_MOST 100
#define SECONDS_MOST 1e7

/* `text` NULL: `*out` stays as it is. */
static enum cln_status read_count(const char *option, const char *text, int64_t least, int64_t most,
                                  int *out) {
    int64_t value = *out;
    if (text && (!cln_integer_parse(text, &value) || value < least || value > most))
        return CLN_FAIL(CONFIG, "%s %s: accepted: a whole number from %d to %d", option, text,
                        (int)least, (int)most);
    *out = (int)value;
    return CLN_OK;
}

static enum cln_status read_time(const char *option, const char *text, double unit_seconds,
                                 double *seconds) {
    double value = *seconds / unit_seconds;
    if (text && (!cln_number_parse(text, &value) || value < 0 || value > SECONDS_MOST))
        return CLN_FAIL(CONFIG, "%s %s: accepted: a number, 0 or more", option, text);
    *seconds = value * unit_seconds;
    return CLN_OK;
}

enum cln_status cln_run_options_read(const struct cln_options *options, const char **worker,
                                     struct cln_run_request *request) {
    worker[0] = options->program;
    worker[1] = "worker";
    worker[2] = NULL;
    request->worker = worker;
    request->cells = options->cell.items;
    request->cell_count = options->cell.count;
    request->shard = options->shard;
    request->device = options->device;
    request->data_dir = options->data_dir;
    request->jobs = 0; /* as many as pay */
    request->retries = 1;
    request->heartbeat_seconds = 120;
    request->checkpoint_seconds = 600;
    CLN_TRY(read_count("--jobs", options->jobs, 1, JOBS_MOST, &request->jobs));
    CLN_TRY(read_count("--retries", options->retries, 0, RETRIES_MOST, &request->retries));
    CLN_TRY(read_time("--heartbeat", options->heartbeat, 1, &request->heartbeat_seconds));
    CLN_TRY(read_time("--cell-timeout", options->cell_timeout, 1, &request->cell_seconds));
    return read_time("--checkpoint-minutes", options->checkpoint_minutes, 60,
                     &request->checkpoint_seconds);
}
