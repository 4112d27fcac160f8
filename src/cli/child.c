#include "cli/child.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* A copy of the environment's list with one variable set; its texts but that one are borrowed. */
static char **environment_with(char *variable) {
    size_t count = 0, used = 0, name = strcspn(variable, "=") + 1;
    while (environ[count])
        count++;
    char **copy = calloc(count + 2, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (strncmp(environ[i], variable, name))
            copy[used++] = environ[i];
    if (copy)
        copy[used] = variable;
    return copy;
}

static enum cln_status start(const char *const *arguments, char **environment, int output,
                             int unused, pid_t *child) {
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return CLN_FAIL(FILE, "cannot start %s: %s", arguments[0], strerror(code));
    code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!code)
        code = posix_spawn_file_actions_addclose(&actions, output);
    if (!code)
        code = posix_spawn_file_actions_addclose(&actions, unused);
    if (!code) /* which takes its arguments for writable, but lets them be */
        code = posix_spawnp(child, arguments[0], &actions, NULL, (char *const *)arguments,
                            environment);
    posix_spawn_file_actions_destroy(&actions);
    return code ? CLN_FAIL(FILE, "cannot start %s: %s", arguments[0], strerror(code)) : CLN_OK;
}

static void read_all(int from, struct cln_text *output) {
    char bytes[4096];
    for (;;) {
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count > 0)
            cln_text_append(output, bytes, (size_t)count);
        else if (count == 0 || errno != EINTR)
            return;
    }
}

static enum cln_status wait_for(const char *what, pid_t child) {
    int state;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR)
            return CLN_FAIL(FILE, "cannot wait for %s: %s", what, strerror(errno));
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return CLN_OK;
    if (WIFEXITED(state))
        return CLN_FAIL(FILE, "%s, started by itself, ended with exit code %d", what,
                        WEXITSTATUS(state));
    return CLN_FAIL(FILE, "%s, started by itself, was ended by signal %d", what, WTERMSIG(state));
}

enum cln_status cln_child_run(const char *const *arguments, const char *name, const char *value,
                              struct cln_text *output) {
    struct cln_text variable = {0};
    cln_text_add(&variable, "%s=%s", name, value);
    CLN_TRY(cln_text_check(&variable));
    char **environment = environment_with(variable.chars);
    int ends[2] = {-1, -1};
    pid_t child;
    enum cln_status status = CLN_OK;
    if (!environment)
        status = CLN_FAIL(MEMORY, "out of memory for an environment");
    else if (pipe(ends))
        status = CLN_FAIL(FILE, "cannot make a pipe: %s", strerror(errno));
    else
        status = start(arguments, environment, ends[1], ends[0], &child);
    if (ends[1] >= 0)
        close(ends[1]);
    if (status == CLN_OK) {
        read_all(ends[0], output);
        status = wait_for(arguments[0], child);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    free(environment);
    cln_text_free(&variable);
    return status == CLN_OK ? cln_text_check(output) : status;
}
