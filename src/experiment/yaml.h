/*
 * YAML as a tree of nodes that know where they stand.
 *
 * A strict subset of YAML 1.1: mappings with plain keys, lists, scalars. Anchors, aliases, tags,
 * directives, several documents and duplicate keys are refused, so a file means what it shows.
 * Limits keep hostile files cheap: 1 MiB, 16 levels, 10,000 nodes.
 *
 * Nodes and their texts belong to a pool and live until it is done.
 */
#ifndef CLN_EXPERIMENT_YAML_H
#define CLN_EXPERIMENT_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/text.h"

#define CLN_YAML_MAX_BYTES (1 << 20)
#define CLN_YAML_MAX_DEPTH 16
#define CLN_YAML_MAX_NODES 10000

enum cln_yaml_kind { CLN_YAML_SCALAR, CLN_YAML_LIST, CLN_YAML_MAP };

struct cln_yaml_place {
    const char *origin; /* the file's path, or "command line: train.epochs=1" */
    int line, column;   /* count from 1; line 0: there is none, as on the command line */
};

struct cln_yaml_node {
    enum cln_yaml_kind kind;
    const char *text; /* SCALAR */
    bool quoted;      /* SCALAR: always text, never a number or a bool */
    struct cln_yaml_place place;

    const char *key; /* in a mapping; else NULL */
    struct cln_yaml_place key_place;

    struct cln_yaml_node *first, *last, *next; /* children in the order written; the sibling */
    int count;                                 /* of children */
};

struct cln_yaml_pool {
    struct cln_yaml_block *blocks;
};

void cln_yaml_pool_done(struct cln_yaml_pool *pool);

/* Zeroed memory that lives as long as the pool; NULL when out of memory. */
void *cln_yaml_alloc(struct cln_yaml_pool *pool, size_t bytes);
char *cln_yaml_copy(struct cln_yaml_pool *pool, const char *text, size_t length);

/* `origin` is copied; it stands at the head of messages. CLN_FILE, or CLN_CONFIG with the place. */
enum cln_status cln_yaml_read(struct cln_yaml_pool *pool, const char *path,
                              struct cln_yaml_node **root);

/* Without `positions`, nodes have line 0: for a text that is all to be seen in `origin`. */
enum cln_status cln_yaml_parse(struct cln_yaml_pool *pool, const char *origin, const char *bytes,
                               size_t length, bool positions, struct cln_yaml_node **root);

/* The child of that key, or NULL. */
struct cln_yaml_node *cln_yaml_child(const struct cln_yaml_node *map, const char *key);

/* A deep copy without key; NULL when out of memory. */
struct cln_yaml_node *cln_yaml_clone(struct cln_yaml_pool *pool, const struct cln_yaml_node *node);

/* Appends a child; with `key` not NULL to a mapping. The key is borrowed. */
void cln_yaml_append(struct cln_yaml_node *parent, struct cln_yaml_node *child, const char *key,
                     struct cln_yaml_place key_place);

/* Takes a child out. Its memory stays the pool's. */
void cln_yaml_remove(struct cln_yaml_node *parent, struct cln_yaml_node *child);

/* Puts a copy of `value` where a dotted key points: through mappings by key, made where missing,
 * and through lists by index, counted from 0. Below `sweep` the rest of the key is one name, after
 * `zip` and an index too. */
enum cln_status cln_yaml_set(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                             const char *dotted, struct cln_yaml_place key_place,
                             const struct cln_yaml_node *value);

/* Writes the node in flow style on one line, such that it reads back as the same tree. */
void cln_yaml_print(struct cln_text *out, const struct cln_yaml_node *node);

/* One scalar, in double quotes unless it is a plain word or number and is `quoted` by no one. */
void cln_yaml_print_scalar(struct cln_text *out, const char *text, bool quoted);

/* "file:line:column" or the command-line text, for the head of a message. */
void cln_yaml_place_print(struct cln_text *out, struct cln_yaml_place place);

/*
 * Raises CLN_CONFIG: "<place>: <key>: <reason>; accepted: <accepted>; did you mean <meant>?" with
 * `key`, `accepted` and `meant` left out where NULL.
 */
enum cln_status cln_yaml_fail(struct cln_yaml_place place, const char *key, const char *accepted,
                              const char *meant, const char *format, ...) CLN_PRINTF(5, 6);

#endif
