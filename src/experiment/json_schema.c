#include "experiment/json_schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/json_put.h"
#include "data/registry.h"
#include "experiment/config.h"
#include "experiment/experiment.h"
#include "experiment/sweep.h"
#include "nn/registry.h"

#define DRAFT "http://json-schema.org/draft-07/schema#"

static void put_reference(cJSON *parent, const char *name) {
    char path[80];
    snprintf(path, sizeof path, "#/definitions/%s", name);
    cln_json_put_text(parent, "$ref", path);
}

/* A mapping with these properties, to be filled in, and no others. */
static cJSON *put_map(cJSON *schema) {
    cln_json_put_text(schema, "type", "object");
    cln_json_put(schema, "additionalProperties", cJSON_CreateFalse());
    return cln_json_put_object(schema, "properties");
}

/* A list of at least one; returns the schema of its items, to be filled in. */
static cJSON *put_list_of(cJSON *schema) {
    cln_json_put_text(schema, "type", "array");
    cln_json_put_number(schema, "minItems", 1);
    return cln_json_put_object(schema, "items");
}

static void put_range(cJSON *schema, const struct cln_field *field) {
    if (field->min == 0 && field->max == 0)
        return; /* a row without a range */
    if (!isinf(field->min))
        cln_json_put_number(schema, field->above_min ? "exclusiveMinimum" : "minimum", field->min);
    if (!isinf(field->max))
        cln_json_put_number(schema, field->below_max ? "exclusiveMaximum" : "maximum", field->max);
}

static void put_pair(cJSON *schema, const struct cln_field *field) {
    cJSON *either = cln_json_put_array(schema, "anyOf");
    cJSON *one = cln_json_put_object(either, NULL), *two = cln_json_put_object(either, NULL);
    cln_json_put_text(one, "type", "integer");
    put_range(one, field);
    cJSON *item = put_list_of(two);
    cln_json_put_text(item, "type", "integer");
    put_range(item, field);
    if (cJSON_HasObjectItem(two, "minItems"))
        cJSON_SetNumberValue(cJSON_GetObjectItem(two, "minItems"), 2);
    cln_json_put_number(two, "maxItems", 2);
}

static void put_type(cJSON *schema, const struct cln_field *field) {
    cJSON *names;
    switch (field->type) {
    case CLN_FIELD_INT:
    case CLN_FIELD_FLOAT:
        cln_json_put_text(schema, "type", field->type == CLN_FIELD_INT ? "integer" : "number");
        put_range(schema, field);
        break;
    case CLN_FIELD_BOOL:
        cln_json_put_text(schema, "type", "boolean");
        break;
    case CLN_FIELD_CHOICE:
        names = cln_json_put_array(schema, "enum");
        for (int i = 0; field->choices[i]; i++)
            cln_json_put_text(names, NULL, field->choices[i]);
        break;
    case CLN_FIELD_TEXT:
        cln_json_put_text(schema, "type", "string");
        cln_json_put_number(schema, "maxLength", CLN_FIELD_TEXT_SIZE - 1);
        break;
    case CLN_FIELD_PAIR:
        put_pair(schema, field);
        break;
    }
}

static void put_default(cJSON *schema, const struct cln_field *field) {
    if (field->required || field->optional)
        return;
    switch (field->type) {
    case CLN_FIELD_INT:
    case CLN_FIELD_FLOAT:
    case CLN_FIELD_PAIR:
        cln_json_put_number(schema, "default", field->number);
        break;
    case CLN_FIELD_BOOL:
        cln_json_put_bool(schema, "default", field->number != 0);
        break;
    case CLN_FIELD_CHOICE:
        cln_json_put_text(schema, "default", field->choices[(int)field->number]);
        break;
    case CLN_FIELD_TEXT:
        if (field->text)
            cln_json_put_text(schema, "default", field->text);
        break;
    }
}

static void fill_field(cJSON *schema, const struct cln_field *field) {
    put_type(schema, field);
    put_default(schema, field);
    if (field->help)
        cln_json_put_text(schema, "description", field->help);
}

/* A mapping of these fields. */
static void fill_fields(cJSON *schema, const struct cln_field *fields, size_t count) {
    cJSON *properties = put_map(schema), *required = NULL;
    for (size_t i = 0; i < count; i++) {
        fill_field(cln_json_put_object(properties, fields[i].key), &fields[i]);
        if (!fields[i].required)
            continue;
        if (!required)
            required = cln_json_put_array(schema, "required");
        cln_json_put_text(required, NULL, fields[i].key);
    }
}

