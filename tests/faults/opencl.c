/*
 * OpenCL calls that fail, one after another:
 *
 *   opencl LAYER CLNOISE TRAIN KERNELS quick|sample|all|SCENE [NUMBER|FROM-TO]
 *
 * A scene is a command line. Its calls are counted once; then it runs again for each of them, and
 * the fault layer lets that one fail. What must hold each time: the command ends by itself and in
 * time, with a documented exit code; if it fails, stderr names the call, in lines of clnoise's own;
 * if it does not, its output is the same; every object of OpenCL is released; and a run can be gone
 * on with and then leaves the same bytes as one that nothing happened to. `sample` takes the first
 * and the last call of each function, `quick` does so in a few scenes, a NUMBER tries one fault
 * alone, telling all of it, and FROM-TO those of that range.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "faults/command.h"
#include "faults/scene.h"

#define SLOTS 2 /* commands at a time */

static const struct scene scenes[] = {
#define RUN "run ../net.yaml --out out --quiet --retries "
    {.name = "worker", .line = RUN "0", .process = "worker", .after = SAME_RUN, .bare = true},
    {.name = "supervisor", .line = RUN "0", .process = "run", .after = SAME_RUN},
    {.name = "retry",
     .line = RUN "1",
     .process = "worker",
     .more = "FAULT_ONCE=once",
     .after = SAME_RUN,
     .bare = true,
     .edges = true,
     .succeeds = true},
    {.name = "worker-always",
     .line = RUN "0",
     .process = "worker",
     .more = "FAULT_ALWAYS=1",
     .after = SAME_RUN,
     .bare = true,
     .edges = true},
    {.name = "worker-event",
     .line = RUN "0",
     .process = "worker",
     .kind = "event",
     .after = SAME_RUN,
     .bare = true},
    {.name = "worker-cold",
     .line = RUN "0",
     .process = "worker",
     .after = SAME_RUN,
     .bare = true,
     .edges = true,
     .cold = true},
    {.name = "hang",
     .line = RUN "1 --heartbeat 1",
     .process = "worker",
     .kind = "hang",
     .more = "FAULT_ONCE=once",
     .after = SAME_RUN,
     .bare = true,
     .edges = true,
     .succeeds = true},
    {.name = "in-process",
     .line = "run ../net.yaml",
     .process = "run",
     .after = SAME_RUN,
     .edges = true,
     .trains = true},
#define TRAIN(recorder, in_quick)                                                                  \
    {.name = recorder,                                                                             \
     .line = recorder " ../net.yaml",                                                              \
     .process = recorder,                                                                          \
     .after = SAME_OUTPUT,                                                                         \
     .trains = true,                                                                               \
     .quick = in_quick},                                                                           \
        {.name = recorder "-event",                                                                \
         .line = recorder " ../net.yaml",                                                          \
         .process = recorder,                                                                      \
         .kind = "event",                                                                          \
         .after = SAME_OUTPUT,                                                                     \
         .trains = true,                                                                           \
         .quick = in_quick},                                                                       \
    {                                                                                              \
        .name = recorder "-always", .line = recorder " ../net.yaml", .process = recorder,          \
        .more = "FAULT_ALWAYS=1", .after = SAME_OUTPUT, .trains = true, .edges = true              \
    }
    TRAIN("in-order", true),
    TRAIN("out-of-order", false),
    TRAIN("command-buffer", true),
    TRAIN("profiled", false),
    TRAIN("part", false),
    {.name = "build-log",
     .line = "in-order ../net.yaml",
     .process = "in-order",
     .more = "CLNOISE_CL_DIR=../broken",
     .edges = true,
     .trains = true,
     .fails = true},
    {.name = "devices", .line = "devices", .process = "devices", .quick = true},
    {.name = "selftest", .line = "selftest --brief --quiet", .process = "selftest", .edges = true},
    {.name = "evaluate",
     .line = "evaluate ../whole/out",
     .process = "evaluate",
     .after = SAME_OUTPUT},
    {.name = "predict",
     .line = "predict ../whole/out --resize ../whole/out/plots/first-layer.png",
     .process = "predict",
     .after = SAME_OUTPUT},
    {.name = "plan", .line = "plan ../net.yaml", .process = "plan", .edges = true},
    {.name = "bench", .line = "bench ../net.yaml --steps 8", .process = "bench", .edges = true},
    {.name = "tune",
     .line = "tune ../net.yaml",
     .process = "tune",
     .more = "CLNOISE_TUNE=on",
     .edges = true,
     .cold = true},
};

/* How the faults of a scene went. */
struct tally {
    long done, wrong, missed, codes[256];
};

static bool only_edges; /* in every scene */

