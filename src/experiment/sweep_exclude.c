/* The list `exclude` of a sweep: mappings of swept keys to a value, or to a list of such values. */
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"
#include "experiment/bind.h"
#include "experiment/sweep.h"

/* Do the nodes say the same? 0.5 and .50 do. */
static bool is_same(const struct cln_yaml_node *a, const struct cln_yaml_node *b) {
    double x, y;
    if (a->kind != b->kind || a->count != b->count)
        return false;
    if (a->kind == CLN_YAML_SCALAR)
        return !strcmp(a->text, b->text) ||
               (!a->quoted && !b->quoted && cln_number_parse(a->text, &x) &&
                cln_number_parse(b->text, &y) && x == y);
    for (a = a->first, b = b->first; a && b; a = a->next, b = b->next)
        if ((a->key && strcmp(a->key, b->key) != 0) || !is_same(a, b))
            return false;
    return true;
}

/* Does the condition hold for the value: is it that, or does it list it? */
static bool holds(const struct cln_yaml_node *condition, const struct cln_yaml_node *value) {
    if (is_same(condition, value))
        return true;
    if (condition->kind == CLN_YAML_LIST)
        for (const struct cln_yaml_node *item = condition->first; item; item = item->next)
            if (is_same(item, value))
                return true;
    return false;
}

static int find_key(const struct cln_sweep *sweep, const char *key) {
    for (int i = 0; i < sweep->key_count; i++)
        if (!strcmp(sweep->lists[i]->key, key))
            return i;
    return -1;
}

static bool fits(const struct cln_sweep *sweep, const struct cln_yaml_node *entry, int place) {
    for (const struct cln_yaml_node *condition = entry->first; condition;
         condition = condition->next) {
        int key = find_key(sweep, condition->key);
        if (key < 0 || !holds(condition, cln_sweep_value(sweep, place, key)))
            return false;
    }
    return true;
}

static bool fits_any(const struct cln_sweep *sweep, const struct cln_yaml_node *entry) {
    for (int place = 0; place < sweep->grid; place++)
        if (fits(sweep, entry, place))
            return true;
    return false;
}

static const struct cln_yaml_node *first_entry(const struct cln_sweep *sweep) {
    return sweep->exclude ? sweep->exclude->first : NULL;
}

bool cln_sweep_is_excluded(const struct cln_sweep *sweep, int place) {
    for (const struct cln_yaml_node *entry = first_entry(sweep); entry; entry = entry->next)
        if (fits(sweep, entry, place))
            return true;
    return false;
}

/* With lists from the command line, entries made for those of the file may fit nothing. */
static bool is_from_command_line(const struct cln_sweep *sweep, const struct cln_yaml_node *entry) {
    for (const struct cln_yaml_node *condition = entry->first; condition;
         condition = condition->next) {
        int key = find_key(sweep, condition->key);
        if (key >= 0 && !sweep->lists[key]->place.line)
            return true;
    }
    return false;
}

static enum cln_status fail_key(const struct cln_sweep *sweep,
                                const struct cln_yaml_node *condition) {
    struct cln_text accepted = {0};
    struct cln_nearest nearest = cln_nearest_start(condition->key);
    for (int i = 0; i < sweep->key_count; i++) {
        cln_text_add(&accepted, "%s%s", i ? ", " : "", sweep->lists[i]->key);
        cln_nearest_offer(&nearest, sweep->lists[i]->key);
    }
    enum cln_status status = cln_text_check(&accepted);
    if (status == CLN_OK)
        status = cln_yaml_fail(condition->key_place, "sweep.exclude",
                               sweep->key_count ? accepted.chars : "no keys", nearest.name,
                               "'%s' is not swept", condition->key);
    cln_text_free(&accepted);
    return status;
}

/* Is there a value in the list for which it holds, or part of it does? */
static enum cln_status check_value(const struct cln_yaml_node *list, const char *key,
                                   const struct cln_yaml_node *wanted) {
    for (const struct cln_yaml_node *value = list->first; value; value = value->next)
        if (is_same(wanted, value))
            return CLN_OK;
    struct cln_text accepted = {0}, found = {0};
    cln_yaml_print(&accepted, list);
    cln_yaml_print(&found, wanted);
    enum cln_status status = cln_text_check(&accepted);
    if (status == CLN_OK)
        status = cln_text_check(&found);
    if (status == CLN_OK)
        status = cln_yaml_fail(wanted->place, "sweep.exclude", accepted.chars, NULL,
                               "%s is never %s", key, found.chars);
    cln_text_free(&accepted);
    cln_text_free(&found);
    return status;
}

