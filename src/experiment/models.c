/*
 * The mapping `models`: layers and optimizers by the registry's descriptors, and back to text.
 *
 * A layer is `name`, `name: value` for the field its op calls bare, or `name: {field: value}`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "experiment/config.h"
#include "nn/registry.h"

static enum cln_status fail_op(enum cln_op_kind kind, struct cln_yaml_place place, const char *key,
                               const char *name) {
    struct cln_text accepted = {0};
    struct cln_nearest nearest = cln_nearest_start(name);
    for (const struct cln_op *const *op = cln_ops; *op; op++) {
        if ((*op)->kind != kind)
            continue;
        cln_text_add(&accepted, "%s%s", accepted.length ? ", " : "", (*op)->name);
        cln_nearest_offer(&nearest, (*op)->name);
    }
    enum cln_status status = cln_text_check(&accepted);
    if (status == CLN_OK)
        status =
            cln_yaml_fail(place, key, accepted.length ? accepted.chars : "none", nearest.name,
                          "unknown %s '%.60s'", kind == CLN_OP_LAYER ? "layer" : "optimizer", name);
    cln_text_free(&accepted);
    return status;
}

/* Binds what stands behind the op's name; NULL if that was the name alone. */
static enum cln_status bind_attrs(const struct cln_op *op, const struct cln_yaml_node *item,
                                  const struct cln_yaml_node *value, const char *key, void *attrs) {
    struct cln_yaml_node nothing = {.kind = CLN_YAML_MAP, .place = item->place};
    char dotted[CLN_KEY_SIZE];
    cln_key_join(dotted, key, op->name);
    if (!value || value->kind == CLN_YAML_MAP)
        return cln_fields_bind(op->fields, op->field_count, value ? value : &nothing, dotted,
                               attrs);
    cln_fields_set_defaults(op->fields, op->field_count, attrs);
    for (size_t i = 0; i < op->field_count; i++)
        if (op->fields[i].bare)
            return cln_field_bind(&op->fields[i], value, dotted, attrs);
    return cln_map_require(value, dotted);
}

/* A layer's or an optimizer's item. `*attrs` is the caller's, also after a failure. */
static enum cln_status bind_op(enum cln_op_kind kind, const struct cln_yaml_node *item,
                               const char *key, const struct cln_op **op, void **attrs) {
    static const char accepted[] = "a name, or {name: {field: value}}";
    const struct cln_yaml_node *value = item->kind == CLN_YAML_MAP ? item->first : NULL;
    if (item->kind == CLN_YAML_LIST || (item->kind == CLN_YAML_MAP && item->count != 1) ||
        (item->kind == CLN_YAML_SCALAR && !*item->text))
        return cln_yaml_fail(item->place, key, accepted, NULL, "expected one %s, found %s",
                             kind == CLN_OP_LAYER ? "layer" : "optimizer",
                             item->kind == CLN_YAML_LIST     ? "a list"
                             : item->kind == CLN_YAML_SCALAR ? "nothing"
                             : item->count                   ? "several keys"
                                                             : "no key");
    const char *name = value ? value->key : item->text;
    *op = cln_op_find(kind, name);
    if (!*op)
        return fail_op(kind, value ? value->key_place : item->place, key, name);
    *attrs = calloc(1, (*op)->attrs_bytes ? (*op)->attrs_bytes : 1);
    if (!*attrs)
        return CLN_FAIL(MEMORY, "out of memory");
    return bind_attrs(*op, item, value, key, *attrs);
}

static enum cln_status bind_layers(const struct cln_yaml_node *list, const char *key,
                                   struct cln_model_spec *model) {
    if (list->kind != CLN_YAML_LIST || !list->count)
        return cln_yaml_fail(list->place, key, "a list of layers", NULL,
                             list->count ? "expected a list" : "there are no layers");
    if (list->count > CLN_MAX_LAYERS)
        return cln_yaml_fail(list->place, key, NULL, NULL, "more than %d layers", CLN_MAX_LAYERS);
    model->layers = calloc((size_t)list->count, sizeof *model->layers);
    if (!model->layers)
        return CLN_FAIL(MEMORY, "out of memory");
    for (const struct cln_yaml_node *item = list->first; item; item = item->next) {
        struct cln_layer_spec *layer = &model->layers[model->layer_count];
        char index[16], dotted[CLN_KEY_SIZE];
        snprintf(index, sizeof index, "%d", model->layer_count++);
        cln_key_join(dotted, key, index);
        CLN_TRY(bind_op(CLN_OP_LAYER, item, dotted, &layer->op, &layer->attrs));
    }
    return CLN_OK;
}

