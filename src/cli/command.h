/*
 * The commands of the program, as descriptor rows. A command is one file src/cli/cmd_<name>.c that
 * defines `const struct cln_command cln_command_<name>`, and one line in commands.c. The frame
 * parses options, prints help, and turns statuses into messages and exit codes; a command gets its
 * options parsed and returns a status.
 *
 * Data go to stdout, messages to stderr.
 */
#ifndef CLN_CLI_COMMAND_H
#define CLN_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* The values of an option that may be given several times, in their order. */
struct cln_option_values {
    const char **items; /* freed with cln_options_done() */
    int count;
};

/* What the options of all commands say; a command's table tells which of them it takes. */
struct cln_options {
    const char *program;                                       /* this program, as it was called */
    const char *device;                                        /* NULL: not given */
    const char *out;                                           /* NULL: not given */
    const char *data_dir;                                      /* NULL: not given */
    const char *steps;                                         /* NULL: not given */
    const char *trace;                                         /* NULL: not given */
    const char *compare;                                       /* NULL: not given */
    const char *plot;                                          /* NULL: not given */
    const char *batches, *widths, *cores;                      /* NULL: not given */
    const char *shapes;                                        /* NULL: not given */
    const char *jobs, *retries;                                /* NULL: not given */
    const char *heartbeat, *cell_timeout, *checkpoint_minutes; /* NULL: not given */
    const char *shard, *images;                                /* NULL: not given */
    struct cln_option_values cell;
    bool beside; /* report --compare */
    bool quiet, json, dot, rules, startup, full, variants, list, ids, no_estimate, test;
    bool confusion, invert, resize, brief;

    const char **operands; /* what is no option, in order */
    int operand_count;
    struct cln_option_values joined; /* memory of those that were `--dotted.key value` */
};

struct cln_option {
    const char *name;  /* "--device"; NULL ends a table */
    const char *value; /* "SEL": takes a value, member is const char *; NULL: a bool */
    size_t offset;     /* of the member in struct cln_options */
    const char *help;  /* broken into lines as the help needs it */
    bool several;      /* may be given several times: member is struct cln_option_values */
};

#define CLN_OPTION(name, value, member, help)                                                      \
    { name, value, offsetof(struct cln_options, member), help, false }
#define CLN_OPTION_SEVERAL(name, value, member, help)                                              \
    { name, value, offsetof(struct cln_options, member), help, true }
#define CLN_OPTION_END                                                                             \
    { NULL, NULL, 0, NULL, false }

/* The options that several commands share. */
#define CLN_OPTION_DEVICE                                                                          \
    CLN_OPTION("--device", "SEL", device,                                                          \
               "an index, cpu, gpu, or part of a name (default: CLNOISE_DEVICE, else the best)")
#define CLN_OPTION_OUT                                                                             \
    CLN_OPTION("--out", "DIR", out, "folder for the results (default: runs/<name>-<time>)")
#define CLN_OPTION_DATA_DIR                                                                        \
    CLN_OPTION("--data-dir", "DIR", data_dir, "look for data sets here first")
#define CLN_OPTION_CELL                                                                            \
    CLN_OPTION_SEVERAL("--cell", "ID", cell,                                                       \
                       "only this cell; several with commas or several times; the beginning of "   \
                       "an id is enough")
#define CLN_OPTION_SHARD                                                                           \
    CLN_OPTION("--shard", "I/N", shard,                                                            \
               "only the I-th of N shares of about the same work, the same on every machine")
#define CLN_OPTION_QUIET CLN_OPTION("--quiet", NULL, quiet, "no progress on stderr")
#define CLN_OPTION_JSON  CLN_OPTION("--json", NULL, json, "write JSON")
#define CLN_OPTION_DOT   CLN_OPTION("--dot", NULL, dot, "write the DOT language of Graphviz")

struct cln_command {
    const char *name;
    bool hidden;                      /* not in the list of commands */
    const char *help;                 /* one line */
    const char *operands;             /* for the usage line: "FILE [key=value ...]", or "" */
    int min_operands, max_operands;   /* max -1: any number */
    const char *details;              /* more for the help, broken into lines there; NULL: none */
    const char *examples;             /* a command line; if several, with newlines between */
    const struct cln_option *options; /* ends with CLN_OPTION_END; NULL: none */
    bool dotted; /* `--dotted.key value` is the same as the operand `dotted.key=value` */

    /* A status other than CLN_OK is printed with its message and becomes the exit code. */
    enum cln_status (*run)(const struct cln_options *options);
};

extern const struct cln_command *const cln_commands[]; /* ends with NULL */

/* Parses the arguments after the command's name. CLN_CONFIG for what the command does not take.
 * `*help` is set if --help or -h is among them. Call cln_options_done() also after a failure. */
enum cln_status cln_options_parse(const struct cln_command *command, int count, char **arguments,
                                  struct cln_options *options, bool *help);

void cln_options_done(const struct cln_command *command, struct cln_options *options);

/* Prints to stdout. */
void cln_help_print(void);
void cln_command_help_print(const struct cln_command *command);

#endif
