#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/interrupt.h"

extern char **environ;

const char **cln_child_arguments(const struct cln_options *options, const char *const *words) {
    enum { OURS = 6 }; /* the program, two options with values, the end */
    size_t count = 0, word_count = 0;
    while (words[word_count])
        word_count++;
    const char **arguments =
        calloc(OURS + word_count + (size_t)options->operand_count, sizeof *arguments);
    if (!arguments)
        return NULL;
    arguments[count++] = options->program;
    for (size_t i = 0; i < word_count; i++)
        arguments[count++] = words[i];
    if (options->device) {
        arguments[count++] = "--device";
        arguments[count++] = options->device;
    }
    if (options->data_dir) {
        arguments[count++] = "--data-dir";
        arguments[count++] = options->data_dir;
    }
    for (int i = 0; i < options->operand_count; i++)
        arguments[count++] = options->operands[i];
    return arguments;
}

static bool is_set(const struct cln_child_variable *variables, const char *entry) {
    for (; variables->name; variables++) {
        size_t length = strlen(variables->name);
        if (!strncmp(entry, variables->name, length) && entry[length] == '=')
            return true;
    }
    return false;
}

/* An environment: a list of borrowed texts, and those made for it. */
struct environment {
    char **list;
    struct cln_text *made;
    size_t made_count;
};

static void environment_done(struct environment *environment) {
    for (size_t i = 0; i < environment->made_count; i++)
        cln_text_free(&environment->made[i]);
    free(environment->made);
    free(environment->list);
}

/* Ours with the variables set. */
static enum cln_status environment_make(const struct cln_child_variable *variables,
                                        struct environment *out) {
    size_t count = 0, used = 0;
    while (environ[count])
        count++;
    while (variables[out->made_count].name)
        out->made_count++;
    out->list = calloc(count + out->made_count + 1, sizeof *out->list);
    out->made = calloc(out->made_count + 1, sizeof *out->made);
    if (!out->list || !out->made) {
        free(out->list);
        free(out->made);
        *out = (struct environment){0};
        return CLN_FAIL(MEMORY, "out of memory for an environment");
    }
    for (size_t i = 0; i < count; i++)
        if (!is_set(variables, environ[i]))
            out->list[used++] = environ[i];
    for (size_t i = 0; i < out->made_count; i++) {
        cln_text_add(&out->made[i], "%s=%s", variables[i].name, variables[i].value);
        CLN_TRY(cln_text_check(&out->made[i]));
        out->list[used++] = out->made[i].chars;
    }
    return CLN_OK;
}

static enum cln_status start(const char *const *arguments, char **environment, int output,
                             int unused, pid_t *child) {
    posix_spawn_file_actions_t actions;
    int code = posix_spawn_file_actions_init(&actions);
    if (code)
        return CLN_FAIL(FILE, "cannot start %s: %s", arguments[0], strerror(code));
    code = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (!code && output != STDOUT_FILENO) /* which it is where ours was closed */
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

enum cln_status cln_child_run(const char *const *arguments,
                              const struct cln_child_variable *variables, struct cln_text *output) {
    struct environment environment = {0};
    int ends[2] = {-1, -1};
    pid_t child;
    enum cln_status status = environment_make(variables, &environment);
    if (status == CLN_OK && pipe(ends))
        status = CLN_FAIL(FILE, "cannot make a pipe: %s", strerror(errno));
    if (status == CLN_OK)
        status = start(arguments, environment.list, ends[1], ends[0], &child);
    if (ends[1] >= 0)
        close(ends[1]);
    if (status == CLN_OK) {
        cln_interrupt_child(child, true);
        read_all(ends[0], output);
        status = wait_for(arguments[0], child);
        cln_interrupt_child(child, false);
    }
    if (ends[0] >= 0)
        close(ends[0]);
    environment_done(&environment);
    return status == CLN_OK ? cln_text_check(output) : status;
}

pid_t cln_child_start(const char *const *arguments, const struct cln_child_variable *variables) {
    struct environment environment = {0};
    posix_spawn_file_actions_t actions;
    pid_t child = 0;
    if (environment_make(variables, &environment) == CLN_OK &&
        !posix_spawn_file_actions_init(&actions)) {
        bool quiet = true;
        for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
            quiet = quiet && !posix_spawn_file_actions_addopen(
                                 &actions, stream, "/dev/null",
                                 stream == STDIN_FILENO ? O_RDONLY : O_WRONLY, 0);
        if (!quiet || posix_spawnp(&child, arguments[0], &actions, NULL, (char *const *)arguments,
                                   environment.list))
            child = 0;
        posix_spawn_file_actions_destroy(&actions);
    }
    environment_done(&environment);
    return child;
}

void cln_child_stop(pid_t child) {
    if (child <= 0)
        return;
    (void)kill(child, SIGKILL);
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
}
