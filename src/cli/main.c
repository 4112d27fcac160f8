/*
 * The program: finds the command, parses its options, runs it, prints its error. Everything it
 * can do stands in the table of commands.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/nearest.h"
#include "base/utf8.h"
#include "cli/command.h"
#include "cli/error_print.h"
#include "clnoise/version.h"

static const char *program; /* argv[0] */

static const struct cln_command *find(const char *name) {
    for (const struct cln_command *const *command = cln_commands; *command; command++)
        if (!strcmp((*command)->name, name))
            return *command;
    return NULL;
}

static enum cln_status fail_unknown(const char *name) {
    struct cln_nearest nearest = cln_nearest_start(name);
    for (const struct cln_command *const *command = cln_commands; *command; command++)
        if (!(*command)->hidden)
            cln_nearest_offer(&nearest, (*command)->name);
    cln_nearest_offer(&nearest, "--help");
    cln_nearest_offer(&nearest, "--version");
    return CLN_FAIL(CONFIG, "unknown %s '%s'%s%s%s; see clnoise --help",
                    *name == '-' ? "option" : "command", name,
                    nearest.name ? "; did you mean '" : "", nearest.name ? nearest.name : "",
                    nearest.name ? "'?" : "");
}

/* Once a command: its workers do the same without a word. */
static void tell_of_distrust(void) {
    const char *setting = getenv("CLNOISE_CACHE");
    char *folder = setting && !strcmp(setting, "off") ? NULL : cln_cache_distrusted();
    if (folder) {
        cln_utf8_disarm(folder, false);
        fprintf(stderr,
                "clnoise: %s is not used: it belongs to another user, or others may write to it; "
                "what was kept there is made anew\n",
                folder);
    }
    free(folder);
}

static enum cln_status run_command(const struct cln_command *command, int count, char **arguments) {
    struct cln_options options;
    bool help;
    enum cln_status status = cln_options_parse(command, count, arguments, &options, &help);
    if (status == CLN_OK && help)
        cln_command_help_print(command);
    options.program = program;
    if (status == CLN_OK && !help) {
        if (!command->hidden)
            tell_of_distrust();
        status = command->run(&options);
    }
    cln_options_done(command, &options);
    return status;
}

/* `clnoise`, `clnoise --help`, `clnoise help` and `clnoise help COMMAND`. */
static enum cln_status help(int count, char **arguments) {
    const struct cln_command *command = count > 1 ? find(arguments[1]) : NULL;
    if (count > 1 && !command)
        return fail_unknown(arguments[1]);
    if (command)
        cln_command_help_print(command);
    else
        cln_help_print();
    return CLN_OK;
}

static enum cln_status run(int count, char **arguments) {
    const char *name = count > 0 ? arguments[0] : "";
    if (count == 0)
        return CLN_FAIL(CONFIG, "which command? see clnoise --help");
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help"))
        return help(count, arguments);
    if (!strcmp(name, "--version")) {
        printf("clnoise %s\n", cln_version());
        return CLN_OK;
    }
    const struct cln_command *command = find(name);
    return command ? run_command(command, count - 1, arguments + 1) : fail_unknown(name);
}

/* What was printed may still fail to reach a full disk; that must not pass as success. */
static enum cln_status flush_output(void) {
    if (fflush(stdout) || ferror(stdout))
        return CLN_FAIL(FILE, "cannot write to standard output: %s", strerror(errno));
    return CLN_OK;
}

int main(int count, char **arguments) {
    program = arguments[0];
    enum cln_status status = run(count - 1, arguments + 1);
    if (status == CLN_OK)
        status = flush_output();
    if (status == CLN_OK)
        return 0;
    fflush(stdout);
    fputs("clnoise: ", stderr);
    cln_error_print(stderr, cln_error_last());
    return cln_status_exit_code(status);
}
