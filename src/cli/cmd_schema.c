/* `clnoise schema`: the JSON Schema of experiment files. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/command.h"
#include "experiment/json_schema.h"

static enum cln_status run(const struct cln_options *options) {
    char *schema;
    (void)options;
    CLN_TRY(cln_json_schema(&schema));
    fputs(schema, stdout);
    free(schema);
    return CLN_OK;
}

const struct cln_command cln_command_schema = {
    .name = "schema",
    .help = "print the JSON Schema of experiment files, for editors",
    .operands = "",
    .details =
        "Draft-07. An editor with a YAML language server checks and completes a file that begins\n"
        "with the line `# yaml-language-server: $schema=schema.json`.\n",
    .examples = "clnoise schema >schema.json",
    .run = run,
};
