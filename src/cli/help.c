#include <stdio.h>
#include <string.h>

#include "cli/command.h"
#include "clnoise/version.h"

#define COLUMNS     79
#define LEFT_COLUMN 16

static const char environment[] =
    "Environment:\n"
    "  CLNOISE_DEVICE   the device, as --device\n"
    "  CLNOISE_DATA     folders with data sets, separated by ':'\n"
    "  CLNOISE_CACHE    off: keep no compiled kernels on disk\n"
    "  CLNOISE_VARIANT  kernel variants, such as conv2d=reference,dense=cpu_vector\n"
    "  CLNOISE_TUNE     off: do not measure which kernels are fastest\n"
    "  CLNOISE_SELFTEST off: trust a device without the brief self-test\n"
    "  CLNOISE_FUSION   merging of layers: off, -RULE or off,RULE; see graph --rules\n"
    "  CLNOISE_CL_DIR   a folder to read the kernels from\n"
    "  XDG_CACHE_HOME   where the cache folder lies (default: ~/.cache)\n"
    "  NO_COLOR         no colours\n";

/* Those of CLN_STATUS_LIST, as users see them. */
static const char exit_codes[] = "Exit codes:\n"
                                 "  0    fine\n"
                                 "  1    a cell of the experiment failed\n"
                                 "  2    usage or configuration\n"
                                 "  3    no usable device\n"
                                 "  4    OpenCL call or kernel build\n"
                                 "  5    data set\n"
                                 "  6    file system\n"
                                 "  7    the device computes wrong results\n"
                                 "  8    a training lost its numbers, which was to end the run\n"
                                 "  130  interrupted\n";

void cln_help_print(void) {
    printf("clnoise %s: train neural networks on any OpenCL device, from YAML\n\n"
           "Usage: clnoise COMMAND [options]\n\nCommands:\n",
           cln_version());
    for (const struct cln_command *const *command = cln_commands; *command; command++)
        if (!(*command)->hidden)
            printf("  %-10s  %s\n", (*command)->name, (*command)->help);
    printf("\nclnoise COMMAND --help says more; clnoise --version prints the version.\n\n"
           "%s\n%s",
           environment, exit_codes);
}

/* Words from `column` on; what does not fit goes on in lines that begin at `indent`. */
static void print_words(const char *text, int column, int indent) {
    static const char blanks[] = " \n";
    bool first = true;
    while (*(text += strspn(text, blanks))) {
        int length = (int)strcspn(text, blanks);
        if (!first && column + 1 + length > COLUMNS) {
            column = printf("\n%*s", indent, "") - 1;
            first = true;
        }
        column += printf("%s%.*s", first ? "" : " ", length, text);
        first = false;
        text += length;
    }
    putchar('\n');
}

static void print_option(const char *name, const char *value, const char *help) {
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", name, value ? " " : "", value ? value : "");
    print_words(help, printf("  %-*s  ", LEFT_COLUMN, left), LEFT_COLUMN + 4);
}

static void print_examples(const char *examples) {
    printf("\nExample%s:\n", strchr(examples, '\n') ? "s" : "");
    while (*examples) {
        int length = (int)strcspn(examples, "\n");
        printf("  %.*s\n", length, examples);
        examples += length + (examples[length] == '\n');
    }
}

void cln_command_help_print(const struct cln_command *command) {
    bool has_options = command->options && command->options->name;
    printf("clnoise %s: %s\n\nUsage: clnoise %s%s%s%s\n", command->name, command->help,
           command->name, *command->operands ? " " : "", command->operands,
           has_options ? " [options]" : "");
    if (command->details) {
        putchar('\n');
        print_words(command->details, 0, 0);
    }
    printf("\nOptions:\n");
    for (const struct cln_option *option = command->options; option && option->name; option++)
        print_option(option->name, option->value, option->help);
    print_option("--help", NULL, "print this text");
    print_examples(command->examples);
}