static enum cln_status bind_model(const struct cln_yaml_node *map, const char *key,
                                  struct cln_model_spec *model) {
    static const char *const keys[] = {"layers", "optimizer", NULL};
    CLN_TRY(cln_map_require(map, key));
    for (const struct cln_yaml_node *child = map->first; child; child = child->next) {
        char dotted[CLN_KEY_SIZE];
        cln_key_join(dotted, key, child->key);
        if (!strcmp(child->key, "layers"))
            CLN_TRY(bind_layers(child, dotted, model));
        else if (!strcmp(child->key, "optimizer"))
            CLN_TRY(bind_op(CLN_OP_OPTIMIZER, child, dotted, &model->optimizer,
                            &model->optimizer_attrs));
        else
            return cln_key_fail_unknown(child, key, keys);
    }
    for (const char *const *name = keys; *name; name++)
        if (!cln_yaml_child(map, *name)) {
            char dotted[CLN_KEY_SIZE];
            cln_key_join(dotted, key, *name);
            return cln_yaml_fail(map->place, dotted, NULL, NULL, "missing");
        }
    return CLN_OK;
}

static enum cln_status check_name(const struct cln_yaml_node *child, const char *key) {
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    if (child->key[strspn(child->key, letters)] || strlen(child->key) >= CLN_NAME_SIZE)
        return cln_yaml_fail(child->key_place, key, "up to 63 letters, digits, '_' and '-'", NULL,
                             "not a name for a model");
    return CLN_OK;
}

enum cln_status cln_models_bind(const struct cln_yaml_node *map, struct cln_config *config) {
    CLN_TRY(cln_map_require(map, "models"));
    if (map->count > CLN_MAX_MODELS)
        return cln_yaml_fail(map->place, "models", NULL, NULL, "more than %d models",
                             CLN_MAX_MODELS);
    config->models = calloc((size_t)map->count + 1, sizeof *config->models);
    if (!config->models)
        return CLN_FAIL(MEMORY, "out of memory");
    for (const struct cln_yaml_node *child = map->first; child; child = child->next) {
        char dotted[CLN_KEY_SIZE];
        cln_key_join(dotted, "models", child->key);
        CLN_TRY(check_name(child, dotted));
        struct cln_model_spec *model = &config->models[config->model_count++];
        snprintf(model->name, sizeof model->name, "%s", child->key);
        CLN_TRY(bind_model(child, dotted, model));
    }
    return CLN_OK;
}

void cln_config_done(struct cln_config *config) {
    for (int i = 0; i < config->model_count; i++)
        cln_model_spec_done(&config->models[i]);
    free(config->models);
    *config = (struct cln_config){0};
}

struct cln_model_spec *cln_config_model(const struct cln_config *config) {
    if (!*config->model)
        return config->model_count == 1 ? &config->models[0] : NULL;
    for (int i = 0; i < config->model_count; i++)
        if (!strcmp(config->models[i].name, config->model))
            return &config->models[i];
    return NULL;
}

enum cln_status cln_config_fail_model(const struct cln_config *config,
                                      const struct cln_yaml_node *root) {
    const struct cln_yaml_node *node = cln_yaml_child(root, "model");
    struct cln_text accepted = {0};
    struct cln_nearest nearest = cln_nearest_start(config->model);
    for (int i = 0; i < config->model_count; i++) {
        cln_text_add(&accepted, "%s%s", i ? ", " : "", config->models[i].name);
        cln_nearest_offer(&nearest, config->models[i].name);
    }
    enum cln_status status = cln_text_check(&accepted);
    if (status == CLN_OK && *config->model)
        status = cln_yaml_fail(node->place, "model", accepted.chars, nearest.name,
                               "there is no model '%s'", config->model);
    else if (status == CLN_OK)
        status = cln_yaml_fail(root->place, "model", accepted.chars, NULL,
                               "missing, and neither is it swept");
    cln_text_free(&accepted);
    return status;
}

static void print_op(struct cln_text *out, const struct cln_op *op, const void *attrs) {
    if (!op->field_count) {
        cln_text_add(out, "%s", op->name);
        return;
    }
    cln_text_add(out, "{%s: ", op->name);
    cln_fields_print(out, op->fields, op->field_count, attrs, false);
    cln_text_add(out, "}");
}

void cln_models_print(struct cln_text *out, const struct cln_config *config) {
    cln_text_add(out, "models:\n");
    for (int i = 0; i < config->model_count; i++) {
        const struct cln_model_spec *model = &config->models[i];
        cln_text_add(out, "  ");
        cln_yaml_print_scalar(out, model->name, true);
        cln_text_add(out, ":\n    layers:\n");
        for (int k = 0; k < model->layer_count; k++) {
            cln_text_add(out, "      - ");
            print_op(out, model->layers[k].op, model->layers[k].attrs);
            cln_text_add(out, "\n");
        }
        cln_text_add(out, "    optimizer: ");
        print_op(out, model->optimizer, model->optimizer_attrs);
        cln_text_add(out, "\n");
    }
}

static void print_op_canonical(struct cln_text *out, const char *what, const struct cln_op *op,
                               const void *attrs) {
    cln_text_add(out, "%s %s ", what, op->name);
    cln_fields_print(out, op->fields, op->field_count, attrs, true);
    cln_text_add(out, "\n");
}

void cln_model_print_canonical(struct cln_text *out, const struct cln_model_spec *model) {
    cln_text_add(out, "model %s\n", model->name);
    for (int i = 0; i < model->layer_count; i++)
        print_op_canonical(out, "layer", model->layers[i].op, model->layers[i].attrs);
    print_op_canonical(out, "optimizer", model->optimizer, model->optimizer_attrs);
}