/* Every SLOTS-th fault of the list, in a process of its own. */
static void play_share(const struct stage *stage, const struct scene *scene,
                       const struct faults *faults, int slot, int to) {
    struct tally tally = {0};
    for (int i = slot; i < faults->count; i += SLOTS) {
        const struct outcome outcome = stage_try(stage, scene, &faults->rows[i], slot, false);
        tally.done++;
        tally.wrong += outcome.wrong;
        tally.missed += outcome.missed;
        tally.codes[outcome.code & 255]++;
    }
    _exit(write(to, &tally, sizeof tally) == (ssize_t)sizeof tally ? 0 : 1);
}

static struct tally play_all(const struct stage *stage, const struct scene *scene,
                             const struct faults *faults) {
    struct tally sum = {0}, share;
    int ends[2];
    if (pipe(ends))
        stage_give_up("pipe");
    fflush(NULL);
    for (int slot = 0; slot < SLOTS; slot++) {
        pid_t child = fork();
        if (child < 0)
            stage_give_up("fork");
        if (child == 0)
            play_share(stage, scene, faults, slot, ends[1]);
    }
    for (int slot = 0, state; slot < SLOTS; slot++)
        if (wait(&state) < 0 || !WIFEXITED(state) || WEXITSTATUS(state) ||
            read(ends[0], &share, sizeof share) != (ssize_t)sizeof share) {
            sum.wrong++;
        } else {
            sum.done += share.done;
            sum.wrong += share.wrong;
            sum.missed += share.missed;
            for (int i = 0; i < 256; i++)
                sum.codes[i] += share.codes[i];
        }
    close(ends[0]);
    close(ends[1]);
    return sum;
}

static bool report(const struct scene *scene, const struct faults *faults,
                   const struct tally *tally, double seconds) {
    const bool good = !tally->wrong && tally->done == faults->count && faults->count;
    printf("%-22s %4ld of %4d faults survived, of %ld calls;", scene->name,
           tally->done - tally->wrong, faults->count, faults->calls);
    for (int i = 0; i < 256; i++)
        if (tally->codes[i])
            printf(" exit %d: %ld", i, tally->codes[i]);
    if (tally->missed)
        printf("; not reached: %ld", tally->missed);
    printf("; %.0f s%s\n", seconds, good ? "" : "  WRONG");
    fflush(stdout);
    return good;
}

/* "FROM-TO": others are taken out of the list. */
static void keep_range(struct faults *faults, const char *range) {
    const long from = atol(range), to = atol(strchr(range, '-') + 1);
    int kept = 0;
    for (int i = 0; i < faults->count; i++)
        if (i + 1 >= from && i + 1 <= to)
            faults->rows[kept++] = faults->rows[i];
    faults->count = kept;
}

/* `number`: of a fault, or a range; NULL: all. */
static bool play(const struct stage *stage, const struct scene *scene, const char *number) {
    const double began = cln_clock_seconds();
    struct faults faults = {0};
    stage_list_calls(stage, scene, only_edges || scene->edges, &faults);
    struct tally tally = {0};
    if (number && strchr(number, '-'))
        keep_range(&faults, number);
    if (number && !strchr(number, '-')) {
        const struct fault fault = {.number = atol(number)};
        faults.count = 1;
        const struct outcome outcome = stage_try(stage, scene, &fault, 0, true);
        tally = (struct tally){.done = 1, .wrong = outcome.wrong, .missed = outcome.missed};
        tally.codes[outcome.code & 255]++;
    } else {
        tally = play_all(stage, scene, &faults);
    }
    bool good = report(scene, &faults, &tally, cln_clock_seconds() - began);
    free(faults.rows);
    return good;
}

/* NUMBER or FROM-TO, counted from one. */
static bool are_numbers(const char *text) {
    char *end;
    const bool counted = strtol(text, &end, 10) > 0;
    return counted && (!*end || (*end == '-' && strtol(end + 1, &end, 10) > 0 && !*end));
}

int main(int count, char **arguments) {
    if (count < 6 || count > 7 || (count == 7 && !are_numbers(arguments[6]))) {
        fprintf(stderr, "usage: opencl LAYER CLNOISE TRAIN KERNELS quick|sample|all|SCENE "
                        "[NUMBER|FROM-TO]\n");
        return 2;
    }
    const char *which = arguments[5];
    const bool quick = !strcmp(which, "quick"), sample = !strcmp(which, "sample");
    const bool all = sample || !strcmp(which, "all");
    struct stage stage = {.layer = arguments[1],
                          .clnoise = arguments[2],
                          .train = arguments[3],
                          .kernels = arguments[4]};
    int played = 0, wrong = 0;
    only_edges = quick || sample;
    if (!stage_set(&stage, SLOTS))
        return 77;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        if (!all && !(quick && scenes[i].quick) && strcmp(which, scenes[i].name) != 0)
            continue;
        played++;
        wrong += !play(&stage, &scenes[i], count > 6 ? arguments[6] : NULL);
    }
    stage_clear(&stage);
    if (!played) {
        fprintf(stderr, "no scene is called %s; there are", which);
        for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
            fprintf(stderr, " %s", scenes[i].name);
        fputc('\n', stderr);
    }
    return wrong || !played;
}
