/* Clocks that jump while a run is at work: see inject.h. */
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hostfaults/inject.h"

#define STOP_LOOKS 12 /* then a beat was sent, by the clock that jumped */

int __real_clock_gettime(clockid_t clock, struct timespec *out);
time_t __real_time(time_t *out);
int __real_open(const char *path, int flags, ...);
int __real_close(int fd);

static struct {
    bool active, looks, all, hang;
    long at, seconds;
    char file[512];
} plan;
static atomic_long looks;

void clock_begin(bool worker) {
    const char *text = getenv("CLNOISE_FAULT_CLOCK");
    char which[16];
    if (!text)
        return;
    if (sscanf(text, "%15s %ld %ld %511[^\n]", which, &plan.seconds, &plan.at, plan.file) != 4) {
        fprintf(stderr, "CLNOISE_FAULT_CLOCK: cannot make sense of '%s'\n", text);
        exit(99);
    }
    plan.hang = !strcmp(which, "hang");
    plan.all = plan.hang || !strcmp(which, "all");
    plan.looks = worker;
    plan.active = true;
}

/* One worker of all makes the file, which tells every process of the run at once. */
static void look(void) {
    static atomic_long stop_at;
    const long now = atomic_fetch_add(&looks, 1) + 1;
    int fd =
        now == plan.at ? __real_open(plan.file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644) : -1;
    if (fd >= 0) {
        __real_close(fd);
        atomic_store(&stop_at, plan.hang ? now + STOP_LOOKS : 0);
    } else if (now == atomic_load(&stop_at)) {
        (void)kill(getpid(), SIGSTOP);
    }
}

/* By how much the clock is wrong now. */
static time_t jump(clockid_t clock) {
    if (!plan.active)
        return 0;
    if (plan.looks)
        look();
    if ((clock != CLOCK_REALTIME && !plan.all) || access(plan.file, F_OK))
        return 0;
    return (time_t)plan.seconds;
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out) {
    int code = __real_clock_gettime(clock, out);
    if (code == 0)
        out->tv_sec += jump(clock);
    return code;
}

time_t __wrap_time(time_t *out) {
    time_t now = __real_time(NULL) + jump(CLOCK_REALTIME);
    if (out)
        *out = now;
    return now;
}
