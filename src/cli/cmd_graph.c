/* `clnoise graph FILE`: what one step of each model is, compiled for a device. */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cell_models.h"
#include "cli/command.h"
#include "graph/export.h"
#include "nn/rules.h"
#include "runtime/device.h"

#define OPERANDS "FILE [dotted.key=value ...]"

static enum cln_status device_caps(const char *selector, struct cln_caps *caps) {
    struct cln_device_list *devices;
    const struct cln_device *device;
    CLN_TRY(cln_devices_list(&devices));
    enum cln_status status = cln_device_select(devices, selector, &device, NULL);
    if (status == CLN_OK)
        status = cln_device_caps(device, caps);
    cln_devices_free(devices);
    return status;
}

static enum cln_status export_cell(const struct cln_cell *cell, bool dot,
                                   const struct cln_caps *caps, struct cln_text *text) {
    struct cln_model_graph model;
    const char *variants = *cell->kernel_variant ? cell->kernel_variant : NULL;
    CLN_TRY(cln_cell_build(cell, CLN_SIDE_TRAIN, &model));
    enum cln_status status;
    if (dot) {
        status = cln_graph_export_dot(model.graph, caps, variants, cell->model.name, text);
    } else {
        cln_text_add(text, "%sOne training step of %s, batch %d\n\n", text->length ? "\n" : "",
                     cell->model.name, (int)model.layers[0].dim[0]);
        status = cln_graph_export_table(model.graph, caps, variants, text);
    }
    cln_model_graph_done(&model);
    return status;
}

static enum cln_status print_rules(void) {
    uint32_t on;
    CLN_TRY(cln_rewrite_choose(cln_rules, NULL, &on));
    printf("Rewrite rules, in the order in which they are tried\n");
    for (int i = 0; cln_rules[i]; i++)
        printf("  %-18s %-4s %s\n", cln_rules[i]->name, on >> i & 1 ? "on" : "off",
               cln_rules[i]->help);
    return CLN_OK;
}

static enum cln_status run(const struct cln_options *options) {
    if (options->rules)
        return print_rules();
    if (!options->operand_count)
        return CLN_FAIL(CONFIG, "graph: too few arguments; usage: clnoise graph %s", OPERANDS);
    struct cln_experiment *experiment;
    struct cln_text text = {0};
    struct cln_caps caps;
    CLN_TRY(cln_experiment_load(options->operands[0], options->operands + 1,
                                options->operand_count - 1, &experiment));
    const struct cln_cell **cells = calloc((size_t)experiment->cell_count + 1, sizeof *cells);
    enum cln_status status = CLN_OK;
    if (!cells)
        status = CLN_FAIL(MEMORY, "out of memory for %d cells", experiment->cell_count);
    else
        status = device_caps(options->device, &caps);
    int count = status == CLN_OK ? cln_cell_models(experiment, cells) : 0;
    for (int i = 0; i < count && status == CLN_OK; i++)
        status = export_cell(cells[i], options->dot, &caps, &text);
    if (status == CLN_OK && text.chars)
        fputs(text.chars, stdout);
    cln_text_free(&text);
    free(cells);
    cln_experiment_free(experiment);
    return status;
}

static const struct cln_option options[] = {
    CLN_OPTION_DEVICE,
    CLN_OPTION_DOT,
    CLN_OPTION("--rules", NULL, rules, "list the rules that merge layers; needs no FILE"),
    CLN_OPTION_END,
};

const struct cln_command cln_command_graph = {
    .name = "graph",
    .help = "print what one training step of each model does on a device",
    .operands = OPERANDS,
    .min_operands = 0,
    .max_operands = -1,
    .details = "Lists the launches with variant, flops, bytes and what each waits for, and the\n"
               "buffers with the place and life of every tensor. --dot draws it with Graphviz, a\n"
               "digraph a model: choose one model for tools that take one.\n"
               "Layers that --rules lists are merged before; `fusion: off` in FILE or\n"
               "CLNOISE_FUSION=off shows them one by one.\n",
    .examples = "clnoise graph experiments/sweep.yaml\n"
                "clnoise graph experiments/sweep.yaml model=mlp --dot | dot -Tsvg >mlp.svg",
    .options = options,
    .run = run,
};
