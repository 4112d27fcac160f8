/*
 * From tree to struct by a table of fields, with every check, and back to text.
 *
 * Messages name the place, the dotted key, what is wrong and what is accepted.
 */
#ifndef CLN_EXPERIMENT_BIND_H
#define CLN_EXPERIMENT_BIND_H

#include "base/field.h"
#include "experiment/yaml.h"

#define CLN_KEY_SIZE 256 /* of a dotted key in messages; longer ones are cut */

/* "an integer of at least 1", "none, relu": what the field takes. */
void cln_field_accepted(struct cln_text *out, const struct cln_field *field);

/* Checks the node against one field and writes the member. `key` is the field's dotted key. */
enum cln_status cln_field_bind(const struct cln_field *field, const struct cln_yaml_node *node,
                               const char *key, void *object);

/*
 * Defaults first, then every child of the mapping. Unknown keys and missing required ones fail.
 * `key` is the dotted key of the mapping, "" at the top.
 */
enum cln_status cln_fields_bind(const struct cln_field *fields, size_t count,
                                const struct cln_yaml_node *map, const char *key, void *object);

/* Fails for a child whose key is none of `names` (ends with NULL), with the nearest of them. */
enum cln_status cln_key_fail_unknown(const struct cln_yaml_node *child, const char *key,
                                     const char *const *names);

/* Fails unless the node is a mapping. */
enum cln_status cln_map_require(const struct cln_yaml_node *node, const char *key);

/* "outer.inner", or "inner" where outer is "". */
void cln_key_join(char out[CLN_KEY_SIZE], const char *outer, const char *inner);

/* The member's value as YAML that binds to the same value. */
void cln_field_print(struct cln_text *out, const struct cln_field *field, const void *object);

/* "{key: value, ...}" of all fields, quiet ones only where they differ from their default; with
 * `changed_only` that goes for all. */
void cln_fields_print(struct cln_text *out, const struct cln_field *fields, size_t count,
                      const void *object, bool changed_only);

#endif
