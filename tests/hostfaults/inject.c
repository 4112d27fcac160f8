#include "hostfaults/inject.h"

#include <execinfo.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 32 /* of the stack, that make up a place */

int __real_open(const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *bytes, size_t length);
int __real_close(int fd);

extern char __executable_start, etext; /* from the linker: where our code is loaded */

static struct {
    bool active, ever;
    enum inject_kind kind;
    enum inject_verdict verdict;
    bool kill;
    long at;
    const char *log;
} plan;
static atomic_long calls;

static void append(const char *path, int flags, const char *line) {
    int fd = __real_open(path, O_WRONLY | O_APPEND | O_CLOEXEC | flags, 0644);
    if (fd < 0 || __real_write(fd, line, strlen(line)) < 0)
        abort();
    __real_close(fd);
}

static bool how(const char *word) {
    static const struct {
        const char *word;
        enum inject_verdict verdict;
        bool ever, kill;
    } rows[] = {
        {"once", INJECT_FAIL, false, false},   {"ever", INJECT_FAIL, true, false},
        {"short", INJECT_SHORT, false, false}, {"interrupted", INJECT_INTERRUPT, false, false},
        {"kill", INJECT_FAIL, false, true},    {"torn", INJECT_TEAR, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strcmp(rows[i].word, word)) {
            plan.verdict = rows[i].verdict;
            plan.ever = rows[i].ever;
            plan.kill = rows[i].kill;
            return true;
        }
    return false;
}

void inject_begin(int count, char **arguments) {
    const char *text = getenv("CLNOISE_FAULT");
    const bool worker = count > 1 && !strcmp(arguments[1], "worker");
    char role[16], kind[16], word[16];
    clock_begin(worker);
    if (!text)
        return;
    plan.log = getenv("CLNOISE_FAULT_LOG");
    if (sscanf(text, "%15s %15s %ld %15s", role, kind, &plan.at, word) != 4 || !how(word) ||
        !plan.log) {
        fprintf(stderr, "CLNOISE_FAULT: cannot make sense of '%s'\n", text);
        exit(99);
    }
    plan.kind = strcmp(kind, "memory") ? INJECT_FILE : INJECT_MEMORY;
    plan.active = worker == !strcmp(role, "worker");
    if (plan.active)
        left_begin();
}

unsigned long inject_place(unsigned long out[INJECT_FRAMES]) {
    void *frames[FRAMES];
    const char *start = &__executable_start, *end = &etext;
    unsigned long place = 5381;
    int count = backtrace(frames, FRAMES), kept = 0;
    for (int i = 2; i < count; i++) { /* of our code; libraries lie elsewhere each time */
        const char *at = frames[i];
        if (at < start || at >= end)
            continue;
        place = place * 33 + (unsigned long)(at - start);
        if (kept < INJECT_FRAMES - 1)
            out[kept++] = (unsigned long)(at - start);
    }
    out[kept] = 0;
    return place;
}

static void count_call(long number, const char *name, const char *subject) {
    char line[1024];
    unsigned long frames[INJECT_FRAMES];
    snprintf(line, sizeof line, "%ld %s %lx %s\n", number, name, inject_place(frames), subject);
    append(plan.log, O_CREAT, line);
}

/* One process of a run is hit: the one that makes the log. */
static bool is_first(void) {
    int fd = __real_open(plan.log, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd >= 0)
        __real_close(fd);
    return fd >= 0;
}

enum inject_verdict inject(enum inject_kind kind, const char *name, const char *subject) {
    char line[1024];
    if (!plan.active || kind != plan.kind)
        return INJECT_GO;
    const long number = atomic_fetch_add(&calls, 1) + 1;
    if (!plan.at)
        count_call(number, name, subject);
    if (!plan.at || number < plan.at || (number > plan.at && !plan.ever))
        return INJECT_GO;
    if (!is_first() && !plan.ever)
        return INJECT_GO;
    snprintf(line, sizeof line, "%ld %s %s\n", number, name, subject);
    append(plan.log, 0, line);
    if (plan.kill)
        inject_kill();
    return plan.verdict;
}

enum inject_verdict inject_fd(const char *name, int fd) {
    char link[64], path[512] = "";
    if (!plan.active || plan.kind != INJECT_FILE)
        return INJECT_GO;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = '\0';
    return inject(INJECT_FILE, name, path);
}

_Noreturn void inject_kill(void) {
    (void)kill(getpid(), SIGKILL);
    for (;;)
        pause();
}
