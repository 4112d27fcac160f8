#include "experiment/json_schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "data/registry.h"
#include "experiment/config.h"
#include "experiment/experiment.h"
#include "experiment/sweep.h"
#include "nn/registry.h"

#define DRAFT "http://json-schema.org/draft-07/schema#"

/* Every call below does nothing once memory has run out. */
struct maker {
    bool failed;
};

/* Takes the item over; with `key` NULL into a list. Returns it. */
static cJSON *put(struct maker *maker, cJSON *parent, const char *key, cJSON *item) {
    const bool done =
        parent && item &&
        (key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item));
    if (!done) {
        cJSON_Delete(item);
        maker->failed = true;
    }
    return done ? item : NULL;
}

static cJSON *put_object(struct maker *maker, cJSON *parent, const char *key) {
    return put(maker, parent, key, cJSON_CreateObject());
}

static cJSON *put_list(struct maker *maker, cJSON *parent, const char *key) {
    return put(maker, parent, key, cJSON_CreateArray());
}

static void put_text(struct maker *maker, cJSON *parent, const char *key, const char *text) {
    put(maker, parent, key, cJSON_CreateString(text));
}

static void put_number(struct maker *maker, cJSON *parent, const char *key, double number) {
    put(maker, parent, key, cJSON_CreateNumber(number));
}

static void put_reference(struct maker *maker, cJSON *parent, const char *name) {
    char path[80];
    snprintf(path, sizeof path, "#/definitions/%s", name);
    put_text(maker, parent, "$ref", path);
}

/* A mapping with these properties, to be filled in, and no others. */
static cJSON *put_map(struct maker *maker, cJSON *schema) {
    put_text(maker, schema, "type", "object");
    put(maker, schema, "additionalProperties", cJSON_CreateFalse());
    return put_object(maker, schema, "properties");
}

/* A list of at least one; returns the schema of its items, to be filled in. */
static cJSON *put_list_of(struct maker *maker, cJSON *schema) {
    put_text(maker, schema, "type", "array");
    put_number(maker, schema, "minItems", 1);
    return put_object(maker, schema, "items");
}

static void put_range(struct maker *maker, cJSON *schema, const struct cln_field *field) {
    if (field->min == 0 && field->max == 0)
        return; /* a row without a range */
    if (!isinf(field->min))
        put_number(maker, schema, field->above_min ? "exclusiveMinimum" : "minimum", field->min);
    if (!isinf(field->max))
        put_number(maker, schema, field->below_max ? "exclusiveMaximum" : "maximum", field->max);
}

static void put_pair(struct maker *maker, cJSON *schema, const struct cln_field *field) {
    cJSON *either = put_list(maker, schema, "anyOf");
    cJSON *one = put_object(maker, either, NULL), *two = put_object(maker, either, NULL);
    put_text(maker, one, "type", "integer");
    put_range(maker, one, field);
    cJSON *item = put_list_of(maker, two);
    put_text(maker, item, "type", "integer");
    put_range(maker, item, field);
    if (cJSON_HasObjectItem(two, "minItems"))
        cJSON_SetNumberValue(cJSON_GetObjectItem(two, "minItems"), 2);
    put_number(maker, two, "maxItems", 2);
}

static void put_type(struct maker *maker, cJSON *schema, const struct cln_field *field) {
    cJSON *names;
    switch (field->type) {
    case CLN_FIELD_INT:
    case CLN_FIELD_FLOAT:
        put_text(maker, schema, "type", field->type == CLN_FIELD_INT ? "integer" : "number");
        put_range(maker, schema, field);
        break;
    case CLN_FIELD_BOOL:
        put_text(maker, schema, "type", "boolean");
        break;
    case CLN_FIELD_CHOICE:
        names = put_list(maker, schema, "enum");
        for (int i = 0; field->choices[i]; i++)
            put_text(maker, names, NULL, field->choices[i]);
        break;
    case CLN_FIELD_TEXT:
        put_text(maker, schema, "type", "string");
        put_number(maker, schema, "maxLength", CLN_FIELD_TEXT_SIZE - 1);
        break;
    case CLN_FIELD_PAIR:
        put_pair(maker, schema, field);
        break;
    }
}

static void put_default(struct maker *maker, cJSON *schema, const struct cln_field *field) {
    if (field->required || field->optional)
        return;
    switch (field->type) {
    case CLN_FIELD_INT:
    case CLN_FIELD_FLOAT:
    case CLN_FIELD_PAIR:
        put_number(maker, schema, "default", field->number);
        break;
    case CLN_FIELD_BOOL:
        put(maker, schema, "default", cJSON_CreateBool(field->number != 0));
        break;
    case CLN_FIELD_CHOICE:
        put_text(maker, schema, "default", field->choices[(int)field->number]);
        break;
    case CLN_FIELD_TEXT:
        if (field->text)
            put_text(maker, schema, "default", field->text);
        break;
    }
}

