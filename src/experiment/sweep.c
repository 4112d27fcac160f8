#include "experiment/sweep.h"

#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "base/number.h"
#include "experiment/config.h"
#include "experiment/experiment.h"

#define SEED_ACCEPTED "how many, as in seeds: 6 for train.seed from 1 to 6, or a list of seeds"

bool cln_key_is_within(const char *inner, const char *outer) {
    size_t length = strlen(outer);
    return !strncmp(inner, outer, length) && (!inner[length] || inner[length] == '.');
}

static enum cln_status fail_first_step(const struct cln_yaml_node *list, const char *dotted,
                                       const char *first) {
    struct cln_nearest nearest = cln_nearest_start(first);
    static const char *const own[] = {"zip", "exclude", "seeds"};
    for (const char *const *key = cln_config_keys; *key; key++)
        if (!cln_config_is_fixed(*key))
            cln_nearest_offer(&nearest, *key);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        cln_nearest_offer(&nearest, own[i]);
    return cln_yaml_fail(list->key_place, dotted,
                         "a dotted key such as noise.scale, model, zip, exclude, seeds",
                         nearest.name, "'%s' cannot be swept", first);
}

static enum cln_status check_key(const struct cln_yaml_node *list, const char *dotted) {
    char first[CLN_KEY_SIZE];
    bool known = false;
    size_t length = strcspn(list->key, ".");
    if (length >= sizeof first)
        length = sizeof first - 1;
    memcpy(first, list->key, length);
    first[length] = '\0';
    for (const char *const *key = cln_config_keys; *key && !known; key++)
        known = !strcmp(*key, first);
    bool whole_models = !strcmp(list->key, "models");
    if (!known || whole_models || (strcmp(first, "models") != 0 && cln_config_is_fixed(first)))
        return fail_first_step(list, dotted, first);
    return CLN_OK;
}

/* No two lists may set the same, or the order in which they are applied would decide. */
static enum cln_status check_once(const struct cln_sweep *sweep, const struct cln_yaml_node *list,
                                  const char *dotted) {
    for (int i = 0; i < sweep->key_count; i++) {
        const struct cln_yaml_node *other = sweep->lists[i];
        if (!cln_key_is_within(list->key, other->key) && !cln_key_is_within(other->key, list->key))
            continue;
        struct cln_text place = {0};
        cln_yaml_place_print(&place, other->key_place);
        enum cln_status status = cln_text_check(&place);
        if (status == CLN_OK)
            status = cln_yaml_fail(list->key_place, dotted, NULL, NULL,
                                   "'%s' is swept already, at %s", other->key, place.chars);
        cln_text_free(&place);
        return status;
    }
    return CLN_OK;
}

/* Takes in a list as one of the axis that is being made. */
static enum cln_status add_list(struct cln_yaml_pool *pool, struct cln_sweep *sweep,
                                const struct cln_yaml_node *list, const char *section) {
    char dotted[CLN_KEY_SIZE];
    cln_key_join(dotted, section, list->key);
    CLN_TRY(check_key(list, dotted));
    if (list->kind != CLN_YAML_LIST)
        return cln_yaml_fail(list->place, dotted, "a list of values, as in noise.scale: [0, 0.5]",
                             NULL, "expected a list, found %s",
                             list->kind == CLN_YAML_MAP ? "a mapping" : "a single value");
    if (!list->count)
        return cln_yaml_fail(list->place, dotted, "at least one value", NULL, "the list is empty");
    CLN_TRY(check_once(sweep, list, dotted));
    if (sweep->key_count == CLN_MAX_SWEEP_KEYS)
        return cln_yaml_fail(list->key_place, "sweep", NULL, NULL, "more than %d keys",
                             CLN_MAX_SWEEP_KEYS);
    const struct cln_yaml_node **value =
        cln_yaml_alloc(pool, (size_t)list->count * sizeof(const struct cln_yaml_node *));
    if (!value)
        return CLN_FAIL(MEMORY, "out of memory for %d values", list->count);
    sweep->values[sweep->key_count] = value;
    for (const struct cln_yaml_node *item = list->first; item; item = item->next)
        *value++ = item;
    sweep->axis[sweep->key_count] = sweep->axis_count;
    sweep->lists[sweep->key_count++] = list;
    return CLN_OK;
}