static enum cln_status check_condition(const struct cln_sweep *sweep,
                                       const struct cln_yaml_node *condition) {
    int key = find_key(sweep, condition->key);
    if (key < 0)
        return fail_key(sweep, condition);
    const struct cln_yaml_node *list = sweep->lists[key];
    if (!list->place.line)
        return CLN_OK;
    for (const struct cln_yaml_node *value = list->first; value; value = value->next)
        if (is_same(condition, value))
            return CLN_OK;
    if (condition->kind != CLN_YAML_LIST)
        return check_value(list, condition->key, condition);
    for (const struct cln_yaml_node *item = condition->first; item; item = item->next)
        CLN_TRY(check_value(list, condition->key, item));
    return CLN_OK;
}

static enum cln_status check_entry(const struct cln_sweep *sweep,
                                   const struct cln_yaml_node *entry) {
    if (entry->kind != CLN_YAML_MAP || !entry->count)
        return cln_yaml_fail(
            entry->place, "sweep.exclude", "mappings such as {model: mlp, noise.scale: 4}", NULL,
            entry->kind == CLN_YAML_MAP ? "this leaves no cell" : "expected a mapping");
    for (const struct cln_yaml_node *condition = entry->first; condition;
         condition = condition->next)
        CLN_TRY(check_condition(sweep, condition));
    return fits_any(sweep, entry) || is_from_command_line(sweep, entry)
               ? CLN_OK
               : cln_yaml_fail(entry->place, "sweep.exclude", NULL, NULL,
                               "there is no cell with all of these values");
}

enum cln_status cln_sweep_exclude_check(const struct cln_sweep *sweep) {
    if (!sweep->exclude)
        return CLN_OK;
    if (sweep->exclude->kind != CLN_YAML_LIST)
        return cln_yaml_fail(sweep->exclude->place, "sweep.exclude",
                             "a list of mappings such as {model: mlp, noise.scale: 4}", NULL,
                             "expected a list");
    for (const struct cln_yaml_node *entry = first_entry(sweep); entry; entry = entry->next)
        CLN_TRY(check_entry(sweep, entry));
    return CLN_OK;
}

/* Entries that fit nothing are not written: read back, they would be mistakes. */
void cln_sweep_exclude_print(struct cln_text *out, const struct cln_sweep *sweep) {
    int written = 0;
    for (const struct cln_yaml_node *entry = first_entry(sweep); entry; entry = entry->next) {
        if (!fits_any(sweep, entry))
            continue;
        cln_text_add(out, written++ ? ", " : "  exclude: [");
        cln_yaml_print(out, entry);
    }
    if (written)
        cln_text_add(out, "]\n");
}

/* What stands at the dotted key below the node, or NULL. */
static const struct cln_yaml_node *value_below(const struct cln_yaml_node *node, const char *key) {
    char step[CLN_KEY_SIZE];
    while (node && *key) {
        size_t length = strcspn(key, ".");
        if (node->kind != CLN_YAML_MAP || length >= sizeof step)
            return NULL;
        memcpy(step, key, length);
        step[length] = '\0';
        node = cln_yaml_child(node, step);
        key += length + (key[length] == '.');
    }
    return node;
}

void cln_sweep_exclude_fix(struct cln_yaml_node *sweep, const char *key,
                           const struct cln_yaml_node *value) {
    struct cln_yaml_node *exclude = cln_yaml_child(sweep, "exclude");
    if (!exclude || exclude->kind != CLN_YAML_LIST)
        return;
    for (struct cln_yaml_node *entry = exclude->first, *next; entry; entry = next) {
        next = entry->next;
        for (struct cln_yaml_node *condition = entry->first, *after; condition; condition = after) {
            after = condition->next;
            if (!condition->key || !cln_key_is_within(condition->key, key))
                continue;
            const char *rest = condition->key + strlen(key);
            const struct cln_yaml_node *given = value_below(value, rest + (*rest == '.'));
            if (!given || !holds(condition, given)) {
                cln_yaml_remove(exclude, entry);
                break;
            }
            cln_yaml_remove(entry, condition);
        }
    }
    if (!exclude->count)
        cln_yaml_remove(sweep, exclude);
}
