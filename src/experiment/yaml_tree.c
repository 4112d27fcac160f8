/* The tree of nodes: memory, look-up, change, and how it is written down. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "experiment/yaml.h"

#define BLOCK_BYTES 8192

struct cln_yaml_block {
    struct cln_yaml_block *next;
    size_t used, size;
    max_align_t bytes[];
};

void cln_yaml_pool_done(struct cln_yaml_pool *pool) {
    while (pool->blocks) {
        struct cln_yaml_block *next = pool->blocks->next;
        free(pool->blocks);
        pool->blocks = next;
    }
}

void *cln_yaml_alloc(struct cln_yaml_pool *pool, size_t bytes) {
    size_t unit = sizeof(max_align_t), wanted = (bytes + unit - 1) / unit * unit;
    struct cln_yaml_block *block = pool->blocks;
    if (!block || block->size - block->used < wanted) {
        size_t size = wanted > BLOCK_BYTES ? wanted : BLOCK_BYTES;
        block = calloc(1, sizeof *block + size);
        if (!block)
            return NULL;
        block->size = size;
        block->next = pool->blocks;
        pool->blocks = block;
    }
    void *memory = (char *)block->bytes + block->used;
    block->used += wanted;
    return memory;
}

char *cln_yaml_copy(struct cln_yaml_pool *pool, const char *text, size_t length) {
    char *copy = cln_yaml_alloc(pool, length + 1);
    if (copy)
        memcpy(copy, text, length);
    return copy;
}

struct cln_yaml_node *cln_yaml_child(const struct cln_yaml_node *map, const char *key) {
    for (struct cln_yaml_node *child = map->first; child; child = child->next)
        if (child->key && !strcmp(child->key, key))
            return child;
    return NULL;
}

void cln_yaml_append(struct cln_yaml_node *parent, struct cln_yaml_node *child, const char *key,
                     struct cln_yaml_place key_place) {
    child->key = key;
    child->key_place = key_place;
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

void cln_yaml_remove(struct cln_yaml_node *parent, struct cln_yaml_node *child) {
    struct cln_yaml_node *before = NULL;
    for (struct cln_yaml_node *at = parent->first; at != child; at = at->next)
        before = at;
    if (before)
        before->next = child->next;
    else
        parent->first = child->next;
    if (parent->last == child)
        parent->last = before;
    child->next = NULL;
    parent->count--;
}

struct cln_yaml_node *cln_yaml_clone(struct cln_yaml_pool *pool, const struct cln_yaml_node *node) {
    struct cln_yaml_node *copy = cln_yaml_alloc(pool, sizeof *copy);
    if (!copy)
        return NULL;
    *copy = (struct cln_yaml_node){
        .kind = node->kind, .text = node->text, .quoted = node->quoted, .place = node->place};
    for (const struct cln_yaml_node *child = node->first; child; child = child->next) {
        struct cln_yaml_node *twin = cln_yaml_clone(pool, child);
        if (!twin)
            return NULL;
        cln_yaml_append(copy, twin, child->key, child->key_place);
    }
    return copy;
}

/* The child a step of a dotted key names, or NULL. */
static struct cln_yaml_node *step_into(const struct cln_yaml_node *node, const char *step) {
    if (node->kind == CLN_YAML_MAP)
        return cln_yaml_child(node, step);
    int64_t index;
    if (!cln_integer_parse(step, &index) || index < 0 || index >= node->count)
        return NULL;
    struct cln_yaml_node *item = node->first;
    while (index-- > 0)
        item = item->next;
    return item;
}

static enum cln_status fail_step(struct cln_yaml_place place, const char *dotted, const char *step,
                                 const struct cln_yaml_node *node) {
    if (node->kind == CLN_YAML_SCALAR)
        return cln_yaml_fail(place, dotted, NULL, NULL,
                             "there is nothing below '%s' to set as '%s'", node->text, step);
    char accepted[64];
    snprintf(accepted, sizeof accepted, "an index from 0 to %d", node->count - 1);
    return cln_yaml_fail(place, dotted, node->count ? accepted : NULL, NULL,
                         "'%s' is not in the list", step);
}

/* Makes `target` hold a copy of the value; its key and sibling stay. */
static enum cln_status assign(struct cln_yaml_pool *pool, struct cln_yaml_node *target,
                              struct cln_yaml_place key_place, const struct cln_yaml_node *value) {
    struct cln_yaml_node *copy = cln_yaml_clone(pool, value);
    if (!copy)
        return CLN_FAIL(MEMORY, "out of memory");
    copy->key = target->key;
    copy->key_place = key_place;
    copy->next = target->next;
    *target = *copy;
    return CLN_OK;
}

/* How much of a dotted key is one step. Where `whole` keys stand, all of it, but for those that
 * lead into lists of a sweep's. */
static size_t step_length(const struct cln_yaml_node *node, const char *at, bool whole) {
    if (whole && node->kind == CLN_YAML_MAP && strncmp(at, "zip.", 4) != 0 &&
        strncmp(at, "exclude.", 8) != 0)
        return strlen(at);
    return strcspn(at, ".");
}

enum cln_status cln_yaml_set(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                             const char *dotted, struct cln_yaml_place key_place,
                             const struct cln_yaml_node *value) {
    struct cln_yaml_node *node = root;
    bool whole = false;
    int depth = 1;
    for (const char *at = dotted;; depth++) {
        if (depth > CLN_YAML_MAX_DEPTH)
            return cln_yaml_fail(key_place, dotted, NULL, NULL, "nested deeper than %d levels",
                                 CLN_YAML_MAX_DEPTH);
        size_t length = step_length(node, at, whole);
        char *step = cln_yaml_copy(pool, at, length);
        if (!step)
            return CLN_FAIL(MEMORY, "out of memory");
        if (!*step)
            return cln_yaml_fail(key_place, NULL, NULL, NULL, "'%s' is not a dotted key", dotted);
        struct cln_yaml_node *child = step_into(node, step);
        if (!child && node->kind != CLN_YAML_MAP)
            return fail_step(key_place, dotted, step, node);
        if (!child) {
            child = cln_yaml_alloc(pool, sizeof *child);
            if (!child)
                return CLN_FAIL(MEMORY, "out of memory");
            child->kind = CLN_YAML_MAP;
            child->place = key_place;
            cln_yaml_append(node, child, step, key_place);
        }
        if (!at[length])
            return assign(pool, child, key_place, value);
        whole = whole || (node == root && (!strcmp(step, "sweep") || !strcmp(step, "evaluate")));
        node = child;
        at += length + 1;
    }
}

void cln_yaml_place_print(struct cln_text *out, struct cln_yaml_place place) {
    cln_text_add(out, "%s", place.origin);
    if (place.line)
        cln_text_add(out, ":%d:%d", place.line, place.column);
}

enum cln_status cln_yaml_fail(struct cln_yaml_place place, const char *key, const char *accepted,
                              const char *meant, const char *format, ...) {
    struct cln_text text = {0};
    cln_yaml_place_print(&text, place);
    if (key)
        cln_text_add(&text, ": %.200s", key);
    cln_text_add(&text, ": ");
    va_list args;
    va_start(args, format);
    cln_text_add_args(&text, format, args);
    va_end(args);
    if (accepted)
        cln_text_add(&text, "; accepted: %s", accepted);
    if (meant)
        cln_text_add(&text, "; did you mean %s?", meant);
    enum cln_status status = cln_text_check(&text);
    if (status == CLN_OK)
        status = CLN_FAIL(CONFIG, "%s", text.chars);
    cln_text_free(&text);
    return status;
}