static void fill_field(struct maker *maker, cJSON *schema, const struct cln_field *field) {
    put_type(maker, schema, field);
    put_default(maker, schema, field);
    if (field->help)
        put_text(maker, schema, "description", field->help);
}

/* A mapping of these fields. */
static void fill_fields(struct maker *maker, cJSON *schema, const struct cln_field *fields,
                        size_t count) {
    cJSON *properties = put_map(maker, schema), *required = NULL;
    for (size_t i = 0; i < count; i++) {
        fill_field(maker, put_object(maker, properties, fields[i].key), &fields[i]);
        if (!fields[i].required)
            continue;
        if (!required)
            required = put_list(maker, schema, "required");
        put_text(maker, required, NULL, fields[i].key);
    }
}

static bool needs_fields(const struct cln_op *op) {
    for (size_t i = 0; i < op->field_count; i++)
        if (op->fields[i].required)
            return true;
    return false;
}

/* What stands behind the op's name: its fields, or the value of the one that may stand bare. */
static void fill_op(struct maker *maker, cJSON *schema, const struct cln_op *op) {
    const struct cln_field *bare = NULL;
    for (size_t i = 0; i < op->field_count && !bare; i++)
        bare = op->fields[i].bare ? &op->fields[i] : NULL;
    if (op->help)
        put_text(maker, schema, "description", op->help);
    if (!bare) {
        fill_fields(maker, schema, op->fields, op->field_count);
        return;
    }
    cJSON *either = put_list(maker, schema, "anyOf");
    fill_fields(maker, put_object(maker, either, NULL), op->fields, op->field_count);
    fill_field(maker, put_object(maker, either, NULL), bare);
}

/* An item of `layers`, or `optimizer`: a name, or a name with its fields. */
static void fill_ops(struct maker *maker, cJSON *schema, enum cln_op_kind kind) {
    cJSON *either = put_list(maker, schema, "anyOf");
    cJSON *names = put_list(maker, put_object(maker, either, NULL), "enum");
    cJSON *map = put_object(maker, either, NULL), *properties = put_map(maker, map);
    put_number(maker, map, "minProperties", 1);
    put_number(maker, map, "maxProperties", 1);
    for (const struct cln_op *const *op = cln_ops; *op; op++) {
        if ((*op)->kind != kind)
            continue;
        if (!needs_fields(*op))
            put_text(maker, names, NULL, (*op)->name);
        fill_op(maker, put_object(maker, properties, (*op)->name), *op);
    }
}

static void fill_models(struct maker *maker, cJSON *schema) {
    put_text(maker, schema, "type", "object");
    put_text(maker, schema, "description", "nets by name: layers and optimizer");
    put_number(maker, schema, "minProperties", 1);
    put_text(maker, put_object(maker, schema, "propertyNames"), "pattern", "^[A-Za-z0-9_-]{1,63}$");
    cJSON *model = put_object(maker, schema, "additionalProperties");
    cJSON *properties = put_map(maker, model);
    cJSON *required = put_list(maker, model, "required");
    put_text(maker, required, NULL, "layers");
    put_text(maker, required, NULL, "optimizer");
    cJSON *layers = put_object(maker, properties, "layers");
    put_reference(maker, put_list_of(maker, layers), "layer");
    put_reference(maker, put_object(maker, properties, "optimizer"), "optimizer");
}

/* A data set is one of those known by name, unless files of the user's own are meant. */
static void add_data_sets(struct maker *maker, cJSON *schema) {
    static const char *const own[] = {"folder", "train_images"};
    cJSON *either =
        put_list(maker, put_object(maker, put_object(maker, schema, "if"), "not"), "anyOf");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        put_text(maker, put_list(maker, put_object(maker, either, NULL), "required"), NULL, own[i]);
    cJSON *properties = put_object(maker, put_object(maker, schema, "then"), "properties");
    cJSON *names = put_list(maker, put_object(maker, properties, "dataset"), "enum");
    for (size_t i = 0; i < cln_data_entry_count; i++)
        put_text(maker, names, NULL, cln_data_entries[i].name);
}

static void fill_evaluate(struct maker *maker, cJSON *schema) {
    const struct cln_field *field = cln_evaluate_field();
    put_text(maker, schema, "description",
             "at what else than its own noise scale each trained net is tested");
    cJSON *list = put_object(maker, put_map(maker, schema), field->key);
    put_text(maker, put_list(maker, schema, "required"), NULL, field->key);
    fill_field(maker, put_list_of(maker, list), field);
    put_number(maker, list, "maxItems", CLN_MAX_EVALUATIONS);
    put(maker, list, "uniqueItems", cJSON_CreateTrue());
}

