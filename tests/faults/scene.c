#include "faults/scene.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/text.h"
#include "faults/command.h"
#include "faults/run_files.h"
#include "support/scratch.h"
#include "support/stripes.h"

#define MOST_SECONDS 300 /* for a command; a busy machine needs many */
#define MOST_SETTING 512

static const char experiment[] =
    "name: faulty\n" STRIPES_DATA "noise: {scale: 0.2}\n"
    "train: {epochs: 2, batch: 16, seed: 1}\n"
    "models:\n"
    "  net:\n"
    "    layers: [flatten, {dense: {units: 4, activation: relu}}, {dense: {units: 2, activation: "
    "softmax}}]\n"
    "    optimizer: {sgd: {learning_rate: 0.1}}\n";

static const struct scene whole_run = {.line = "run ../net.yaml --out out --quiet"};
static const struct scene gone_on[] = {{.line = "resume out --quiet"},
                                       {.line = "resume out --quiet", .bare = true}};

void stage_give_up(const char *what) {
    perror(what);
    exit(1);
}

static char *join(const char *folder, const char *name) {
    char *path = cln_path_join(folder, name);
    if (!path)
        stage_give_up(name);
    return path;
}

static void make_folder(const char *folder) {
    if (cln_folder_make(folder) != CLN_OK)
        stage_give_up(folder);
}

static char *slot_path(const struct stage *stage, int slot) {
    char name[32];
    snprintf(name, sizeof name, "slot%d", slot);
    return join(stage->folder, name);
}

static void add(char (*texts)[MOST_SETTING], const char **settings, int *count, const char *name,
                const char *value) {
    snprintf(texts[*count], sizeof *texts, "%s=%s", name, value);
    settings[*count] = texts[*count];
    (*count)++;
}

/* The command of the scene in `folder`: its calls are listed (`list`), disturbed (`fault`), or let
 * alone. */
static struct result play(const struct stage *stage, const struct scene *scene, const char *folder,
                          const struct fault *fault, bool list) {
    static char texts[24][MOST_SETTING];
    const char *settings[25];
    char number[32];
    int count = 0;
    char *cache = scene->cold ? join(folder, "cache") : join(stage->folder, "cache");
    add(texts, settings, &count, "XDG_CACHE_HOME", cache);
    add(texts, settings, &count, "POCL_CACHE_DIR", stage->driver_cache);
    add(texts, settings, &count, "CLNOISE_TUNE", "off");
    add(texts, settings, &count, "NO_COLOR", "1");
    if (fault || list) {
        add(texts, settings, &count, "OPENCL_LAYERS", stage->layer);
        add(texts, settings, &count, "FAULT_LOG", "log");
        add(texts, settings, &count, "FAULT_PROCESS", scene->process);
        add(texts, settings, &count, "FAULT_KIND", scene->kind ? scene->kind : "code");
    }
    if (list)
        add(texts, settings, &count, "FAULT_LIST", "1");
    if (fault) {
        snprintf(number, sizeof number, "%ld", fault->number);
        add(texts, settings, &count, "FAULT_CALL", number);
        if (*fault->name)
            add(texts, settings, &count, "FAULT_NAME", fault->name);
    }
    if (scene->bare)
        add(texts, settings, &count, "CLNOISE_FAULT_REPORT", "off");
    if (scene->more)
        settings[count++] = scene->more;
    settings[count] = NULL;
    const struct command command = {.folder = folder,
                                    .program = scene->trains ? stage->train : stage->clnoise,
                                    .line = scene->line,
                                    .settings = settings,
                                    .seconds = MOST_SECONDS};
    struct result result = command_run(&command);
    free(cache);
    return result;
}

static void empty(const char *folder) {
    static const char *const names[] = {"out", "log", "once", "cache"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        command_remove(folder, names[i]);
}

/* The kernels as they are but for one line that no compiler takes. */
static void break_kernels(const struct stage *stage) {
    static const char mistake[] = "\nthis is not OpenCL C\n";
    char *from = join(stage->kernels, "*.cl*"), *to = join(stage->folder, "broken");
    glob_t files;
    if (glob(from, 0, NULL, &files))
        stage_give_up(from);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *name = strrchr(files.gl_pathv[i], '/') + 1;
        struct cln_text text = {0};
        char *bytes = command_read(stage->kernels, name);
        cln_text_add(&text, "%s%s", bytes, strcmp(name, "init.cl") ? "" : mistake);
        if (cln_text_check(&text) != CLN_OK)
            stage_give_up(name);
        scratch_write(to, name, text.chars, text.length);
        cln_text_free(&text);
        free(bytes);
    }
    globfree(&files);
    free(from);
    free(to);
}

