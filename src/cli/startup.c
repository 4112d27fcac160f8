#include "cli/startup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_put.h"
#include "base/median.h"
#include "base/text.h"
#include "cli/cell_models.h"
#include "cli/child.h"
#include "cli/interrupt.h"
#include "cli/json_print.h"
#include "cli/scratch_folder.h"

#define COLD_STARTS 3
#define WARM_STARTS 7
#define STARTS_MOST 7

static const char *const phase_names[CLN_STARTUP_PHASES] = {"process",
                                                            "device",
                                                            "data set",
                                                            "tuning and graphs",
                                                            "kernels built or loaded",
                                                            "first launches",
                                                            "recorder and upload",
                                                            "first step"};

struct starts {
    struct cln_startup_times of[STARTS_MOST];
    int count;
};

static double sum(const struct cln_startup_times *times) {
    double seconds = 0;
    for (int i = 0; i < CLN_STARTUP_PHASES; i++)
        seconds += times->seconds[i];
    return seconds;
}

/* Of one phase, or with CLN_STARTUP_PHASES of all of them together. */
static double median(const struct starts *starts, int phase) {
    double values[STARTS_MOST];
    for (int i = 0; i < starts->count; i++)
        values[i] = phase < CLN_STARTUP_PHASES ? starts->of[i].seconds[phase] : sum(&starts->of[i]);
    return cln_median(values, starts->count);
}

/* The data stay where they are when the caches move: $CLNOISE_DATA with the usual folder added. */
static enum cln_status data_folders(struct cln_text *out) {
    const char *named = getenv("CLNOISE_DATA");
    char *cache = cln_cache_folder(), *data = cache ? cln_path_join(cache, "data") : NULL;
    cln_text_add(out, "%s%s%s", named ? named : "", named && *named ? ":" : "", data ? data : "");
    free(cache);
    free(data);
    return cln_text_check(out);
}

/* The caches of all drivers that are known to have one, and ours. */
static enum cln_status start_once(const char *const *arguments, const char *model,
                                  const char *folder, bool keep, struct starts *starts) {
    struct cln_text data = {0}, output = {0};
    char request[256];
    const struct cln_child_variable variables[] = {{"XDG_CACHE_HOME", folder},
                                                   {"HOME", folder},
                                                   {"POCL_CACHE_DIR", folder},
                                                   {"CUDA_CACHE_PATH", folder},
                                                   {"MESA_SHADER_CACHE_DIR", folder},
                                                   {"NEO_CACHE_DIR", folder},
                                                   {"CLNOISE_DATA", NULL},
                                                   {CLN_STARTUP_VARIABLE, request},
                                                   {NULL, NULL}};
    struct cln_child_variable own[sizeof variables / sizeof *variables];
    struct cln_startup_times *times = &starts->of[starts->count];
    memcpy(own, variables, sizeof own);
    enum cln_status status;
    CLN_TRY_GOTO(data_folders(&data));
    own[6].value = data.chars;
    snprintf(request, sizeof request, "%s %d %.6f", model, keep, cln_clock_seconds());
    status = cln_child_run(arguments, own, &output);
    if (cln_interrupted(NULL))
        status = CLN_FAIL(INTERRUPTED, "interrupted");
    CLN_TRY_GOTO(status);
    const char *at = output.chars ? output.chars : "";
    for (int i = 0; i < CLN_STARTUP_PHASES; i++) {
        char *end;
        times->seconds[i] = strtod(at, &end);
        if (end == at) {
            status = CLN_FAIL(INTERNAL, "a start said '%s' instead of its times", output.chars);
            goto fail;
        }
        at = end;
    }
    starts->count++;
fail:
    cln_text_free(&data);
    cln_text_free(&output);
    return status;
}

/* Each cold start has caches of its own; the last one leaves them for the warm starts. */
static enum cln_status measure(const char *const *arguments, const char *model, struct starts *cold,
                               struct starts *warm) {
    char *folder = NULL;
    enum cln_status status = CLN_OK;
    for (int i = 0; i < COLD_STARTS; i++) {
        cln_scratch_folder_remove(folder);
        folder = NULL;
        CLN_TRY_GOTO(cln_scratch_folder_make(&folder));
        cln_interrupt_folder(folder);
        CLN_TRY_GOTO(start_once(arguments, model, folder, i == COLD_STARTS - 1, cold));
    }
    for (int i = 0; i < WARM_STARTS; i++)
        CLN_TRY_GOTO(start_once(arguments, model, folder, false, warm));
fail:
    cln_scratch_folder_remove(folder);
    cln_interrupt_folder(NULL);
    return status;
}

static void print(const char *model, const struct starts *warm, const struct starts *cold) {
    printf("\n%-26s %10s %10s\n", model, "warm", "cold");
    for (int i = 0; i <= CLN_STARTUP_PHASES; i++)
        printf("  %-24s %8.3f s %8.3f s\n",
               i < CLN_STARTUP_PHASES ? phase_names[i] : "to the first step's end", median(warm, i),
               median(cold, i));
}

static void add_json(cJSON *model, const char *name, const struct starts *starts) {
    cJSON *object = cln_json_put_object(model, name);
    cJSON *phases = cln_json_put_object(object, "phases_seconds");
    cln_json_put_number(object, "starts", starts->count);
    cln_json_put_number(object, "seconds", median(starts, CLN_STARTUP_PHASES));
    for (int i = 0; i < CLN_STARTUP_PHASES; i++)
        cln_json_put_number(phases, phase_names[i], median(starts, i));
}

static enum cln_status bench_models(const struct cln_options *options, const char *const *arguments,
                                    const struct cln_cell *const *cells, int count, cJSON *models) {
    if (!options->json)
        printf("From the start of the process to the end of the first training step, medians\n"
               "of %d starts with warm and %d with cold caches\n",
               WARM_STARTS, COLD_STARTS);
    for (int i = 0; i < count; i++) {
        const char *name = cells[i]->model.name;
        struct starts cold = {0}, warm = {0};
        CLN_TRY(measure(arguments, name, &cold, &warm));
        cJSON *model = cln_json_put_object(models, name);
        add_json(model, "warm", &warm);
        add_json(model, "cold", &cold);
        if (!options->json)
            print(name, &warm, &cold);
        fflush(stdout);
    }
    return CLN_OK;
}

enum cln_status cln_startup_bench(const struct cln_options *options,
                                  const struct cln_experiment *experiment) {
    const struct cln_cell **cells = calloc((size_t)experiment->cell_count + 1, sizeof *cells);
    const char **arguments =
        cln_child_arguments(options, (const char *[]){"bench", "--startup", NULL});
    cJSON *report = cJSON_CreateObject();
    cJSON *models = cln_json_put_object(report, "startup");
    enum cln_status status = CLN_OK;
    if (!cells || !arguments || !models) {
        status = CLN_FAIL(MEMORY, "out of memory for the report");
        goto fail;
    }
    cln_interrupt_listen();
    CLN_TRY_GOTO(
        bench_models(options, arguments, cells, cln_cell_models(experiment, cells), models));
    if (options->json)
        status = cln_print_json(report);
fail:
    cJSON_Delete(report);
    free(arguments);
    free(cells);
    return status;
}