/* A list of values of that field for each key that can be swept. */
static void add_swept_lists(struct maker *maker, cJSON *properties) {
    for (size_t i = 0; i < cln_config_field_count; i++) {
        const struct cln_field *field = &cln_config_fields[i];
        if (!cln_config_is_fixed(field->key))
            fill_field(maker, put_list_of(maker, put_object(maker, properties, field->key)), field);
    }
    for (size_t i = 0; i < cln_config_section_count; i++) {
        const struct cln_config_section *section = &cln_config_sections[i];
        cJSON *whole = put_list_of(maker, put_object(maker, properties, section->key));
        fill_fields(maker, whole, section->fields, section->count);
        for (size_t k = 0; k < section->count; k++) {
            char dotted[CLN_KEY_SIZE];
            cln_key_join(dotted, section->key, section->fields[k].key);
            fill_field(maker, put_list_of(maker, put_object(maker, properties, dotted)),
                       &section->fields[k]);
        }
    }
}

/* Keys below `models` are as many as there are layers, and their values go unchecked here. */
static void add_swept_models(struct maker *maker, cJSON *schema) {
    cJSON *patterns = put_object(maker, schema, "patternProperties");
    put_list_of(maker, put_object(maker, patterns, "^models\\."));
}

static void fill_exclude(struct maker *maker, cJSON *schema) {
    put_text(maker, schema, "description",
             "combinations that are left out; a list of values means each of them");
    put_text(maker, schema, "type", "array");
    cJSON *item = put_object(maker, schema, "items");
    put_text(maker, item, "type", "object");
    put_number(maker, item, "minProperties", 1);
}

static void fill_seeds(struct maker *maker, cJSON *schema) {
    put_text(maker, schema, "description", "how many, from 1 on, or which: sweeps train.seed");
    cJSON *either = put_list(maker, schema, "anyOf"), *count = put_object(maker, either, NULL);
    put_text(maker, count, "type", "integer");
    put_number(maker, count, "minimum", 1);
    put_number(maker, count, "maximum", CLN_MAX_CELLS);
    put_text(maker, put_list_of(maker, put_object(maker, either, NULL)), "type", "integer");
}

static void fill_sweep(struct maker *maker, cJSON *schema) {
    put_text(maker, schema, "description",
             "lists of values for dotted keys; each combination is a cell");
    cJSON *properties = put_map(maker, schema);
    add_swept_lists(maker, properties);
    add_swept_models(maker, schema);
    cJSON *zip = put_object(maker, properties, "zip");
    put_text(maker, zip, "description", "lists of one length that are walked together");
    cJSON *either = put_list(maker, zip, "anyOf");
    put_reference(maker, put_object(maker, either, NULL), "zip");
    put_reference(maker, put_list_of(maker, put_object(maker, either, NULL)), "zip");
    fill_exclude(maker, put_object(maker, properties, "exclude"));
    fill_seeds(maker, put_object(maker, properties, "seeds"));
}

static void fill_definitions(struct maker *maker, cJSON *definitions) {
    fill_ops(maker, put_object(maker, definitions, "layer"), CLN_OP_LAYER);
    fill_ops(maker, put_object(maker, definitions, "optimizer"), CLN_OP_OPTIMIZER);
    cJSON *zip = put_object(maker, definitions, "zip");
    put_number(maker, zip, "minProperties", 1);
    add_swept_lists(maker, put_map(maker, zip));
    add_swept_models(maker, zip);
}

static void fill_file(struct maker *maker, cJSON *root) {
    put_text(maker, root, "$schema", DRAFT);
    put_text(maker, root, "title", "clnoise experiment");
    cJSON *properties = put_map(maker, root), *required = put_list(maker, root, "required");
    put_text(maker, required, NULL, "name");
    put_text(maker, required, NULL, "models");
    for (size_t i = 0; i < cln_config_field_count; i++)
        fill_field(maker, put_object(maker, properties, cln_config_fields[i].key),
                   &cln_config_fields[i]);
    cJSON *name = cJSON_GetObjectItem(properties, "name");
    put_text(maker, name, "pattern", "^[A-Za-z0-9][A-Za-z0-9._-]*$");
    for (size_t i = 0; i < cln_config_section_count; i++) {
        const struct cln_config_section *section = &cln_config_sections[i];
        cJSON *schema = put_object(maker, properties, section->key);
        fill_fields(maker, schema, section->fields, section->count);
        if (!strcmp(section->key, "data"))
            add_data_sets(maker, schema);
    }
    fill_models(maker, put_object(maker, properties, "models"));
    fill_evaluate(maker, put_object(maker, properties, "evaluate"));
    fill_sweep(maker, put_object(maker, properties, "sweep"));
    fill_definitions(maker, put_object(maker, root, "definitions"));
}

enum cln_status cln_json_schema(char **out) {
    struct maker maker = {0};
    struct cln_text text = {0};
    cJSON *root = cJSON_CreateObject();
    fill_file(&maker, root);
    char *json = maker.failed ? NULL : cJSON_Print(root);
    cJSON_Delete(root);
    enum cln_status status = CLN_OK;
    if (json) {
        cln_text_add(&text, "%s\n", json);
        status = cln_text_check(&text);
    } else {
        status = CLN_FAIL(MEMORY, "out of memory for the schema");
    }
    cJSON_free(json);
    if (status == CLN_OK)
        *out = text.chars;
    else
        cln_text_free(&text);
    return status;
}
