#include "run/worker_process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

#define LOWEST 10 /* descriptors of pipes are moved out of the way of those a worker gets */

/* A pipe that no other process of ours inherits. */
static enum cln_status make_pipe(int ends[2]) {
    int low[2];
    if (pipe(low))
        return CLN_FAIL(FILE, "cannot make a pipe: %s", strerror(errno));
    for (int i = 0; i < 2; i++)
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, LOWEST);
    int code = errno == EINVAL ? EMFILE : errno; /* none so high are allowed at all */
    close(low[0]);
    close(low[1]);
    if (ends[0] >= 0 && ends[1] >= 0)
        return CLN_OK;
    return CLN_FAIL(FILE, "cannot make a pipe: %s", strerror(code));
}

static void close_pipe(int ends[2]) {
    for (int i = 0; i < 2; i++)
        if (ends[i] >= 0)
            close(ends[i]);
}

static int spawn(pid_t *pid, const char *const *command, int in, int out) {
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return code;
    code = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
    if (!code)
        code = posix_spawn_file_actions_adddup2(&actions, out, CLN_WORKER_MESSAGES);
    if (!code)
        code = posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
    if (!code) /* which takes its arguments for writable, but lets them be */
        code = posix_spawnp(pid, command[0], &actions, NULL, (char *const *)command, environ);
    posix_spawn_file_actions_destroy(&actions);
    return code;
}

enum cln_status cln_worker_start(struct cln_worker_process *worker, const char *const *command) {
    int commands[2] = {-1, -1}, messages[2] = {-1, -1};
    *worker = (struct cln_worker_process){0};
    enum cln_status status;
    CLN_TRY_GOTO(make_pipe(commands));
    CLN_TRY_GOTO(make_pipe(messages));
    int code = spawn(&worker->pid, command, commands[0], messages[1]);
    if (code) {
        worker->pid = 0;
        status = CLN_FAIL(FILE, "cannot start %s: %s", command[0], strerror(code));
        goto fail;
    }
    close(commands[0]);
    close(messages[1]);
    worker->to = commands[1];
    worker->from = messages[0];
    return CLN_OK;
fail:
    close_pipe(commands);
    close_pipe(messages);
    return status;
}

static void hang_up(struct cln_worker_process *worker) {
    if (worker->to >= 0)
        close(worker->to);
    worker->to = -1;
}

static bool write_line(int fd, const struct cln_text *line) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    size_t done = 0;
    bool good = true;
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGPIPE, &ignore, &before); /* it may be dead */
    while (good && done < line->length) {
        ssize_t count = write(fd, line->chars + done, line->length - done);
        good = count >= 0 || errno == EINTR;
        done += count > 0 ? (size_t)count : 0;
    }
    const int code = errno;
    sigaction(SIGPIPE, &before, NULL);
    errno = code;
    return good;
}

bool cln_worker_send(struct cln_worker_process *worker, const struct cln_text *line) {
    int code = line->failed ? ENOMEM : worker->to < 0 ? EPIPE : 0;
    if (!code && !write_line(worker->to, line))
        code = errno;
    if (!code)
        return true;
    hang_up(worker);
    errno = code;
    return false;
}

bool cln_worker_receive(struct cln_worker_process *worker) {
    char bytes[4096];
    ssize_t count = read(worker->from, bytes, sizeof bytes);
    if (count > 0)
        cln_text_append(&worker->unread, bytes, (size_t)count);
    return count > 0 || (count < 0 && errno == EINTR);
}

const char *cln_worker_next_line(struct cln_worker_process *worker, size_t *at) {
    char *start = worker->unread.chars ? worker->unread.chars + *at : NULL;
    char *end = start ? memchr(start, '\n', worker->unread.length - *at) : NULL;
    if (!end)
        return NULL;
    *end = '\0';
    *at += (size_t)(end - start) + 1;
    return start;
}

void cln_worker_drop_lines(struct cln_worker_process *worker, size_t at) {
    struct cln_text *text = &worker->unread;
    if (!at)
        return;
    memmove(text->chars, text->chars + at, text->length - at + 1);
    text->length -= at;
}

bool cln_worker_has_more(const struct cln_worker_process *worker) {
    struct pollfd from = {.fd = worker->from, .events = POLLIN};
    return poll(&from, 1, 0) > 0;
}

bool cln_worker_is_dead(struct cln_worker_process *worker) {
    if (worker->dead)
        return true;
    pid_t pid = waitpid(worker->pid, &worker->state, WNOHANG);
    if (pid == 0 || (pid < 0 && errno == EINTR))
        return false;
    if (pid < 0) /* somebody else has asked for it */
        worker->state = 0;
    worker->dead = true;
    return true;
}

void cln_worker_kill(const struct cln_worker_process *worker) {
    if (worker->pid > 0 && !worker->dead)
        (void)kill(worker->pid, SIGKILL);
}

bool cln_worker_reap(struct cln_worker_process *worker, int *state) {
    if (!cln_worker_is_dead(worker))
        return false;
    *state = worker->state;
    hang_up(worker);
    close(worker->from);
    cln_text_free(&worker->unread);
    *worker = (struct cln_worker_process){0};
    return true;
}

static const struct {
    int number;
    const char *name, *words;
} signals[] = {
    {SIGSEGV, "SIGSEGV", "an access to memory that is not there"},
    {SIGBUS, "SIGBUS", "an access to memory that is not there"},
    {SIGILL, "SIGILL", "an instruction that this processor does not have"},
    {SIGFPE, "SIGFPE", "a division by zero or the like"},
    {SIGABRT, "SIGABRT", "it gave itself up"},
    {SIGKILL, "SIGKILL", "by hand, or by a system short of memory"},
    {SIGTERM, "SIGTERM", "it was told to end"},
    {SIGXFSZ, "SIGXFSZ", "a file would have been too large"},
    {SIGXCPU, "SIGXCPU", "its time was up"},
};

void cln_worker_describe_end(int state, struct cln_text *out) {
    if (WIFEXITED(state)) {
        cln_text_add(out, "ended with exit code %d before its cell did", WEXITSTATUS(state));
        return;
    }
    int number = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        if (signals[i].number == number) {
            cln_text_add(out, "was killed by %s: %s", signals[i].name, signals[i].words);
            return;
        }
    cln_text_add(out, "was killed by signal %d", number);
}