static bool needs_fields(const struct cln_op *op) {
    for (size_t i = 0; i < op->field_count; i++)
        if (op->fields[i].required)
            return true;
    return false;
}

/* What stands behind the op's name: its fields, or the value of the one that may stand bare. */
static void fill_op(cJSON *schema, const struct cln_op *op) {
    const struct cln_field *bare = NULL;
    for (size_t i = 0; i < op->field_count && !bare; i++)
        bare = op->fields[i].bare ? &op->fields[i] : NULL;
    if (op->help)
        cln_json_put_text(schema, "description", op->help);
    if (!bare) {
        fill_fields(schema, op->fields, op->field_count);
        return;
    }
    cJSON *either = cln_json_put_array(schema, "anyOf");
    fill_fields(cln_json_put_object(either, NULL), op->fields, op->field_count);
    fill_field(cln_json_put_object(either, NULL), bare);
}

/* An item of `layers`, or `optimizer`: a name, or a name with its fields. */
static void fill_ops(cJSON *schema, enum cln_op_kind kind) {
    cJSON *either = cln_json_put_array(schema, "anyOf");
    cJSON *names = cln_json_put_array(cln_json_put_object(either, NULL), "enum");
    cJSON *map = cln_json_put_object(either, NULL), *properties = put_map(map);
    cln_json_put_number(map, "minProperties", 1);
    cln_json_put_number(map, "maxProperties", 1);
    for (const struct cln_op *const *op = cln_ops; *op; op++) {
        if ((*op)->kind != kind)
            continue;
        if (!needs_fields(*op))
            cln_json_put_text(names, NULL, (*op)->name);
        fill_op(cln_json_put_object(properties, (*op)->name), *op);
    }
}

static void fill_models(cJSON *schema) {
    cln_json_put_text(schema, "type", "object");
    cln_json_put_text(schema, "description", "nets by name: layers and optimizer");
    cln_json_put_number(schema, "minProperties", 1);
    cln_json_put_text(cln_json_put_object(schema, "propertyNames"), "pattern",
                      "^[A-Za-z0-9_-]{1,63}$");
    cJSON *model = cln_json_put_object(schema, "additionalProperties");
    cJSON *properties = put_map(model);
    cJSON *required = cln_json_put_array(model, "required");
    cln_json_put_text(required, NULL, "layers");
    cln_json_put_text(required, NULL, "optimizer");
    cJSON *layers = cln_json_put_object(properties, "layers");
    put_reference(put_list_of(layers), "layer");
    put_reference(cln_json_put_object(properties, "optimizer"), "optimizer");
}

/* A data set is one of those known by name, unless files of the user's own are meant. */
static void add_data_sets(cJSON *schema) {
    static const char *const own[] = {"folder", "train_images"};
    cJSON *either =
        cln_json_put_array(cln_json_put_object(cln_json_put_object(schema, "if"), "not"), "anyOf");
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        cln_json_put_text(cln_json_put_array(cln_json_put_object(either, NULL), "required"), NULL,
                          own[i]);
    cJSON *properties = cln_json_put_object(cln_json_put_object(schema, "then"), "properties");
    cJSON *names = cln_json_put_array(cln_json_put_object(properties, "dataset"), "enum");
    for (size_t i = 0; i < cln_data_entry_count; i++)
        cln_json_put_text(names, NULL, cln_data_entries[i].name);
}

static void fill_evaluate(cJSON *schema) {
    const struct cln_field *field = cln_evaluate_field();
    cln_json_put_text(schema, "description",
                      "at what else than its own noise scale each trained net is tested");
    cJSON *list = cln_json_put_object(put_map(schema), field->key);
    cln_json_put_text(cln_json_put_array(schema, "required"), NULL, field->key);
    fill_field(put_list_of(list), field);
    cln_json_put_number(list, "maxItems", CLN_MAX_EVALUATIONS);
    cln_json_put(list, "uniqueItems", cJSON_CreateTrue());
}

