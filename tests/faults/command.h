/* A command line run in a folder, with variables set, within a time: what came of it, as texts. */
#ifndef TEST_FAULTS_COMMAND_H
#define TEST_FAULTS_COMMAND_H

#include <stdbool.h>

struct command {
    const char *folder; /* where it runs; its output goes to "stdout" and "stderr" there */
    const char *program;
    const char *line;            /* arguments with single blanks between */
    const char *const *settings; /* "NAME=value", then NULL */
    int seconds;                 /* then it is killed, with the processes it started */
};

struct result {
    bool timed_out;
    int signal; /* that ended it; 0: none */
    int code;   /* what it exited with */
    char *out, *err;
};

/* Blocks until the command has ended. Exits with a message when the system fails. */
struct result command_run(const struct command *command);
void result_done(struct result *result);

/* The file's text, "" where there is none; free() it. */
char *command_read(const char *folder, const char *name);

/* Removes <folder>/<name> with all that is in it, if it is there. */
void command_remove(const char *folder, const char *name);

#endif
