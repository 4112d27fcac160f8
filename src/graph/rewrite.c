#include "graph/rewrite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/text.h"

#define ENVIRONMENT "CLNOISE_FUSION"

static enum cln_status fail_unknown(const struct cln_rewrite_rule *const *rules, const char *word) {
    struct cln_text names = {0};
    struct cln_nearest nearest = cln_nearest_start(word);
    cln_text_add(&names, "on, off");
    cln_nearest_offer(&nearest, "on");
    cln_nearest_offer(&nearest, "off");
    for (; *rules; rules++) {
        cln_text_add(&names, ", %s", (*rules)->name);
        cln_nearest_offer(&nearest, (*rules)->name);
    }
    enum cln_status status = cln_text_check(&names);
    if (status == CLN_OK)
        status = CLN_FAIL(
            CONFIG, ENVIRONMENT ": unknown rule '%s'; accepted: %s, and -RULE without one%s%s%s",
            word, names.chars, nearest.name ? "; did you mean " : "",
            nearest.name ? nearest.name : "", nearest.name ? "?" : "");
    cln_text_free(&names);
    return status;
}

/* Switches what one word, without its '-', stands for. */
static enum cln_status switch_rules(const struct cln_rewrite_rule *const *rules, const char *word,
                                    bool minus, uint32_t *on) {
    const bool all = !strcmp(word, "on"), none = !strcmp(word, "off");
    if ((all || none) && !minus) {
        *on = all ? UINT32_MAX : 0;
        return CLN_OK;
    }
    for (int i = 0; rules[i]; i++) {
        if (strcmp(rules[i]->name, word) != 0)
            continue;
        const uint32_t bit = UINT32_C(1) << i;
        *on = minus ? *on & ~bit : *on | bit;
        return CLN_OK;
    }
    return fail_unknown(rules, word);
}

enum cln_status cln_rewrite_choose(const struct cln_rewrite_rule *const *rules, const char *choice,
                                   uint32_t *on) {
    *on = UINT32_MAX;
    if (!choice || !*choice)
        choice = getenv(ENVIRONMENT);
    while (choice && *choice) {
        const size_t length = strcspn(choice, ",");
        const bool minus = *choice == '-';
        char word[CLN_NAME_SIZE];
        snprintf(word, sizeof word, "%.*s", (int)length - minus, choice + minus);
        CLN_TRY(switch_rules(rules, word, minus, on));
        choice += length + (choice[length] == ',');
    }
    return CLN_OK;
}

static enum cln_status apply_once(struct cln_graph *graph,
                                  const struct cln_rewrite_rule *const *rules, uint32_t on,
                                  bool *changed) {
    for (int r = 0; rules[r]; r++)
        for (int n = 0; n < graph->node_count && (on >> r & 1) && !*changed; n++)
            CLN_TRY(rules[r]->apply(graph, n, changed));
    return CLN_OK;
}

enum cln_status cln_graph_rewrite(struct cln_graph *graph,
                                  const struct cln_rewrite_rule *const *rules, const char *choice,
                                  bool differentiated) {
    uint32_t on;
    CLN_TRY(cln_rewrite_choose(rules, choice, &on));
    for (int r = 0; rules[r]; r++)
        if (rules[r]->evaluation && differentiated)
            on &= ~(UINT32_C(1) << r);
    for (bool changed = true; changed;) {
        changed = false;
        CLN_TRY(apply_once(graph, rules, on, &changed));
    }
    return CLN_OK;
}

int cln_rewrite_reader(const struct cln_graph *graph, cln_tensor_id tensor) {
    int reader = -1;
    for (int n = 0; n < graph->node_count; n++)
        for (int i = 0; i < graph->nodes[n].input_count; i++) {
            if (graph->nodes[n].input[i] != tensor)
                continue;
            if (reader >= 0)
                return -1;
            reader = n;
        }
    return reader;
}

static void remove_node(struct cln_graph *graph, int index) {
    free(graph->nodes[index].attrs);
    graph->node_count--;
    memmove(&graph->nodes[index], &graph->nodes[index + 1],
            (size_t)(graph->node_count - index) * sizeof *graph->nodes);
}

/* The tensors that are left over have no node any more, so no plan places or lists them. */
enum cln_status cln_rewrite_merge(struct cln_graph *graph, int first, int second,
                                  const struct cln_op *op, const void *attrs,
                                  const cln_tensor_id *input, int input_count) {
    const cln_tensor_id y = graph->nodes[second].output[0];
    char name[2 * CLN_NAME_SIZE];
    const int length =
        snprintf(name, sizeof name, "%s+%s", graph->nodes[first].name, graph->nodes[second].name);
    if (length >= CLN_NAME_SIZE)
        return CLN_FAIL(INTERNAL, "node name %s is longer than %d characters", name,
                        CLN_NAME_SIZE - 1);
    struct cln_node *added;
    CLN_TRY(cln_graph_add(graph, op, name, attrs, input, input_count, &added));
    graph->tensors[y] = graph->tensors[added->output[0]];
    added->output[0] = y;
    struct cln_node merged = *added;
    graph->node_count--;
    free(graph->nodes[second].attrs);
    graph->nodes[second] = merged;
    remove_node(graph, first);
    return CLN_OK;
}

/* Appends a node like the one at `index`, but for its input 0. */
static enum cln_status add_again(struct cln_graph *graph, int index, cln_tensor_id x,
                                 struct cln_node **out) {
    struct cln_node node = graph->nodes[index];
    node.input[0] = x;
    return cln_graph_add(graph, node.op, node.name, node.attrs, node.input, node.input_count, out);
}

/* Moves the last node of the graph to where another was. */
static void replace_by_last(struct cln_graph *graph, int index) {
    free(graph->nodes[index].attrs);
    graph->nodes[index] = graph->nodes[--graph->node_count];
}

enum cln_status cln_rewrite_swap(struct cln_graph *graph, int first, int second) {
    const cln_tensor_id x = graph->nodes[first].input[0], y = graph->nodes[second].output[0];
    struct cln_node *added;
    CLN_TRY(add_again(graph, second, x, &added));
    CLN_TRY(add_again(graph, first, added->output[0], &added));
    graph->tensors[y] = graph->tensors[added->output[0]];
    added->output[0] = y;
    replace_by_last(graph, second);
    replace_by_last(graph, first);
    return CLN_OK;
}