/* Where PoCL keeps its own cache, which stays in use: to compile takes seconds. */
static char *find_driver_cache(void) {
    const char *named = getenv("POCL_CACHE_DIR"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    if (named && *named)
        return strdup(named);
    return cache && *cache ? join(cache, "pocl/kcache")
                           : join(home ? home : "/tmp", ".cache/pocl/kcache");
}

bool stage_set(struct stage *stage, int slots) {
    stage->folder = scratch_make();
    stage->driver_cache = find_driver_cache();
    if (!stage->driver_cache)
        stage_give_up("POCL_CACHE_DIR");
    stripes_write(stage->folder);
    scratch_write(stage->folder, "net.yaml", experiment, sizeof experiment - 1);
    for (int i = 0; i < slots; i++) {
        char *folder = slot_path(stage, i);
        make_folder(folder);
        free(folder);
    }
    char *whole = join(stage->folder, "whole"), *states = join(stage->folder, "states");
    make_folder(whole);
    make_folder(states);
    free(states);
    break_kernels(stage);
    const struct scene devices = {.line = "devices", .process = "devices"};
    struct result result = play(stage, &devices, whole, NULL, true);
    char *log = command_read(whole, "log");
    bool ready = result.code == 0 && *log;
    if (!ready)
        fprintf(stderr, "skipped: %s\n",
                result.code ? result.err : "this system's OpenCL loader takes no layers");
    result_done(&result);
    free(log);
    if (ready) {
        result = play(stage, &whole_run, whole, NULL, false);
        if (result.code) {
            fprintf(stderr, "the undisturbed run %s:\n%s",
                    result.timed_out ? "did not end" : "failed", result.err);
            exit(1);
        }
        result_done(&result);
    } else {
        stage_clear(stage);
    }
    free(whole);
    return ready;
}

void stage_clear(struct stage *stage) {
    scratch_remove(stage->folder);
    free(stage->driver_cache);
    stage->folder = stage->driver_cache = NULL;
}

/* "PID PROCESS WHAT NUMBER NAME" of the log; false for lines of other kinds. */
static bool parse(const char *line, const char *process, const char *what, struct fault *out) {
    char of[64], kind[16];
    int read = sscanf(line, "%*d %63s %15s %ld %63[^\n]", of, kind, &out->number, out->name);
    return read >= 3 && !strcmp(kind, what) && (!process || !strcmp(of, process));
}

/* Adds what is called with its number among the calls of that name: the first and the last. */
static void add_edge(struct faults *faults, const char *name) {
    struct fault *last = NULL;
    for (int i = 0; i < faults->count; i++)
        if (!strcmp(faults->rows[i].name, name))
            last = &faults->rows[i];
    if (last && last->number > 1) {
        last->number++;
        return;
    }
    struct fault *row = &faults->rows[faults->count++];
    *row = (struct fault){.number = last ? 2 : 1};
    snprintf(row->name, sizeof row->name, "%s", name);
}

void stage_list_calls(const struct stage *stage, const struct scene *scene, bool edges,
                      struct faults *out) {
    char *folder = slot_path(stage, 0);
    empty(folder);
    struct result result = play(stage, scene, folder, NULL, true);
    char *log = command_read(folder, "log");
    struct fault call;
    out->rows = calloc(strlen(log) / 8 + 1, sizeof *out->rows); /* a line is longer than that */
    if (!out->rows)
        stage_give_up("calls");
    for (char *line = log; *line; line += strcspn(line, "\n") + 1) {
        if (!parse(line, scene->process, "call", &call))
            continue;
        out->calls++;
        if (edges)
            add_edge(out, call.name);
        else
            out->rows[out->count++] = (struct fault){.number = out->calls};
    }
    result_done(&result);
    free(log);
    free(folder);
}

static bool same_run(const struct stage *stage, const struct scene *scene, const char *folder) {
    char *whole = join(stage->folder, "whole");
    const bool same = run_files_same(whole, folder, !scene->bare);
    free(whole);
    return same;
}

/* stderr is clnoise's own lines, the compiler's log after one that says so; and one names it. */
static const char *judge_message(const char *text, const char *call, const char *program) {
    bool named = false;
    char head[32];
    snprintf(head, sizeof head, "%s: ", program);
    if (!*text)
        return "it failed without a word";
    for (const char *line = text; *line;
         line += strcspn(line, "\n") + (strchr(line, '\n') != NULL)) {
        const size_t length = strcspn(line, "\n"), word = strlen(call);
        if (strncmp(line, head, strlen(head)) != 0)
            return "a line of stderr is not the program's";
        for (size_t i = 0; i + word <= length; i++)
            named |= !strncmp(line + i, call, word);
        if (length > 11 && !strncmp(line + length - 11, "log follows", 11))
            break;
    }
    return named ? NULL : "the message does not name the call";
}

static bool is_documented(int code) {
    return code == 0 || code == 1 || code == 3 || code == 4;
}

/* NULL, or what is wrong with how the disturbed command ended; `call`: what failed, or "". */
static const char *judge_end(const struct scene *scene, const struct result *result,
                             const char *call) {
    const bool event = scene->kind && !strcmp(scene->kind, "event");
    if (result->timed_out)
        return "it did not end";
    if (result->signal)
        return "it crashed";
    /* A driver that fails to say what it can do is taken as one that cannot do it. */
    if (result->code == 2 && strstr(result->err, "does not exist or work on this device"))
        return NULL;
    if (!is_documented(result->code))
        return "its exit code is none of those for OpenCL";
    if (scene->succeeds && result->code)
        return "it failed, though another attempt was to be made";
    if (event && *call && !result->code)
        return "a command failed, and nobody noticed";
    if (scene->fails)
        return result->code ? NULL : "it did not fail as it does without the fault";
    return result->code && *call ? judge_message(result->err, event ? "clWaitForEvents" : call,
                                                 scene->trains ? "train" : "clnoise")
                                 : NULL;
}

/* NULL, or what is wrong with how the run that failed with that code is gone on with. */
static const char *judge_going_on(const struct stage *stage, const struct scene *scene, int code,
                                  const char *folder) {
    const struct scene again = {.line = scene->line, .trains = true};
    char *states = join(stage->folder, "states");
    const bool new_state = run_files_new_state(folder, states);
    free(states);
    if (!new_state)
        return NULL;
    struct result more =
        play(stage, scene->trains ? &again : &gone_on[scene->bare], folder, NULL, false);
    /* Not even begun: there is no run to go on with. */
    if (more.code == 6 && code == 3) {
        result_done(&more);
        more = play(stage, &whole_run, folder, NULL, false);
    }
    code = more.code;
    result_done(&more);
    return code                             ? "the run cannot be gone on with"
           : same_run(stage, scene, folder) ? NULL
                                            : "the run's bytes are not those of an undisturbed one";
}

static const char *judge_run(const struct stage *stage, const struct scene *scene,
                             const struct result *result, const char *folder) {
    if (result->code)
        return judge_going_on(stage, scene, result->code, folder);
    return same_run(stage, scene, folder) ? NULL
                                          : "the run's bytes are not those of an undisturbed one";
}

static const char *judge_output(const struct stage *stage, const struct scene *scene,
                                const struct result *result, const char *folder) {
    if (result->code)
        return NULL;
    struct result undisturbed = play(stage, scene, folder, NULL, false);
    const bool same = !strcmp(undisturbed.out, result->out);
    result_done(&undisturbed);
    return same ? NULL : "it printed something else";
}

static const char *judge(const struct stage *stage, const struct scene *scene,
                         const struct result *result, const char *folder, const char *log,
                         const char *call) {
    const char *wrong = judge_end(scene, result, call);
    if (!wrong && strstr(log, " leak "))
        wrong = "objects were not released";
    if (!wrong && scene->after == SAME_RUN)
        wrong = judge_run(stage, scene, result, folder);
    if (!wrong && scene->after == SAME_OUTPUT)
        wrong = judge_output(stage, scene, result, folder);
    return wrong;
}

struct outcome stage_try(const struct stage *stage, const struct scene *scene,
                         const struct fault *fault, int slot, bool tells) {
    char *folder = slot_path(stage, slot);
    struct fault hit = {.name = ""};
    bool fell = false;
    empty(folder);
    struct result result = play(stage, scene, folder, fault, false);
    char *log = command_read(folder, "log");
    for (const char *line = log; *line && !fell; line += strcspn(line, "\n") + 1)
        fell = parse(line, scene->process, "fault", &hit);
    const char *call = fell ? hit.name : "";
    const char *wrong = judge(stage, scene, &result, folder, log, call);
    if (wrong || tells)
        printf("%s, call %ld%s%s (%s): %s; exit code %d\n%s%s", scene->name, fault->number,
               *fault->name ? " of " : "", fault->name, *call ? call : "not reached",
               wrong ? wrong : "fine", result.code, result.err ? result.err : "",
               strstr(log, " leak ") ? strstr(log, " leak ") : "");
    fflush(stdout);
    const struct outcome outcome = {.wrong = wrong, .missed = !fell, .code = result.code};
    result_done(&result);
    free(log);
    free(folder);
    return outcome;
}