static enum cln_status end_axis(struct cln_sweep *sweep) {
    const struct cln_yaml_node *list = sweep->lists[sweep->key_count - 1];
    const bool excludes = cln_yaml_child(sweep->map, "exclude");
    const int most = excludes ? CLN_MAX_SWEEP_GRID : CLN_MAX_CELLS;
    if (list->count > most / sweep->grid)
        return cln_yaml_fail(list->key_place, "sweep", NULL, NULL, "more than %d cells%s", most,
                             excludes ? " before any are excluded" : "");
    sweep->grid *= list->count;
    sweep->axis_count++;
    return CLN_OK;
}

static enum cln_status add_zip(struct cln_yaml_pool *pool, struct cln_sweep *sweep,
                               const struct cln_yaml_node *map) {
    if (map->kind != CLN_YAML_MAP || !map->count)
        return cln_yaml_fail(
            map->place, "sweep.zip",
            "a mapping of keys to lists of one length, or a list of such mappings", NULL,
            map->kind == CLN_YAML_MAP ? "the mapping is empty" : "expected a mapping");
    for (const struct cln_yaml_node *list = map->first; list; list = list->next) {
        CLN_TRY(add_list(pool, sweep, list, "sweep.zip"));
        if (list->count == map->first->count)
            continue;
        char dotted[CLN_KEY_SIZE];
        cln_key_join(dotted, "sweep.zip", list->key);
        return cln_yaml_fail(list->place, dotted, "lists of one length", NULL,
                             "%d value%s here, %d for %s", list->count, list->count == 1 ? "" : "s",
                             map->first->count, map->first->key);
    }
    return end_axis(sweep);
}

static enum cln_status add_zips(struct cln_yaml_pool *pool, struct cln_sweep *sweep,
                                const struct cln_yaml_node *zip) {
    if (zip->kind != CLN_YAML_LIST || !zip->count)
        return add_zip(pool, sweep, zip);
    for (const struct cln_yaml_node *map = zip->first; map; map = map->next)
        CLN_TRY(add_zip(pool, sweep, map));
    return CLN_OK;
}

static enum cln_status number_seeds(struct cln_yaml_pool *pool, const struct cln_yaml_node *seeds,
                                    struct cln_yaml_node *list) {
    int64_t count;
    if (seeds->kind != CLN_YAML_SCALAR || seeds->quoted ||
        !cln_integer_parse(seeds->text, &count) || count < 1 || count > CLN_MAX_CELLS)
        return cln_yaml_fail(seeds->place, "sweep.seeds", SEED_ACCEPTED, NULL,
                             "expected a number from 1 to %d, or a list", CLN_MAX_CELLS);
    for (int i = 1; i <= count; i++) {
        char digits[16];
        int length = snprintf(digits, sizeof digits, "%d", i);
        struct cln_yaml_node *seed = cln_yaml_alloc(pool, sizeof *seed);
        if (!seed || !(seed->text = cln_yaml_copy(pool, digits, (size_t)length)))
            return CLN_FAIL(MEMORY, "out of memory");
        seed->place = seeds->place;
        cln_yaml_append(list, seed, NULL, seeds->key_place);
    }
    return CLN_OK;
}

static enum cln_status add_seeds(struct cln_yaml_pool *pool, struct cln_sweep *sweep,
                                 const struct cln_yaml_node *seeds) {
    struct cln_yaml_node *list = cln_yaml_alloc(pool, sizeof *list);
    if (!list)
        return CLN_FAIL(MEMORY, "out of memory");
    if (seeds->kind == CLN_YAML_LIST)
        *list = *seeds;
    else
        CLN_TRY(number_seeds(pool, seeds, list));
    list->kind = CLN_YAML_LIST;
    list->key = CLN_SWEEP_SEED;
    list->place = seeds->place;
    list->key_place = seeds->key_place;
    list->next = NULL;
    CLN_TRY(add_list(pool, sweep, list, "sweep.seeds"));
    return end_axis(sweep);
}

/* The places that are cells. */
static enum cln_status list_places(struct cln_yaml_pool *pool, struct cln_sweep *sweep) {
    sweep->places = cln_yaml_alloc(pool, (size_t)sweep->grid * sizeof *sweep->places);
    if (!sweep->places)
        return CLN_FAIL(MEMORY, "out of memory for %d cells", sweep->grid);
    for (int place = 0; place < sweep->grid; place++)
        if (!cln_sweep_is_excluded(sweep, place))
            sweep->places[sweep->cell_count++] = place;
    if (!sweep->cell_count)
        return cln_yaml_fail(sweep->exclude->key_place, "sweep.exclude", NULL, NULL,
                             "no cell is left");
    if (sweep->cell_count > CLN_MAX_CELLS)
        return cln_yaml_fail(sweep->map->key_place, "sweep", NULL, NULL, "more than %d cells",
                             CLN_MAX_CELLS);
    return CLN_OK;
}

