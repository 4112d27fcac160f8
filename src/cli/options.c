#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/command.h"

/* Does the argument name this option, as "--out" or "--out=value"? */
static bool names(const char *argument, const char *option) {
    size_t length = strlen(option);
    return !strncmp(argument, option, length) && (!argument[length] || argument[length] == '=');
}

static const struct cln_option *find(const struct cln_command *command, const char *argument) {
    for (const struct cln_option *option = command->options; option && option->name; option++)
        if (names(argument, option->name))
            return option;
    return NULL;
}

static enum cln_status fail_unknown(const struct cln_command *command, const char *argument) {
    size_t length = strcspn(argument, "=");
    char word[64];
    if (length >= sizeof word)
        length = sizeof word - 1;
    memcpy(word, argument, length);
    word[length] = '\0';
    struct cln_nearest nearest = cln_nearest_start(word);
    for (const struct cln_option *option = command->options; option && option->name; option++)
        cln_nearest_offer(&nearest, option->name);
    cln_nearest_offer(&nearest, "--help");
    return CLN_FAIL(CONFIG, "%s: unknown option %s%s%s%s; see clnoise %s --help", command->name,
                    word, nearest.name ? "; did you mean " : "", nearest.name ? nearest.name : "",
                    nearest.name ? "?" : "", command->name);
}

/* There are less values than arguments. */
static enum cln_status add_value(struct cln_option_values *values, int arguments,
                                 const char *value) {
    if (!values->items)
        values->items = calloc((size_t)arguments, sizeof *values->items);
    if (!values->items)
        return CLN_FAIL(MEMORY, "out of memory");
    values->items[values->count++] = value;
    return CLN_OK;
}

/* "--noise.scale 0.5" and "--noise.scale=0.5" as the operand "noise.scale=0.5". */
static enum cln_status add_dotted(const struct cln_command *command, int count, char **arguments,
                                  int *at, struct cln_options *options) {
    const char *key = arguments[*at] + 2;
    if (!strchr(key, '=') && *at + 1 == count)
        return CLN_FAIL(CONFIG, "%s: option --%s needs a value", command->name, key);
    const char *value = strchr(key, '=') ? NULL : arguments[++*at];
    const size_t bytes = strlen(key) + (value ? strlen(value) + 1 : 0) + 1;
    char *joined = malloc(bytes);
    if (!joined)
        return CLN_FAIL(MEMORY, "out of memory");
    snprintf(joined, bytes, "%s%s%s", key, value ? "=" : "", value ? value : "");
    enum cln_status status = add_value(&options->joined, count, joined);
    if (status != CLN_OK)
        free(joined);
    else
        options->operands[options->operand_count++] = joined;
    return status;
}

static bool is_dotted(const char *argument) {
    const size_t length = strcspn(argument, "=");
    return !strncmp(argument, "--", 2) && memchr(argument, '.', length);
}

/* Reads the option at arguments[*at], and its value, which may be the next argument. */
static enum cln_status parse_option(const struct cln_command *command, int count, char **arguments,
                                    int *at, struct cln_options *options) {
    const char *argument = arguments[*at];
    const struct cln_option *option = find(command, argument);
    if (!option && command->dotted && is_dotted(argument))
        return add_dotted(command, count, arguments, at, options);
    if (!option)
        return fail_unknown(command, argument);
    const char *value = strchr(argument, '=');
    void *member = (char *)options + option->offset;
    if (!option->value) {
        if (value)
            return CLN_FAIL(CONFIG, "%s: option %s takes no value", command->name, option->name);
        *(bool *)member = true;
        return CLN_OK;
    }
    if (value)
        value++;
    else if (*at + 1 < count)
        value = arguments[++*at];
    if (!value || !*value)
        return CLN_FAIL(CONFIG, "%s: option %s needs a value: %s %s", command->name, option->name,
                        option->name, option->value);
    if (option->several)
        return add_value(member, count, value);
    *(const char **)member = value;
    return CLN_OK;
}

static enum cln_status check_operands(const struct cln_command *command,
                                      const struct cln_options *options) {
    if (options->operand_count < command->min_operands)
        return CLN_FAIL(CONFIG, "%s: too few arguments; usage: clnoise %s %s", command->name,
                        command->name, command->operands);
    if (command->max_operands >= 0 && options->operand_count > command->max_operands)
        return CLN_FAIL(CONFIG, "%s: unexpected argument '%s'; usage: clnoise %s%s%s",
                        command->name, options->operands[command->max_operands], command->name,
                        *command->operands ? " " : "", command->operands);
    return CLN_OK;
}

enum cln_status cln_options_parse(const struct cln_command *command, int count, char **arguments,
                                  struct cln_options *options, bool *help) {
    *options = (struct cln_options){0};
    *help = false;
    options->operands = calloc((size_t)count + 1, sizeof *options->operands);
    if (!options->operands)
        return CLN_FAIL(MEMORY, "out of memory");
    bool only_operands = false;
    for (int at = 0; at < count; at++) {
        const char *argument = arguments[at];
        if (only_operands || argument[0] != '-' || !argument[1]) {
            options->operands[options->operand_count++] = argument;
        } else if (!strcmp(argument, "--")) {
            only_operands = true;
        } else if (!strcmp(argument, "--help") || !strcmp(argument, "-h")) {
            *help = true;
            return CLN_OK;
        } else {
            CLN_TRY(parse_option(command, count, arguments, &at, options));
        }
    }
    return check_operands(command, options);
}

void cln_options_done(const struct cln_command *command, struct cln_options *options) {
    for (const struct cln_option *option = command->options; option && option->name; option++)
        if (option->several)
            free(((struct cln_option_values *)((char *)options + option->offset))->items);
    for (int i = 0; i < options->joined.count; i++)
        free((char *)options->joined.items[i]);
    free(options->joined.items);
    free(options->operands);
}
