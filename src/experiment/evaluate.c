#include "experiment/evaluate.h"

#include <stddef.h>

#include "base/number.h"
#include "experiment/bind.h"

#define KEY "noise.scale"

static const struct cln_field scale_field = {.key = KEY, .type = CLN_FIELD_FLOAT, .max = 1e6};

const struct cln_field *cln_evaluate_field(void) {
    return &scale_field;
}

static const struct cln_yaml_node *scales_of(const struct cln_yaml_node *map) {
    return cln_yaml_child(map, KEY);
}

static enum cln_status bind_scale(const struct cln_yaml_node *node, struct cln_evaluate_spec *out) {
    double scale;
    CLN_TRY(cln_field_bind(&scale_field, node, "evaluate." KEY, &scale));
    if (out->scale_count == CLN_MAX_EVALUATIONS)
        return cln_yaml_fail(node->place, "evaluate." KEY, NULL, NULL, "more than %d scales",
                             CLN_MAX_EVALUATIONS);
    for (int i = 0; i < out->scale_count; i++)
        if (out->noise_scale[i] == scale)
            return cln_yaml_fail(node->place, "evaluate." KEY, "each scale once", NULL,
                                 "%s stands there twice", node->text);
    out->noise_scale[out->scale_count++] = scale;
    return CLN_OK;
}

enum cln_status cln_evaluate_bind(const struct cln_yaml_node *map, struct cln_evaluate_spec *out) {
    static const char *const keys[] = {KEY, NULL};
    static const char accepted[] = "a list of numbers, as in evaluate: {noise.scale: [0, 0.5, 1]}";
    *out = (struct cln_evaluate_spec){0};
    CLN_TRY(cln_map_require(map, "evaluate"));
    const struct cln_yaml_node *list = scales_of(map);
    for (const struct cln_yaml_node *child = map->first; child; child = child->next)
        if (child != list)
            return cln_key_fail_unknown(child, "evaluate", keys);
    if (!list)
        return cln_yaml_fail(map->place, "evaluate." KEY, accepted, NULL, "missing");
    if (list->kind != CLN_YAML_LIST || !list->count)
        return cln_yaml_fail(list->place, "evaluate." KEY, accepted, NULL,
                             list->kind == CLN_YAML_LIST ? "the list is empty" : "not a list");
    for (const struct cln_yaml_node *node = list->first; node; node = node->next)
        CLN_TRY(bind_scale(node, out));
    return CLN_OK;
}

enum cln_status cln_evaluate_check(const struct cln_yaml_node *map,
                                   const struct cln_evaluate_spec *spec, double most,
                                   const char *why) {
    const struct cln_yaml_node *node = spec->scale_count ? scales_of(map)->first : NULL;
    for (int i = 0; i < spec->scale_count; i++, node = node->next)
        if (spec->noise_scale[i] > most)
            return cln_yaml_fail(node->place, "evaluate." KEY, NULL, NULL, "%s is more than %g; %s",
                                 node->text, most, why);
    return CLN_OK;
}

void cln_evaluate_print(struct cln_text *out, const struct cln_evaluate_spec *spec) {
    char number[CLN_NUMBER_SIZE];
    for (int i = 0; i < spec->scale_count; i++) {
        cln_number_print(number, spec->noise_scale[i]);
        cln_text_add(out, "%s%s", i ? ", " : "evaluate: {" KEY ": [", number);
    }
    if (spec->scale_count)
        cln_text_add(out, "]}\n");
}
