/* The JSON Schema names every key there is. What it accepts tests/experiment/schema.py tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "experiment/config.h"
#include "experiment/json_schema.h"
#include "nn/registry.h"

static cJSON *read_schema(void) {
    char *text;
    assert_int_equal(cln_json_schema(&text), CLN_OK);
    cJSON *schema = cJSON_Parse(text);
    free(text);
    assert_non_null(schema);
    return schema;
}

/* Fails unless each step is there. */
static const cJSON *below(const cJSON *node, const char *key) {
    const cJSON *child = cJSON_GetObjectItemCaseSensitive(node, key);
    if (!child)
        print_error("no %s\n", key);
    assert_non_null(child);
    return child;
}

static void every_key_is_named(void **state) {
    (void)state;
    cJSON *schema = read_schema();
    const cJSON *keys = below(schema, "properties");
    const cJSON *swept = below(below(keys, "sweep"), "properties");
    int count = 0;
    for (const char *const *key = cln_config_keys; *key; key++, count++)
        below(keys, *key);
    assert_int_equal(cJSON_GetArraySize(keys), count);
    for (size_t i = 0; i < cln_config_section_count; i++) {
        const struct cln_config_section *section = &cln_config_sections[i];
        const cJSON *fields = below(below(keys, section->key), "properties");
        assert_int_equal(cJSON_GetArraySize(fields), section->count);
        for (size_t k = 0; k < section->count; k++) {
            char dotted[CLN_KEY_SIZE];
            below(fields, section->fields[k].key);
            cln_key_join(dotted, section->key, section->fields[k].key);
            below(swept, dotted);
        }
    }
    cJSON_Delete(schema);
}

static void every_op_is_named(void **state) {
    (void)state;
    cJSON *schema = read_schema();
    const cJSON *definitions = below(schema, "definitions");
    for (const struct cln_op *const *op = cln_ops; *op; op++) {
        if ((*op)->kind != CLN_OP_LAYER && (*op)->kind != CLN_OP_OPTIMIZER)
            continue;
        const char *kind = (*op)->kind == CLN_OP_LAYER ? "layer" : "optimizer";
        const cJSON *map = cJSON_GetArrayItem(below(below(definitions, kind), "anyOf"), 1);
        const cJSON *row = below(below(map, "properties"), (*op)->name);
        if (cJSON_HasObjectItem(row, "anyOf"))
            row = cJSON_GetArrayItem(below(row, "anyOf"), 0);
        for (size_t i = 0; i < (*op)->field_count; i++)
            below(below(row, "properties"), (*op)->fields[i].key);
    }
    cJSON_Delete(schema);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_named),
        cmocka_unit_test(every_op_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