/* A list of values of that field for each key that can be swept. */
static void add_swept_lists(cJSON *properties) {
    for (size_t i = 0; i < cln_config_field_count; i++) {
        const struct cln_field *field = &cln_config_fields[i];
        if (!cln_config_is_fixed(field->key))
            fill_field(put_list_of(cln_json_put_object(properties, field->key)), field);
    }
    for (size_t i = 0; i < cln_config_section_count; i++) {
        const struct cln_config_section *section = &cln_config_sections[i];
        cJSON *whole = put_list_of(cln_json_put_object(properties, section->key));
        fill_fields(whole, section->fields, section->count);
        for (size_t k = 0; k < section->count; k++) {
            char dotted[CLN_KEY_SIZE];
            cln_key_join(dotted, section->key, section->fields[k].key);
            fill_field(put_list_of(cln_json_put_object(properties, dotted)), &section->fields[k]);
        }
    }
}

/* Keys below `models` are as many as there are layers, and their values go unchecked here. */
static void add_swept_models(cJSON *schema) {
    cJSON *patterns = cln_json_put_object(schema, "patternProperties");
    put_list_of(cln_json_put_object(patterns, "^models\\."));
}

static void fill_exclude(cJSON *schema) {
    cln_json_put_text(schema, "description",
                      "combinations that are left out; a list of values means each of them");
    cln_json_put_text(schema, "type", "array");
    cJSON *item = cln_json_put_object(schema, "items");
    cln_json_put_text(item, "type", "object");
    cln_json_put_number(item, "minProperties", 1);
}

static void fill_seeds(cJSON *schema) {
    cln_json_put_text(schema, "description", "how many, from 1 on, or which: sweeps train.seed");
    cJSON *either = cln_json_put_array(schema, "anyOf"), *count = cln_json_put_object(either, NULL);
    cln_json_put_text(count, "type", "integer");
    cln_json_put_number(count, "minimum", 1);
    cln_json_put_number(count, "maximum", CLN_MAX_CELLS);
    cln_json_put_text(put_list_of(cln_json_put_object(either, NULL)), "type", "integer");
}

static void fill_sweep(cJSON *schema) {
    cln_json_put_text(schema, "description",
                      "lists of values for dotted keys; each combination is a cell");
    cJSON *properties = put_map(schema);
    add_swept_lists(properties);
    add_swept_models(schema);
    cJSON *zip = cln_json_put_object(properties, "zip");
    cln_json_put_text(zip, "description", "lists of one length that are walked together");
    cJSON *either = cln_json_put_array(zip, "anyOf");
    put_reference(cln_json_put_object(either, NULL), "zip");
    put_reference(put_list_of(cln_json_put_object(either, NULL)), "zip");
    fill_exclude(cln_json_put_object(properties, "exclude"));
    fill_seeds(cln_json_put_object(properties, "seeds"));
}

static void fill_definitions(cJSON *definitions) {
    fill_ops(cln_json_put_object(definitions, "layer"), CLN_OP_LAYER);
    fill_ops(cln_json_put_object(definitions, "optimizer"), CLN_OP_OPTIMIZER);
    cJSON *zip = cln_json_put_object(definitions, "zip");
    cln_json_put_number(zip, "minProperties", 1);
    add_swept_lists(put_map(zip));
    add_swept_models(zip);
}

static void fill_file(cJSON *root) {
    cln_json_put_text(root, "$schema", DRAFT);
    cln_json_put_text(root, "title", "clnoise experiment");
    cJSON *properties = put_map(root), *required = cln_json_put_array(root, "required");
    cln_json_put_text(required, NULL, "name");
    cln_json_put_text(required, NULL, "models");
    for (size_t i = 0; i < cln_config_field_count; i++)
        fill_field(cln_json_put_object(properties, cln_config_fields[i].key),
                   &cln_config_fields[i]);
    cJSON *name = cJSON_GetObjectItem(properties, "name");
    cln_json_put_text(name, "pattern", "^[A-Za-z0-9][A-Za-z0-9._-]*$");
    for (size_t i = 0; i < cln_config_section_count; i++) {
        const struct cln_config_section *section = &cln_config_sections[i];
        cJSON *schema = cln_json_put_object(properties, section->key);
        fill_fields(schema, section->fields, section->count);
        if (!strcmp(section->key, "data"))
            add_data_sets(schema);
    }
    fill_models(cln_json_put_object(properties, "models"));
    fill_evaluate(cln_json_put_object(properties, "evaluate"));
    fill_sweep(cln_json_put_object(properties, "sweep"));
    fill_definitions(cln_json_put_object(root, "definitions"));
}

enum cln_status cln_json_schema(char **out) {
    struct cln_text text = {0};
    cJSON *root = cJSON_CreateObject();
    fill_file(root);
    char *json = cln_json_print(root, true);
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
