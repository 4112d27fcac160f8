#include "run/config_diff.h"

#include <string.h>

#include "experiment/yaml.h"

#define VALUE_MOST 120 /* characters shown of a value */

struct diff {
    struct cln_text *out;
    int count;
};

static void add_value(struct cln_text *out, const struct cln_yaml_node *node) {
    struct cln_text text = {0};
    if (!node) {
        cln_text_add(out, "(none)");
        return;
    }
    cln_yaml_print(&text, node);
    out->failed = out->failed || text.failed;
    if (text.chars)
        cln_text_add(out, "%.*s%s", VALUE_MOST, text.chars, text.length > VALUE_MOST ? "..." : "");
    cln_text_free(&text);
}

static void add_line(struct diff *diff, const char *key, const struct cln_yaml_node *before,
                     const struct cln_yaml_node *after) {
    cln_text_add(diff->out, "%s%s: ", diff->count++ ? "\n" : "", key);
    add_value(diff->out, before);
    cln_text_add(diff->out, " -> ");
    add_value(diff->out, after);
}

/* Of two nodes that are printed the same nothing needs to be told. */
static bool same(const struct cln_yaml_node *a, const struct cln_yaml_node *b) {
    struct cln_text one = {0}, other = {0};
    if (a && b) {
        cln_yaml_print(&one, a);
        cln_yaml_print(&other, b);
    }
    bool equal = one.chars && other.chars && !strcmp(one.chars, other.chars);
    cln_text_free(&one);
    cln_text_free(&other);
    return equal;
}

static void compare(struct diff *diff, const char *key, const struct cln_yaml_node *before,
                    const struct cln_yaml_node *after);

/* `key` continued by a child's key. */
static void compare_child(struct diff *diff, const char *key, const char *name,
                          const struct cln_yaml_node *before, const struct cln_yaml_node *after) {
    struct cln_text path = {0};
    cln_text_add(&path, "%s%s%s", key, *key ? "." : "", name);
    if (path.chars)
        compare(diff, path.chars, before, after);
    diff->out->failed = diff->out->failed || path.failed;
    cln_text_free(&path);
}

static void compare(struct diff *diff, const char *key, const struct cln_yaml_node *before,
                    const struct cln_yaml_node *after) {
    if (same(before, after))
        return;
    if (!before || !after || before->kind != CLN_YAML_MAP || after->kind != CLN_YAML_MAP) {
        add_line(diff, key, before, after);
        return;
    }
    for (const struct cln_yaml_node *child = before->first; child; child = child->next)
        compare_child(diff, key, child->key, child, cln_yaml_child(after, child->key));
    for (const struct cln_yaml_node *child = after->first; child; child = child->next)
        if (!cln_yaml_child(before, child->key))
            compare_child(diff, key, child->key, NULL, child);
}

enum cln_status cln_config_diff(const char *before, const char *after, struct cln_text *out,
                                int *count) {
    struct cln_yaml_pool pool = {0};
    struct cln_yaml_node *old, *new;
    struct diff diff = {.out = out};
    enum cln_status status =
        cln_yaml_parse(&pool, "the run's config.yaml", before, strlen(before), true, &old);
    if (status == CLN_OK)
        status = cln_yaml_parse(&pool, "the configuration", after, strlen(after), true, &new);
    if (status == CLN_OK) {
        compare(&diff, "", old, new);
        status = cln_text_check(out);
    }
    *count = diff.count;
    cln_yaml_pool_done(&pool);
    return status;
}
