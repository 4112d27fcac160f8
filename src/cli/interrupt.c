#include "cli/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/error.h"

#define CHILDREN_MOST 256
#define FOLDER_SIZE   4096
#define REMOVE_TRIES  40
/* timeout(1), batch systems and the like signal a process and its group: that is asked once, on a
 * busy machine too. */
#define SAME_REQUEST_SECONDS .3

static volatile sig_atomic_t asked;
static struct timespec asked_at; /* of the signal handlers, which do not interrupt each other */
static volatile sig_atomic_t children[CHILDREN_MOST]; /* processes; 0: free. A pid fits an int */

static char folder[FOLDER_SIZE];
static volatile sig_atomic_t folder_named;

static void say(const char *text) {
    int kept = errno; /* of what the signal came between */
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written; /* nothing can be done about it here */
    errno = kept;
}

/* By another program: to walk through a folder takes memory, which a signal handler has none of. A
 * process that was just killed may still finish what it writes there. */
static void remove_folder(void) {
    const struct timespec pause = {.tv_nsec = 50000000};
    for (int tries = 0; tries < REMOVE_TRIES && !access(folder, F_OK); tries++) {
        if (tries)
            nanosleep(&pause, NULL);
        pid_t child = fork();
        if (child == 0) {
            execl("/bin/rm", "rm", "-rf", "--", folder, (char *)NULL);
            _exit(127);
        }
        while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
            ;
    }
}

static void end_at_once(void) {
    for (int i = 0; i < CHILDREN_MOST; i++)
        if (children[i] > 0)
            (void)kill((pid_t)children[i], SIGKILL);
    if (folder_named)
        remove_folder();
    _exit(130);
}

/* A terminal that goes away may send several signals, but nobody is in a hurry then. */
static void on_hangup(int signal_number) {
    (void)signal_number;
    asked = 1;
}

static double seconds_between(const struct timespec *from, const struct timespec *to) {
    return (double)(to->tv_sec - from->tv_sec) + (double)(to->tv_nsec - from->tv_nsec) * 1e-9;
}

static void on_signal(int signal_number) {
    (void)signal_number;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (asked && seconds_between(&asked_at, &now) < SAME_REQUEST_SECONDS)
        return;
    if (asked)
        end_at_once();
    asked = 1;
    asked_at = now;
    say("\nclnoise: stopping after this step; once more to stop at once\n");
}

void cln_interrupt_listen(void) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_hangup;
    sigaction(SIGHUP, &action, NULL);
}

void cln_interrupt_child(long process, bool alive) {
    for (int i = 0; i < CHILDREN_MOST; i++)
        if (children[i] == (alive ? 0 : process)) {
            children[i] = alive ? (sig_atomic_t)process : 0;
            return;
        }
}

void cln_interrupt_folder(const char *path) {
    folder_named = 0;
    if (!path || strlen(path) >= sizeof folder)
        return;
    strcpy(folder, path);
    folder_named = 1;
}

bool cln_interrupted(void *context) {
    (void)context;
    return asked != 0;
}