enum cln_status cln_sweep_read(struct cln_yaml_pool *pool, const struct cln_yaml_node *root,
                               struct cln_sweep *sweep) {
    *sweep = (struct cln_sweep){.grid = 1};
    const struct cln_yaml_node *map = cln_yaml_child(root, "sweep");
    if (!map)
        return list_places(pool, sweep);
    CLN_TRY(cln_map_require(map, "sweep"));
    sweep->map = map;
    for (const struct cln_yaml_node *child = map->first; child; child = child->next) {
        if (!strcmp(child->key, "exclude")) {
            sweep->exclude = child;
        } else if (!strcmp(child->key, "zip")) {
            CLN_TRY(add_zips(pool, sweep, child));
        } else if (!strcmp(child->key, "seeds")) {
            CLN_TRY(add_seeds(pool, sweep, child));
        } else {
            CLN_TRY(add_list(pool, sweep, child, "sweep"));
            CLN_TRY(end_axis(sweep));
        }
    }
    CLN_TRY(cln_sweep_exclude_check(sweep));
    return list_places(pool, sweep);
}

const struct cln_yaml_node *cln_sweep_value(const struct cln_sweep *sweep, int place, int key) {
    int stride = 1, axis = sweep->axis[key];
    for (int i = sweep->key_count - 1; i >= 0 && sweep->axis[i] > axis; i--)
        if (i == 0 || sweep->axis[i - 1] != sweep->axis[i])
            stride *= sweep->lists[i]->count;
    return sweep->values[key][place / stride % sweep->lists[key]->count];
}

static void add_choice(struct cln_text *text, const char *key, const struct cln_yaml_node *value) {
    cln_text_add(text, "%s%s=", text->length ? " " : "", key);
    cln_yaml_print(text, value);
}

static bool has_column(const char *key) {
    return !strcmp(key, "model") || !strcmp(key, "noise.scale");
}

/* A copy without the sweep, which may be long. NULL when out of memory. */
static struct cln_yaml_node *clone_base(struct cln_yaml_pool *pool,
                                        const struct cln_yaml_node *root) {
    struct cln_yaml_node *tree = cln_yaml_alloc(pool, sizeof *tree);
    if (!tree)
        return NULL;
    tree->kind = root->kind;
    tree->place = root->place;
    for (const struct cln_yaml_node *child = root->first; child; child = child->next) {
        if (!strcmp(child->key, "sweep"))
            continue;
        struct cln_yaml_node *copy = cln_yaml_clone(pool, child);
        if (!copy)
            return NULL;
        cln_yaml_append(tree, copy, child->key, child->key_place);
    }
    return tree;
}

enum cln_status cln_sweep_cell(const struct cln_sweep *sweep, int cell, struct cln_yaml_pool *pool,
                               const struct cln_yaml_node *root, struct cln_yaml_node **out,
                               struct cln_text *label, struct cln_text *more) {
    struct cln_yaml_node *tree = clone_base(pool, root);
    if (!tree)
        return CLN_FAIL(MEMORY, "out of memory");
    for (int i = 0; i < sweep->key_count; i++) {
        const struct cln_yaml_node *list = sweep->lists[i];
        const struct cln_yaml_node *value = cln_sweep_value(sweep, sweep->places[cell], i);
        CLN_TRY(cln_yaml_set(pool, tree, list->key, list->key_place, value));
        add_choice(label, list->key, value);
        if (!has_column(list->key))
            add_choice(more, list->key, value);
    }
    *out = tree;
    return CLN_OK;
}

void cln_sweep_print(struct cln_text *out, const struct cln_sweep *sweep) {
    if (!sweep->key_count)
        return;
    cln_text_add(out, "sweep:\n");
    for (const struct cln_yaml_node *child = sweep->map->first; child; child = child->next) {
        if (child == sweep->exclude)
            continue;
        cln_text_add(out, "  ");
        cln_yaml_print_scalar(out, child->key, true);
        cln_text_add(out, ": ");
        cln_yaml_print(out, child);
        cln_text_add(out, "\n");
    }
    cln_sweep_exclude_print(out, sweep);
}
