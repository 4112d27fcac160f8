/* One start, timed from within: the child of `clnoise bench --startup`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/cell_models.h"
#include "cli/compile_helper.h"
#include "cli/open_device.h"
#include "cli/startup.h"
#include "cli/tuning.h"
#include "graph/plan.h"
#include "runtime/device.h"
#include "runtime/program.h"
#include "train/train.h"

struct start {
    const struct cln_cell *cell;
    struct cln_device_list *devices;
    struct cln_context *context;
    struct cln_dataset *dataset;
    struct cln_tuner *tuner;
    struct cln_trainer *trainer;
    struct cln_compile_helper helper; /* as `clnoise run` has one */
    double mark;                      /* the clock when the phase before ended */
    double kernels_begin, kernels_end, launches_end;
    struct cln_startup_times times;
};

/* `now` 0: there was nothing to do. */
static void end_phase(struct start *start, enum cln_startup_phase phase, double now) {
    if (now <= 0)
        now = start->mark;
    start->times.seconds[phase] = now - start->mark;
    start->mark = now;
}

static enum cln_status on_prepare(void *context, const struct cln_prepare_progress *progress) {
    struct start *start = context;
    double now = cln_clock_seconds();
    cln_compile_helper_note(&start->helper, progress);
    if (progress->building && progress->done == 0)
        start->kernels_begin = now;
    else if (progress->building)
        start->kernels_end = now;
    else
        start->launches_end = now;
    return CLN_OK;
}

static enum cln_status find_cell(const struct cln_experiment *experiment, const char *model,
                                 const struct cln_cell **out, int *index) {
    for (int i = 0; i < experiment->cell_count; i++)
        if (!strcmp(experiment->cells[i].model.name, model)) {
            *out = &experiment->cells[i];
            *index = i;
            return CLN_OK;
        }
    return CLN_FAIL(CONFIG, "%s: no cell with model '%s'", CLN_STARTUP_VARIABLE, model);
}

static enum cln_status open_all(struct start *start, const struct cln_options *options) {
    CLN_TRY(cln_open_device(options, &start->devices, NULL, &start->context));
    CLN_TRY(cln_tuning_open(start->context, CLN_TUNE_BUDGET, false, &start->helper, &start->tuner));
    end_phase(start, CLN_STARTUP_DEVICE, cln_clock_seconds());
    const struct cln_data_source source = {.data_dir = options->data_dir, .offline = true};
    CLN_TRY(cln_dataset_open(&start->cell->data, &source, &start->dataset));
    end_phase(start, CLN_STARTUP_DATA, cln_clock_seconds());
    return CLN_OK;
}

static enum cln_status first_step(struct start *start) {
    struct cln_train_job job = cln_cell_train_job(start->cell, start->dataset);
    job.tuner = start->tuner;
    job.on_prepare = on_prepare;
    job.prepare_context = start;
    CLN_TRY(cln_trainer_create(start->context, &job, &start->trainer));
    double ready = cln_clock_seconds();
    end_phase(start, CLN_STARTUP_GRAPHS, start->kernels_begin);
    end_phase(start, CLN_STARTUP_KERNELS, start->kernels_end);
    end_phase(start, CLN_STARTUP_LAUNCHES, start->launches_end);
    end_phase(start, CLN_STARTUP_UPLOAD, ready);
    CLN_TRY(cln_plan_replay(cln_trainer_step_plan(start->trainer)));
    CLN_TRY(cln_context_finish(start->context));
    end_phase(start, CLN_STARTUP_STEP, cln_clock_seconds());
    return CLN_OK;
}

enum cln_status cln_startup_once(const struct cln_options *options,
                                 const struct cln_experiment *experiment, const char *variable) {
    struct start start = {.helper = {.options = options}};
    char model[128];
    int keep;
    if (sscanf(variable, "%127s %d %lf", model, &keep, &start.mark) != 3)
        return CLN_FAIL(CONFIG, "%s='%s': not a start to measure", CLN_STARTUP_VARIABLE, variable);
    enum cln_status status;
    CLN_TRY_GOTO(find_cell(experiment, model, &start.cell, &start.helper.cell));
    end_phase(&start, CLN_STARTUP_PROCESS, cln_clock_seconds());
    CLN_TRY_GOTO(open_all(&start, options));
    CLN_TRY_GOTO(first_step(&start));
    for (int i = 0; i < CLN_STARTUP_PHASES; i++)
        printf("%.6f%c", start.times.seconds[i], i + 1 < CLN_STARTUP_PHASES ? ' ' : '\n');
    if (keep)
        CLN_TRY_GOTO(cln_programs_keep(start.context, NULL, NULL));
fail:
    cln_compile_helper_stop(&start.helper);
    cln_trainer_free(start.trainer);
    cln_tuner_free(start.tuner);
    cln_dataset_free(start.dataset);
    cln_context_free(start.context);
    cln_devices_free(start.devices);
    return status;
}
