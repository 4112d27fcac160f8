/* "dotted.key=value" from the command line. */
#include <string.h>

#include "experiment/bind.h"
#include "experiment/sweep.h"

/* Takes the lists out of the mapping that the key decides from now on. */
static enum cln_status fix_lists(struct cln_yaml_node *map, const char *key,
                                 const struct cln_yaml_node *value, struct cln_yaml_node *sweep,
                                 struct cln_yaml_place place) {
    for (struct cln_yaml_node *list = map->first, *next; list; list = next) {
        next = list->next;
        const char *swept =
            map == sweep && !strcmp(list->key, "seeds") ? CLN_SWEEP_SEED : list->key;
        if (cln_key_is_within(swept, key)) {
            cln_sweep_exclude_fix(sweep, key, value);
            cln_yaml_remove(map, list);
        } else if (cln_key_is_within(key, swept)) {
            return cln_yaml_fail(place, key, NULL, NULL, "the experiment sweeps %s", swept);
        }
    }
    return CLN_OK;
}

/*
 * A key that is set on the command line is no longer swept, nor is what lies below it. A key below
 * a swept one cannot be set: the sweep would overwrite it, and nobody would see it.
 */
static enum cln_status fix_key(struct cln_yaml_node *root, const char *key,
                               const struct cln_yaml_node *value, struct cln_yaml_place place) {
    struct cln_yaml_node *sweep = cln_yaml_child(root, "sweep");
    if (!sweep || sweep->kind != CLN_YAML_MAP || cln_key_is_within(key, "sweep"))
        return CLN_OK;
    CLN_TRY(fix_lists(sweep, key, value, sweep, place));
    struct cln_yaml_node *zip = cln_yaml_child(sweep, "zip");
    if (!zip || zip->kind == CLN_YAML_SCALAR)
        return CLN_OK;
    if (zip->kind == CLN_YAML_MAP) {
        CLN_TRY(fix_lists(zip, key, value, sweep, place));
    } else {
        for (struct cln_yaml_node *map = zip->first, *next; map; map = next) {
            next = map->next;
            int before = map->count;
            if (map->kind == CLN_YAML_MAP)
                CLN_TRY(fix_lists(map, key, value, sweep, place));
            if (before && !map->count)
                cln_yaml_remove(zip, map);
        }
    }
    if (!zip->count)
        cln_yaml_remove(sweep, zip);
    return CLN_OK;
}

static enum cln_status apply(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                             const char *override, const char *origin) {
    struct cln_yaml_place place = {.origin = origin};
    const char *equals = strchr(override, '=');
    if (!equals || equals == override)
        return cln_yaml_fail(place, NULL, NULL, NULL, "expected dotted.key=value");
    const char *key = cln_yaml_copy(pool, override, (size_t)(equals - override));
    if (!key)
        return CLN_FAIL(MEMORY, "out of memory");
    CLN_TRY(cln_map_require(root, ""));
    struct cln_yaml_node *value;
    CLN_TRY(cln_yaml_parse(pool, origin, equals + 1, strlen(equals + 1), false, &value));
    CLN_TRY(fix_key(root, key, value, place));
    return cln_yaml_set(pool, root, key, place, value);
}

enum cln_status cln_override_apply(struct cln_yaml_pool *pool, struct cln_yaml_node *root,
                                   const char *override) {
    struct cln_text text = {0};
    cln_text_add(&text, "command line: %s", override);
    enum cln_status status = cln_text_check(&text);
    const char *origin = status == CLN_OK ? cln_yaml_copy(pool, text.chars, text.length) : NULL;
    cln_text_free(&text);
    CLN_TRY(status);
    return origin ? apply(pool, root, override, origin) : CLN_FAIL(MEMORY, "out of memory");
}
