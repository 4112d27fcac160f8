#include "faults/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "support/scratch.h"

#define MOST_ARGUMENTS 32
#define TICK_NS        5000000

static void give_up(const char *what) {
    perror(what);
    exit(1);
}

static void redirect(const char *path, int to) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || dup2(file, to) < 0)
        give_up(path);
    close(file);
}

static void set(const char *setting) {
    char *name = strdup(setting), *value = name ? strchr(name, '=') : NULL;
    if (!value)
        give_up(setting);
    *value++ = '\0';
    setenv(name, value, 1);
    free(name);
}

/* In the child; does not return. */
static void become(const struct command *command) {
    char *arguments[MOST_ARGUMENTS + 2] = {(char *)command->program}, *at = strdup(command->line);
    int nothing = open("/dev/null", O_RDONLY);
    setpgid(0, 0);
    if (!at || nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 || chdir(command->folder))
        give_up(command->folder);
    close(nothing);
    redirect("stdout", STDOUT_FILENO);
    redirect("stderr", STDERR_FILENO);
    for (int i = 1; *at && i <= MOST_ARGUMENTS; i++) {
        arguments[i] = at;
        at += strcspn(at, " ");
        if (*at)
            *at++ = '\0';
    }
    for (const char *const *setting = command->settings; *setting; setting++)
        set(*setting);
    execv(command->program, arguments);
    perror(command->program);
    _exit(127);
}

struct result command_run(const struct command *command) {
    const struct timespec tick = {.tv_nsec = TICK_NS};
    struct result result = {0};
    const double end = cln_clock_seconds() + command->seconds;
    int state = 0;
    fflush(NULL);
    pid_t child = fork(), ended = 0;
    if (child < 0)
        give_up("fork");
    if (child == 0)
        become(command);
    setpgid(child, child); /* whoever of the two is first */
    while ((ended = waitpid(child, &state, WNOHANG)) == 0 && cln_clock_seconds() < end)
        nanosleep(&tick, NULL);
    if (ended == 0) {
        result.timed_out = true;
        kill(-child, SIGKILL);
        ended = waitpid(child, &state, 0);
    }
    if (ended < 0)
        give_up("waitpid");
    result.signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    result.code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    result.out = command_read(command->folder, "stdout");
    result.err = command_read(command->folder, "stderr");
    return result;
}

void result_done(struct result *result) {
    free(result->out);
    free(result->err);
    *result = (struct result){0};
}

char *command_read(const char *folder, const char *name) {
    char *path = cln_path_join(folder, name), *text = NULL;
    size_t length;
    if (!path || !cln_file_exists(path) || cln_file_read(path, &text, &length) != CLN_OK)
        text = strdup("");
    free(path);
    if (!text)
        give_up(name);
    return text;
}

void command_remove(const char *folder, const char *name) {
    char *path = cln_path_join(folder, name);
    if (!path)
        give_up(name);
    if (unlink(path) && cln_file_exists(path))
        scratch_remove(path);
    else
        free(path);
}
